//! Which customers of a list are wanted, and in which order (Q-CORE-02).

use async_graphql::{Enum, InputObject};
use entities::types::{BudgetType, FreezeLevel, MemberId, ResellerId};

use crate::{
    graphql::{
        connection::OrderDirection,
        scalars::{DateTimeRange, Decimal, DecimalRange, Id},
    },
    store::keyset::ListOrder,
};

/// Picks customers out of a list; conditions given together must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub struct CustomerFilter {
    /// Beginning of the customer's name, account name or mobile number, or its id; for a distributor also the beginning
    /// of its reseller's name.
    pub search: Option<String>,
    /// Customers of one reseller.
    pub reseller_id: Option<Id<entities::types::Reseller>>,
    /// Customers that one account manager looks after.
    pub account_manager_id: Option<Id<entities::types::Member>>,
    /// Customers that nobody looks after, or that somebody does (R-CUS-32).
    pub unassigned: Option<bool>,
    /// Customers with this tag.
    pub tag: Option<String>,
    /// Frozen by the system, or not.
    pub automatically_frozen: Option<bool>,
    /// Frozen at one of these levels.
    pub freeze_level: Option<Vec<FreezeLevel>>,
    /// Whether their reseller is authorized to set budgets and freeze (R-CORE-47).
    pub reseller_authorized: Option<bool>,
    /// With a budget of this type.
    pub budget_type: Option<BudgetType>,
    /// With this much of their budget used, in percent.
    pub usage_percent: Option<DecimalRange>,
    /// With this much spent this month, in USD.
    pub month_to_date_expenditure: Option<DecimalRange>,
    /// Associated in this time.
    pub associated_at: Option<DateTimeRange>,
    /// With, or without, open alerts.
    pub has_open_alerts: Option<bool>,
}

/// What customers can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum CustomerOrderField {
    /// The customer's name, case aside.
    Name,
    /// When it was associated.
    AssociatedAt,
    /// How much of its budget is used; customers without a ratio come below 0 %.
    UsagePercent,
    /// What it spent this month.
    MonthToDateExpenditure,
}

/// The order of a list of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct CustomerOrder {
    /// By what.
    pub field: CustomerOrderField,
    /// Which way.
    pub direction: OrderDirection,
}

impl CustomerOrder {
    /// By name, the default.
    pub const DEFAULT: Self = Self { field: CustomerOrderField::Name, direction: OrderDirection::Asc };

    /// The order as the store pages it.
    pub fn list_order(self) -> ListOrder {
        ListOrder {
            name: match self.field {
                CustomerOrderField::Name => "name",
                CustomerOrderField::AssociatedAt => "associated",
                CustomerOrderField::UsagePercent => "usage",
                CustomerOrderField::MonthToDateExpenditure => "expenditure",
            },
            by_text: self.field == CustomerOrderField::Name,
            descending: self.direction == OrderDirection::Desc,
        }
    }
}

impl CustomerFilter {
    /// The text searched for.
    pub fn searched(&self) -> Option<&str> {
        self.search.as_deref().map(str::trim).filter(|search| !search.is_empty())
    }

    /// The reseller asked for.
    pub fn reseller(&self) -> Option<ResellerId> {
        self.reseller_id.as_ref().map(|id| id.0)
    }

    /// The account manager asked for.
    pub fn account_manager(&self) -> Option<MemberId> {
        self.account_manager_id.as_ref().map(|id| id.0)
    }
}

/// A bound in percent as the usage ratio counts, rounded so that the comparison stays right.
pub fn ratio_bound(percent: Decimal, round_up: bool) -> i64 {
    bound(percent.0, 6, round_up)
}

/// A bound in USD as an amount counts.
pub fn amount_bound(usd: Decimal, round_up: bool) -> i64 {
    bound(usd.0, entities::types::Amount::SCALE, round_up)
}

fn bound(value: rust_decimal::Decimal, scale: u32, round_up: bool) -> i64 {
    use rust_decimal::prelude::ToPrimitive;
    let scaled = value.checked_mul(rust_decimal::Decimal::from(10_i64.pow(scale)));
    let extreme = if value.is_sign_negative() { i64::MIN } else { i64::MAX };
    scaled
        .map(|scaled| if round_up { scaled.ceil() } else { scaled.floor() })
        .and_then(|scaled| scaled.to_i64())
        .unwrap_or(extreme)
}
