//! Members: the people and machines of an account, the roles they hold, and who directs whom.
//!
//! The account's holder is a member of its own that nobody else can change. What a role allows is data
//! ([`RoleTable`](crate::access::RoleTable) for the roles of the system, rows for those that accounts make). A change of
//! what a member may ends its streams and is told to all nodes, so that it counts at once.

pub mod commands;
pub mod directors;
pub mod graphql;
pub mod policy;
pub mod queries;
pub mod roles;
pub mod rules;
