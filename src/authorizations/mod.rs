//! Authorizations: a customer's consent that its partner orders and operates on its behalf.
//!
//! The partner asks and the customer decides: an application of kind AUTHORIZATION. A customer may also consent with its
//! association. A consent holds until the customer takes it back, for good, or the association ends; there is at most
//! one that is asked for or holds. Whether a reseller may use it is also its distributor's word (R-CUS-25).
//!
//! States: PENDING_ACCEPTANCE → ACCEPTED → REVOKED, or REJECTED.

pub mod commands;
pub mod facts;
pub mod graphql;
mod kind;
pub mod policy;
pub mod queries;
pub mod rules;

pub use kind::{Authorization, AuthorizationForm};
