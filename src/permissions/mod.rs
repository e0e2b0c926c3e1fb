//! Permissions: what a distributor lets a reseller do for its customers, and up to which quotas.
//!
//! A reseller that is authorized for budgets and freezes is in charge of its customers, else its distributor is
//! (R-CORE-12, -13). A quota is a ceiling for the sum of the budgets of one type; the sum is kept beside it, so that one
//! guarded UPDATE and a CHECK hold it under any concurrency (R-CORE-11, docs/decisions/0005).

pub mod commands;
pub mod facts;
pub mod graphql;
pub mod policy;
pub mod rules;
