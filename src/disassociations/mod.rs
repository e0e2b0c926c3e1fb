//! Disassociations: the end of an association, asked for by the partner or the customer and decided by the other side.
//!
//! A request is an application of kind DISASSOCIATION. Asking and agreeing need that nothing stands in the way (R-CUS-19),
//! refusing does not (R-CUS-23). Of a named account the platform has a look first (R-CUS-20). With the agreement the
//! customer leaves: budget, freeze, alerts, account manager, tags and authorization end, and what was allotted goes back
//! to the reseller's quota.

mod apply;
pub mod commands;
pub mod graphql;
mod kind;
pub mod policy;
pub mod rules;

pub use kind::{Disassociation, DisassociationForm};
