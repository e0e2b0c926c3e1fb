//! Orders at the API.

mod changes;

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    order, order_transaction,
    types::{
        Amount, BillingMode, OrderId, OrderStatus, OrderType, PaymentMethod, ProductType, Timestamp, TransactionKind,
    },
};

pub use changes::OrdersMutation;

use super::{
    inputs::OrderFilter,
    queries::{self, NEWEST_FIRST},
};
use crate::{
    accounts::graphql::Member,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        node::{Account, account_by_id},
        plain::Plain,
        scalars::Decimal,
    },
    resources::graphql::Resource,
};

/// What a customer bought, changed or gave up.
#[derive(Debug, Clone)]
pub struct Order(Arc<order::Model>);

impl Order {
    /// From its row.
    pub fn new(row: Arc<order::Model>) -> Self {
        Self(row)
    }

    /// The order with this id, as far as the viewer may see it.
    pub async fn by_id(ctx: &Context<'_>, id: OrderId) -> async_graphql::Result<Option<Self>> {
        Ok(ctx.loaders()?.order(id).await?.map(Self))
    }
}

impl Plain for Order {}

/// What a customer bought, changed or gave up. Amounts are in USD, without tax.
#[Object]
impl Order {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.id.into()
    }

    /// The number that people call it by.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Whose it is.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.0.customer_id).await
    }

    /// What it is for.
    #[graphql(name = "type")]
    async fn order_type(&self) -> OrderType {
        self.0.order_type
    }

    /// Where it stands.
    async fn status(&self) -> OrderStatus {
        self.0.status
    }

    /// The product in the catalogue, as it is with this order.
    async fn product_id(&self) -> &str {
        &self.0.product_id
    }

    /// Its kind.
    async fn product_type(&self) -> ProductType {
        self.0.product_type
    }

    /// Its specification.
    async fn specification(&self) -> &str {
        &self.0.specification
    }

    /// Where.
    async fn region(&self) -> &str {
        &self.0.region
    }

    /// How it is paid, with this order.
    async fn billing_mode(&self) -> BillingMode {
        self.0.billing_mode
    }

    /// How many resources.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Months that it buys; null where it buys no time.
    async fn months(&self) -> Option<i32> {
        self.0.months
    }

    /// The list price, which counts towards the budget once it is paid (R-CORE-19).
    async fn list_price(&self) -> Decimal {
        self.0.list_price.into()
    }

    /// What was paid, by all methods together.
    async fn amount_paid(&self) -> Decimal {
        self.0.amount_paid.into()
    }

    /// What was paid by which method.
    async fn payments(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<OrderPayment>> {
        let mut by_method: BTreeMap<PaymentMethod, Amount> = BTreeMap::new();
        let paid = ctx.loaders()?.order_transactions(self.0.id).await?;
        for one in paid.iter().filter(|one| one.kind == TransactionKind::Payment) {
            let sum = by_method.entry(one.method).or_default();
            *sum = sum.checked_add(one.amount).unwrap_or(*sum);
        }
        Ok(by_method.into_iter().map(|(method, amount)| OrderPayment { method, amount: amount.into() }).collect())
    }

    /// The money that it moved, oldest first.
    async fn transactions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<OrderTransaction>> {
        let rows = ctx.loaders()?.order_transactions(self.0.id).await?;
        Ok(rows.iter().map(OrderTransaction::of).collect())
    }

    /// The resources that it brought, or the one that it is about; 20 at most.
    async fn resources(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Resource>> {
        let loaders = ctx.loaders()?;
        Ok(match self.0.resource_id {
            Some(id) => loaders.resource(id).await?.into_iter().map(Resource::new).collect(),
            None => loaders.order_resources(self.0.id).await?.into_iter().map(Resource::new).collect(),
        })
    }

    /// When it was placed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }

    /// Until when it can be paid; null where there was nothing to pay.
    async fn pay_until(&self) -> Option<DateTime<Utc>> {
        self.0.pay_until.map(Timestamp::to_datetime)
    }

    /// When it was paid.
    async fn paid_at(&self) -> Option<DateTime<Utc>> {
        self.0.paid_at.map(Timestamp::to_datetime)
    }

    /// When it was completed, canceled or unsubscribed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at.map(Timestamp::to_datetime)
    }

    /// The account that placed it: the customer, or its partner.
    async fn placed_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.placed_by_account).await
    }

    /// The member of that account; shown to that account only.
    async fn placed_by_member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.placed_by_member)).await
    }

    /// Whether the partner placed it on the customer's behalf (R-CUS-28).
    async fn on_behalf(&self) -> bool {
        self.0.on_behalf
    }
}

/// What was paid by one method.
#[derive(SimpleObject)]
struct OrderPayment {
    /// The method.
    method: PaymentMethod,
    /// How much, in USD.
    amount: Decimal,
}

/// A movement of an order's money.
#[derive(SimpleObject)]
struct OrderTransaction {
    /// The global id.
    id: ID,
    /// Which way.
    kind: TransactionKind,
    /// By what.
    method: PaymentMethod,
    /// How much, in USD.
    amount: Decimal,
    /// The charge that counts it towards the budget; null where money went back.
    charge_id: Option<String>,
    /// When.
    at: DateTime<Utc>,
}

impl OrderTransaction {
    fn of(row: &order_transaction::Model) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind,
            method: row.method,
            amount: row.amount.into(),
            charge_id: row.charge_id.clone(),
            at: row.at.to_datetime(),
        }
    }
}

/// The orders that can be asked for.
#[derive(Default)]
pub struct OrdersQuery;

#[Object]
impl OrdersQuery {
    /// The orders of the customers in scope, newest first (Q-CUS-04). Account managers see those of their own customers
    /// (R-CUS-31).
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<OrderFilter>,
    ) -> async_graphql::Result<Connection<Order>> {
        let window = PageArguments { first, after, last, before }.window(ctx, NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(NEWEST_FIRST, page, Order))
    }

    /// An order of a customer in scope.
    async fn order(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Order>> {
        match id.parse() {
            Ok(id) => Order::by_id(ctx, id).await,
            Err(_) => Ok(None),
        }
    }
}
