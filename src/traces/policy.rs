//! Who may read traces: the customer whose account they tell of.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["traces"], Kinds::CUSTOMER, Permission::AuditView),
    open(
        "Trace",
        &[
            "id",
            "name",
            "source",
            "resourceType",
            "resourceId",
            "resourceName",
            "status",
            "operator",
            "onBehalf",
            "address",
            "at",
        ],
        Kinds::CUSTOMER,
        Permission::AuditView,
    ),
    open("TraceOperator", &["accountName", "memberName"], Kinds::CUSTOMER, Permission::AuditView),
    open("TraceConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::CUSTOMER, Permission::AuditView),
    open("TraceEdge", &["cursor", "node"], Kinds::CUSTOMER, Permission::AuditView),
];
