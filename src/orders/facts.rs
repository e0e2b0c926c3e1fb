//! What orders tell the world.

use entities::{
    customer, order,
    types::{Amount, BillingMode, CustomerId, EventType, OrderId, OrderStatus, OrderType, ProductType},
};
use serde::{Deserialize, Serialize};

use crate::{
    budgets::facts::audience,
    feed::{Audience, Fact},
};

/// The particulars of an order that was placed, paid or taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderChanged {
    /// Whose.
    pub customer_id: CustomerId,
    /// Which.
    pub order_id: OrderId,
    /// The number that people call it by.
    pub number: String,
    /// What it is for.
    pub order_type: OrderType,
    /// Where it stood then.
    pub status: OrderStatus,
    /// What it is about.
    pub product_type: ProductType,
    /// Paid how.
    pub billing_mode: BillingMode,
    /// At list price.
    pub list_price: Amount,
    /// What was paid.
    pub amount_paid: Amount,
    /// Whether the partner placed it on the customer's behalf.
    pub on_behalf: bool,
}

/// Something happened to an order: the customer and its partner hear of it.
pub fn order_changed(event_type: EventType, row: &customer::Model, order: &order::Model) -> Fact {
    Fact {
        event_type,
        audience: Audience { distributor: None, ..audience(row) },
        subject: Some(row.id.cast()),
        payload: serde_json::json!(OrderChanged {
            customer_id: row.id,
            order_id: order.id,
            number: order.number.clone(),
            order_type: order.order_type,
            status: order.status,
            product_type: order.product_type,
            billing_mode: order.billing_mode,
            list_price: order.list_price,
            amount_paid: order.amount_paid,
            on_behalf: order.on_behalf,
        }),
    }
}
