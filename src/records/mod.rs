//! Adjustment records as partners read them (Q-CORE-04): what was changed, when, by whom, and from what to what.

pub mod graphql;
pub mod policy;
pub mod queries;
