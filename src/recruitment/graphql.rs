//! Invitations of resellers at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    reseller_invitation,
    types::{self, ResellerInvitationId, ResellerInvitationStatus, Timestamp},
};

use super::{
    commands::{self, Ask, InviteResellers, ResendInvitations, Terms},
    queries::{self, InvitationFilter as Filter},
    rules,
};
use crate::{
    access::mask,
    accounts::graphql::Member,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::{Asking, Revealed},
        errors::{UserError, failed, settle},
        plain::Plain,
        scalars::Id,
    },
    members::graphql::actor,
    outcome::{Outcome, Refusal},
    resellers::graphql::Reseller,
};

/// An invitation to become a reseller.
#[derive(Debug, Clone)]
pub struct ResellerInvitation(Arc<reseller_invitation::Model>);

impl Plain for ResellerInvitation {}

/// An invitation to become a reseller of the distributor.
#[Object]
impl ResellerInvitation {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The address that it was sent to; masked unless revealed, which leaves an access record.
    async fn email(&self, ctx: &Context<'_>, #[graphql(default_with = "Some(false)")] reveal: Option<bool>) -> String {
        let revealed = Revealed::asked(reveal, self.0.id, "email");
        ctx.personal(&self.0.email, mask::email, revealed)
    }

    /// Where it stands.
    async fn status(&self, ctx: &Context<'_>) -> ResellerInvitationStatus {
        rules::status_at(self.0.status, self.0.expires_at, ctx.app().store.clock().now())
    }

    /// The distributor's member that will look after the reseller.
    async fn account_manager(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.account_manager_id).await
    }

    /// Who invited.
    async fn invited_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.invited_by)).await
    }

    /// When.
    async fn invited_at(&self) -> DateTime<Utc> {
        self.0.invited_at.to_datetime()
    }

    /// When it was sent last.
    async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at.to_datetime()
    }

    /// How often it was sent.
    async fn times_sent(&self) -> i32 {
        self.0.times_sent
    }

    /// Until when it can be used.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at.to_datetime()
    }

    /// When it was used.
    async fn joined_at(&self) -> Option<DateTime<Utc>> {
        self.0.joined_at.map(Timestamp::to_datetime)
    }

    /// The reseller that it became; null before, and where it is not in the viewer's scope.
    async fn reseller(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Reseller>> {
        match self.0.reseller_id {
            Some(id) => Reseller::by_id(ctx, id).await,
            None => Ok(None),
        }
    }
}

/// Picks invitations; conditions given together must all hold.
#[derive(InputObject)]
struct ResellerInvitationFilter {
    /// Beginning of the e-mail address.
    search: Option<String>,
    /// Where they stand.
    status: Option<ResellerInvitationStatus>,
    /// Those whose resellers an account manager will look after.
    account_manager_id: Option<Id<types::Member>>,
}

/// Whom to invite.
#[derive(InputObject)]
struct InviteResellersInput {
    /// E-mail addresses, 1 to 100.
    emails: Vec<String>,
    /// The account manager or director that will look after them. One that invites without naming anybody will do so
    /// itself.
    account_manager_id: Option<ID>,
}

/// Which invitations to send again.
#[derive(InputObject)]
struct ResendResellerInvitationsInput {
    /// The invitations, 1 to 100.
    invitation_ids: Vec<ID>,
}

/// Becoming a reseller.
#[derive(InputObject)]
struct JoinDistributorInput {
    /// The code of the invitation.
    #[graphql(secret)]
    code: String,
    /// True for an enterprise; others cannot become resellers (R-CORE-03).
    enterprise: bool,
    /// The company's name.
    company_name: String,
    /// Where it does business; one of the distributor's countries and regions (R-CORE-03). It cannot be changed later.
    country_region: String,
    /// The login name of the new account: 1 to 64 letters, digits, `-`, `_` and `.`, a letter first.
    account_name: String,
    /// The name of the person who will be its administrator.
    contact_name: String,
    /// The person's mobile number.
    mobile_number: Option<String>,
    /// The person's password: at least 8 characters, letters and digits among them, no spaces.
    #[graphql(secret)]
    password: String,
}

/// Invitations that were sent, or why not.
#[derive(SimpleObject, Default)]
struct ResellerInvitationsPayload {
    /// The invitations, in the order given.
    invitations: Option<Vec<ResellerInvitation>>,
    /// What to mend, for each of them; then nothing was sent.
    user_errors: Vec<UserError>,
}

/// A new reseller, or why there is none.
#[derive(SimpleObject, Default)]
struct JoinDistributorPayload {
    /// The login name of the new account: sign in with it and the password.
    account_name: Option<String>,
    /// What to mend; then no account was opened, and the code is still good if it was.
    user_errors: Vec<UserError>,
}

async fn invite(ctx: &Context<'_>, input: InviteResellersInput) -> Outcome<Vec<ResellerInvitationId>> {
    const MANAGER: &str = "accountManagerId";
    let app = ctx.app();
    let emails = commands::addresses(&input.emails)?;
    let manager = input.account_manager_id.map(|id| id.parse().map_err(|_| Refusal::not_found(MANAGER, &id)));
    let terms = Terms::for_as_many_as(emails.len(), &app.settings.recruitment, &app.mailboxes)?;
    let command = InviteResellers { actor: actor(ctx)?, emails, manager: manager.transpose()?, terms };
    app.store.execute(command).await
}

async fn resend(ctx: &Context<'_>, input: ResendResellerInvitationsInput) -> Outcome<Vec<ResellerInvitationId>> {
    const LIST: &str = "invitationIds";
    let app = ctx.app();
    let mut invitations = Vec::with_capacity(input.invitation_ids.len());
    for (index, id) in input.invitation_ids.iter().enumerate() {
        let one = id.parse().map_err(|_| Refusal::not_found(LIST, id).at(LIST, index))?;
        if invitations.contains(&one) {
            return Err(Refusal::of(&rules::Refusal::GivenTwice).at(LIST, index).into());
        }
        invitations.push(one);
    }
    let terms = Terms::for_as_many_as(invitations.len(), &app.settings.recruitment, &app.mailboxes)?;
    app.store.execute(ResendInvitations { actor: actor(ctx)?, invitations, terms }).await
}

async fn answer(
    ctx: &Context<'_>,
    outcome: Outcome<Vec<ResellerInvitationId>>,
) -> async_graphql::Result<ResellerInvitationsPayload> {
    Ok(match settle(outcome)? {
        Ok(ids) => {
            let rows = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, &ids).await.map_err(failed)?;
            let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
            let in_order = ids.iter().filter_map(|id| rows.iter().find(|row| row.id == *id).cloned());
            let invitations = Some(in_order.map(ResellerInvitation).collect());
            ResellerInvitationsPayload { invitations, user_errors: Vec::new() }
        }
        Err(user_errors) => ResellerInvitationsPayload { user_errors, ..Default::default() },
    })
}

/// What can be asked of invitations.
#[derive(Default)]
pub struct RecruitmentQuery;

#[Object]
impl RecruitmentQuery {
    /// The distributor's invitations of resellers, newest first (Q-CORE-05). Account managers and directors see those
    /// whose resellers they, or their managers, will look after.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn reseller_invitations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<ResellerInvitationFilter>,
    ) -> async_graphql::Result<Connection<ResellerInvitation>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let filter = filter.map_or_else(Filter::default, |filter| Filter {
            search: filter.search,
            status: filter.status,
            account_manager: filter.account_manager_id.map(|id| id.0),
        });
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, ResellerInvitation))
    }
}

/// What can be changed of invitations.
#[derive(Default)]
pub struct RecruitmentMutation;

#[Object]
impl RecruitmentMutation {
    /// Invites people by e-mail to become resellers: all of them, or none (O-CORE-13). An address of which an invitation
    /// is pending is refused: resend that one (R-CORE-04).
    async fn invite_resellers(
        &self,
        ctx: &Context<'_>,
        input: InviteResellersInput,
    ) -> async_graphql::Result<ResellerInvitationsPayload> {
        let outcome = invite(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Sends invitations again, each with a new code and for as long as a new one: all of them, or none (R-CORE-04). The
    /// code that was sent before is no longer good.
    async fn resend_reseller_invitations(
        &self,
        ctx: &Context<'_>,
        input: ResendResellerInvitationsInput,
    ) -> async_graphql::Result<ResellerInvitationsPayload> {
        let outcome = resend(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Opens the account of a new reseller with the code of an invitation, and its administrator with a password; then
    /// sign in. Open before sign-in. Only enterprises of an authorized country or region can join, and nobody twice
    /// (R-CORE-03). A wrong code counts as a failed try of the address that it comes from.
    async fn join_distributor(
        &self,
        ctx: &Context<'_>,
        input: JoinDistributorInput,
    ) -> async_graphql::Result<JoinDistributorPayload> {
        let app = ctx.app();
        let ask = Ask {
            enterprise: input.enterprise,
            company_name: input.company_name,
            country_region: input.country_region,
            account_name: input.account_name,
            contact_name: input.contact_name,
            mobile_number: input.mobile_number,
        };
        let (settings, origin) = (&app.settings.recruitment, ctx.origin());
        let joined = commands::join(&app.store, settings, &origin, &input.code, ask, input.password).await;
        Ok(match settle(joined)? {
            Ok(account_name) => JoinDistributorPayload { account_name: Some(account_name), user_errors: Vec::new() },
            Err(user_errors) => JoinDistributorPayload { user_errors, ..Default::default() },
        })
    }
}
