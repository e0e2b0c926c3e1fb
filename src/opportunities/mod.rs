//! Opportunities: chances of providers and resellers to do business with customers (O-CUS-17, R-CUS-34 … R-CUS-36).
//!
//! An opportunity is about a customer that is associated with the partner, or one that the partner has preregistered. It
//! belongs to the member who created it. It goes through six phases, from a potential opportunity to revenue; the phase is
//! changed by recording progress and by nothing else, so that the log tells how it went.
//!
//! Account managers see and keep their own, directors see those of their managers, a distributor sees those of its
//! resellers.

pub mod commands;
pub mod graphql;
mod inputs;
pub mod policy;
pub mod queries;
pub mod rules;
