//! Who may use what of accounts and sessions.

use crate::access::{Kinds, Needs, Permission, Policy, open};

/// The fields that accounts of all kinds share. Before sign-in no account can be reached but the one that just signed
/// in, and personal data stays masked.
pub const ACCOUNT: &[&str] =
    &["id", "kind", "accountName", "name", "email", "mobileNumber", "createdAt", "countryRegion"];

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Mutation", fields: &["signIn", "changeInitialPassword", "refreshSession"], needs: Needs::Nothing },
    Policy {
        on: "SignInPayload",
        fields: &["accessToken", "refreshToken", "expiresAt", "viewer", "userErrors"],
        needs: Needs::Nothing,
    },
    Policy {
        on: "Viewer",
        fields: &["account", "member", "permissions", "rows", "verificationEnabled", "currency"],
        needs: Needs::Nothing,
    },
    Policy { on: "Member", fields: &["id", "name", "roles"], needs: Needs::Nothing },
    Policy { on: "Account", fields: ACCOUNT, needs: Needs::Nothing },
    open("Mutation", &["signOut"], Kinds::ALL, Permission::ProfileSelf),
    open("SignOutPayload", &["userErrors"], Kinds::ALL, Permission::ProfileSelf),
    open("Query", &["viewer"], Kinds::ALL, Permission::ProfileSelf),
    open("Partner", &["id", "accountName", "name", "status"], Kinds::ALL, Permission::ProfileSelf),
    Policy { on: "Platform", fields: ACCOUNT, needs: Needs::Nothing },
    Policy { on: "Distributor", fields: ACCOUNT, needs: Needs::Nothing },
    Policy { on: "CloudSolutionProvider", fields: ACCOUNT, needs: Needs::Nothing },
    open("Distributor", &["status"], Kinds::ALL, Permission::ProfileSelf),
    open("CloudSolutionProvider", &["status"], Kinds::ALL, Permission::ProfileSelf),
    open("Distributor", &["resellers"], Kinds::ABOVE_RESELLERS, Permission::ResellerView),
    open("Distributor", &["customers"], Kinds::ABOVE_RESELLERS, Permission::CustomerView),
    open("CloudSolutionProvider", &["customers"], Kinds::PLATFORM.and(Kinds::PROVIDER), Permission::CustomerView),
];
