//! What assignments tell the world.

use entities::types::{AccountId, AccountKind, EventType, MemberId};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// The particulars of an assignment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManagerAssigned {
    /// CUSTOMER or RESELLER.
    pub subject_kind: AccountKind,
    /// Who is looked after.
    pub subject_id: AccountId,
    /// By whom.
    pub member_id: MemberId,
}

/// A member of an account looks after a customer or reseller from now on. The account hears of it: the manager, its
/// director, and whoever sees all.
pub fn manager_assigned(account: AccountId, kind: AccountKind, subject: AccountId, member: MemberId) -> Fact {
    let audience = match kind {
        AccountKind::Reseller => Audience { distributor: Some(account.cast()), ..Audience::default() },
        _ => Audience { partner: Some(account), ..Audience::default() },
    };
    Fact {
        event_type: EventType::AccountManagerAssigned,
        audience,
        subject: Some(subject),
        payload: serde_json::json!(ManagerAssigned { subject_kind: kind, subject_id: subject, member_id: member }),
    }
}
