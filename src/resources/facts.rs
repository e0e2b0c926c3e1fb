//! What resources tell the world.

use entities::{
    customer, resource,
    types::{CustomerId, EventType, ProductType, ResourceId, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// The particulars of a prepaid resource that expires soon.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResourceExpiring {
    /// Whose.
    pub customer_id: CustomerId,
    /// Which.
    pub resource_id: ResourceId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub product_type: ProductType,
    /// When.
    pub expires_at: Timestamp,
    /// How many days ahead this is told: 30, 15 or 7.
    pub days: i16,
}

/// A prepaid resource expires soon: its partner hears of it.
pub fn resource_expiring(row: &customer::Model, resource: &resource::Model, expires_at: Timestamp, days: i16) -> Fact {
    Fact {
        event_type: EventType::ResourceExpiring,
        audience: Audience { partner: row.partner_id, ..Audience::default() },
        subject: Some(row.id.cast()),
        payload: serde_json::json!(ResourceExpiring {
            customer_id: row.id,
            resource_id: resource.id,
            name: resource.name.clone(),
            product_type: resource.product_type,
            expires_at,
            days,
        }),
    }
}
