//! Inviting resellers, and joining.

mod invite;
mod join;

pub use invite::{InviteResellers, ResendInvitations, Terms, addresses};
pub use join::{Ask, join};
