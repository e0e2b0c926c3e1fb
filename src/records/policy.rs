//! Who may read adjustment records: whoever is above the subject, and a reseller its own.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open(
        "AdjustmentRecord",
        &["id", "kind", "subject", "at", "byAccount", "byMember", "before", "after", "reason"],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open(
        "AdjustmentRecordConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open("AdjustmentRecordEdge", &["cursor", "node"], Kinds::ABOVE_CUSTOMERS, Permission::CustomerView),
];
