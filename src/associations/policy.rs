//! Who associates: customers, by an invitation. Signing up is open before sign-in. Records are read by both sides.

use crate::access::{Kinds, Needs, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Mutation", fields: &["sendSignUpCode", "signUpCustomer"], needs: Needs::Nothing },
    Policy { on: "SendSignUpCodePayload", fields: &["sentTo", "expiresAt", "userErrors"], needs: Needs::Nothing },
    Policy { on: "SignUpCustomerPayload", fields: &["accountName", "failures", "userErrors"], needs: Needs::Nothing },
    Policy { on: "AssociationProblem", fields: &["cause", "message", "suggestedOperation"], needs: Needs::Nothing },
    // Whoever may end an association may begin one: the account's administrators.
    open("Mutation", &["associateWithPartner"], Kinds::CUSTOMER, Permission::CustomerDisassociate),
    open(
        "AssociateWithPartnerPayload",
        &["customer", "record", "failures", "userErrors"],
        Kinds::CUSTOMER,
        Permission::CustomerDisassociate,
    ),
    open("Query", &["associationRecords"], Kinds::ALL, Permission::CustomerView),
    open(
        "AssociationRecord",
        &[
            "id",
            "partner",
            "customer",
            "accountName",
            "customerName",
            "mobileNumber",
            "associationType",
            "purpose",
            "reason",
            "initiationMethod",
            "status",
            "requestedAt",
            "approvedAt",
            "instructionsAcceptedAt",
            "letterAcceptedAt",
        ],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "AssociationRecordConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open("AssociationRecordEdge", &["cursor", "node"], Kinds::ALL, Permission::CustomerView),
];
