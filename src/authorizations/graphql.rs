//! Authorizations at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    authorization,
    types::{self, AgreementKind, AuthorizationId, AuthorizationStatus, CriticalOperation, CustomerId, Timestamp},
};

use super::{
    commands::{RequestAuthorization, RevokeAuthorization},
    kind::AuthorizationForm,
    queries,
};
use crate::{
    accounts::graphql::Member,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, failed, settle},
        node::{Account, account_by_id},
        plain::Plain,
        scalars::Id,
    },
    outcome::{Fault, Outcome, Refusal},
    reviews::graphql::{ApplicationFields, ApplicationPayload, answer, application_object},
};

application_object! {
    /// A partner asks a customer to let it act on its behalf; the customer decides.
    AuthorizationRequest
}

/// A partner asks a customer to let it act on its behalf; the customer decides.
#[Object]
impl AuthorizationRequest {
    #[graphql(flatten)]
    async fn application(&self, _ctx: &Context<'_>) -> ApplicationFields {
        self.0.clone()
    }

    /// The version of the authorization letter that the customer consents to.
    async fn letter_version(&self) -> async_graphql::Result<i32> {
        Ok(self.0.form::<AuthorizationForm>()?.letter_version)
    }
}

/// A customer's consent that its partner acts on its behalf.
#[derive(Debug, Clone)]
pub struct Authorization(Arc<authorization::Model>);

impl Plain for Authorization {}

/// A customer's consent that its partner acts on its behalf.
#[Object]
impl Authorization {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whose consent; null where the customer is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.0.customer_id).await
    }

    /// To which partner, as far as the viewer may see it.
    async fn partner(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.partner_id).await
    }

    /// Where it stands.
    async fn status(&self) -> AuthorizationStatus {
        self.0.status
    }

    /// When it was asked for, or given with the association.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at.to_datetime()
    }

    /// The member of the partner that asked for it; shown to that partner only.
    async fn requested_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.requested_by).await
    }

    /// Since when it holds.
    async fn effective_at(&self) -> Option<DateTime<Utc>> {
        self.0.effective_at.map(Timestamp::to_datetime)
    }

    /// When it was refused or taken back.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at.map(Timestamp::to_datetime)
    }

    /// The version of the authorization letter.
    async fn letter_version(&self) -> async_graphql::Result<i32> {
        self.0.letter_version.parse().map_err(|_| failed(Fault::because("a version is a number")))
    }

    /// Why it was taken back.
    async fn revoke_reason(&self) -> Option<&str> {
        self.0.revoke_reason.as_deref()
    }
}

/// Picks authorizations; conditions given together must all hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct AuthorizationFilter {
    /// Of this customer.
    customer_id: Option<Id<types::Customer>>,
    /// In these states.
    statuses: Option<Vec<AuthorizationStatus>>,
}

/// The queries of authorizations.
#[derive(Default)]
pub struct AuthorizationsQuery;

#[Object]
impl AuthorizationsQuery {
    /// Authorizations, newest first: a customer's own, or those that customers gave to the viewer's account (Q-CUS-08).
    async fn authorizations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AuthorizationFilter>,
    ) -> async_graphql::Result<Connection<Authorization>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let (customer, statuses) = (filter.customer_id.map(|id| id.0), filter.statuses.as_deref());
        let (store, viewer, counted) = (&ctx.app().store, ctx.viewer()?, wants_total(ctx));
        let page = queries::page(store, viewer, customer, statuses, &window, counted).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, Authorization))
    }
}

/// Asking for an authorization.
#[derive(InputObject)]
struct RequestAuthorizationInput {
    /// Whom.
    customer_id: ID,
}

/// Taking an authorization back.
#[derive(InputObject)]
struct RevokeAuthorizationInput {
    /// Which.
    authorization_id: ID,
    /// Why; 1 to 128 characters (R-CUS-26).
    reason: String,
    /// Needed (R-CUS-26).
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// An authorization that was changed, or why not.
#[derive(SimpleObject, Default)]
struct AuthorizationPayload {
    /// The authorization.
    authorization: Option<Authorization>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// What can be changed of authorizations.
#[derive(Default)]
pub struct AuthorizationsMutation;

async fn request(ctx: &Context<'_>, input: RequestAuthorizationInput) -> Outcome<entities::application::Model> {
    let not_found = |_| Refusal::not_found("customerId", &input.customer_id);
    let customer: CustomerId = input.customer_id.parse().map_err(not_found)?;
    let app = ctx.app();
    let letter = app.agreements.newest(AgreementKind::AuthorizationLetter, app.store.clock().now());
    let command = RequestAuthorization {
        viewer: ctx.acting()?.clone(),
        reviews: app.reviews.clone(),
        customer,
        letter_version: letter.ok_or_else(|| Fault::because("there is no authorization letter"))?.version,
        address: ctx.origin().address(),
    };
    app.store.execute(command).await
}

async fn revoke(ctx: &Context<'_>, input: RevokeAuthorizationInput) -> Outcome<authorization::Model> {
    let not_found = |_| Refusal::not_found("authorizationId", &input.authorization_id);
    let authorization: AuthorizationId = input.authorization_id.parse().map_err(not_found)?;
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let operation = CriticalOperation::RevokeAuthorization;
    let code = app.codes.check(&app.store, viewer, operation, input.verification_code, &ctx.origin()).await?;
    let address = ctx.origin().address();
    let command = RevokeAuthorization { viewer: viewer.clone(), authorization, reason: input.reason, code, address };
    app.store.execute(command).await
}

#[Object]
impl AuthorizationsMutation {
    /// Asks a customer to let its partner order and operate on its behalf (O-CUS-10). The customer decides with
    /// `reviewApplication`, with a verification code where it consents (O-CUS-11).
    async fn request_authorization(
        &self,
        ctx: &Context<'_>,
        input: RequestAuthorizationInput,
    ) -> async_graphql::Result<ApplicationPayload> {
        answer(request(ctx, input).await)
    }

    /// Takes an authorization back, for good (O-CUS-12); the partner can ask for a new one.
    async fn revoke_authorization(
        &self,
        ctx: &Context<'_>,
        input: RevokeAuthorizationInput,
    ) -> async_graphql::Result<AuthorizationPayload> {
        Ok(match settle(revoke(ctx, input).await)? {
            Ok(row) => {
                AuthorizationPayload { authorization: Some(Authorization(Arc::new(row))), user_errors: Vec::new() }
            }
            Err(user_errors) => AuthorizationPayload { authorization: None, user_errors },
        })
    }
}
