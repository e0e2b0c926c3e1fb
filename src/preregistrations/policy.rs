//! Who claims customers: partners that deal with them. The platform looks on.

use crate::{
    access::{Kinds, Needs, Permission, Policy, open},
    reviews::policy::shared,
};

/// Partners that deal with customers.
const DEVELOPERS: Kinds = Kinds::PROVIDER.and(Kinds::RESELLER);
/// Who sees claims.
const SEEN: Needs =
    Needs::Seats(&[(DEVELOPERS, Permission::CustomerDevelop), (Kinds::PLATFORM, Permission::CustomerView)]);

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Query", fields: &["preregistrations"], needs: SEEN },
    open("Mutation", &["preregisterCustomer", "deletePreregistrations"], DEVELOPERS, Permission::CustomerDevelop),
    open("Mutation", &["requestPreregistrationReview"], DEVELOPERS, Permission::CustomerDevelop),
    shared("PreregistrationReview"),
    open(
        "PreregistrationReview",
        &["preregistration", "potentialAdditionalExpenditure", "communicationProcess", "causes"],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open(
        "PreregisterCustomerPayload",
        &["preregistration", "causes", "reviewPossible", "userErrors"],
        DEVELOPERS,
        Permission::CustomerDevelop,
    ),
    open("DeletePreregistrationsPayload", &["preregistrations", "userErrors"], DEVELOPERS, Permission::CustomerDevelop),
    Policy {
        on: "Preregistration",
        fields: &[
            "id",
            "fullName",
            "email",
            "mobileNumber",
            "remarks",
            "status",
            "preregisteredAt",
            "expiresAt",
            "accountManager",
            "customer",
        ],
        needs: SEEN,
    },
    Policy { on: "PreregistrationConnection", fields: &["edges", "nodes", "pageInfo", "totalCount"], needs: SEEN },
    Policy { on: "PreregistrationEdge", fields: &["cursor", "node"], needs: SEEN },
];
