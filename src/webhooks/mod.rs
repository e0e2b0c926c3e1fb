//! Webhooks: the feed, posted to a partner's own endpoints, signed (docs/decisions/0022, docs/webhooks.md).
//!
//! - an endpoint has a cursor over the feed within its account's scope; one node delivers, by the lease of the jobs;
//! - order is kept: the cursor does not move past an event that was not taken, and moves after it was: at least once;
//! - [`delivery`] connects to public addresses only, and to exactly those that it has checked.
//!
//! Knows how events are told to programs, not why they happen.

pub mod commands;
pub mod delivery;
pub mod graphql;
pub mod jobs;
pub mod payload;
pub mod policy;
pub mod progress;
pub mod queries;
pub mod rules;

use serde::Deserialize;

/// Deliveries.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Days that the log of deliveries is kept.
    pub keep_days: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { keep_days: 14 }
    }
}
