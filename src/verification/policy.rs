//! Who may ask for verification codes.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Mutation", &["sendVerificationCode"], Kinds::ALL, Permission::ProfileSelf),
    open("Query", &["criticalOperations"], Kinds::ALL, Permission::ProfileSelf),
    open("RegisteredOperation", &["operation", "policy", "asksNow"], Kinds::ALL, Permission::ProfileSelf),
    open("Mutation", &["setVerificationFunction"], Kinds::ALL, Permission::VerificationSwitch),
    open("SetVerificationFunctionPayload", &["enabled", "userErrors"], Kinds::ALL, Permission::ProfileSelf),
    open("SendVerificationCodePayload", &["sentTo", "expiresAt", "userErrors"], Kinds::ALL, Permission::ProfileSelf),
];
