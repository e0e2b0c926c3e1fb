//! The feed at the API: events as a list of the past and as live subscriptions.

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, Interface, Object, SimpleObject, Subscription, Union};
use chrono::{DateTime, Utc};
use entities::{
    event,
    types::{self, AccountKind, BudgetType, EventType, FreezeCause, FreezeLevel, ReviewDecision},
};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;

use super::{
    connection::{PageInfo, page_size},
    context::Asking,
    errors::{code, coded, failed, internal},
    scalars::{Decimal, Id, percent_of_ratio},
};
use crate::{
    budgets::{
        facts::{BudgetChanged as BudgetFact, ThresholdReached},
        graphql::{BudgetAlert, customer_of_alert},
    },
    customers::graphql::Customer,
    feed::{self, CursorError, Following, Position, Selection},
    freezes::facts::FreezeChanged as FreezeFact,
    outcome::Fault,
    permissions::facts::PermissionsChanged as PermissionsFact,
    resellers::graphql::Reseller,
    reviews::facts::ReviewDecided,
};

/// Something that happened.
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The event's id: the same wherever and whenever it is delivered."),
    field(name = "cursor", ty = "String", desc = "Its place in the feed: given as `after`, nothing is missed."),
    field(name = "type", method = "event_type", ty = "EventType", desc = "What happened."),
    field(name = "occurred_at", ty = "DateTime<Utc>", desc = "When.")
)]
pub enum Event {
    /// A threshold was reached.
    BudgetThresholdReached(BudgetThresholdReached),
    /// A budget was set.
    BudgetChanged(BudgetChanged),
    /// A freeze changed.
    FreezeChanged(FreezeChanged),
    /// Permissions changed.
    PermissionsChanged(PermissionsChanged),
    /// An application was decided.
    ReviewOutcome(ReviewOutcome),
}

/// The fields that all events share.
#[derive(Clone)]
pub struct EventFields(Arc<event::Model>);

#[Object]
impl EventFields {
    /// The event's id: the same wherever and whenever it is delivered.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.event_id.into()
    }

    /// Its place in the feed: given as `after`, nothing is missed.
    pub async fn cursor(&self, _ctx: &Context<'_>) -> String {
        Position(self.0.position.unwrap_or_default()).to_cursor()
    }

    /// What happened.
    #[graphql(name = "type")]
    pub async fn event_type(&self, _ctx: &Context<'_>) -> EventType {
        self.0.event_type
    }

    /// When.
    pub async fn occurred_at(&self, _ctx: &Context<'_>) -> DateTime<Utc> {
        self.0.occurred_at.to_datetime()
    }
}

/// Declares an event: the shared fields, and the fact that it tells.
macro_rules! event_object {
    ($(#[$doc:meta])* $name:ident, $fact:ty) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            event: EventFields,
            fact: $fact,
        }

        impl Deref for $name {
            type Target = EventFields;

            fn deref(&self) -> &EventFields {
                &self.event
            }
        }
    };
}

event_object! {
    /// A customer's usage reached 75, 90 or 100 % of its budget.
    BudgetThresholdReached, ThresholdReached
}
event_object! {
    /// A customer's budget was set or replaced.
    BudgetChanged, BudgetFact
}
event_object! {
    /// A customer was frozen or unfrozen, or its frozen resources were released.
    FreezeChanged, FreezeFact
}
event_object! {
    /// A reseller's permissions or quotas changed.
    PermissionsChanged, PermissionsFact
}
event_object! {
    /// An application was decided.
    ReviewOutcome, ReviewDecided
}

/// A customer's usage reached 75, 90 or 100 % of its budget.
#[Object]
impl BudgetThresholdReached {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// The alert that was raised.
    async fn alert(&self) -> BudgetAlert {
        BudgetAlert::from_event(&self.fact)
    }

    /// Whose budget.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Customer> {
        customer_of_alert(ctx, self.fact.customer_id).await
    }

    /// The customer's reseller; none for a provider's customer.
    async fn reseller(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Reseller>> {
        match self.fact.reseller_id {
            Some(id) => Ok(ctx.loaders()?.reseller(id).await?.map(Reseller::new)),
            None => Ok(None),
        }
    }

    /// 75, 90 or 100 percent.
    async fn threshold(&self) -> i32 {
        self.fact.threshold.into()
    }

    /// The budget then, in USD.
    async fn amount(&self) -> Decimal {
        self.fact.amount.into()
    }

    /// The usage then, in USD.
    async fn used(&self) -> Decimal {
        self.fact.used.into()
    }

    /// The usage then, in percent; of a budget of 0 it is 100.
    async fn usage_percent(&self) -> Decimal {
        percent_of_ratio(if self.fact.usage_ratio < 0 { 100_000_000 } else { self.fact.usage_ratio })
    }
}

/// A customer's budget was set or replaced.
#[Object]
impl BudgetChanged {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Whose budget.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Customer> {
        customer_of_alert(ctx, self.fact.customer_id).await
    }

    /// Its type.
    async fn budget_type(&self) -> BudgetType {
        self.fact.budget_type
    }

    /// Its amount, in USD.
    async fn amount(&self) -> Decimal {
        self.fact.amount.into()
    }
}

/// A customer was frozen or unfrozen, or its frozen resources were released.
#[Object]
impl FreezeChanged {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Whose freeze.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Customer> {
        customer_of_alert(ctx, self.fact.customer_id).await
    }

    /// How far it goes now.
    async fn level(&self) -> FreezeLevel {
        self.fact.level
    }

    /// Why, where it is frozen.
    async fn cause(&self) -> Option<FreezeCause> {
        self.fact.cause
    }

    /// The reason given.
    async fn reason(&self) -> Option<&str> {
        self.fact.reason.as_deref()
    }
}

/// A reseller's permissions or quotas changed.
#[Object]
impl PermissionsChanged {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Whose permissions.
    async fn reseller(&self, ctx: &Context<'_>) -> async_graphql::Result<Reseller> {
        let row = ctx.loaders()?.reseller(self.fact.reseller_id).await?;
        row.map(Reseller::new).ok_or_else(|| coded(code::FORBIDDEN, "the reseller is no longer in your scope"))
    }
}

/// What an application was about.
#[derive(Union)]
#[expect(clippy::large_enum_variant, reason = "built for one answer and dropped")]
pub enum ReviewSubject {
    /// A reseller.
    Reseller(Reseller),
    /// A customer.
    Customer(Customer),
}

/// An application was decided.
#[Object]
impl ReviewOutcome {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// What it was about.
    async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<ReviewSubject> {
        if self.fact.subject_kind == AccountKind::Customer {
            return customer_of_alert(ctx, self.fact.subject_id.cast()).await.map(ReviewSubject::Customer);
        }
        let row = ctx.loaders()?.reseller(self.fact.subject_id.cast()).await?;
        let left = || coded(code::FORBIDDEN, "the subject is no longer in your scope");
        row.map(Reseller::new).map(ReviewSubject::Reseller).ok_or_else(left)
    }

    /// How it was decided.
    async fn decision(&self) -> ReviewDecision {
        self.fact.decision
    }

    /// The reviewer's words.
    async fn comment(&self) -> Option<&str> {
        self.fact.comment.as_deref()
    }
}

fn fact<F: DeserializeOwned>(event: &event::Model) -> async_graphql::Result<F> {
    F::deserialize(&event.payload).map_err(|error| internal(&Fault(Box::new(error))))
}

impl Event {
    /// From the log.
    fn of(row: Arc<event::Model>) -> async_graphql::Result<Self> {
        let event = EventFields(row.clone());
        Ok(match row.event_type {
            EventType::BudgetThresholdReached => {
                Self::BudgetThresholdReached(BudgetThresholdReached { event, fact: fact(&row)? })
            }
            EventType::BudgetChanged => Self::BudgetChanged(BudgetChanged { event, fact: fact(&row)? }),
            EventType::AccountFrozen
            | EventType::AccountUnfrozen
            | EventType::ResourcesFrozen
            | EventType::ResourcesUnfrozen
            | EventType::ResourcesReleased => Self::FreezeChanged(FreezeChanged { event, fact: fact(&row)? }),
            EventType::PermissionsGranted
            | EventType::PermissionsAdjusted
            | EventType::PermissionsRevoked
            | EventType::OnBehalfPermissionChanged => {
                Self::PermissionsChanged(PermissionsChanged { event, fact: fact(&row)? })
            }
            EventType::ReviewOutcome => Self::ReviewOutcome(ReviewOutcome { event, fact: fact(&row)? }),
            EventType::AccessChanged => return Err(internal(&Fault::because("an internal event was shown"))),
        })
    }
}

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
            edges.push(EventEdge { cursor, node: Event::of(Arc::new(row))? });
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
    Ok(stream.map(move |event| event.map_err(told).and_then(Event::of)))
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
