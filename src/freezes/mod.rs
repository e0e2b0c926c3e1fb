//! Freezes: how partners and the system stop a customer's purchases, and its resources.
//!
//! Two levels: the account (also called purchase restriction), and the account with its pay-per-use resources, which
//! enter a retention of 15 days and are then released (R-CORE-33, -34). The manager-in-charge freezes and unfreezes
//! with a reason (R-CORE-38); a partner whose own account is frozen cannot unfreeze (R-CORE-36). Unfreezing an
//! exhausted customer works, but the sweep of the next hour freezes it again (R-CORE-37).

pub mod commands;
pub mod facts;
pub mod graphql;
pub mod jobs;
pub mod policy;
pub mod rules;
