//! Who may see and decide applications. Which of them is a condition of the scope, and who decides at a stage a rule.

use crate::access::{Kinds, Permission, Policy, open};

/// The row of what all applications have, for the type of a kind.
pub const fn shared(on: &'static str) -> Policy {
    open(
        on,
        &[
            "id",
            "kind",
            "status",
            "stage",
            "stages",
            "round",
            "applicant",
            "submittedBy",
            "subject",
            "counterparty",
            "comment",
            "submittedAt",
            "dueAt",
            "overdue",
            "closedAt",
            "allowedActions",
            "attachments",
            "history",
        ],
        Kinds::ALL,
        Permission::CustomerView,
    )
}

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["applications", "application"], Kinds::ALL, Permission::CustomerView),
    open(
        "Mutation",
        &["reviewApplication", "resubmitApplication", "cancelApplication"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open("ApplicationPayload", &["application", "userErrors"], Kinds::ALL, Permission::CustomerView),
    open("ApplicationConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::ALL, Permission::CustomerView),
    open("ApplicationEdge", &["cursor", "node"], Kinds::ALL, Permission::CustomerView),
    open(
        "ApplicationStep",
        &["kind", "stage", "round", "at", "byAccount", "byMember", "comment"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    shared("Application"),
];
