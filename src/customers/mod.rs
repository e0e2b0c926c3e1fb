//! Customers: the noun that budgets, freezes and metering act on.
//!
//! A customer's row holds its association and its [`standing`]: budget, usage and freeze. The other areas load the
//! standing under lock, let their rules change it, and give it back to [`commands::save_in`]; nobody else writes it.
//! [`queries`] has the lists that partners work with (Q-CORE-02), [`reads`] looks ahead for what they must read, [`export`]
//! writes them into files, where [`named`] tells whose something is.

pub mod commands;
mod conditions;
pub mod export;
pub mod graphql;
pub mod inputs;
pub mod named;
pub mod owners;
pub mod policy;
pub mod queries;
pub mod reads;
pub mod standing;

pub use conditions::{begins_with, begins_with_any_case};
