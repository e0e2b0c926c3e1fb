//! Who may look at exports: partners. Which exports of its account a member sees follows from what it may export
//! (`queries`); who may ask for one is said by the list's own area.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["exports", "export"], Kinds::PARTNERS, Permission::ProfileSelf),
    open("Subscription", &["exportProgress"], Kinds::PARTNERS, Permission::ProfileSelf),
    open(
        "Export",
        &[
            "id",
            "kind",
            "format",
            "state",
            "rowsDone",
            "rowsTotal",
            "size",
            "failureReason",
            "requestedBy",
            "createdAt",
            "finishedAt",
            "expiresAt",
            "fileName",
            "downloadUrl",
        ],
        Kinds::PARTNERS,
        Permission::ProfileSelf,
    ),
    open("ExportConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::PARTNERS, Permission::ProfileSelf),
    open("ExportEdge", &["cursor", "node"], Kinds::PARTNERS, Permission::ProfileSelf),
    open("ExportPayload", &["export", "userErrors"], Kinds::PARTNERS, Permission::ProfileSelf),
];
