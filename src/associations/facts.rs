//! What associations tell the world.

use entities::{
    customer,
    types::{AccountId, AssociationRecordId, CustomerId, EventType},
};
use serde::{Deserialize, Serialize};

use crate::{budgets::facts::audience, feed::Fact};

/// A customer and a partner that came together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Associated {
    /// The customer.
    pub customer_id: CustomerId,
    /// The partner.
    pub partner_id: AccountId,
    /// The record of it.
    pub record_id: AssociationRecordId,
}

/// They came together: the partner, the distributor above it and the customer hear of it. `row` is the customer as it is
/// from now on.
pub fn associated(row: &customer::Model, partner: AccountId, record: AssociationRecordId) -> Fact {
    Fact {
        event_type: EventType::CustomerAssociated,
        audience: audience(row),
        subject: Some(row.id.cast()),
        payload: serde_json::json!(Associated { customer_id: row.id, partner_id: partner, record_id: record }),
    }
}
