//! Which version may be signed, and who is asked to.

use crate::outcome::{Refuse, UserErrorCode};

/// Why nothing is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only the newest version is signed (R-CUS-37).
    #[error("version {given} is not the one to sign: read and sign version {newest}")]
    OutdatedVersion {
        /// What was given.
        given: i32,
        /// What is to be signed.
        newest: i32,
    },
    /// No version is valid yet.
    #[error("there is nothing to sign yet")]
    NothingToSign,
    /// The instructions of an association are signed with it.
    #[error("you are not associated with a partner: the instructions are signed with the association")]
    NotAssociated,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::OutdatedVersion { .. } => UserErrorCode::OutdatedVersion,
            Self::NothingToSign | Self::NotAssociated => UserErrorCode::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::OutdatedVersion { .. } => Some("version"),
            Self::NothingToSign | Self::NotAssociated => None,
        }
    }
}

/// Whether this version may be signed, where `newest` is the one to sign (R-CUS-37).
pub fn check_version(newest: Option<i32>, given: i32) -> Result<(), Refusal> {
    match newest {
        None => Err(Refusal::NothingToSign),
        Some(newest) if newest != given => Err(Refusal::OutdatedVersion { given, newest }),
        Some(_) => Ok(()),
    }
}

/// Whether an associated customer that signed up to this version is asked to sign (R-CUS-37).
pub fn is_asked(signed: Option<i32>, newest: Option<i32>) -> bool {
    newest.is_some_and(|newest| signed.is_none_or(|signed| signed < newest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// R-CUS-37: only the newest version can be signed, and whoever has signed it is no longer asked.
        #[test]
        fn the_newest_version_is_signed_once(newest in proptest::option::of(1_i32..5), given in 1_i32..5, before in proptest::option::of(1_i32..5)) {
            let checked = check_version(newest, given);
            prop_assert_eq!(checked.is_ok(), newest == Some(given));
            if checked.is_ok() {
                prop_assert!(!is_asked(Some(given), newest));
            }
            let older = before.is_none() || before < newest;
            prop_assert_eq!(is_asked(before, newest), newest.is_some() && older);
        }
    }
}
