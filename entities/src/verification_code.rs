//! Verification codes: sent to a member for one critical operation, good once.

use sea_orm::entity::prelude::*;

use crate::types::{CodeId, CriticalOperation, MemberId, Timestamp, VerificationChannel};

/// One code.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification_codes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CodeId,
    /// Who may use it; a member belongs to one account, so the account is bound too.
    pub member_id: MemberId,
    /// For what.
    pub operation: CriticalOperation,
    /// Sent how.
    pub channel: VerificationChannel,
    /// Keyed hash over id, member, operation and code.
    pub code_hash: Vec<u8>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// How many times it was tried; counted before each comparison.
    pub tries: i16,
    /// When it was used, or replaced by a newer one.
    pub closed_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
