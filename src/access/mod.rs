//! Who is asking, what they may use, and which rows they may see.
//!
//! - [`Viewer`]: who; made only from a session or a token (`accounts::sign_in`)
//! - [`Permission`]: what a member's roles allow; [`RoleTable`] says which role allows what
//! - [`Policy`]: which field of the schema is open to whom; rows live in each area's `policy.rs`
//! - `scope`: which rows; every statement that reads a tenant's rows starts from it
//! - [`ClientAddress`]: from where
//! - [`mask`]: personal data
//!
//! Knows nothing of budgets, freezes or any other rule: whether a partner may do something to a customer *now* is
//! decided by the rules of the area.

mod address;
pub mod mask;
mod permission;
mod policy;
mod roles;
mod scope;
mod viewer;

pub use address::ClientAddress;
pub use permission::{Permission, Permissions};
pub use policy::{Kinds, Needs, Policy, open};
pub use roles::{Grantable, Listed, RoleTable};
pub use scope::events_to;
pub use viewer::{Rows, Tenant, Viewer};
