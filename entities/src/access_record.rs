//! Access records: who had whose personal data revealed.

use sea_orm::entity::prelude::*;

use crate::types::{AccountId, MemberId, Timestamp};

/// One revealed field of one subject.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_records")]
pub struct Model {
    /// Key, in the order of writing.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who looked: the account.
    pub by_account: AccountId,
    /// Who looked: the member.
    pub by_member: MemberId,
    /// Whose data: the raw id of an account or a member.
    pub subject: Uuid,
    /// Which field.
    pub field: String,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
