//! What invitations tell the world.

use entities::types::{DistributorId, EventType, ResellerId, ResellerInvitationId};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// The particulars of an invitation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResellerInvited {
    /// Which.
    pub invitation_id: ResellerInvitationId,
}

/// The particulars of a new reseller.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResellerJoined {
    /// Who joined.
    pub reseller_id: ResellerId,
    /// By which invitation.
    pub invitation_id: ResellerInvitationId,
}

/// Somebody was invited; the distributor hears of it.
pub fn reseller_invited(distributor: DistributorId, invitation_id: ResellerInvitationId) -> Fact {
    Fact {
        event_type: EventType::ResellerInvited,
        audience: Audience { distributor: Some(distributor), ..Audience::default() },
        subject: None,
        payload: serde_json::json!(ResellerInvited { invitation_id }),
    }
}

/// Somebody joined; the distributor hears of it.
pub fn reseller_joined(
    distributor: DistributorId,
    reseller_id: ResellerId,
    invitation_id: ResellerInvitationId,
) -> Fact {
    Fact {
        event_type: EventType::ResellerJoined,
        audience: Audience { distributor: Some(distributor), ..Audience::default() },
        subject: Some(reseller_id.cast()),
        payload: serde_json::json!(ResellerJoined { reseller_id, invitation_id }),
    }
}
