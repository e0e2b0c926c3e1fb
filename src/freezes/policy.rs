//! Who may see freezes, and who may freeze. Whether a partner is in charge of a customer is a rule.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open(
        "Freeze",
        &["level", "cause", "automatic", "reason", "since", "retentionDeadline", "by"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "Mutation",
        &["freezeAccount", "freezeAccountAndResources", "unfreezeAccount", "unfreezeAccountAndResources"],
        Kinds::PARTNERS,
        Permission::CustomerFreeze,
    ),
    open("FreezePayload", &["customers", "warnings", "userErrors"], Kinds::PARTNERS, Permission::CustomerFreeze),
];
