//! Who may act on behalf of customers: whoever has customers of its own. A distributor's customers are its resellers'.

use crate::access::{Kinds, Permission, Policy, open};

/// The accounts that have customers of their own.
const KINDS: Kinds = Kinds::PROVIDER.and(Kinds::RESELLER);

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Mutation", &["switchRole", "switchBack"], KINDS, Permission::CustomerOnbehalf),
    open("SwitchRolePayload", &["actingFor", "userErrors"], KINDS, Permission::CustomerOnbehalf),
    open("Viewer", &["actingFor"], KINDS, Permission::CustomerOnbehalf),
];
