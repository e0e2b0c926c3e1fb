//! Accounts and members at the API.

mod session;

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entities::{
    account, member,
    types::{self, AccountId, AccountKind, AccountStatus, MemberId, MemberRole},
};

pub use session::{AccountsMutation, AccountsQuery, Viewer};

use crate::{
    access::mask,
    access_records::Subject,
    customers::{
        graphql::{Customer, customer_list},
        inputs::{CustomerFilter, CustomerOrder},
        queries::Under,
    },
    graphql::{
        connection::{Connection, PageArguments},
        context::{Asking, Revealed},
        plain::Answer,
    },
    members::graphql::MemberDetails,
    resellers::{
        graphql::{Reseller, reseller_list},
        inputs::{ResellerFilter, ResellerOrder},
    },
};

/// The fields that accounts of all kinds share.
#[derive(Debug, Clone)]
pub struct AccountFields {
    row: Arc<account::Model>,
}

impl AccountFields {
    fn reveal(&self, reveal: Option<bool>, field: &'static str) -> Option<Revealed> {
        Revealed::asked(reveal, Subject::account(self.row.kind, self.row.id), field)
    }

    /// What a shared field says without arguments, and so without revealing anything; see [`Plain`](crate::graphql::plain::Plain).
    pub fn plain(&self, field: &str, answer: &mut Answer) -> Option<()> {
        match field {
            "id" => answer.text(&self.global_id()),
            "kind" => answer.word(self.row.kind),
            "accountName" => answer.text(&self.row.account_name),
            "name" => answer.text(&mask::name(&self.row.name)),
            "createdAt" => answer.scalar(&self.row.created_at.to_datetime()),
            _ => None,
        }
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

    /// A member of the viewer's own account; others' members are their own affair.
    pub async fn by_id(ctx: &Context<'_>, id: Option<MemberId>) -> async_graphql::Result<Option<Self>> {
        match id {
            Some(id) => Ok(ctx.loaders()?.member(id).await?.map(Self)),
            None => Ok(None),
        }
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
        let revealed = Revealed::asked(reveal, self.0.id, "name");
        ctx.personal(&self.0.name, mask::name, revealed)
    }

    /// What the member does for the account.
    async fn roles(&self) -> Vec<MemberRole> {
        self.0.roles.0.iter().map(|role| role.word()).collect()
    }

    /// What an administrator keeps of the member; null where the viewer may not see it, which is its own business and
    /// that of members with `org.member.view`.
    async fn details(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MemberDetails>> {
        Ok(MemberDetails::of(ctx.viewer()?, &self.0))
    }
}
