//! Adjustment records at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Union};
use chrono::{DateTime, Utc};
use entities::{
    adjustment_record,
    types::{AccountId, AdjustmentKind},
};

use super::queries::{self, RecordList};
use crate::{
    accounts::graphql::Member,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{code, coded},
        node::{Account, account_by_id},
        plain::Plain,
    },
    resellers::graphql::Reseller,
};

/// What an adjustment happened to.
#[derive(Union)]
pub enum AdjustmentSubject {
    /// A reseller's permissions or quotas.
    Reseller(Reseller),
    /// A customer's budget or freeze.
    Customer(Customer),
}

/// A change of a grant, a quota, a budget or a freeze. Cannot be changed (R-CORE-44).
#[derive(Debug, Clone)]
pub struct AdjustmentRecord(Arc<adjustment_record::Model>);

impl AdjustmentRecord {
    /// From its row.
    pub fn new(row: impl Into<Arc<adjustment_record::Model>>) -> Self {
        Self(row.into())
    }
}

/// A change of a grant, a quota, a budget or a freeze. Cannot be changed (R-CORE-44).
#[Object]
impl AdjustmentRecord {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.id.into()
    }

    /// What changed.
    async fn kind(&self) -> AdjustmentKind {
        self.0.kind
    }

    /// The reseller or customer it happened to.
    async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<AdjustmentSubject> {
        let left = || coded(code::FORBIDDEN, "the subject is no longer in your scope");
        match self.0.kind {
            AdjustmentKind::PermissionsGranted
            | AdjustmentKind::QuotasAdjusted
            | AdjustmentKind::PermissionsRevoked
            | AdjustmentKind::OnBehalfChanged => {
                let reseller = Reseller::by_id(ctx, self.0.subject_id.cast()).await?;
                reseller.map(AdjustmentSubject::Reseller).ok_or_else(left)
            }
            AdjustmentKind::BudgetSet
            | AdjustmentKind::BudgetRemoved
            | AdjustmentKind::Frozen
            | AdjustmentKind::Unfrozen => {
                let customer = Customer::by_id(ctx, self.0.subject_id.cast()).await?;
                customer.map(AdjustmentSubject::Customer).ok_or_else(left)
            }
        }
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at.to_datetime()
    }

    /// By which account; null where the system did it.
    async fn by_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        match self.0.by_account {
            Some(id) => account_by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// By which of its members; shown to that account only.
    async fn by_member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.by_member).await
    }

    /// The state before, in words.
    async fn before(&self) -> Option<&str> {
        self.0.before.as_deref()
    }

    /// The state after, in words.
    async fn after(&self) -> Option<&str> {
        self.0.after.as_deref()
    }

    /// The reason given.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }
}

impl Plain for AdjustmentRecord {}

/// A page of the records of a reseller or customer that the viewer was shown.
pub async fn record_list(
    ctx: &Context<'_>,
    subject: AccountId,
    page: PageArguments,
) -> async_graphql::Result<Connection<AdjustmentRecord>> {
    let window = page.window(ctx, queries::NEWEST_FIRST)?;
    let page = ctx.loaders()?.record_page(subject, RecordList { window, counted: wants_total(ctx) }).await?;
    Ok(Connection::new(queries::NEWEST_FIRST, page, AdjustmentRecord::new))
}
