//! Which orders of a list are wanted (Q-CUS-04).

use async_graphql::InputObject;
use entities::types::{self, OrderStatus, OrderType, ProductType};

use crate::graphql::scalars::{DateTimeRange, Id};

/// Picks orders out of a list; conditions given together must all hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct OrderFilter {
    /// Of one customer.
    pub customer_id: Option<Id<types::Customer>>,
    /// Of customers whose name or account name begins so.
    pub customer: Option<String>,
    /// Of one reseller's customers.
    pub reseller_id: Option<Id<types::Reseller>>,
    /// With this number.
    pub number: Option<String>,
    /// Of this kind of product.
    pub product_type: Option<ProductType>,
    /// For this.
    #[graphql(name = "type")]
    pub order_type: Option<OrderType>,
    /// That stand so.
    pub status: Option<Vec<OrderStatus>>,
    /// Placed in this time.
    pub created_at: Option<DateTimeRange>,
    /// Paid in this time.
    pub paid_at: Option<DateTimeRange>,
    /// Placed by the partner on the customer's behalf, or not.
    pub on_behalf: Option<bool>,
}
