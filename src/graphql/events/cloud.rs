//! What orders and resources tell at the API.

use std::ops::Deref;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entities::types::{BillingMode, OrderStatus, OrderType, ProductType};

use super::{EventFields, event_object};
use crate::{
    customers::graphql::Customer,
    graphql::scalars::Decimal,
    orders::{facts::OrderChanged as OrderFact, graphql::Order},
    resources::{facts::ResourceExpiring as ExpiringFact, graphql::Resource},
};

event_object! {
    /// An order was placed, paid, or given back.
    OrderChanged, OrderFact
}
event_object! {
    /// A prepaid resource expires soon.
    ResourceExpiring, ExpiringFact
}

/// An order was placed or paid, or a prepaid resource was unsubscribed from by one. Figures are those of then.
#[Object]
impl OrderChanged {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Whose order; null where the customer is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
    }

    /// The number that people call it by.
    async fn number(&self) -> &str {
        &self.fact.number
    }

    /// What it is for.
    async fn order_type(&self) -> OrderType {
        self.fact.order_type
    }

    /// Where it stood then.
    async fn status(&self) -> OrderStatus {
        self.fact.status
    }

    /// What kind of product it is about.
    async fn product_type(&self) -> ProductType {
        self.fact.product_type
    }

    /// How that is paid.
    async fn billing_mode(&self) -> BillingMode {
        self.fact.billing_mode
    }

    /// Its list price, in USD.
    async fn list_price(&self) -> Decimal {
        self.fact.list_price.into()
    }

    /// What was paid of it then, in USD.
    async fn amount_paid(&self) -> Decimal {
        self.fact.amount_paid.into()
    }

    /// Whether the partner placed it on the customer's behalf.
    async fn on_behalf(&self) -> bool {
        self.fact.on_behalf
    }

    /// The order as it is now.
    async fn order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        Order::by_id(ctx, self.fact.order_id).await
    }
}

/// A prepaid resource expires in 30, 15 or 7 days.
#[Object]
impl ResourceExpiring {
    #[graphql(flatten)]
    async fn event(&self, _ctx: &Context<'_>) -> EventFields {
        self.event.clone()
    }

    /// Whose resource; null where the customer is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.fact.customer_id).await
    }

    /// The customer's id, whether or not it is in scope.
    async fn customer_id(&self) -> ID {
        self.fact.customer_id.into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.fact.name
    }

    /// What kind of product it is.
    async fn product_type(&self) -> ProductType {
        self.fact.product_type
    }

    /// When it expires.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.fact.expires_at.to_datetime()
    }

    /// How many days ahead this was told, at most: 30, 15 or 7.
    async fn days(&self) -> i32 {
        self.fact.days.into()
    }

    /// The resource as it is now.
    async fn resource(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Resource>> {
        Resource::by_id(ctx, self.fact.resource_id).await
    }
}
