//! Resellers: the noun that distributors work with (Q-CORE-01), with its permissions and quotas.

pub mod graphql;
pub mod inputs;
pub mod policy;
pub mod queries;
pub mod reads;
