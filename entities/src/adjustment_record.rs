//! Adjustment records: every grant, quota, budget and freeze change, append-only (R-CORE-44).

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, AdjustmentKind, MemberId, RecordId, Timestamp},
};

/// One record. The database refuses to change or delete it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "adjustment_records")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RecordId,
    /// What changed.
    pub kind: AdjustmentKind,
    /// The reseller or customer it happened to.
    pub subject_id: AccountId,
    /// When.
    pub at: Timestamp,
    /// By which account; null for the system.
    pub by_account: Option<AccountId>,
    /// By which of its members.
    pub by_member: Option<MemberId>,
    /// The state before, in words.
    pub before: Option<String>,
    /// The state after, in words.
    pub after: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, kind: Kind, subject_id: SubjectId, at: At, by_account: ByAccount, by_member: ByMember,
        before: Before, after: After, reason: Reason,
    }
    asked {}
}
