//! Acting on behalf: a partner's member orders and operates for a customer.
//!
//! The member switches its role to the customer, and back: the switch is written on its session, so that it is explicit in
//! everything that its tokens do, and survives a refresh. Both must consent, the distributor for its reseller and the
//! customer (R-CUS-25); that is looked at anew in each transaction, so that either can stop it at once (R-CORE-41). A
//! customer's own member acts for its account without a switch. What was done is told in the customer's operation log, as
//! done by the partner's member for the customer (R-CUS-28).

pub mod commands;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod rules;

pub use commands::{Acting, Deed, Operator};
