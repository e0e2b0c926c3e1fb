//! Who may read access records: administrators, those of their own account.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["accessRecords"], Kinds::ALL, Permission::AuditView),
    open(
        "AccessRecord",
        &["id", "kind", "at", "byAccount", "byMember", "subjectId", "field", "detail", "address", "success"],
        Kinds::ALL,
        Permission::AuditView,
    ),
    open("AccessRecordConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::ALL, Permission::AuditView),
    open("AccessRecordEdge", &["cursor", "node"], Kinds::ALL, Permission::AuditView),
];
