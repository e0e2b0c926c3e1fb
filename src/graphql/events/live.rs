//! The feed at the API: events as a list of the past and as live subscriptions.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Object, SimpleObject, Subscription};
use entities::{
    event, export,
    types::{self, EventType},
};
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::oneshot;

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

/// What one subscriber is told of.
#[derive(Debug, Clone)]
pub enum News {
    /// An event of the feed.
    Event(Arc<event::Model>),
    /// An export, which has gone on. No event: it is told to who asks for it, and has no place in the feed.
    Export(Arc<export::Model>),
}

/// The news that one subscriber follows.
pub type Followed = BoxStream<'static, async_graphql::Result<News>>;

/// Where a subscription hands over what it follows, once.
pub struct Tell(Mutex<Option<oneshot::Sender<Followed>>>);

impl Tell {
    /// Hands it over. Does nothing where it was handed over before, or the subscriber has gone.
    pub fn hand_over(&self, followed: Followed) {
        if let Some(tell) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tell.send(followed);
        }
    }
}

/// What the execution of a subscription is for. Following the feed is each subscriber's own affair; what an event looks
/// like in the words of a document is the same for all who ask alike, and executed once (docs/decisions/0018).
pub enum Part {
    /// To find out what the subscriber follows, which is handed over here. Nothing is executed.
    Follow(Tell),
    /// To execute the document for this.
    News(News),
}

impl Part {
    /// To find out what a subscriber follows.
    pub fn follow() -> (Self, oneshot::Receiver<Followed>) {
        let (tell, hear) = oneshot::channel();
        (Self::Follow(Tell(Mutex::new(Some(tell)))), hear)
    }
}

/// The part that is asked for: the event at hand, or nothing after the stream of those that are `wanted` was handed over.
async fn part(
    ctx: &Context<'_>,
    after: Option<String>,
    types: Vec<EventType>,
    wanted: Option<impl Fn(&Event) -> bool + Send + Sync + 'static>,
) -> async_graphql::Result<BoxStream<'static, async_graphql::Result<Event>>> {
    let tell = match ctx.data::<Part>()? {
        Part::News(News::Event(event)) => return Ok(stream::iter([Event::of(event)]).boxed()),
        Part::News(News::Export(_)) => return Ok(stream::empty().boxed()),
        Part::Follow(tell) => tell,
    };
    let after = parse_cursor(after)?;
    let viewer = ctx.viewer()?.clone();
    let told = |error: Following| match error {
        Following::Cursor(error) => refused(error),
        Following::Fault(fault) => internal(&fault),
    };
    let events = feed::follow(&ctx.app().hub, viewer, after, Selection { types }).await.map_err(told)?;
    let events = events.filter_map(move |event| {
        let is_wanted = |event: &Arc<event::Model>| {
            wanted.as_ref().is_none_or(|wanted| Event::of(event).is_ok_and(|event| wanted(&event)))
        };
        let news = event.map(|event| is_wanted(&event).then_some(News::Event(event)));
        std::future::ready(news.map_err(told).transpose())
    });
    tell.hand_over(events.boxed());
    Ok(stream::pending().boxed())
}

/// No choice among the events of the types.
const ALL: Option<fn(&Event) -> bool> = None;

/// What is pushed of the feed.
#[derive(Default)]
pub struct EventsSubscription;

#[Subscription]
impl EventsSubscription {
    /// Budget warnings in the viewer's scope.
    async fn budget_alerts(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        reseller_id: Option<Id<types::Reseller>>,
        customer_id: Option<Id<types::Customer>>,
        min_threshold: Option<i32>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<BudgetThresholdReached>>> {
        let is_wanted = move |event: &Event| match event {
            Event::BudgetThresholdReached(reached) => {
                reseller_id.is_none_or(|id| reached.fact.reseller_id == Some(id.0))
                    && customer_id.is_none_or(|id| reached.fact.customer_id == id.0)
                    && min_threshold.is_none_or(|least| i32::from(reached.fact.threshold) >= least)
            }
            _ => false,
        };
        let chooses = reseller_id.is_some() || customer_id.is_some() || min_threshold.is_some();
        let events = part(ctx, after, vec![EventType::BudgetThresholdReached], chooses.then_some(is_wanted)).await?;
        Ok(events.filter_map(|event| {
            let alert = event.map(|event| match event {
                Event::BudgetThresholdReached(reached) => Some(reached),
                _ => None,
            });
            std::future::ready(alert.transpose())
        }))
    }

    /// Decisions on the viewer's applications and requests.
    async fn review_outcomes(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ReviewOutcome>>> {
        let events = part(ctx, after, vec![EventType::ReviewOutcome], ALL).await?;
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
        part(ctx, after, types.unwrap_or_default(), ALL).await
    }
}
