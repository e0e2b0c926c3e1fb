//! Associations: a customer and a partner come together, by an invitation of the partner's.
//!
//! A new customer signs up with the code of an invitation and is associated in the same step; a customer that has an
//! account already associates with the code of an e-mail (R-CUS-13). What stands in the way is checked against the
//! invitation, against what is known of the account, and against claims of other partners; a failure is kept with the
//! invitation, told to the partner, and changes nothing else. An association freezes the account (R-CORE-29), ends the
//! claim, and leaves a record. Records tell of the end of associations, too; it is decided elsewhere, with
//! [`rules::disassociation_obstacles`].

pub mod authorization;
pub mod commands;
pub mod facts;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod rules;
pub mod sign_up;
