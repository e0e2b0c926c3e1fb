//! Who may see, ask for and take back authorizations.

use crate::{
    access::{Kinds, Permission, Policy, open},
    reviews::policy::shared,
};

const SIDES: Kinds = Kinds::PLATFORM.and(Kinds::PROVIDER).and(Kinds::RESELLER).and(Kinds::CUSTOMER);

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["authorizations"], SIDES, Permission::CustomerView),
    open("Mutation", &["requestAuthorization"], Kinds::PROVIDER.and(Kinds::RESELLER), Permission::CustomerOnbehalf),
    open("Mutation", &["revokeAuthorization"], Kinds::CUSTOMER, Permission::CustomerOnbehalf),
    open("AuthorizationPayload", &["authorization", "userErrors"], Kinds::CUSTOMER, Permission::CustomerOnbehalf),
    open("AuthorizationConnection", &["edges", "nodes", "pageInfo", "totalCount"], SIDES, Permission::CustomerView),
    open("AuthorizationEdge", &["cursor", "node"], SIDES, Permission::CustomerView),
    open(
        "Authorization",
        &[
            "id",
            "customer",
            "partner",
            "status",
            "requestedAt",
            "requestedBy",
            "effectiveAt",
            "endedAt",
            "letterVersion",
            "revokeReason",
        ],
        SIDES,
        Permission::CustomerView,
    ),
    shared("AuthorizationRequest"),
    open("AuthorizationRequest", &["letterVersion"], Kinds::ALL, Permission::CustomerView),
];
