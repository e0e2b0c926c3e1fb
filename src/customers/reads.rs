//! Looking ahead: which columns of a customer a selection needs, and whether its reseller is read along with it.
//!
//! A field that is not named here reads everything, so that what is forgotten costs time and nothing else. What is named
//! here is compared with the whole row by `tests/it/reads.rs`.

use async_graphql::{Context, SelectionField};
use entities::{account, customer, narrow::Columns};

/// What is read of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reads {
    /// Of its account.
    pub account: Columns<account::Entity>,
    /// Of itself.
    pub customer: Columns<customer::Entity>,
    /// Its reseller along with it, if it is in the viewer's scope.
    pub reseller: bool,
}

impl Reads {
    /// All of the customer, and nobody along with it.
    pub const ALL: Self = Self { account: Columns::ALL, customer: Columns::ALL, reseller: false };
    /// What is read of every customer.
    const KEYS: Self = Self { account: Columns::KEYS, customer: Columns::KEYS, reseller: false };

    /// What the field at hand needs, which is a customer.
    pub fn of_customer(ctx: &Context<'_>) -> Self {
        selected(ctx.field(), field)
    }

    /// What the field at hand needs, which is a page of customers.
    pub fn of_page(ctx: &Context<'_>) -> Self {
        selected(ctx.field(), |part| match part.name() {
            "nodes" => Some(selected(part, field)),
            "edges" => Some(selected(part, |part| match part.name() {
                "node" => Some(selected(part, field)),
                _ => Some(Self::KEYS),
            })),
            _ => Some(Self::KEYS),
        })
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            account: self.account.and(other.account),
            customer: self.customer.and(other.customer),
            reseller: self.reseller || other.reseller,
        }
    }

    fn of_account(columns: &[account::Column]) -> Self {
        Self { account: Columns::of(columns), ..Self::KEYS }
    }

    fn of_own(columns: &[customer::Column]) -> Self {
        Self { customer: Columns::of(columns), ..Self::KEYS }
    }
}

/// What the fields of a selection need together.
fn selected(of: SelectionField<'_>, each: impl Fn(SelectionField<'_>) -> Option<Reads>) -> Reads {
    of.selection_set().fold(Reads::KEYS, |reads, field| reads.and(each(field).unwrap_or(Reads::ALL)))
}

/// What a budget is made of, and what was used of it.
const BUDGET: &[customer::Column] = &[
    customer::Column::BudgetId,
    customer::Column::BudgetType,
    customer::Column::BudgetAmount,
    customer::Column::ExhaustionPolicy,
    customer::Column::WindowMonth,
    customer::Column::BudgetSetAt,
    customer::Column::ExpenditureMonth,
    customer::Column::Counted,
    customer::Column::OneTimeUsed,
];

/// What a field of a customer needs.
fn field(field: SelectionField<'_>) -> Option<Reads> {
    use account::Column as Account;
    use customer::Column;
    let reads = match field.name() {
        "id" | "kind" | "__typename" => Reads::KEYS,
        "accountName" => Reads::of_account(&[Account::AccountName]),
        "name" => Reads::of_account(&[Account::Name]),
        "email" => Reads::of_account(&[Account::Email]),
        "mobileNumber" => Reads::of_account(&[Account::MobileNumber]),
        "reseller" => Reads { reseller: true, ..Reads::of_own(&[Column::PartnerId, Column::DistributorId]) },
        "budget" => selected(field, budget_field),
        "freeze" => selected(field, freeze_field),
        "monthToDateExpenditure" => Reads::of_own(&[Column::ExpenditureMonth, Column::Expenditure]),
        "openAlertCount" => Reads::of_own(&[Column::OpenAlerts]).and(Reads::of_own(BUDGET)),
        _ => return None,
    };
    Some(reads)
}

/// What a field of its budget needs.
fn budget_field(field: SelectionField<'_>) -> Option<Reads> {
    match field.name() {
        "id" | "type" | "amount" | "used" | "remaining" | "usagePercent" | "exhausted" => Some(Reads::of_own(BUDGET)),
        _ => None,
    }
}

/// What a field of its freeze needs.
fn freeze_field(field: SelectionField<'_>) -> Option<Reads> {
    match field.name() {
        "level" => Some(Reads::of_own(&[customer::Column::RetentionDeadline])),
        _ => None,
    }
}
