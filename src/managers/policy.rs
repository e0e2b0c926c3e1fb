//! Who may see and change who looks after whom. Partners assign their own members.

use crate::access::{Kinds, Needs, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["accountManagerAssignments"], Kinds::PARTNERS, Permission::CustomerView),
    Policy {
        on: "Mutation",
        fields: &["assignAccountManager", "unassignAccountManager"],
        needs: Needs::Seats(&[
            (Kinds::DISTRIBUTOR, Permission::ResellerAssign),
            (Kinds::PROVIDER.and(Kinds::RESELLER), Permission::CustomerAssign),
        ]),
    },
    open("AccountManagerPayload", &["assignments", "userErrors"], Kinds::PARTNERS, Permission::ProfileSelf),
    open(
        "AccountManagerAssignmentConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::PARTNERS,
        Permission::CustomerView,
    ),
    open("AccountManagerAssignmentEdge", &["cursor", "node"], Kinds::PARTNERS, Permission::CustomerView),
    open(
        "AccountManagerAssignment",
        &["id", "subject", "member", "from", "until", "assignedBy", "endedBy"],
        Kinds::PARTNERS,
        Permission::ProfileSelf,
    ),
    open(
        "AccountManagerAssigned",
        &["id", "cursor", "type", "occurredAt", "subject", "member"],
        Kinds::PARTNERS,
        Permission::CustomerView,
    ),
];
