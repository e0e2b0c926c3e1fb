//! Sessions at the API: signing in and out, and who is asking.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::AccountKind;

use super::{
    super::{
        guard::Names,
        sessions::{self, SignedIn},
    },
    CloudSolutionProvider, Distributor, Member, Platform,
};
use crate::{
    access::{self, Permission, Rows},
    customers::{self, graphql::Customer, reads::Reads},
    graphql::{
        ahead::Reading,
        context::Asking,
        errors::{UserError, failed, internal, settle},
        node::Account,
    },
    onbehalf,
    outcome::{Fault, Outcome},
    resellers::{self, graphql::Reseller, reads::ResellerReads},
};

/// The currency of all amounts.
const CURRENCY: &str = "USD";

/// Which of its account's customers and resellers a member sees (R-CORE-45).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum RowScope {
    /// All of them.
    All,
    /// Those assigned to it.
    Assigned,
    /// Those assigned to it or to the account managers that it directs.
    OfManagers,
}

/// Who is asking.
pub struct Viewer(Arc<access::Viewer>);

/// Who is asking.
#[Object]
impl Viewer {
    /// The account that is signed in.
    async fn account(&self, ctx: &Context<'_>) -> async_graphql::Result<Account> {
        own_account(ctx, &self.0).await
    }

    /// The member of it.
    async fn member(&self) -> Member {
        Member(Arc::new(self.0.member.clone()))
    }

    /// Codes of what the member may do; docs/permissions.md says which field needs which.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions().iter().map(Permission::code).collect()
    }

    /// Which of the account's customers and resellers the member sees (R-CORE-45).
    async fn rows(&self) -> RowScope {
        match self.0.rows() {
            Rows::All => RowScope::All,
            Rows::Assigned => RowScope::Assigned,
            Rows::OfManagers => RowScope::OfManagers,
        }
    }

    /// True where critical operations ask this account for a verification code.
    async fn verification_enabled(&self) -> bool {
        self.0.account.verification_enabled
    }

    /// The customer to whose role this session is switched (see `switchRole`); null while it acts for its own account.
    async fn acting_for(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        onbehalf::graphql::acting_for(ctx, &self.0).await
    }

    /// The currency of all amounts.
    async fn currency(&self) -> &'static str {
        CURRENCY
    }
}

async fn own_account(ctx: &Context<'_>, viewer: &Arc<access::Viewer>) -> async_graphql::Result<Account> {
    let row = Arc::new(viewer.account.clone());
    let id = viewer.account.id;
    // After sign-in the request has no loaders of its own viewer yet: the rows are read here.
    let store = &ctx.app().store;
    let missing = || internal(&Fault::because("the viewer's own account is missing"));
    Ok(match viewer.account.kind {
        AccountKind::Platform => Account::Platform(Platform::new(row)),
        AccountKind::Distributor => Account::Distributor(Distributor::new(row)),
        AccountKind::CloudSolutionProvider => Account::CloudSolutionProvider(CloudSolutionProvider::new(row)),
        AccountKind::Reseller => {
            let rows = resellers::queries::by_id(store.reader(), viewer, &[id.cast()], ResellerReads::ALL).await;
            let row = rows.map_err(failed)?.remove(&id.cast()).ok_or_else(missing)?;
            Account::Reseller(Reseller::new(row))
        }
        AccountKind::Customer => {
            let rows = customers::queries::by_id(store.reader(), viewer, &[id.cast()], Reads::ALL).await;
            let row = rows.map_err(failed)?.remove(&id.cast()).ok_or_else(missing)?;
            Account::Customer(Customer::new(row))
        }
    })
}

/// The session queries.
#[derive(Default)]
pub struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// Who is asking.
    async fn viewer(&self, ctx: &Context<'_>) -> async_graphql::Result<Viewer> {
        Ok(Viewer(ctx.viewer()?.clone()))
    }
}

/// Signing in.
#[derive(InputObject)]
struct SignInInput {
    /// The account's login name.
    account_name: String,
    /// The member's login name, or its e-mail address; without one the account's holder signs in.
    member_name: Option<String>,
    /// The password.
    #[graphql(secret)]
    password: String,
}

/// Choosing a password of one's own, and signing in with it.
#[derive(InputObject)]
struct ChangeInitialPasswordInput {
    /// The account's login name.
    account_name: String,
    /// The member's login name, or its e-mail address.
    member_name: String,
    /// The password that the member was given.
    #[graphql(secret)]
    password: String,
    /// The new one: at least 8 characters, letters and digits among them, no spaces.
    #[graphql(secret)]
    new_password: String,
}

/// Trading a refresh token.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token; good for one refresh.
    #[graphql(secret)]
    refresh_token: String,
}

/// A session, or why there is none.
#[derive(SimpleObject, Default)]
struct SignInPayload {
    /// Goes with each request as `Authorization: Bearer …`; short-lived.
    access_token: Option<String>,
    /// Trades once for new tokens with `refreshSession`.
    refresh_token: Option<String>,
    /// When the access token ends.
    expires_at: Option<DateTime<Utc>>,
    /// Who signed in.
    viewer: Option<Viewer>,
    /// What to mend.
    user_errors: Vec<UserError>,
}

/// The end of a session.
#[derive(SimpleObject)]
struct SignOutPayload {
    /// What to mend.
    user_errors: Vec<UserError>,
}

fn signed_in(outcome: Outcome<SignedIn>) -> async_graphql::Result<SignInPayload> {
    Ok(match settle(outcome)? {
        Ok(signed_in) => SignInPayload {
            access_token: Some(signed_in.access_token),
            refresh_token: Some(signed_in.refresh_token),
            expires_at: Some(signed_in.expires_at.to_datetime()),
            viewer: Some(Viewer(Arc::new(signed_in.viewer))),
            user_errors: Vec::new(),
        },
        Err(user_errors) => SignInPayload { user_errors, ..Default::default() },
    })
}

/// The session mutations.
#[derive(Default)]
pub struct AccountsMutation;

#[Object]
impl AccountsMutation {
    /// Signs a member in. Names and addresses that fail too often are told `TOO_MANY_REQUESTS` for a while, and when to
    /// try again.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> async_graphql::Result<SignInPayload> {
        let app = ctx.app();
        let names = Names::new(&input.account_name, input.member_name.as_deref());
        signed_in(sessions::sign_in(&app.store, &app.sign_in, &ctx.origin(), &names, input.password).await)
    }

    /// Signs a member in with a password that it chooses, where the one it has was given to it (O-ORG-12, R-ORG-35).
    async fn change_initial_password(
        &self,
        ctx: &Context<'_>,
        input: ChangeInitialPasswordInput,
    ) -> async_graphql::Result<SignInPayload> {
        let app = ctx.app();
        let names = Names::new(&input.account_name, Some(&input.member_name));
        let (origin, new) = (ctx.origin(), input.new_password);
        let changed = sessions::change_initial_password(&app.store, &app.sign_in, &origin, &names, input.password, new);
        signed_in(changed.await)
    }

    /// Trades a refresh token for new tokens.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        input: RefreshSessionInput,
    ) -> async_graphql::Result<SignInPayload> {
        let app = ctx.app();
        let token = &input.refresh_token;
        signed_in(sessions::refresh(&app.store, &app.sign_in, &app.viewers, &ctx.origin(), token).await)
    }

    /// Ends the session: its tokens are no longer good, its streams stop.
    async fn sign_out(&self, ctx: &Context<'_>) -> async_graphql::Result<SignOutPayload> {
        let (app, viewer) = (ctx.app(), ctx.viewer()?);
        let outcome = match viewer.session {
            Some(session) => {
                settle(sessions::sign_out(&app.store, &app.viewers, &ctx.origin(), viewer, session).await)?
            }
            None => Ok(()),
        };
        Ok(SignOutPayload { user_errors: outcome.err().unwrap_or_default() })
    }
}
