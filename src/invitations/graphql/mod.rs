//! Invitations at the API.

mod change;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entities::{
    invitation,
    types::{AssociationFailure, InvitationId, InvitationMethod, InvitationStatus, Timestamp},
};

pub use change::InvitationsMutation;

use super::{
    inputs::InvitationFilter,
    qr::{self, QrCodeFormat},
    queries::{self, NEWEST_FIRST},
    rules,
};
use crate::{
    access::mask,
    accounts::graphql::Member,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::{Asking, Revealed},
        errors::failed,
        plain::Plain,
    },
    preregistrations::graphql::Preregistration,
};

/// How a customer was called, and what came of it.
#[derive(Debug, Clone)]
pub struct Invitation(Arc<invitation::Model>);

impl Plain for Invitation {}

impl Invitation {
    /// From its row.
    pub fn new(row: Arc<invitation::Model>) -> Self {
        Self(row)
    }

    /// The invitation with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: InvitationId) -> async_graphql::Result<Option<Self>> {
        Ok(ctx.loaders()?.invitation(id).await?.map(Self))
    }

    fn reveal(&self, reveal: Option<bool>, field: &'static str) -> Option<Revealed> {
        Revealed::asked(reveal, self.0.id, field)
    }

    /// The code of an e-mail is its addressee's only: who has it shows that the mailbox is its own (R-CUS-07).
    fn shown_code(&self) -> Option<&str> {
        self.0.code.as_deref().filter(|_| self.0.method != InvitationMethod::FromPartnerCenter)
    }

    fn address(&self, ctx: &Context<'_>) -> Option<String> {
        let code = self.shown_code()?;
        Some(rules::address(&ctx.app().settings.public_address, code))
    }
}

/// How a customer was called, and what came of it: an e-mail, a link, or a customer that came by a link for many.
#[Object]
impl Invitation {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// How.
    async fn method(&self) -> InvitationMethod {
        self.0.method
    }

    /// What a customer signs up or associates with; null for a customer that came by a link for many, and for what was
    /// sent by e-mail, which only its addressee has.
    async fn code(&self) -> Option<&str> {
        self.shown_code()
    }

    /// Where a customer follows it: the public address with the code.
    async fn link(&self, ctx: &Context<'_>) -> Option<String> {
        self.address(ctx)
    }

    /// The link as a QR code: a data URI, which a page shows as the source of a picture.
    async fn qr_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(QrCodeFormat::Svg)")] format: Option<QrCodeFormat>,
    ) -> async_graphql::Result<Option<String>> {
        let picture = self.address(ctx).map(|link| qr::data_uri(&link, format.unwrap_or_default()));
        picture.transpose().map_err(failed)
    }

    /// The link for many that the customer came by.
    async fn came_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Invitation>> {
        match self.0.link_id {
            Some(id) => Self::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The customer's full name; masked unless revealed, which leaves an access record.
    async fn full_name(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let name = self.0.full_name.as_deref()?;
        Some(ctx.personal(name, mask::name, self.reveal(reveal, "fullName")))
    }

    /// The customer's e-mail address; masked unless revealed, which leaves an access record.
    async fn email(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let email = self.0.email.as_deref()?;
        Some(ctx.personal(email, mask::email, self.reveal(reveal, "email")))
    }

    /// What tells the customers of a link from others: a tag of its own, or for a general-purpose link the account name of
    /// the member that made it.
    async fn tag(&self) -> Option<&str> {
        self.0.tag.as_deref()
    }

    /// The partner's own words.
    async fn remarks(&self) -> Option<&str> {
        self.0.remarks.as_deref()
    }

    /// Who will look after the customer (R-CUS-12); shown to its own account only.
    async fn account_manager(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.account_manager_id).await
    }

    /// Who invited; shown to its own account only.
    async fn invited_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.invited_by)).await
    }

    /// When, or when it was sent again.
    async fn invited_at(&self) -> DateTime<Utc> {
        self.0.invited_at.to_datetime()
    }

    /// Until when it can be followed.
    async fn valid_until(&self) -> DateTime<Utc> {
        self.0.valid_until.to_datetime()
    }

    /// Where it stands.
    async fn status(&self) -> InvitationStatus {
        self.0.status
    }

    /// Why it failed last; null unless it stands so.
    async fn failure(&self) -> Option<AssociationFailure> {
        self.0.failure
    }

    /// When it was followed last.
    async fn followed_at(&self) -> Option<DateTime<Utc>> {
        self.0.followed_at.map(Timestamp::to_datetime)
    }

    /// When it was taken back, alone or with its preregistration: it cannot be followed since.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at.map(Timestamp::to_datetime)
    }

    /// Who took it back; shown to its own account only.
    async fn ended_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.ended_by).await
    }

    /// The claim that the e-mail was sent for; null where it is not in the viewer's scope.
    async fn preregistration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Preregistration>> {
        match self.0.preregistration_id {
            Some(id) => Preregistration::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The customer that followed it; null where it is not in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        match self.0.customer_id {
            Some(id) => Customer::by_id(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// What can be asked of invitations.
#[derive(Default)]
pub struct InvitationsQuery;

#[Object]
impl InvitationsQuery {
    /// The invitations of the viewer's account, newest first (Q-CUS-02). Account managers see their own, directors those of
    /// their managers.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<InvitationFilter>,
    ) -> async_graphql::Result<Connection<Invitation>> {
        let window = PageArguments { first, after, last, before }.window(ctx, NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let page = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(NEWEST_FIRST, page, Invitation))
    }
}
