//! What invitations tell their partner.

use entities::{
    customer, invitation,
    types::{AssociationFailure, CustomerId, EventType, InvitationId},
};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// An invitation that a customer accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accepted {
    /// Which.
    pub invitation_id: InvitationId,
    /// By whom.
    pub customer_id: CustomerId,
}

/// An invitation that somebody followed in vain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failed {
    /// Which.
    pub invitation_id: InvitationId,
    /// Why.
    pub cause: AssociationFailure,
}

/// A customer accepted an invitation; the partner hears of it.
pub fn accepted(invitation: &invitation::Model, customer: &customer::Model) -> Fact {
    Fact {
        event_type: EventType::InvitationAccepted,
        audience: to_partner(invitation),
        subject: Some(customer.id.cast()),
        payload: serde_json::json!(Accepted { invitation_id: invitation.id, customer_id: customer.id }),
    }
}

/// Somebody followed an invitation and was not associated; the partner hears of it.
pub fn failed(invitation: &invitation::Model, cause: AssociationFailure) -> Fact {
    Fact {
        event_type: EventType::AssociationFailed,
        audience: to_partner(invitation),
        subject: Some(invitation.id.cast()),
        payload: serde_json::json!(Failed { invitation_id: invitation.id, cause }),
    }
}

fn to_partner(invitation: &invitation::Model) -> Audience {
    Audience { partner: Some(invitation.partner_id), ..Audience::default() }
}
