//! Budgets: how much a customer may spend, at list price, monthly or once.
//!
//! The manager-in-charge of a customer (R-CORE-12) sets its budget; a reseller within the quotas that its distributor
//! allotted to it (R-CORE-10, -11). When the usage reaches 75, 90 or 100 % an alert is raised, once (R-CORE-21), and
//! cleared when the budget is raised above it (R-CORE-23). Under AUTOMATIC the account freezes at 100 % (R-CORE-24).
//!
//! [`rules::settle`] is the heart: after whatever changed a standing, it says which alerts open, which close, and
//! whether the account freezes. Metering and the sweep use it too.

pub mod alerts;
pub mod commands;
pub mod ending;
pub mod facts;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod rules;
