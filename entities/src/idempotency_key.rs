//! Keys by which clients may repeat a mutation that they do not know the end of.

use sea_orm::entity::prelude::*;

use crate::types::{AccountId, IdempotencyState, Timestamp};

/// One key and what became of the mutation that came with it first.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Whose key it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// A keyed hash of the key, and of the customer for whom the session acted, if it did. The key itself is not kept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_hash: Vec<u8>,
    /// The hash of what was asked, and by which member.
    pub request_hash: Vec<u8>,
    /// The run that has the key now. Whoever finds another one here has been overtaken.
    pub attempt: Uuid,
    /// How far it is.
    pub state: IdempotencyState,
    /// Until when the run is believed to go on; its node renews it.
    pub leased_until: Timestamp,
    /// The answer, sealed. None before there is one, and where it was too large to be kept.
    pub answer: Option<Vec<u8>>,
    /// When the key is forgotten.
    pub expires_at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
