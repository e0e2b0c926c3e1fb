//! Roles that accounts made themselves. Those of the system are in the table of roles.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::types::{AccountId, RoleId, Timestamp};

/// One role.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// Whose role.
    pub account_id: AccountId,
    /// Its name.
    pub name: String,
    /// The name in lower case, unique in the account.
    pub name_key: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub permissions: Codes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Codes of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Codes(pub Vec<String>);

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
