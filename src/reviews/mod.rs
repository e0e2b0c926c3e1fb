//! Reviews: one engine for every kind of application.
//!
//! An application is handed in by an account, is about a customer, reseller or partner, and passes stages; at each, the
//! platform or the other side decides: on to the next stage, refused, or back to be completed. A kind says in one file
//! what its form is, what stands in the way, who decides how fast, how often it may be handed in again and taken back,
//! and what an approval does ([`Kind`]). States, history, deadlines, allowed actions and events come from here.
//!
//! States: UNDER_REVIEW (at a stage) → APPROVED, REJECTED, RETURNED (→ UNDER_REVIEW again), CANCELLED, EXPIRED.

pub mod commands;
pub mod facts;
pub mod graphql;
pub mod jobs;
mod kind;
pub mod policy;
pub mod queries;
pub mod rules;

pub use kind::{AnyKind, By, Case, Claim, Decider, Declaration, Erased, Happening, Kind, Moment, Reviews, Stage};
