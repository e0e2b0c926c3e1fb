//! What preregistrations tell their partner.

use entities::{
    preregistration,
    types::{EventType, PreregistrationId, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// A claim that ends soon, or has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClaimEnds {
    /// Which.
    pub preregistration_id: PreregistrationId,
    /// When it ends, or ended.
    pub expires_at: Timestamp,
}

/// Tells the partner of a claim's end, as PREREGISTRATION_EXPIRING or PREREGISTRATION_EXPIRED.
pub fn claim_ends(row: &preregistration::Model, event_type: EventType) -> Fact {
    Fact {
        event_type,
        audience: Audience { partner: Some(row.partner_id), ..Audience::default() },
        subject: Some(row.id.cast()),
        payload: serde_json::json!(ClaimEnds { preregistration_id: row.id, expires_at: row.expires_at }),
    }
}
