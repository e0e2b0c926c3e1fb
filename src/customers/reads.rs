//! What the fields of a customer need to be read.

use async_graphql::{Context, SelectionField};
use entities::{account, customer, narrow::Columns};

use crate::{
    graphql::ahead::{Reading, account_field, selected, selected_of_rows},
    resellers::reads::ResellerReads,
};

/// What is read of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reads {
    /// Of its account.
    pub account: Columns<account::Entity>,
    /// Of itself.
    pub customer: Columns<customer::Entity>,
    /// Its reseller along with it, if it is in the viewer's scope.
    pub reseller: Option<ResellerReads>,
}

impl Reading for Reads {
    const ALL: Self = Self { account: Columns::ALL, customer: Columns::ALL, reseller: None };
    const KEYS: Self = Self { account: Columns::KEYS, customer: Columns::KEYS, reseller: None };

    fn and(self, other: Self) -> Self {
        Self {
            account: self.account.and(other.account),
            customer: self.customer.and(other.customer),
            reseller: match (self.reseller, other.reseller) {
                (Some(one), Some(other)) => Some(one.and(other)),
                (one, other) => one.or(other),
            },
        }
    }
}

impl Reads {
    /// What the field at hand needs, which is a customer.
    pub fn of_customer(ctx: &Context<'_>) -> Self {
        selected(ctx.field(), customer_field)
    }

    /// What the field at hand needs, which is a page of customers.
    pub fn of_page(ctx: &Context<'_>) -> Self {
        selected_of_rows(ctx.field(), customer_field)
    }

    fn of_own(columns: &[customer::Column]) -> Self {
        Self { customer: Columns::of(columns), ..Self::KEYS }
    }
}

/// How much a budget is, and what was used of it.
const BUDGET: &[customer::Column] = &[
    customer::Column::BudgetType,
    customer::Column::BudgetAmount,
    customer::Column::ExpenditureMonth,
    customer::Column::Counted,
    customer::Column::OneTimeUsed,
];

fn customer_field(field: SelectionField<'_>) -> Option<Reads> {
    use customer::Column;
    let reads = match field.name() {
        "reseller" => Reads {
            reseller: Some(ResellerReads::of_reseller(field)),
            ..Reads::of_own(&[Column::PartnerId, Column::DistributorId])
        },
        "budget" => selected(field, budget_field),
        "freeze" => selected(field, freeze_field),
        "monthToDateExpenditure" => Reads::of_own(&[Column::ExpenditureMonth, Column::Expenditure]),
        "openAlertCount" => Reads::of_own(&[Column::OpenAlerts]).and(Reads::of_own(BUDGET)),
        shared => Reads { account: account_field(shared)?, ..Reads::KEYS },
    };
    Some(reads)
}

fn budget_field(field: SelectionField<'_>) -> Option<Reads> {
    match field.name() {
        "type" | "amount" | "used" | "remaining" | "usagePercent" | "exhausted" => Some(Reads::of_own(BUDGET)),
        "id" => Some(Reads::of_own(&[customer::Column::BudgetId]).and(Reads::of_own(BUDGET))),
        _ => None,
    }
}

fn freeze_field(field: SelectionField<'_>) -> Option<Reads> {
    match field.name() {
        "level" => Some(Reads::of_own(&[customer::Column::FreezeLevel, customer::Column::RetentionDeadline])),
        _ => None,
    }
}
