//! What failed lately at the door: counts by names that were tried and by addresses that they came from.

use sea_orm::entity::prelude::*;

use crate::types::Timestamp;

/// The count of one name or one address.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_tries")]
pub struct Model {
    /// A keyed hash of the name or address: the table is no list of names that somebody mistyped.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// How many; a try is counted before it is known to fail, and given back when it does not.
    pub tries: i64,
    /// When the count begins anew.
    pub counted_until: Timestamp,
    /// Until when nothing more is tried; the epoch where no lock was set since the last try.
    pub locked_until: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
