//! Events of winning customers: claims, invitations, associations.

use std::ops::Deref;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entities::types::AssociationFailure;

use super::{EventFields, event_object};
use crate::{
    associations::facts::Associated,
    customers::graphql::Customer,
    invitations::{
        facts::{Accepted, Failed},
        graphql::Invitation,
    },
    preregistrations::{facts::ClaimEnds, graphql::Preregistration},
};

event_object! {
    /// A preregistration ends soon, or has ended.
    PreregistrationEnds, ClaimEnds
}
event_object! {
    /// A customer accepted an invitation and was associated.
    InvitationAccepted, Accepted
}
event_object! {
    /// A customer followed an invitation and was not associated.
    AssociationFailed, Failed
}
event_object! {
    /// A customer and a partner are associated.
    CustomerAssociated, Associated
}

/// A preregistration ends in some days (PREREGISTRATION_EXPIRING), or has ended (PREREGISTRATION_EXPIRED).
#[Object]
impl PreregistrationEnds {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Which; null where it is not in the viewer's scope.
    async fn preregistration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Preregistration>> {
        Preregistration::by_id(ctx, self.fact.preregistration_id).await
    }

    /// When it ends, or ended.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.fact.expires_at.to_datetime()
    }
}

/// A customer accepted an invitation and was associated.
#[Object]
impl InvitationAccepted {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Which; null where it is not in the viewer's scope.
    async fn invitation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Invitation>> {
        Invitation::by_id(ctx, self.fact.invitation_id).await
    }

    /// By whom; null where it is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }
}

/// A customer followed an invitation and was not associated. It can try again while the invitation is good.
#[Object]
impl AssociationFailed {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Which; null where it is not in the viewer's scope.
    async fn invitation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Invitation>> {
        Invitation::by_id(ctx, self.fact.invitation_id).await
    }

    /// Why.
    async fn cause(&self) -> AssociationFailure {
        self.fact.cause
    }
}

/// A customer and a partner are associated: the partner, the distributor above it and the customer hear of it.
#[Object]
impl CustomerAssociated {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// The customer, which shows its partner.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
    }
}
