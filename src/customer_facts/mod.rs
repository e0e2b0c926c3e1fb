//! What only the vendor knows of a customer: contracts, plans, claims of its own sales, unpaid bills.
//!
//! The platform's people keep it, as a set of facts. Checks of other areas read it as a value,
//! [`CustomerFacts`](entities::types::CustomerFacts), by [`queries`]. What this program knows itself (with whom a customer
//! is associated, what it spent, when it was registered) is not among the facts: the checks read it where it is.

pub mod commands;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod rules;
