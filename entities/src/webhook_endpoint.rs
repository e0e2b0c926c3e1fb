//! Addresses that a partner has its events delivered to.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::types::{AccountId, EventType, Timestamp, WebhookEndpointId};

/// One endpoint, with its cursor over the feed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    /// Whose.
    pub account_id: AccountId,
    /// Where events are posted to.
    pub url: String,
    /// Which events; all where empty.
    pub types: EventTypes,
    /// What deliveries are signed with: 32 random bytes.
    pub secret: Vec<u8>,
    /// The secret before, which signs too for a while.
    pub old_secret: Option<Vec<u8>>,
    /// Until when it does.
    pub old_secret_until: Option<Timestamp>,
    /// Whether events are delivered.
    pub enabled: bool,
    /// Why not, where the program decided so.
    pub disabled_reason: Option<String>,
    /// Everything of the feed up to here was delivered.
    pub position: i64,
    /// Failed tries of the next event.
    pub attempts: i32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// When to go on.
    pub next_attempt_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Types of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct EventTypes(pub Vec<EventType>);

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
