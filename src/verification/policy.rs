//! Who may ask for verification codes.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Mutation", &["sendVerificationCode"], Kinds::ALL, Permission::ProfileSelf),
    open("SendVerificationCodePayload", &["sentTo", "expiresAt", "userErrors"], Kinds::ALL, Permission::ProfileSelf),
];
