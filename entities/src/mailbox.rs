//! Mailboxes that somebody signs up with: the code that was sent to each, and how often. An address is kept as a keyed hash.

use sea_orm::entity::prelude::*;

use crate::types::{InvitationId, Timestamp};

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mailboxes")]
pub struct Model {
    /// Key: a keyed hash of the address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// By which invitation the last code was asked for.
    pub invitation_id: Option<InvitationId>,
    /// Keyed hash over mailbox, invitation and code; none where no code is live.
    pub code_hash: Option<Vec<u8>>,
    /// When the last code was sent.
    pub sent_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// How many times it was tried; counted before each comparison.
    pub tries: i16,
    /// Since when codes and wrong tries are counted.
    pub counted_since: Timestamp,
    /// Codes that were sent since then.
    pub sent: i32,
    /// Wrong tries since then.
    pub wrong: i32,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
