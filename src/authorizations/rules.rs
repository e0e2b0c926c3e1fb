//! When a partner may ask for an authorization, and how it is taken back.

use entities::types::AuthorizationStatus;

use crate::outcome::{Refuse, UserErrorCode};

/// Longest reason for taking an authorization back (R-CUS-26).
pub const MAX_REASON: usize = 128;

/// Why a partner is not authorized, or an authorization does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only the customer's partner asks, not the distributor above it.
    #[error("only the customer's own partner asks for its authorization")]
    NotItsPartner,
    /// The reseller's distributor does not let it act on behalf (R-CUS-24).
    #[error("your distributor does not let you act on behalf of customers")]
    NoPermission,
    /// There is one already.
    #[error("the customer was asked, or has authorized you, already")]
    AskedAlready,
    /// It is not in force.
    #[error("the authorization is not in force")]
    NotInForce,
    /// A reason is needed.
    #[error("the reason must have 1 to {MAX_REASON} characters")]
    Reason,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::NotItsPartner | Self::NoPermission => UserErrorCode::Forbidden,
            Self::AskedAlready | Self::NotInForce => UserErrorCode::Conflict,
            Self::Reason => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Reason => Some("reason"),
            _ => None,
        }
    }
}

/// What decides whether a partner may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// Whether it is the customer's partner, now.
    pub is_partner: bool,
    /// For a reseller, whether its distributor lets it act on behalf; none for a provider.
    pub permission: Option<bool>,
    /// Whether an authorization is asked for or holds.
    pub has_one: bool,
}

/// Whether a partner may ask (R-CUS-24): a reseller only while its distributor lets it act on behalf, a provider at any
/// time; nobody twice.
pub fn check_asking(asking: Asking) -> Result<(), Refusal> {
    if !asking.is_partner {
        return Err(Refusal::NotItsPartner);
    }
    if asking.permission == Some(false) {
        return Err(Refusal::NoPermission);
    }
    if asking.has_one { Err(Refusal::AskedAlready) } else { Ok(()) }
}

/// Whether an authorization can be taken back, and in which words (R-CUS-26).
pub fn check_revoking(status: AuthorizationStatus, reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Refusal::Reason);
    }
    if status == AuthorizationStatus::Accepted { Ok(reason.to_owned()) } else { Err(Refusal::NotInForce) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// R-CUS-24: whoever may ask is the customer's partner, is not held back by its distributor, and has not asked.
        #[test]
        fn only_who_may_ask_asks(is_partner: bool, permission: Option<bool>, has_one: bool) {
            let may = check_asking(Asking { is_partner, permission, has_one }).is_ok();
            prop_assert_eq!(may, is_partner && permission != Some(false) && !has_one);
        }

        /// R-CUS-26: what is in force ends with a reason of 1 to 128 characters, and nothing else does.
        #[test]
        fn only_what_is_in_force_is_taken_back(length in 0_usize..200) {
            let reason = "ä".repeat(length);
            let fits = (1..=MAX_REASON).contains(&length);
            prop_assert_eq!(check_revoking(AuthorizationStatus::Accepted, &reason).is_ok(), fits);
            for status in [
                AuthorizationStatus::PendingAcceptance,
                AuthorizationStatus::Rejected,
                AuthorizationStatus::Revoked,
            ] {
                prop_assert!(check_revoking(status, &reason).is_err());
            }
        }
    }
}
