//! Events at the API: what each type of event tells.

mod cloud;
mod development;
mod live;
mod people;

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, Interface, Object, Union};
use chrono::{DateTime, Utc};
use entities::{
    event,
    types::{ApplicationKind, ApplicationStatus, BudgetType, EventType, FreezeCause, FreezeLevel, ReviewDecision},
};
use serde::de::DeserializeOwned;

pub use cloud::{OrderChanged, ResourceExpiring};
pub use development::{AssociationFailed, CustomerAssociated, InvitationAccepted, PreregistrationEnds};
pub use live::{EventsQuery, EventsSubscription, Followed, News, Part};
pub use people::{AccountManagerAssigned, PermissionsChanged, ResellerInvited, ResellerJoined};

use super::{
    errors::internal,
    node::{Account, account_by_id},
    scalars::{Decimal, percent_of_ratio},
};
use crate::{
    accounts::graphql::{CloudSolutionProvider, Distributor},
    authorizations::facts::AuthorizationRevoked as RevokedFact,
    budgets::{
        facts::{BudgetChanged as BudgetFact, ThresholdReached},
        graphql::BudgetAlert,
    },
    customers::graphql::Customer,
    feed::Position,
    freezes::facts::FreezeChanged as FreezeFact,
    outcome::Fault,
    resellers::graphql::Reseller,
    reviews::{
        facts::{ApplicationChanged as ApplicationFact, ReviewDecided},
        graphql::Application,
    },
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
    /// Something happened to an order.
    OrderChanged(OrderChanged),
    /// A resource expires soon.
    ResourceExpiring(ResourceExpiring),
    /// A customer or reseller was assigned to an account manager.
    AccountManagerAssigned(AccountManagerAssigned),
    /// Somebody was invited to become a reseller.
    ResellerInvited(ResellerInvited),
    /// Somebody became a reseller.
    ResellerJoined(ResellerJoined),
    /// An application was decided.
    ReviewOutcome(ReviewOutcome),
    /// A claim on a customer ends.
    PreregistrationEnds(PreregistrationEnds),
    /// A customer accepted an invitation.
    InvitationAccepted(InvitationAccepted),
    /// A customer followed an invitation in vain.
    AssociationFailed(AssociationFailed),
    /// A customer and a partner came together.
    CustomerAssociated(CustomerAssociated),
    /// An application was handed in, moved on or ended.
    ApplicationChanged(ApplicationChanged),
    /// A customer took its authorization back.
    AuthorizationRevoked(AuthorizationRevoked),
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
            pub(super) event: EventFields,
            pub(super) fact: $fact,
        }

        impl Deref for $name {
            type Target = EventFields;

            fn deref(&self) -> &EventFields {
                &self.event
            }
        }
    };
}

use event_object;

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
    /// An application was decided.
    ReviewOutcome, ReviewDecided
}

event_object! {
    /// An application was handed in, moved on, was taken back or ended.
    ApplicationChanged, ApplicationFact
}
event_object! {
    /// A customer no longer lets its partner act on its behalf.
    AuthorizationRevoked, RevokedFact
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

    /// Whose budget; null where the customer is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
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

    /// Whose budget; null where the customer is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
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

    /// Whose freeze; null where the customer is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
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

/// What an application was about.
#[derive(Union)]
pub enum ReviewSubject {
    /// A reseller.
    Reseller(Reseller),
    /// A customer.
    Customer(Customer),
    /// A provider.
    CloudSolutionProvider(CloudSolutionProvider),
    /// A distributor.
    Distributor(Distributor),
}

/// An application was decided.
#[Object]
impl ReviewOutcome {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// What it was about; null where that is no longer in the viewer's scope, as a customer that has left.
    async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ReviewSubject>> {
        Ok(account_by_id(ctx, self.fact.subject_id).await?.and_then(|account| match account {
            Account::Customer(customer) => Some(ReviewSubject::Customer(customer)),
            Account::Reseller(reseller) => Some(ReviewSubject::Reseller(reseller)),
            Account::CloudSolutionProvider(provider) => Some(ReviewSubject::CloudSolutionProvider(provider)),
            Account::Distributor(distributor) => Some(ReviewSubject::Distributor(distributor)),
            Account::Platform(_) => None,
        }))
    }

    /// How it was decided.
    async fn decision(&self) -> ReviewDecision {
        self.fact.decision
    }

    /// The reviewer's words.
    async fn comment(&self) -> Option<&str> {
        self.fact.comment.as_deref()
    }

    /// The application, where the viewer's account handed it in or decides it.
    async fn application(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Application>> {
        match self.fact.application_id {
            Some(id) => Application::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The stage that was decided.
    async fn stage(&self) -> Option<&str> {
        self.fact.stage.as_deref()
    }

    /// Whether that was the last word: false where another stage follows, or the application was sent back.
    #[graphql(name = "final")]
    async fn is_final(&self) -> bool {
        self.fact.is_final
    }
}

/// An application was handed in, moved on, was taken back or ended.
#[Object]
impl ApplicationChanged {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// The application as it is now, where the viewer's account handed it in or decides it.
    async fn application(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Application>> {
        Application::by_id(ctx, self.fact.application_id).await
    }

    /// What it is for.
    async fn kind(&self) -> ApplicationKind {
        self.fact.kind
    }

    /// Where it stood then.
    async fn status(&self) -> ApplicationStatus {
        self.fact.status
    }

    /// At which stage.
    async fn stage(&self) -> &str {
        &self.fact.stage
    }
}

/// A customer no longer lets its partner act on its behalf.
#[Object]
impl AuthorizationRevoked {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Which customer; null where it is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.fact.reason
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
                Self::PermissionsChanged(PermissionsChanged::new(event, fact(row)?))
            }
            EventType::OrderPlaced | EventType::OrderPaid | EventType::OrderUnsubscribed => {
                Self::OrderChanged(OrderChanged { event, fact: fact(row)? })
            }
            EventType::ResourceExpiring => Self::ResourceExpiring(ResourceExpiring { event, fact: fact(row)? }),
            EventType::AccountManagerAssigned => {
                Self::AccountManagerAssigned(AccountManagerAssigned::new(event, fact(row)?))
            }
            EventType::ResellerInvited => Self::ResellerInvited(ResellerInvited::new(event, fact(row)?)),
            EventType::ResellerJoined => Self::ResellerJoined(ResellerJoined::new(event, fact(row)?)),
            EventType::ReviewOutcome => Self::ReviewOutcome(ReviewOutcome { event, fact: fact(row)? }),
            EventType::PreregistrationExpiring | EventType::PreregistrationExpired => {
                Self::PreregistrationEnds(PreregistrationEnds { event, fact: fact(row)? })
            }
            EventType::InvitationAccepted => Self::InvitationAccepted(InvitationAccepted { event, fact: fact(row)? }),
            EventType::AssociationFailed => Self::AssociationFailed(AssociationFailed { event, fact: fact(row)? }),
            EventType::CustomerAssociated => Self::CustomerAssociated(CustomerAssociated { event, fact: fact(row)? }),
            EventType::ApplicationChanged => Self::ApplicationChanged(ApplicationChanged { event, fact: fact(row)? }),
            EventType::AuthorizationRevoked => {
                Self::AuthorizationRevoked(AuthorizationRevoked { event, fact: fact(row)? })
            }
            EventType::AccessChanged => return Err(internal(&Fault::because("an internal event was shown"))),
        })
    }
}
