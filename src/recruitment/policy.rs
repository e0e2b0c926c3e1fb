//! Who invites resellers, and who may join: distributors, and whoever has a code.

use crate::access::{Kinds, Needs, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Mutation", fields: &["joinDistributor"], needs: Needs::Nothing },
    Policy { on: "JoinDistributorPayload", fields: &["accountName", "userErrors"], needs: Needs::Nothing },
    open("Query", &["resellerInvitations"], Kinds::DISTRIBUTOR, Permission::ResellerView),
    open("Mutation", &["inviteResellers", "resendResellerInvitations"], Kinds::DISTRIBUTOR, Permission::ResellerInvite),
    open("ResellerInvitationsPayload", &["invitations", "userErrors"], Kinds::DISTRIBUTOR, Permission::ResellerView),
    open(
        "ResellerInvitation",
        &[
            "id",
            "email",
            "status",
            "accountManager",
            "invitedBy",
            "invitedAt",
            "sentAt",
            "timesSent",
            "expiresAt",
            "joinedAt",
            "reseller",
        ],
        Kinds::DISTRIBUTOR,
        Permission::ResellerView,
    ),
    open(
        "ResellerInvitationConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::DISTRIBUTOR,
        Permission::ResellerView,
    ),
    open("ResellerInvitationEdge", &["cursor", "node"], Kinds::DISTRIBUTOR, Permission::ResellerView),
    open(
        "ResellerInvited",
        &["id", "cursor", "type", "occurredAt", "invitationId"],
        Kinds::ABOVE_RESELLERS,
        Permission::ResellerView,
    ),
    open(
        "ResellerJoined",
        &["id", "cursor", "type", "occurredAt", "reseller", "invitationId"],
        Kinds::ABOVE_RESELLERS,
        Permission::ResellerView,
    ),
];
