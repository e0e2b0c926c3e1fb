//! Resellers at the API.

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, Object, SimpleObject, parser::types::Field};
use chrono::{DateTime, Utc};
use entities::{
    reseller_permission,
    types::{AccountStatus, BudgetType, DistributorId, ResellerId, Timestamp},
};

use super::{
    inputs::{ResellerFilter, ResellerOrder},
    queries::{self, ResellerList, ResellerRow},
    reads::ResellerReads,
};
use crate::{
    accounts::graphql::{AccountFields, Distributor, Member},
    customers::{
        graphql::{Customer, customer_list},
        inputs::{CustomerFilter, CustomerOrder},
        queries::Under,
    },
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{failed, internal},
        plain::{Answer, Plain},
        scalars::Decimal,
    },
    outcome::Fault,
    permissions::rules::Permissions,
    records::graphql::{AdjustmentRecord, record_list},
};

/// A partner of exactly one distributor.
#[derive(Debug, Clone)]
pub struct Reseller {
    row: Arc<ResellerRow>,
    account: AccountFields,
}

impl Reseller {
    /// From its rows.
    pub fn new(row: Arc<ResellerRow>) -> Self {
        Self { account: AccountFields::new(row.account.clone()), row }
    }

    /// The reseller with this id in the viewer's scope, for a field that shows it.
    pub async fn by_id(ctx: &Context<'_>, id: ResellerId) -> async_graphql::Result<Option<Self>> {
        let reads = ResellerReads::of_reseller(ctx.field());
        Ok(ctx.loaders()?.reseller(id, reads).await?.map(Self::new))
    }
}

impl Deref for Reseller {
    type Target = AccountFields;

    fn deref(&self) -> &AccountFields {
        &self.account
    }
}

/// A partner of exactly one distributor; develops customers.
#[Object]
impl Reseller {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.global_id()
    }

    #[graphql(flatten)]
    async fn account(&self, _ctx: &Context<'_>) -> AccountFields {
        self.account.clone()
    }

    /// Whether the partner may do business.
    pub async fn status(&self, _ctx: &Context<'_>) -> AccountStatus {
        self.account.status_of()
    }

    /// The distributor above it.
    async fn distributor(&self, ctx: &Context<'_>) -> async_graphql::Result<Distributor> {
        let account = ctx.loaders()?.account(self.row.reseller.distributor_id.cast()).await?;
        account
            .map(Distributor::new)
            .ok_or_else(|| internal(&Fault::because("a reseller's distributor is not visible")))
    }

    /// When it joined its distributor.
    async fn associated_at(&self) -> DateTime<Utc> {
        self.row.reseller.associated_at.to_datetime()
    }

    /// The distributor's member that looks after it; shown to the distributor only.
    async fn account_manager(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.row.reseller.account_manager_id).await
    }

    /// What its distributor lets it do.
    async fn permissions(&self) -> async_graphql::Result<ResellerPermissions> {
        let read = self.row.permission.as_ref().map(ResellerPermissions::of);
        read.ok_or_else(|| internal(&Fault::because("a reseller's permissions were not read")))
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
        customer_list(ctx, Some(Under::Partner(self.row.account.id)), page, filter, order_by).await
    }

    /// What was changed of its permissions and quotas, newest first (R-CORE-44).
    async fn adjustment_records(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<AdjustmentRecord>> {
        record_list(ctx, self.row.account.id, PageArguments { first, after, ..Default::default() }).await
    }
}

impl Plain for Reseller {
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        match field.name.node.as_str() {
            "status" => answer.word(self.account.status_of()),
            "associatedAt" => answer.scalar(&self.row.reseller.associated_at.to_datetime()),
            shared => self.account.plain(shared, answer),
        }
    }
}

/// What a distributor lets a reseller do.
#[derive(Debug, Clone, SimpleObject)]
pub struct ResellerPermissions {
    /// Whether it may set budgets and freeze: it is in charge of its customers then (R-CORE-12).
    budget_and_freeze: bool,
    /// The quotas that it holds; empty without authorization.
    quotas: Vec<BudgetQuota>,
    /// Whether it may order and operate on behalf of customers that authorized it.
    on_behalf: bool,
    /// When the distributor accepted the commitment letter (R-CORE-40).
    commitment_letter_accepted_at: Option<DateTime<Utc>>,
}

/// The ceiling for the sum of a reseller's budgets of one type.
#[derive(Debug, Clone, SimpleObject)]
pub struct BudgetQuota {
    /// Of which type.
    #[graphql(name = "type")]
    kind: BudgetType,
    /// The ceiling, in USD.
    quota: Decimal,
    /// The sum of the budgets set.
    allotted: Decimal,
    /// What is left.
    available: Decimal,
}

impl ResellerPermissions {
    fn of(row: &reseller_permission::Model) -> Self {
        let permissions = Permissions::of(row);
        let quotas = [BudgetType::Monthly, BudgetType::OneTime].into_iter().filter_map(|kind| {
            let allotment = permissions.allotment(kind);
            let quota = allotment.quota?;
            let available = quota.minus(allotment.allotted).into();
            Some(BudgetQuota { kind, quota: quota.into(), allotted: allotment.allotted.into(), available })
        });
        Self {
            budget_and_freeze: permissions.budget_and_freeze,
            quotas: quotas.collect(),
            on_behalf: row.on_behalf,
            commitment_letter_accepted_at: row.commitment_letter_accepted_at.map(Timestamp::to_datetime),
        }
    }
}

/// A page of the resellers in scope, or of one distributor.
pub async fn reseller_list(
    ctx: &Context<'_>,
    distributor: Option<DistributorId>,
    page: PageArguments,
    filter: Option<ResellerFilter>,
    order: Option<ResellerOrder>,
) -> async_graphql::Result<Connection<Reseller>> {
    let order = order.unwrap_or(ResellerOrder::DEFAULT);
    let list = ResellerList {
        filter: filter.unwrap_or_default(),
        order,
        window: page.window(ctx, order.list_order())?,
        counted: wants_total(ctx),
        reads: ResellerReads::of_page(ctx),
    };
    let page = Box::pin(queries::page(&ctx.app().store, ctx.viewer()?, distributor, &list)).await.map_err(failed)?;
    Ok(Connection::new(order.list_order(), page, Reseller::new))
}

/// The reseller queries.
#[derive(Default)]
pub struct ResellersQuery;

#[Object]
impl ResellersQuery {
    /// The resellers in the viewer's scope.
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
        reseller_list(ctx, None, page, filter, order_by).await
    }

    /// A reseller in the viewer's scope.
    async fn reseller(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Reseller>> {
        match id.parse() {
            Ok(id) => Reseller::by_id(ctx, id).await,
            Err(_) => Ok(None),
        }
    }
}
