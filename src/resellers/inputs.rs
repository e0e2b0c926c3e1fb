//! Which resellers of a list are wanted, and in which order (Q-CORE-01).

use async_graphql::{Enum, InputObject};

use crate::{
    graphql::{
        connection::OrderDirection,
        scalars::{DateTimeRange, Id},
    },
    store::keyset::ListOrder,
};

/// Picks resellers out of a list; conditions given together must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub struct ResellerFilter {
    /// Beginning of the reseller's name, account name, e-mail address or mobile number, or its id.
    pub search: Option<String>,
    /// Joined in this time.
    pub associated_at: Option<DateTimeRange>,
    /// Whether it is authorized to set budgets and freeze.
    pub budget_and_freeze: Option<bool>,
    /// Whether it is authorized to act on behalf of customers.
    pub on_behalf: Option<bool>,
    /// Resellers that one account manager looks after.
    pub account_manager_id: Option<Id<entities::types::Member>>,
    /// Resellers that nobody looks after, or that somebody does (R-CUS-32).
    pub unassigned: Option<bool>,
}

/// What resellers can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ResellerOrderField {
    /// The reseller's name, case aside.
    Name,
    /// When it joined.
    AssociatedAt,
}

/// The order of a list of resellers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct ResellerOrder {
    /// By what.
    pub field: ResellerOrderField,
    /// Which way.
    pub direction: OrderDirection,
}

impl ResellerOrder {
    /// By name, the default.
    pub const DEFAULT: Self = Self { field: ResellerOrderField::Name, direction: OrderDirection::Asc };

    /// The order as the store pages it.
    pub fn list_order(self) -> ListOrder {
        ListOrder {
            name: match self.field {
                ResellerOrderField::Name => "reseller-name",
                ResellerOrderField::AssociatedAt => "reseller-associated",
            },
            by_text: self.field == ResellerOrderField::Name,
            descending: self.direction == OrderDirection::Desc,
        }
    }
}
