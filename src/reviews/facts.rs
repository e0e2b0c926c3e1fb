//! What reviews tell the world.

use entities::types::{AccountId, AccountKind, EventType, ReviewDecision};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// The particulars of a decided application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewDecided {
    /// RESELLER or CUSTOMER: what the application was about.
    pub subject_kind: AccountKind,
    /// Its id.
    pub subject_id: AccountId,
    /// How it was decided.
    pub decision: ReviewDecision,
    /// The reviewer's words.
    pub comment: Option<String>,
}

/// An application was decided; the applicant and whoever else is concerned hear of it.
pub fn review_decided(audience: Audience, decided: &ReviewDecided) -> Fact {
    let subject = Some(decided.subject_id);
    Fact { event_type: EventType::ReviewOutcome, audience, subject, payload: serde_json::json!(decided) }
}
