//! Access records at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, parser::types::Field};
use chrono::{DateTime, Utc};
use entities::{
    access_record,
    types::{self, AccessRecordKind, global_id},
};

use super::queries;
use crate::{
    accounts::graphql::Member,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        node::{Account, account_by_id},
        plain::{Answer, Plain},
        scalars::{DateTimeRange, Id},
    },
};

/// Something that an administrator may want to know of: who saw personal data in full, signed in or out, or changed
/// members and roles.
#[derive(Debug, Clone)]
pub struct AccessRecord(Arc<access_record::Model>);

impl AccessRecord {
    /// From its row.
    pub fn new(row: Arc<access_record::Model>) -> Self {
        Self(row)
    }

    fn is_success(&self) -> bool {
        self.0.kind != AccessRecordKind::SignInFailed
    }
}

/// Something that an administrator may want to know of: who saw personal data in full, signed in or out, or changed
/// members and roles.
#[Object]
impl AccessRecord {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.id.into()
    }

    /// What happened.
    async fn kind(&self) -> AccessRecordKind {
        self.0.kind
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at.to_datetime()
    }

    /// In whose account; null where somebody tried to sign in to one that does not exist.
    async fn by_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        match self.0.by_account {
            Some(id) => account_by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// By which of its members; shown to that account only. Null where nobody knows who it was, as with a sign-in that
    /// failed, and where the member has been deleted.
    async fn by_member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.by_member).await
    }

    /// The global id of the account, member or role that it happened to; it may be gone.
    async fn subject_id(&self) -> Option<ID> {
        let (prefix, id) = self.0.subject_prefix.as_deref().zip(self.0.subject_id)?;
        Some(ID(global_id(prefix, id)))
    }

    /// Which field was revealed.
    async fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// What else there is to say, in words.
    async fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The address that the request came from; null where it was not recorded.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Whether it succeeded.
    async fn success(&self) -> bool {
        self.is_success()
    }
}

impl Plain for AccessRecord {
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        match field.name.node.as_str() {
            "id" => answer.scalar(&ID::from(self.0.id)),
            "kind" => answer.word(self.0.kind),
            "at" => answer.scalar(&self.0.at.to_datetime()),
            "success" => answer.scalar(&self.is_success()),
            _ => None,
        }
    }
}

/// Picks access records; conditions given together must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub struct AccessRecordFilter {
    /// Of one kind.
    pub kind: Option<AccessRecordKind>,
    /// By this member, or about it.
    pub member_id: Option<Id<types::Member>>,
    /// In this time.
    pub at: Option<DateTimeRange>,
}

/// The queries of access records.
#[derive(Default)]
pub struct AccessRecordsQuery;

#[Object]
impl AccessRecordsQuery {
    /// What was done in the viewer's account, newest first; the platform sees all accounts. For administrators.
    async fn access_records(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AccessRecordFilter>,
    ) -> async_graphql::Result<Connection<AccessRecord>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let filter = filter.unwrap_or_default();
        let page = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, AccessRecord::new))
    }
}
