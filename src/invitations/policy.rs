//! Who invites customers: partners that deal with them. The platform looks on, and sees no codes: whoever knows one can
//! use it.

use crate::access::{Kinds, Needs, Permission, Policy, open};

/// Partners that deal with customers.
pub const DEVELOPERS: Kinds = Kinds::PROVIDER.and(Kinds::RESELLER);
/// Who sees invitations.
const SEEN: Needs =
    Needs::Seats(&[(DEVELOPERS, Permission::CustomerDevelop), (Kinds::PLATFORM, Permission::CustomerView)]);

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Query", fields: &["invitations"], needs: SEEN },
    open(
        "Mutation",
        &["inviteCustomers", "createInvitationLink", "resendInvitations", "endInvitationLinks", "exportInvitations"],
        DEVELOPERS,
        Permission::CustomerDevelop,
    ),
    open("InvitationsPayload", &["invitations", "userErrors"], DEVELOPERS, Permission::CustomerDevelop),
    open("CreateInvitationLinkPayload", &["invitation", "userErrors"], DEVELOPERS, Permission::CustomerDevelop),
    open("Invitation", &["code", "link", "qrCode"], DEVELOPERS, Permission::CustomerDevelop),
    Policy {
        on: "Invitation",
        fields: &[
            "id",
            "method",
            "cameBy",
            "fullName",
            "email",
            "tag",
            "remarks",
            "accountManager",
            "invitedBy",
            "invitedAt",
            "validUntil",
            "status",
            "failure",
            "followedAt",
            "endedAt",
            "endedBy",
            "preregistration",
            "customer",
        ],
        needs: SEEN,
    },
    Policy { on: "InvitationConnection", fields: &["edges", "nodes", "pageInfo", "totalCount"], needs: SEEN },
    Policy { on: "InvitationEdge", fields: &["cursor", "node"], needs: SEEN },
];
