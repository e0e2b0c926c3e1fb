//! Who may change resellers' permissions: their distributor.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open(
        "Mutation",
        &["grantBudgetPermissions", "adjustBudgetQuotas", "revokeBudgetPermissions", "setOnBehalfPermission"],
        Kinds::DISTRIBUTOR,
        Permission::ResellerPermission,
    ),
    open(
        "ResellerPermissionsPayload",
        &["reseller", "adjustmentRecord", "userErrors"],
        Kinds::DISTRIBUTOR,
        Permission::ResellerPermission,
    ),
];
