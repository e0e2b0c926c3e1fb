//! Events about who works with whom, and what it may: resellers and account managers.

use std::ops::Deref;

use async_graphql::{Context, ID, Object};

use super::{EventFields, event_object};
use crate::{
    accounts::graphql::Member,
    graphql::{
        errors::{code, coded},
        node::{Account, account_by_id},
    },
    managers::facts::ManagerAssigned,
    permissions::facts::PermissionsChanged as PermissionsFact,
    recruitment::facts::{ResellerInvited as InvitedFact, ResellerJoined as JoinedFact},
    resellers::graphql::Reseller,
};

event_object! {
    /// A customer or reseller was assigned to an account manager.
    AccountManagerAssigned, ManagerAssigned
}
event_object! {
    /// Somebody was invited to become a reseller.
    ResellerInvited, InvitedFact
}
event_object! {
    /// Somebody who was invited became a reseller.
    ResellerJoined, JoinedFact
}

event_object! {
    /// A reseller's permissions or quotas changed.
    PermissionsChanged, PermissionsFact
}

impl PermissionsChanged {
    pub(super) fn new(event: EventFields, fact: PermissionsFact) -> Self {
        Self { event, fact }
    }
}

impl AccountManagerAssigned {
    pub(super) fn new(event: EventFields, fact: ManagerAssigned) -> Self {
        Self { event, fact }
    }
}

impl ResellerInvited {
    pub(super) fn new(event: EventFields, fact: InvitedFact) -> Self {
        Self { event, fact }
    }
}

impl ResellerJoined {
    pub(super) fn new(event: EventFields, fact: JoinedFact) -> Self {
        Self { event, fact }
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

/// A customer or reseller was assigned to an account manager.
#[Object]
impl AccountManagerAssigned {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// The customer or reseller; null where it is no longer in the viewer's scope.
    async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.fact.subject_id).await
    }

    /// The account manager.
    async fn member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.fact.member_id)).await
    }
}

/// Somebody was invited to become a reseller.
#[Object]
impl ResellerInvited {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// The id of the invitation, as in `resellerInvitations`.
    async fn invitation_id(&self) -> ID {
        self.fact.invitation_id.into()
    }
}

/// Somebody who was invited became a reseller.
#[Object]
impl ResellerJoined {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// The reseller; null where it is no longer in the viewer's scope.
    async fn reseller(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Reseller>> {
        Reseller::by_id(ctx, self.fact.reseller_id).await
    }

    /// The id of the invitation that it used.
    async fn invitation_id(&self) -> ID {
        self.fact.invitation_id.into()
    }
}
