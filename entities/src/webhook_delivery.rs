//! The log of deliveries to endpoints: one row for each attempt.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{EventId, EventType, Timestamp, WebhookDeliveryId, WebhookEndpointId},
};

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// To which endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// The id that was sent.
    pub event_id: EventId,
    /// Of which type; null for a ping.
    pub event_type: Option<EventType>,
    /// Its place in the feed; null for a ping.
    pub position: Option<i64>,
    /// Which try of this event it was, from 1.
    pub attempt: i32,
    /// The status of the answer, where there was one.
    pub status: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: i32,
    /// Why it failed; null where it was delivered.
    pub error: Option<String>,
    /// When it began.
    pub at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, endpoint_id: EndpointId, event_id: EventId, event_type: EventType, position: Position,
        attempt: Attempt, status: Status, duration_ms: DurationMs, error: Error, at: At,
    }
    asked {}
}
