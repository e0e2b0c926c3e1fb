//! Resellers: the accounts of kind RESELLER and the distributor above each.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{DistributorId, MemberId, ResellerId, Timestamp},
};

/// One reseller.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resellers")]
pub struct Model {
    /// Key; the account's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResellerId,
    /// The one distributor above it.
    pub distributor_id: DistributorId,
    /// When it joined its distributor.
    pub associated_at: Timestamp,
    /// The distributor's member that looks after it.
    pub account_manager_id: Option<MemberId>,
    /// The account's name in lower case, for order and search.
    pub name_key: String,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id,
    }
    asked {
        distributor_id: DistributorId, associated_at: AssociatedAt, account_manager_id: AccountManagerId,
        name_key: NameKey,
    }
}
