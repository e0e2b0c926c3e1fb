//! Endpoints and their deliveries at the API.

mod change;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entities::{
    types::{EventType, Timestamp},
    webhook_delivery, webhook_endpoint,
};

pub use change::WebhooksMutation;

use super::queries::{self, NEWEST_FIRST};
use crate::{
    feed::Position,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        plain::Plain,
    },
};

/// An address that the account's events are posted to.
pub struct WebhookEndpoint(webhook_endpoint::Model);

/// An address that the account's events are posted to, signed. It gets what its account's administrator sees, in the order
/// of the feed, at least once each.
#[Object]
impl WebhookEndpoint {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Where events are posted to.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// Which events; all where empty.
    async fn types(&self) -> &[EventType] {
        &self.0.types.0
    }

    /// Whether events are delivered.
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    /// Why not, where it was switched off after a day of failures.
    async fn disabled_reason(&self) -> Option<&str> {
        self.0.disabled_reason.as_deref()
    }

    /// Its place in the feed: everything up to here was delivered.
    async fn cursor(&self) -> String {
        Position(self.0.position).to_cursor()
    }

    /// How often the event behind the cursor was tried in vain.
    async fn failed_attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Since when deliveries fail; null while they do not.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing_since.map(Timestamp::to_datetime)
    }

    /// When it is tried again; null unless deliveries fail.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        let waits = self.0.enabled && self.0.failing_since.is_some();
        waits.then(|| self.0.next_attempt_at.to_datetime())
    }

    /// Until when the secret before the present one signs too.
    async fn old_secret_until(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        let now = ctx.app().store.clock().now();
        self.0.old_secret_until.filter(|until| now < *until).map(Timestamp::to_datetime)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }
}

/// An attempt to deliver an event.
#[derive(Debug, Clone)]
pub struct WebhookDelivery(Arc<webhook_delivery::Model>);

/// An attempt to deliver an event.
#[Object]
impl WebhookDelivery {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The event's id, as it was sent.
    async fn event_id(&self) -> ID {
        self.0.event_id.into()
    }

    /// What happened; null for a ping.
    #[graphql(name = "type")]
    async fn event_type(&self) -> Option<EventType> {
        self.0.event_type
    }

    /// The event's place in the feed; null for a ping.
    async fn cursor(&self) -> Option<String> {
        self.0.position.map(|position| Position(position).to_cursor())
    }

    /// Which try of this event it was, from 1.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// The status of the endpoint's answer; null where there was none.
    async fn status_code(&self) -> Option<i32> {
        self.0.status
    }

    /// How long it took, in milliseconds.
    async fn duration_ms(&self) -> i32 {
        self.0.duration_ms
    }

    /// Why it failed; null where the event was taken.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// When it began.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at.to_datetime()
    }
}

impl Plain for WebhookDelivery {}

/// The queries of webhooks.
#[derive(Default)]
pub struct WebhooksQuery;

#[Object]
impl WebhooksQuery {
    /// The account's endpoints, oldest first.
    async fn webhook_endpoints(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<WebhookEndpoint>> {
        let rows = queries::list(ctx.app().store.reader(), ctx.viewer()?).await.map_err(failed)?;
        Ok(rows.into_iter().map(WebhookEndpoint).collect())
    }

    /// The log of an endpoint's deliveries, newest first; null where there is no such endpoint.
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        endpoint_id: ID,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Option<Connection<WebhookDelivery>>> {
        let window = PageArguments { first, after, last, before }.window(ctx, NEWEST_FIRST)?;
        let Ok(id) = endpoint_id.parse() else { return Ok(None) };
        let store = &ctx.app().store;
        let Some(endpoint) = queries::by_id(store.reader(), ctx.viewer()?, id).await.map_err(failed)? else {
            return Ok(None);
        };
        let page = queries::deliveries(store, endpoint.id, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Some(Connection::new(NEWEST_FIRST, page, WebhookDelivery)))
    }
}
