//! What the fields of a reseller need to be read.

use async_graphql::{Context, SelectionField};
use entities::{account, narrow::Columns, reseller};

use crate::graphql::ahead::{Reading, account_field, selected, selected_of_rows};

/// What is read of a reseller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResellerReads {
    /// Of its account.
    pub account: Columns<account::Entity>,
    /// Of itself.
    pub reseller: Columns<reseller::Entity>,
    /// What its distributor lets it do.
    pub permission: bool,
}

impl Reading for ResellerReads {
    const ALL: Self = Self { account: Columns::ALL, reseller: Columns::ALL, permission: true };
    const KEYS: Self = Self { account: Columns::KEYS, reseller: Columns::KEYS, permission: false };

    fn and(self, other: Self) -> Self {
        Self {
            account: self.account.and(other.account),
            reseller: self.reseller.and(other.reseller),
            permission: self.permission || other.permission,
        }
    }
}

impl ResellerReads {
    /// What a field needs that is a reseller.
    pub fn of_reseller(field: SelectionField<'_>) -> Self {
        selected(field, reseller_field)
    }

    /// What the field at hand needs, which is a page of resellers.
    pub fn of_page(ctx: &Context<'_>) -> Self {
        selected_of_rows(ctx.field(), reseller_field)
    }
}

fn reseller_field(field: SelectionField<'_>) -> Option<ResellerReads> {
    use reseller::Column;
    let own = |columns: &[Column]| ResellerReads { reseller: Columns::of(columns), ..ResellerReads::KEYS };
    match field.name() {
        "associatedAt" => Some(own(&[Column::AssociatedAt])),
        "permissions" => Some(ResellerReads { permission: true, ..ResellerReads::KEYS }),
        // Its list is read by itself.
        "customers" => Some(ResellerReads::KEYS),
        shared => Some(ResellerReads { account: account_field(shared)?, ..ResellerReads::KEYS }),
    }
}
