//! Inviting.

use std::collections::HashSet;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::{InvitationId, InvitationMethod, Timestamp};

use super::{
    super::{
        commands::{CreateLink, InviteCustomers, ResendInvitations},
        ending::EndInvitationLinks,
        queries,
        rules::Asked,
    },
    Invitation,
};
use crate::{
    graphql::{
        context::Asking,
        errors::{UserError, failed, settle},
        scalars::distinct,
    },
    outcome::{Outcome, Refusal},
    preregistrations::rules::check_email,
};

/// Customers to be invited by e-mail.
#[derive(InputObject)]
struct InviteCustomersInput {
    /// The addresses of customers that the account has preregistered, 1 to 100.
    emails: Vec<String>,
}

/// A link to be made.
#[derive(InputObject)]
struct CreateInvitationLinkInput {
    /// GENERAL_LINK, CUSTOMIZED_LINK or PROMOTIONAL_LINK.
    method: InvitationMethod,
    /// A tag of its own, up to 64 characters. A general-purpose link has its maker's account name instead.
    tag: Option<String>,
    /// The account manager or director to whom the link is dedicated; without one, its maker, if it looks after
    /// customers. Not for general-purpose links.
    account_manager_id: Option<ID>,
    /// Words of your own, up to 100 characters.
    remarks: Option<String>,
    /// Until when a promotional link is good, at most a year. Others have a time of their own: a general-purpose link a
    /// year, a customized link 30 days.
    valid_until: Option<DateTime<Utc>>,
}

/// Invitations to be sent again.
#[derive(InputObject)]
struct ResendInvitationsInput {
    /// Which, 1 to 100; of customers that are preregistered still.
    invitation_ids: Vec<ID>,
}

/// Links to be taken back.
#[derive(InputObject)]
struct EndInvitationLinksInput {
    /// Which, 1 to 100: general-purpose, customized and promotional links.
    invitation_ids: Vec<ID>,
}

/// Invitations that were sent or taken back, or why not.
#[derive(SimpleObject, Default)]
struct InvitationsPayload {
    /// The invitations, in the order given.
    invitations: Option<Vec<Invitation>>,
    /// What to mend, for each; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// A link, or why there is none.
#[derive(SimpleObject, Default)]
struct CreateInvitationLinkPayload {
    /// The link.
    invitation: Option<Invitation>,
    /// What to mend; then nothing was made.
    user_errors: Vec<UserError>,
}

async fn invite(ctx: &Context<'_>, input: InviteCustomersInput) -> Outcome<Vec<InvitationId>> {
    let (mut emails, mut seen) = (Vec::with_capacity(input.emails.len()), HashSet::with_capacity(input.emails.len()));
    for (index, email) in input.emails.iter().enumerate() {
        let email = check_email(email).map_err(|refusal| Refusal::of(&refusal).at("emails", index))?;
        if !seen.insert(email.clone()) {
            return Err(Refusal::invalid("emails", format!("{email} is given twice")).at("emails", index).into());
        }
        emails.push(email);
    }
    let app = ctx.app();
    let public_address = app.settings.public_address.clone();
    let (viewer, address, mailboxes) = (ctx.acting()?.clone(), ctx.origin().address(), app.mailboxes.clone());
    app.store.execute(InviteCustomers { viewer, address, emails, public_address, mailboxes }).await
}

async fn make_link(ctx: &Context<'_>, input: CreateInvitationLinkInput) -> Outcome<InvitationId> {
    let manager = input.account_manager_id.map(|id| {
        let parsed = id.parse();
        parsed.map_err(|_| Refusal::not_found("accountManagerId", &id))
    });
    let account_manager = manager.transpose()?;
    let command = CreateLink {
        viewer: ctx.acting()?.clone(),
        method: input.method,
        asked: Asked {
            tag: input.tag,
            for_manager: account_manager.is_some(),
            remarks: input.remarks,
            valid_until: input.valid_until.map(Timestamp::from),
        },
        account_manager,
    };
    ctx.app().store.execute(command).await
}

async fn resend(ctx: &Context<'_>, ids: &[ID]) -> Outcome<Vec<InvitationId>> {
    let ids = distinct(ids, "invitationIds")?;
    let app = ctx.app();
    let public_address = app.settings.public_address.clone();
    let (viewer, mailboxes) = (ctx.acting()?.clone(), app.mailboxes.clone());
    app.store.execute(ResendInvitations { viewer, ids, public_address, mailboxes }).await
}

async fn end_links(ctx: &Context<'_>, ids: &[ID]) -> Outcome<Vec<InvitationId>> {
    let ids = distinct(ids, "invitationIds")?;
    let address = ctx.origin().address();
    ctx.app().store.execute(EndInvitationLinks { viewer: ctx.acting()?.clone(), address, ids }).await
}

async fn answer(ctx: &Context<'_>, outcome: Outcome<Vec<InvitationId>>) -> async_graphql::Result<InvitationsPayload> {
    Ok(match settle(outcome)? {
        Ok(ids) => {
            let rows = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, &ids).await.map_err(failed)?;
            let in_order = ids.iter().filter_map(|id| rows.get(id).cloned()).map(Invitation::new);
            InvitationsPayload { invitations: Some(in_order.collect()), user_errors: Vec::new() }
        }
        Err(user_errors) => InvitationsPayload { user_errors, ..Default::default() },
    })
}

/// What can be changed of invitations.
#[derive(Default)]
pub struct InvitationsMutation;

#[Object]
impl InvitationsMutation {
    /// Invites preregistered customers by e-mail (O-CUS-04): all of them, or none.
    async fn invite_customers(
        &self,
        ctx: &Context<'_>,
        input: InviteCustomersInput,
    ) -> async_graphql::Result<InvitationsPayload> {
        let outcome = invite(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Makes a link that new customers sign up by, with its QR code (O-CUS-05). A general-purpose link is made once for
    /// each member; asking again answers the same one while it is good.
    async fn create_invitation_link(
        &self,
        ctx: &Context<'_>,
        input: CreateInvitationLinkInput,
    ) -> async_graphql::Result<CreateInvitationLinkPayload> {
        Ok(match settle(make_link(ctx, input).await)? {
            Ok(id) => {
                CreateInvitationLinkPayload { invitation: Invitation::by_id(ctx, id).await?, ..Default::default() }
            }
            Err(user_errors) => CreateInvitationLinkPayload { user_errors, ..Default::default() },
        })
    }

    /// Sends e-mail invitations again, each with its whole time (O-CUS-06): all of them, or none. Each rests for a minute
    /// before.
    async fn resend_invitations(
        &self,
        ctx: &Context<'_>,
        input: ResendInvitationsInput,
    ) -> async_graphql::Result<InvitationsPayload> {
        let outcome = resend(ctx, &input.invitation_ids).await;
        answer(ctx, outcome).await
    }

    /// Takes links back: all of them, or none. Whoever follows one from then on is told that it is too old; customers that
    /// came by it stay. One that is over already stays as it is.
    async fn end_invitation_links(
        &self,
        ctx: &Context<'_>,
        input: EndInvitationLinksInput,
    ) -> async_graphql::Result<InvitationsPayload> {
        let outcome = end_links(ctx, &input.invitation_ids).await;
        answer(ctx, outcome).await
    }
}
