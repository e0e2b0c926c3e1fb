//! The feed at the API: events as a list of the past and as live subscriptions.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject, Subscription};
use entities::types::{self, EventType};
use futures_util::{Stream, StreamExt};

use super::{BudgetThresholdReached, Event, ReviewOutcome};
use crate::{
    feed::{self, CursorError, Following, Position, Selection},
    graphql::{
        connection::{PageInfo, page_size},
        context::Asking,
        errors::{code, coded, failed, internal},
        scalars::Id,
    },
};

/// An event and its place in the feed.
#[derive(SimpleObject)]
pub struct EventEdge {
    /// Its place in the feed.
    cursor: String,
    /// The event.
    node: Event,
}

/// A page of the feed's past.
#[derive(SimpleObject)]
pub struct EventConnection {
    /// The events with their places.
    edges: Vec<EventEdge>,
    /// The events alone.
    nodes: Vec<Event>,
    /// Where the page stands.
    page_info: PageInfo,
}

fn refused(error: CursorError) -> async_graphql::Error {
    let code = match error {
        CursorError::Invalid => code::INVALID_CURSOR,
        CursorError::Expired => code::CURSOR_EXPIRED,
    };
    coded(code, error.to_string())
}

fn parse_cursor(after: Option<String>) -> async_graphql::Result<Option<Position>> {
    after.map(|cursor| Position::from_cursor(&cursor)).transpose().map_err(refused)
}

/// The feed's queries.
#[derive(Default)]
pub struct EventsQuery;

#[Object]
impl EventsQuery {
    /// The feed's past, oldest first; a cursor from here resumes a subscription.
    async fn events(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        types: Option<Vec<EventType>>,
    ) -> async_graphql::Result<EventConnection> {
        let limit = page_size(first, "first")?;
        let after = parse_cursor(after)?;
        let selection = Selection { types: types.unwrap_or_default() };
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let page = feed::page(store.reader(), viewer, after, &selection, limit).await.map_err(failed)?;
        let mut rows = page.map_err(refused)?;
        let has_next_page = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut edges = Vec::with_capacity(rows.len());
        for row in rows {
            let cursor = Position(row.position.unwrap_or_default()).to_cursor();
            edges.push(EventEdge { cursor, node: Event::of(&Arc::new(row))? });
        }
        Ok(EventConnection {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_next_page,
                has_previous_page: after.is_some(),
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
        })
    }
}

/// Follows the feed for the viewer at hand.
async fn follow(
    ctx: &Context<'_>,
    after: Option<String>,
    types: Vec<EventType>,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Event>> + use<>> {
    let after = parse_cursor(after)?;
    let viewer = ctx.viewer()?.clone();
    let told = |error: Following| match error {
        Following::Cursor(error) => refused(error),
        Following::Fault(fault) => internal(&fault),
    };
    let stream = feed::follow(&ctx.app().hub, viewer, after, Selection { types }).await.map_err(told)?;
    Ok(stream.map(move |event| event.map_err(told).and_then(|event| Event::of(&event))))
}

/// What is pushed.
#[derive(Default)]
pub struct Subscription;

#[Subscription]
impl Subscription {
    /// Budget warnings in the viewer's scope.
    async fn budget_alerts(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        reseller_id: Option<Id<types::Reseller>>,
        customer_id: Option<Id<types::Customer>>,
        min_threshold: Option<i32>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<BudgetThresholdReached>>> {
        let events = follow(ctx, after, vec![EventType::BudgetThresholdReached]).await?;
        Ok(events.filter_map(move |event| {
            let wanted = event.map(|event| match event {
                Event::BudgetThresholdReached(reached)
                    if reseller_id.is_none_or(|id| reached.fact.reseller_id == Some(id.0))
                        && customer_id.is_none_or(|id| reached.fact.customer_id == id.0)
                        && min_threshold.is_none_or(|least| i32::from(reached.fact.threshold) >= least) =>
                {
                    Some(reached)
                }
                _ => None,
            });
            std::future::ready(wanted.transpose())
        }))
    }

    /// Decisions on the viewer's applications and requests.
    async fn review_outcomes(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ReviewOutcome>>> {
        let events = follow(ctx, after, vec![EventType::ReviewOutcome]).await?;
        Ok(events.filter_map(|event| {
            let outcome = event.map(|event| match event {
                Event::ReviewOutcome(outcome) => Some(outcome),
                _ => None,
            });
            std::future::ready(outcome.transpose())
        }))
    }

    /// Everything in the viewer's scope.
    async fn events(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        types: Option<Vec<EventType>>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Event>>> {
        follow(ctx, after, types.unwrap_or_default()).await
    }
}
