//! What reviews tell the world.

use entities::{
    application,
    types::{AccountId, AccountKind, ApplicationId, ApplicationKind, ApplicationStatus, EventType, ReviewDecision},
};
use serde::{Deserialize, Serialize};

use crate::feed::{Audience, Fact};

/// The particulars of a decided application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewDecided {
    /// What the application was about: a partner or a customer.
    pub subject_kind: AccountKind,
    /// Its id.
    pub subject_id: AccountId,
    /// How it was decided.
    pub decision: ReviewDecision,
    /// The reviewer's words.
    pub comment: Option<String>,
    /// Which application.
    pub application_id: Option<ApplicationId>,
    /// At which stage.
    pub stage: Option<String>,
    /// Whether that was the last word on it.
    #[serde(default = "last_word")]
    pub is_final: bool,
}

/// Events from before there were stages.
fn last_word() -> bool {
    true
}

/// The particulars of an application that was handed in, moved on or ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApplicationChanged {
    /// Which.
    pub application_id: ApplicationId,
    /// Of which kind.
    pub kind: ApplicationKind,
    /// Where it stands now.
    pub status: ApplicationStatus,
    /// At which stage.
    pub stage: String,
}

/// Who hears of an application.
pub fn audience(row: &application::Model) -> Audience {
    Audience { distributor: row.to_distributor, partner: row.to_partner, customer: row.to_customer }
}

/// An application was decided; the applicant and whoever else is concerned hear of it. Members who see less than all
/// hear of it where they may see the topic.
pub fn review_decided(audience: Audience, topic: AccountId, decided: &ReviewDecided) -> Fact {
    let subject = Some(topic);
    Fact { event_type: EventType::ReviewOutcome, audience, subject, payload: serde_json::json!(decided) }
}

/// An application was handed in, moved on, was taken back or ended.
pub fn application_changed(row: &application::Model, stage: &str) -> Fact {
    let changed =
        ApplicationChanged { application_id: row.id, kind: row.kind, status: row.status, stage: stage.to_owned() };
    Fact {
        event_type: EventType::ApplicationChanged,
        audience: audience(row),
        subject: Some(row.topic_id),
        payload: serde_json::json!(changed),
    }
}
