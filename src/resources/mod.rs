//! Resources: what customers have running in the cloud, brought by orders.
//!
//! A resource is provided, runs, is stopped and started, and goes: deleted, unsubscribed from, or released when its
//! retention ends. What may be done to it depends on how the customer is frozen and how the resource is paid (R-CORE-31,
//! -32): one table in [`rules`]. When a customer's resources are frozen, those that pay per use become unusable, come back
//! when it is unfrozen, and are released when the retention ends (R-CORE-34): [`freezing`], called by the freezes in their
//! transactions. Prepaid time ends by itself, with notices 30, 15 and 7 days ahead. What really provides resources is
//! outside: [`Provisioner`] is the port to it.

pub mod commands;
pub mod export;
pub mod facts;
pub mod freezing;
pub mod graphql;
pub mod inputs;
pub mod jobs;
pub mod policy;
pub mod provisioner;
pub mod queries;
pub mod rules;

pub use provisioner::{AtOnce, Provisioner};
