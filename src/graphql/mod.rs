//! What all areas' GraphQL faces share: scalars, ids, connections, errors, loaders, and the pass that looks at a
//! document before it is executed.
//!
//! The engine executes; it does not guard the door. [`check`] refuses what is too large, too deep, too costly or not
//! open to the viewer, before anything runs.

pub mod ahead;
pub mod check;
pub mod connection;
pub mod context;
pub mod errors;
pub mod events;
pub mod loaders;
pub mod node;
pub mod permissions_document;
pub mod plain;
pub mod policy;
pub mod scalars;
pub mod schema;
mod spec_errors;
pub mod text;
pub mod trusted;
