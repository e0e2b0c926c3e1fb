//! What permissions tell the world.

use entities::types::{DistributorId, EventType, ResellerId};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// The particulars of a change of a reseller's permissions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PermissionsChanged {
    /// Whose.
    pub reseller_id: ResellerId,
}

/// A reseller's permissions changed; its distributor and itself hear of it.
pub fn permissions_changed(event_type: EventType, reseller_id: ResellerId, distributor: DistributorId) -> Fact {
    Fact {
        event_type,
        audience: Audience { distributor: Some(distributor), partner: Some(reseller_id.cast()), customer: None },
        subject: Some(reseller_id.cast()),
        payload: serde_json::json!(PermissionsChanged { reseller_id }),
    }
}
