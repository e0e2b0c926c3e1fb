//! Customers at the API.

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, Object, parser::types::Field};
use chrono::{DateTime, Utc};
use entities::{
    customer,
    types::{AccountId, CustomerFact, CustomerId},
};

use super::{
    inputs::{CustomerFilter, CustomerOrder},
    queries::{self, Along, CustomerList, CustomerRow, Under},
    reads::Reads,
    standing::Standing,
};
use crate::{
    accounts::graphql::{AccountFields, CloudSolutionProvider, Distributor, Member},
    budgets::graphql::{Budget, BudgetAlert, PurchasingRights},
    customer_facts::graphql::facts_of,
    freezes::graphql::Freeze,
    graphql::{
        ahead::Reading,
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        node::Partner,
        plain::{Answer, Plain},
        scalars::Decimal,
    },
    permissions::{commands::reseller_of, rules::manager_in_charge},
    records::graphql::{AdjustmentRecord, record_list},
    resellers::{graphql::Reseller, reads::ResellerReads},
};

/// A cloud account that spends.
#[derive(Debug, Clone)]
pub struct Customer {
    row: Arc<CustomerRow>,
    account: AccountFields,
}

impl Customer {
    /// From its rows.
    pub fn new(row: Arc<CustomerRow>) -> Self {
        Self { account: AccountFields::new(row.account.clone()), row }
    }

    /// The customer with this id in the viewer's scope, for a field that shows it.
    pub async fn by_id(ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<Option<Self>> {
        Ok(ctx.loaders()?.customer(id, Reads::of_customer(ctx)).await?.map(Self::new))
    }

    fn customer(&self) -> &customer::Model {
        &self.row.customer
    }

    fn standing(&self, ctx: &Context<'_>) -> Standing {
        Standing::of(self.customer()).in_month(ctx.month())
    }
}

impl Deref for Customer {
    type Target = AccountFields;

    fn deref(&self) -> &AccountFields {
        &self.account
    }
}

/// A partner above a customer: its reseller, its provider or its distributor; none where the viewer may not see it.
pub async fn partner_above(
    ctx: &Context<'_>,
    row: &customer::Model,
    id: AccountId,
) -> async_graphql::Result<Option<Partner>> {
    let loaders = ctx.loaders()?;
    if reseller_of(row) == Some(id.cast()) {
        return Ok(Reseller::by_id(ctx, id.cast()).await?.map(Partner::Reseller));
    }
    let is_distributor = row.distributor_id == Some(id.cast());
    Ok(loaders.account(id).await?.map(|account| {
        if is_distributor {
            Partner::Distributor(Distributor::new(account))
        } else {
            Partner::CloudSolutionProvider(CloudSolutionProvider::new(account))
        }
    }))
}

/// A cloud account that spends, associated with at most one partner.
#[Object]
impl Customer {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.global_id()
    }

    #[graphql(flatten)]
    async fn account(&self, _ctx: &Context<'_>) -> AccountFields {
        self.account.clone()
    }

    /// The reseller or provider that it is associated with.
    async fn partner(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Partner>> {
        match self.customer().partner_id {
            Some(id) => partner_above(ctx, self.customer(), id).await,
            None => Ok(None),
        }
    }

    /// Its reseller; none for a provider's customer.
    async fn reseller(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Reseller>> {
        match (reseller_of(self.customer()), &self.row.along) {
            (None, _) => Ok(None),
            (Some(_), Along::Read(reseller)) => Ok(reseller.clone().map(Reseller::new)),
            (Some(id), Along::NotRead) => Reseller::by_id(ctx, id).await,
        }
    }

    /// The distributor above its reseller.
    async fn distributor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Distributor>> {
        match self.customer().distributor_id {
            Some(id) => Ok(ctx.loaders()?.account(id.cast()).await?.map(Distributor::new)),
            None => Ok(None),
        }
    }

    /// The one partner that may set this customer's budget and freeze it now (R-CORE-12).
    async fn manager_in_charge(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Partner>> {
        let row = self.customer();
        let authorized = match reseller_of(row) {
            Some(id) => {
                let reseller = ctx.loaders()?.reseller(id, ResellerReads::ALL).await?;
                reseller.is_some_and(|row| row.permission.as_ref().is_some_and(|may| may.budget_and_freeze))
            }
            None => false,
        };
        match manager_in_charge(row, authorized) {
            Some(id) => partner_above(ctx, row, id).await,
            None => Ok(None),
        }
    }

    /// When it was associated with its partner.
    async fn associated_at(&self) -> Option<DateTime<Utc>> {
        self.customer().partner_id.map(|_| self.customer().associated_at.to_datetime())
    }

    /// The partner's member that looks after it; shown to that partner only.
    async fn account_manager(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.customer().account_manager_id).await
    }

    /// The partner's own words for it.
    async fn tags(&self) -> Vec<String> {
        self.customer().tags.0.clone()
    }

    /// Its budget, if one was set.
    pub async fn budget(&self, ctx: &Context<'_>) -> Option<Budget> {
        Budget::of(self.row.clone(), self.standing(ctx))
    }

    /// How it is frozen. Account freeze is also called purchase restriction.
    async fn freeze(&self) -> Freeze {
        Freeze::of(self.row.clone())
    }

    /// List price of all charges of this month (GMT+08:00), in USD, without tax; of a customer that was another partner's
    /// before, those since it came.
    async fn month_to_date_expenditure(&self, ctx: &Context<'_>) -> Decimal {
        self.standing(ctx).ledger.expenditure.into()
    }

    /// Alerts that wait to be handled, lowest threshold first; three at most.
    async fn open_alerts(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<BudgetAlert>> {
        if self.standing(ctx).ledger.open_alerts.is_empty() {
            return Ok(Vec::new());
        }
        let alerts = ctx.loaders()?.open_alerts(self.customer().id).await?;
        Ok(alerts.into_iter().map(BudgetAlert::stored).collect())
    }

    /// How many alerts wait to be handled.
    async fn open_alert_count(&self, ctx: &Context<'_>) -> u32 {
        self.standing(ctx).ledger.open_alerts.len()
    }

    /// What it may buy now.
    async fn purchasing(&self, ctx: &Context<'_>) -> PurchasingRights {
        crate::budgets::rules::purchasing(&self.standing(ctx)).into()
    }

    /// What the vendor knows of it; for the platform.
    async fn facts(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CustomerFact>> {
        facts_of(ctx, self.customer().id).await
    }

    /// What was changed of its budget and freeze, newest first (R-CORE-44).
    async fn adjustment_records(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> async_graphql::Result<Connection<AdjustmentRecord>> {
        record_list(ctx, self.customer().id.cast(), PageArguments { first, after, ..Default::default() }).await
    }
}

impl Plain for Customer {
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        let standing = |answer: &Answer| Standing::of(self.customer()).in_month(answer.month);
        match field.name.node.as_str() {
            "budget" => answer.nested(Budget::of(self.row.clone(), standing(answer)).as_ref(), field),
            "freeze" => answer.nested(Some(&Freeze::of(self.row.clone())), field),
            "monthToDateExpenditure" => answer.decimal(Decimal::from(standing(answer).ledger.expenditure)),
            shared => self.account.plain(shared, answer),
        }
    }
}

/// A page of the customers in scope, or of those of them that are under a partner or distributor.
pub async fn customer_list(
    ctx: &Context<'_>,
    under: Option<Under>,
    page: PageArguments,
    filter: Option<CustomerFilter>,
    order: Option<CustomerOrder>,
) -> async_graphql::Result<Connection<Customer>> {
    let order = order.unwrap_or(CustomerOrder::DEFAULT);
    let list = CustomerList {
        filter: filter.unwrap_or_default(),
        order,
        window: page.window(ctx, order.list_order())?,
        counted: wants_total(ctx),
        reads: Reads::of_page(ctx),
    };
    let page = match under {
        None => Box::pin(queries::page(&ctx.app().store, ctx.viewer()?, &list)).await.map_err(failed)?,
        Some(under) => ctx.loaders()?.customer_page(under, list).await?,
    };
    Ok(Connection::new(order.list_order(), page, Customer::new))
}

/// Customers by id as a payload shows them: those just changed, in the order given.
pub async fn changed_customers(ctx: &Context<'_>, ids: &[CustomerId]) -> async_graphql::Result<Vec<Customer>> {
    let rows = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, ids, Reads::ALL).await.map_err(failed)?;
    Ok(ids.iter().filter_map(|id| rows.get(id).cloned()).map(Customer::new).collect())
}

/// The customer queries.
#[derive(Default)]
pub struct CustomersQuery;

#[Object]
impl CustomersQuery {
    /// The customers in the viewer's scope.
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
        customer_list(ctx, None, page, filter, order_by).await
    }

    /// A customer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Customer>> {
        match id.parse() {
            Ok(id) => Customer::by_id(ctx, id).await,
            Err(_) => Ok(None),
        }
    }
}
