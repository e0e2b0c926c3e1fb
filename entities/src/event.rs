//! The event log: what happened, for whom, in one order.

use sea_orm::entity::prelude::*;

use crate::types::{AccountId, CustomerId, DistributorId, EventId, EventType, Timestamp};

/// One event. Written in the transaction of the change that it tells of; given its position afterwards.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Key, in the order of insertion. Not the order of commit, so never a cursor.
    #[sea_orm(primary_key)]
    pub entry: i64,
    /// The id that the API shows.
    pub event_id: EventId,
    /// Its place in the feed; null until the sequencer gave it one.
    pub position: Option<i64>,
    /// What happened.
    pub event_type: EventType,
    /// When.
    pub occurred_at: Timestamp,
    /// The distributor that may see it.
    pub to_distributor: Option<DistributorId>,
    /// The reseller or provider that may see it.
    pub to_partner: Option<AccountId>,
    /// The customer that may see it.
    pub to_customer: Option<CustomerId>,
    /// The customer or reseller that it tells of: what decides whether a member sees it that sees only some of them.
    pub subject_id: Option<AccountId>,
    /// What the type needs beyond that.
    pub payload: Json,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
