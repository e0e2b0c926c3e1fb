//! Leases: what only one node does at a time.

use sea_orm::entity::prelude::*;

/// One duty and the node that has it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leases")]
pub struct Model {
    /// The duty.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The node that has it, or had it last.
    pub holder: Uuid,
    /// Grows with every change of the holder: whoever acts on an older one is refused.
    pub epoch: i64,
    /// Until when, in microseconds since 1970 by the database's clock. Unless it is renewed, anybody may take it then.
    pub expires_at: i64,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
