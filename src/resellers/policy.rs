//! Who may see what of resellers: whoever is above them and they themselves; customers see a contact.

use crate::{
    access::{Kinds, Needs, Permission, Policy, open},
    accounts::policy::ACCOUNT,
};

/// A reseller and whoever is above it.
const FROM_RESELLER_UP: Kinds = Kinds::ABOVE_RESELLERS.and(Kinds::RESELLER);

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["resellers", "reseller"], FROM_RESELLER_UP, Permission::ResellerView),
    Policy { on: "Reseller", fields: ACCOUNT, needs: Needs::Nothing },
    open("Reseller", &["status"], Kinds::ALL, Permission::ProfileSelf),
    open(
        "Reseller",
        &["distributor", "associatedAt", "accountManager", "permissions", "adjustmentRecords"],
        FROM_RESELLER_UP,
        Permission::ResellerView,
    ),
    open("Reseller", &["customers"], FROM_RESELLER_UP, Permission::CustomerView),
    open(
        "ResellerPermissions",
        &["budgetAndFreeze", "quotas", "onBehalf", "commitmentLetterAcceptedAt"],
        FROM_RESELLER_UP,
        Permission::ResellerView,
    ),
    open("BudgetQuota", &["type", "quota", "allotted", "available"], FROM_RESELLER_UP, Permission::ResellerView),
    open(
        "ResellerConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        FROM_RESELLER_UP,
        Permission::ResellerView,
    ),
    open("ResellerEdge", &["cursor", "node"], FROM_RESELLER_UP, Permission::ResellerView),
];
