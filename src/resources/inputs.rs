//! Which resources of a list are wanted (Q-CUS-05).

use async_graphql::InputObject;
use entities::types::{self, BillingMode, ProductType, ResourceStatus};

use crate::graphql::scalars::{DateTimeRange, Id};

/// Picks resources out of a list; conditions given together must all hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ResourceFilter {
    /// Of one customer.
    pub customer_id: Option<Id<types::Customer>>,
    /// Of customers whose name or account name begins so.
    pub customer: Option<String>,
    /// Of one reseller's customers.
    pub reseller_id: Option<Id<types::Reseller>>,
    /// Beginning of the name, or the id of a resource.
    pub search: Option<String>,
    /// Paid so. With PAY_PER_USE, those subscribed to within the last month, unless `subscribedAt` says otherwise.
    pub billing_mode: Option<BillingMode>,
    /// Of this kind of product.
    pub product_type: Option<ProductType>,
    /// In this region.
    pub region: Option<String>,
    /// That stand so.
    pub status: Option<Vec<ResourceStatus>>,
    /// Whose prepaid time began then.
    pub effective_at: Option<DateTimeRange>,
    /// Whose prepaid time ends then.
    pub expires_at: Option<DateTimeRange>,
    /// That are there since then.
    pub subscribed_at: Option<DateTimeRange>,
    /// That the order with this number brought.
    pub order_number: Option<String>,
}
