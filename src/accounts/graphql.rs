//! Accounts, members and sessions at the API.

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    account, member,
    types::{self, AccountId, AccountKind, AccountStatus, MemberRole},
};

use super::commands::{self, SignInRules, SignedIn};
use crate::{
    access::{self, mask},
    customers::{
        self,
        graphql::{Customer, customer_list},
        inputs::{CustomerFilter, CustomerOrder},
        queries::Under,
        reads::Reads,
    },
    graphql::{
        ahead::Reading,
        connection::{Connection, PageArguments},
        context::{Asking, Revealed},
        errors::{UserError, failed, internal, settle},
        node::Account,
    },
    outcome::{Fault, Outcome},
    resellers::{
        self,
        graphql::{Reseller, reseller_list},
        inputs::{ResellerFilter, ResellerOrder},
        reads::ResellerReads,
    },
};

/// The currency of all amounts.
const CURRENCY: &str = "USD";

/// The fields that accounts of all kinds share.
#[derive(Debug, Clone)]
pub struct AccountFields {
    row: Arc<account::Model>,
}

impl AccountFields {
    fn reveal(&self, reveal: Option<bool>, field: &'static str) -> Option<Revealed> {
        reveal.unwrap_or(false).then_some(Revealed { subject: self.row.id.uuid(), field })
    }
}

#[Object]
impl AccountFields {
    /// What the account is in the business.
    pub async fn kind(&self, _ctx: &Context<'_>) -> AccountKind {
        self.row.kind
    }

    /// The login name.
    pub async fn account_name(&self, _ctx: &Context<'_>) -> String {
        self.row.account_name.clone()
    }

    /// The name of the company or person; masked unless revealed, which leaves an access record.
    pub async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> String {
        ctx.personal(&self.row.name, mask::name, self.reveal(reveal, "name"))
    }

    /// The e-mail address; masked unless revealed, which leaves an access record.
    pub async fn email(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let email = self.row.email.as_deref()?;
        Some(ctx.personal(email, mask::email, self.reveal(reveal, "email")))
    }

    /// The mobile number; masked unless revealed, which leaves an access record.
    pub async fn mobile_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let number = self.row.mobile_number.as_deref()?;
        Some(ctx.personal(number, mask::mobile_number, self.reveal(reveal, "mobileNumber")))
    }

    /// The country or region where it does business.
    pub async fn country_region(&self, _ctx: &Context<'_>) -> Option<String> {
        self.row.country_region.clone()
    }

    /// When the account was opened.
    pub async fn created_at(&self, _ctx: &Context<'_>) -> DateTime<Utc> {
        self.row.created_at.to_datetime()
    }
}

/// Declares the object of an account kind: the shared fields, and those of its own.
macro_rules! account_object {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(AccountFields);

        impl $name {
            /// From the account's row.
            pub fn new(row: Arc<account::Model>) -> Self {
                Self(AccountFields { row })
            }
        }

        impl Deref for $name {
            type Target = AccountFields;

            fn deref(&self) -> &AccountFields {
                &self.0
            }
        }
    };
}

impl AccountFields {
    /// The global id.
    pub fn global_id(&self) -> ID {
        ID(types::global_id(self.row.kind.prefix(), self.row.id.uuid()))
    }

    /// The shared fields of an account that another area's object stands for.
    pub fn new(row: Arc<account::Model>) -> Self {
        Self { row }
    }

    /// Whether the account may do business.
    pub fn status_of(&self) -> AccountStatus {
        self.row.status
    }

    fn account_id(&self) -> AccountId {
        self.row.id
    }
}

account_object! {
    /// The cloud vendor.
    Platform
}
account_object! {
    /// A partner that recruits and manages resellers.
    Distributor
}
account_object! {
    /// A partner that deals with its customers directly.
    CloudSolutionProvider
}

/// The cloud vendor.
#[Object]
impl Platform {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.global_id()
    }

    #[graphql(flatten)]
    async fn account(&self, _ctx: &Context<'_>) -> AccountFields {
        self.0.clone()
    }
}

/// A partner that recruits and manages resellers, and pays the vendor for their customers.
#[Object]
impl Distributor {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.global_id()
    }

    #[graphql(flatten)]
    async fn account(&self, _ctx: &Context<'_>) -> AccountFields {
        self.0.clone()
    }

    /// Whether the partner may do business.
    pub async fn status(&self, _ctx: &Context<'_>) -> AccountStatus {
        self.0.status_of()
    }

    /// Its resellers.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn resellers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<ResellerFilter>,
        order_by: Option<ResellerOrder>,
    ) -> async_graphql::Result<Connection<Reseller>> {
        let page = PageArguments { first, after, last, before };
        reseller_list(ctx, Some(self.account_id().cast()), page, filter, order_by).await
    }

    /// The customers of its resellers.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<CustomerFilter>,
        order_by: Option<CustomerOrder>,
    ) -> async_graphql::Result<Connection<Customer>> {
        let page = PageArguments { first, after, last, before };
        customer_list(ctx, Some(Under::Distributor(self.account_id())), page, filter, order_by).await
    }
}

/// A partner that deals with its customers directly, with no distributor above it.
#[Object]
impl CloudSolutionProvider {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.global_id()
    }

    #[graphql(flatten)]
    async fn account(&self, _ctx: &Context<'_>) -> AccountFields {
        self.0.clone()
    }

    /// Whether the partner may do business.
    pub async fn status(&self, _ctx: &Context<'_>) -> AccountStatus {
        self.0.status_of()
    }

    /// Its customers.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<CustomerFilter>,
        order_by: Option<CustomerOrder>,
    ) -> async_graphql::Result<Connection<Customer>> {
        let page = PageArguments { first, after, last, before };
        customer_list(ctx, Some(Under::Partner(self.account_id())), page, filter, order_by).await
    }
}

/// A person or machine that acts for an account.
#[derive(Debug, Clone)]
pub struct Member(Arc<member::Model>);

impl Member {
    /// From the member's row.
    pub fn new(row: Arc<member::Model>) -> Self {
        Self(row)
    }
}

/// A person or machine that acts for an account.
#[Object]
impl Member {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.id.into()
    }

    /// The name; masked unless revealed, which leaves an access record.
    async fn name(&self, ctx: &Context<'_>, #[graphql(default_with = "Some(false)")] reveal: Option<bool>) -> String {
        let revealed = reveal.unwrap_or(false).then_some(Revealed { subject: self.0.id.uuid(), field: "name" });
        ctx.personal(&self.0.name, mask::name, revealed)
    }

    /// What the member does for the account.
    async fn roles(&self) -> Vec<MemberRole> {
        self.0.roles.0.clone()
    }
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

    /// True where critical operations ask this account for a verification code.
    async fn verification_enabled(&self) -> bool {
        self.0.account.verification_enabled
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
    /// The member's login name; without one the account's administrator signs in.
    member_name: Option<String>,
    /// The password.
    #[graphql(secret)]
    password: String,
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
    /// Signs a member in.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> async_graphql::Result<SignInPayload> {
        let app = ctx.app();
        let rules: &SignInRules = &app.sign_in;
        let member = input.member_name.as_deref();
        signed_in(commands::sign_in(&app.store, rules, &input.account_name, member, input.password).await)
    }

    /// Trades a refresh token for new tokens.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        input: RefreshSessionInput,
    ) -> async_graphql::Result<SignInPayload> {
        let app = ctx.app();
        signed_in(commands::refresh(&app.store, &app.sign_in, &app.viewers, &input.refresh_token).await)
    }

    /// Ends the session: its tokens are no longer good, its streams stop.
    async fn sign_out(&self, ctx: &Context<'_>) -> async_graphql::Result<SignOutPayload> {
        let app = ctx.app();
        let outcome = match ctx.viewer()?.session {
            Some(session) => settle(commands::sign_out(&app.store, &app.viewers, session).await)?,
            None => Ok(()),
        };
        Ok(SignOutPayload { user_errors: outcome.err().unwrap_or_default() })
    }
}
