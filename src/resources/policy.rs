//! Who may see resources, and who may operate them: a customer its own, a partner's member on behalf.

use super::export::MAY_EXPORT;
use crate::access::{Kinds, Permission, Policy, open};

/// Whoever acts for a customer: itself, or the partner that it is associated with.
pub const ACTING: Kinds = Kinds::CUSTOMER.and(Kinds::PROVIDER).and(Kinds::RESELLER);

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Mutation", fields: &["exportResources"], needs: MAY_EXPORT },
    open("Query", &["resources", "resource"], Kinds::ALL, Permission::CustomerDetails),
    open("ResourceConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::ALL, Permission::CustomerDetails),
    open("ResourceEdge", &["cursor", "node"], Kinds::ALL, Permission::CustomerDetails),
    open(
        "Resource",
        &[
            "id",
            "name",
            "tag",
            "customer",
            "productId",
            "productType",
            "specification",
            "region",
            "billingMode",
            "status",
            "subscribedAt",
            "effectiveAt",
            "expiresAt",
            "payer",
            "releasedAt",
            "order",
        ],
        Kinds::ALL,
        Permission::CustomerDetails,
    ),
    open("Mutation", &["operateResource"], ACTING, Permission::CustomerOnbehalf),
    open("ResourcePayload", &["resource", "userErrors"], ACTING, Permission::CustomerOnbehalf),
];
