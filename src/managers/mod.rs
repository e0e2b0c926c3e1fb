//! Account managers: who looks after which customer or reseller, since when and until when.
//!
//! A customer is looked after by a member of its partner, a reseller by a member of its distributor. The present one is
//! on the customer's and the reseller's row, where scopes and filters read it; who it was when is kept in assignments, by
//! which figures are attributed. A withdrawal counts from the 1st of the next month on (R-CORE-46): until then nothing
//! changes, then a job takes the manager off the rows.

pub mod commands;
pub mod facts;
pub mod graphql;
pub mod jobs;
pub mod policy;
pub mod queries;
pub mod rules;
