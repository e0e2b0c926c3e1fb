//! What authorizations tell the world, beside what their applications tell.

use entities::{
    customer,
    types::{AuthorizationId, CustomerId, EventType},
};
use serde::{Deserialize, Serialize};

use crate::{budgets::facts::audience, feed::Fact};

/// The particulars of an authorization that was taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthorizationRevoked {
    /// Whose.
    pub customer_id: CustomerId,
    /// Which.
    pub authorization_id: AuthorizationId,
    /// Why.
    pub reason: String,
}

/// A customer no longer lets its partner act on its behalf.
pub fn revoked(row: &customer::Model, authorization_id: AuthorizationId, reason: &str) -> Fact {
    let revoked = AuthorizationRevoked { customer_id: row.id, authorization_id, reason: reason.to_owned() };
    Fact {
        event_type: EventType::AuthorizationRevoked,
        audience: audience(row),
        subject: Some(row.id.cast()),
        payload: serde_json::json!(revoked),
    }
}
