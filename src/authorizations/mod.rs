//! Authorizations: a customer's consent that its partner orders and operates on its behalf.
//!
//! The partner asks, the customer accepts or rejects, and can take it back at any time (R-CUS-26). At most one is asked for
//! or holds at a time; those that ended are kept. Whether a partner may act needs more than this consent: see
//! [`onbehalf`](crate::onbehalf).

pub mod queries;
