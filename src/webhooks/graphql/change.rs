//! Making, changing and trying endpoints at the API.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{
    types::{EventId, EventType, WebhookEndpointId},
    webhook_delivery, webhook_endpoint,
};

use super::{
    super::{
        commands::{By, Create, Delete, Replay, Rotate, Update, new_secret},
        payload,
        progress::LogPing,
        queries, rules,
    },
    WebhookDelivery, WebhookEndpoint,
};
use crate::{
    feed::Position,
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
    outcome::{Outcome, Refusal},
    store::Command,
};

/// Making an endpoint.
#[derive(InputObject)]
struct CreateWebhookEndpointInput {
    /// Where events are posted to: https, and a public address.
    url: String,
    /// Which events; all where none is named.
    types: Option<Vec<EventType>>,
}

/// Changing an endpoint. What is not given stays.
#[derive(InputObject)]
struct UpdateWebhookEndpointInput {
    /// Which.
    id: ID,
    /// Where events are posted to.
    url: Option<String>,
    /// Which events; all where none is named.
    types: Option<Vec<EventType>>,
    /// Whether events are delivered. What happened meanwhile is delivered once it is enabled again.
    enabled: Option<bool>,
}

/// Naming an endpoint.
#[derive(InputObject)]
struct WebhookEndpointInput {
    /// Which.
    id: ID,
}

/// Delivering again.
#[derive(InputObject)]
struct ReplayWebhookInput {
    /// To which endpoint.
    id: ID,
    /// What lies behind this cursor of the feed. One ahead of the endpoint's own passes over what lies between.
    after: String,
}

/// An endpoint with its secret, which is shown this once; or why not.
#[derive(SimpleObject, Default)]
struct WebhookSecretPayload {
    /// The endpoint.
    endpoint: Option<WebhookEndpoint>,
    /// The key of its signatures. It is not shown again.
    secret: Option<String>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// An endpoint, or why not.
#[derive(SimpleObject, Default)]
struct WebhookEndpointPayload {
    /// The endpoint.
    endpoint: Option<WebhookEndpoint>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// What was deleted, or why not.
#[derive(SimpleObject, Default)]
struct DeleteWebhookEndpointPayload {
    /// The id of the endpoint that is gone.
    deleted_id: Option<ID>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// What came of a ping, or why there was none.
#[derive(SimpleObject, Default)]
struct PingWebhookPayload {
    /// The delivery.
    delivery: Option<WebhookDelivery>,
    /// What to mend; then nothing was sent.
    user_errors: Vec<UserError>,
}

/// Reads an id. One that is not well formed names nothing, like one of somebody else's.
fn parse(id: &ID) -> Result<WebhookEndpointId, Refusal> {
    id.parse().map_err(|_| Refusal::not_found("id", id))
}

fn by(ctx: &Context<'_>) -> Outcome<By> {
    Ok(By { viewer: ctx.acting()?.clone(), address: ctx.origin().address() })
}

/// Runs a change of an endpoint, and wakes whoever delivers.
async fn change<C: Command>(ctx: &Context<'_>, command: C) -> Outcome<C::Output> {
    let app = ctx.app();
    let output = app.store.execute(command).await?;
    app.webhooks.changed().notify_one();
    Ok(output)
}

async fn create(ctx: &Context<'_>, input: CreateWebhookEndpointInput) -> Outcome<webhook_endpoint::Model> {
    let types = rules::check_types(&input.types.unwrap_or_default())?;
    let url = ctx.app().webhooks.check(&input.url).await?.to_string();
    change(ctx, Create { by: by(ctx)?, url, types, secret: new_secret()? }).await
}

async fn update(ctx: &Context<'_>, input: UpdateWebhookEndpointInput) -> Outcome<webhook_endpoint::Model> {
    let id = parse(&input.id)?;
    let types = input.types.map(|types| rules::check_types(&types)).transpose()?;
    let url = match input.url {
        Some(url) => Some(ctx.app().webhooks.check(&url).await?.to_string()),
        None => None,
    };
    change(ctx, Update { by: by(ctx)?, id, url, types, enabled: input.enabled }).await
}

async fn rotate(ctx: &Context<'_>, id: &ID) -> Outcome<webhook_endpoint::Model> {
    change(ctx, Rotate { by: by(ctx)?, id: parse(id)?, secret: new_secret()? }).await
}

async fn delete(ctx: &Context<'_>, id: &ID) -> Outcome<()> {
    change(ctx, Delete { by: by(ctx)?, id: parse(id)? }).await
}

async fn replay(ctx: &Context<'_>, input: ReplayWebhookInput) -> Outcome<webhook_endpoint::Model> {
    let id = parse(&input.id)?;
    let after = Position::from_cursor(&input.after).map_err(|error| Refusal::invalid("after", error.to_string()))?;
    change(ctx, Replay { viewer: ctx.acting()?.clone(), id, after }).await
}

/// The time in which pings are counted.
const MINUTE: Duration = Duration::from_secs(60);

async fn ping(ctx: &Context<'_>, id: &ID) -> Outcome<webhook_delivery::Model> {
    let (app, viewer, not_found) = (ctx.app(), ctx.acting()?.clone(), || Refusal::not_found("id", id));
    let db = app.store.reader();
    let endpoint = queries::by_id(db, &viewer, parse(id)?).await?.ok_or_else(not_found)?;
    let now = app.store.clock().now();
    if queries::pings_since(db, endpoint.id, now.minus(MINUTE)).await? >= rules::MAX_PINGS_A_MINUTE {
        return Err(rules::Refusal::TooManyPings.into());
    }
    let event = EventId::new(now);
    let secrets = rules::signing_secrets(&endpoint, now);
    let attempt = app.webhooks.post(&endpoint.url, &secrets, payload::of_ping(event, endpoint.id, now), now).await?;
    let logged = app.store.execute(LogPing { endpoint: endpoint.id, event, attempt }).await?;
    Ok(logged.ok_or_else(not_found)?)
}

fn with_secret(outcome: Result<webhook_endpoint::Model, Vec<UserError>>) -> WebhookSecretPayload {
    match outcome {
        Ok(row) => WebhookSecretPayload {
            secret: Some(rules::secret_text(&row.secret)),
            endpoint: Some(WebhookEndpoint(row)),
            user_errors: Vec::new(),
        },
        Err(user_errors) => WebhookSecretPayload { user_errors, ..Default::default() },
    }
}

fn without_secret(outcome: Result<webhook_endpoint::Model, Vec<UserError>>) -> WebhookEndpointPayload {
    match outcome {
        Ok(row) => WebhookEndpointPayload { endpoint: Some(WebhookEndpoint(row)), user_errors: Vec::new() },
        Err(user_errors) => WebhookEndpointPayload { user_errors, ..Default::default() },
    }
}

/// The mutations of webhooks.
#[derive(Default)]
pub struct WebhooksMutation;

#[Object]
impl WebhooksMutation {
    /// Makes an endpoint, at most 5 an account. It gets what happens from now on.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: CreateWebhookEndpointInput,
    ) -> async_graphql::Result<WebhookSecretPayload> {
        Ok(with_secret(settle(create(ctx, input).await)?))
    }

    /// Changes an endpoint; one that failed is tried again at once.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: UpdateWebhookEndpointInput,
    ) -> async_graphql::Result<WebhookEndpointPayload> {
        Ok(without_secret(settle(update(ctx, input).await)?))
    }

    /// Deletes an endpoint and the log of its deliveries.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointInput,
    ) -> async_graphql::Result<DeleteWebhookEndpointPayload> {
        Ok(match settle(delete(ctx, &input.id).await)? {
            Ok(()) => DeleteWebhookEndpointPayload { deleted_id: Some(input.id), user_errors: Vec::new() },
            Err(user_errors) => DeleteWebhookEndpointPayload { user_errors, ..Default::default() },
        })
    }

    /// Gives an endpoint a new secret. Deliveries are signed with the old one too for 24 hours.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointInput,
    ) -> async_graphql::Result<WebhookSecretPayload> {
        Ok(with_secret(settle(rotate(ctx, &input.id).await)?))
    }

    /// Delivers again what lies behind a cursor of the feed.
    async fn replay_webhook(
        &self,
        ctx: &Context<'_>,
        input: ReplayWebhookInput,
    ) -> async_graphql::Result<WebhookEndpointPayload> {
        Ok(without_secret(settle(replay(ctx, input).await)?))
    }

    /// Posts an event of type PING now, whether the endpoint is enabled or not, and says what came of it.
    async fn ping_webhook(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointInput,
    ) -> async_graphql::Result<PingWebhookPayload> {
        Ok(match settle(ping(ctx, &input.id).await)? {
            Ok(row) => PingWebhookPayload { delivery: Some(WebhookDelivery(Arc::new(row))), user_errors: Vec::new() },
            Err(user_errors) => PingWebhookPayload { user_errors, ..Default::default() },
        })
    }
}
