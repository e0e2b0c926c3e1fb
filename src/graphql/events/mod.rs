//! Events at the API: what each type of event tells.

mod live;

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, Interface, Object, Union};
use chrono::{DateTime, Utc};
use entities::{
    event,
    types::{AccountKind, BudgetType, EventType, FreezeCause, FreezeLevel, ReviewDecision},
};
use serde::de::DeserializeOwned;

pub use live::{EventsQuery, EventsSubscription, Followed, News, Part};

use super::{
    errors::{code, coded, internal},
    scalars::{Decimal, percent_of_ratio},
};
use crate::{
    budgets::{
        facts::{BudgetChanged as BudgetFact, ThresholdReached},
        graphql::{BudgetAlert, customer_in_scope},
    },
    customers::graphql::Customer,
    feed::Position,
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
        customer_in_scope(ctx, self.fact.customer_id).await
    }

    /// The customer's reseller; none for a provider's customer.
    async fn reseller(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Reseller>> {
        match self.fact.reseller_id {
            Some(id) => Reseller::by_id(ctx, id).await,
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
        customer_in_scope(ctx, self.fact.customer_id).await
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
        customer_in_scope(ctx, self.fact.customer_id).await
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
        let reseller = Reseller::by_id(ctx, self.fact.reseller_id).await?;
        reseller.ok_or_else(|| coded(code::FORBIDDEN, "the reseller is no longer in your scope"))
    }
}

/// What an application was about.
#[derive(Union)]
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
            return customer_in_scope(ctx, self.fact.subject_id.cast()).await.map(ReviewSubject::Customer);
        }
        let reseller = Reseller::by_id(ctx, self.fact.subject_id.cast()).await?;
        let left = || coded(code::FORBIDDEN, "the subject is no longer in your scope");
        reseller.map(ReviewSubject::Reseller).ok_or_else(left)
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
    fn of(row: &Arc<event::Model>) -> async_graphql::Result<Self> {
        let event = EventFields(row.clone());
        Ok(match row.event_type {
            EventType::BudgetThresholdReached => {
                Self::BudgetThresholdReached(BudgetThresholdReached { event, fact: fact(row)? })
            }
            EventType::BudgetChanged => Self::BudgetChanged(BudgetChanged { event, fact: fact(row)? }),
            EventType::AccountFrozen
            | EventType::AccountUnfrozen
            | EventType::ResourcesFrozen
            | EventType::ResourcesUnfrozen
            | EventType::ResourcesReleased => Self::FreezeChanged(FreezeChanged { event, fact: fact(row)? }),
            EventType::PermissionsGranted
            | EventType::PermissionsAdjusted
            | EventType::PermissionsRevoked
            | EventType::OnBehalfPermissionChanged => {
                Self::PermissionsChanged(PermissionsChanged { event, fact: fact(row)? })
            }
            EventType::ReviewOutcome => Self::ReviewOutcome(ReviewOutcome { event, fact: fact(row)? }),
            EventType::AccessChanged => return Err(internal(&Fault::because("an internal event was shown"))),
        })
    }
}
