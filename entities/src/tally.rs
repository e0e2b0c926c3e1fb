//! Counts of what must not happen too often.

use sea_orm::entity::prelude::*;

use crate::types::{Tallied, Timestamp};

/// How often something happened to one subject since the count began.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tallies")]
pub struct Model {
    /// What is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tallied: Tallied,
    /// Of whom or what: ids, or keyed hashes where it is an address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: Vec<u8>,
    /// When the count began.
    pub since: Timestamp,
    /// When it happened last.
    pub last_at: Timestamp,
    /// How often since the count began.
    pub times: i32,
    /// When the count is forgotten.
    pub expires_at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
