//! What makes a code good.

use std::time::Duration;

use entities::{
    types::{CriticalOperation, Timestamp},
    verification_code,
};

use crate::outcome::{Refuse, UserErrorCode};

/// Digits of a code.
pub const DIGITS: usize = 6;
/// How long a code is good.
pub const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How often a code may be tried.
pub const MAX_TRIES: i16 = 5;
/// Wrong tries of a member within a day, over all codes: 20 in a million a day are no way in.
pub const MAX_WRONG_A_DAY: i64 = 20;
/// Codes that a member may ask for within an hour, so that nobody's mailbox is flooded.
pub const MAX_SENT_AN_HOUR: u64 = 30;

/// Why a code does not open the door.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// None was given where one is needed.
    #[error("this operation needs a verification code: ask for one with sendVerificationCode(operation: {})", .0.word())]
    Required(CriticalOperation),
    /// Wrong, used, replaced, for something else, or tried too often: all the same to a guesser.
    #[error("the verification code is wrong, was used, or was tried {MAX_TRIES} times: ask for a new one")]
    Invalid,
    /// Right or wrong, it is too old.
    #[error("the verification code is older than {} minutes: ask for a new one", LIFETIME.as_secs() / 60)]
    Expired,
    /// Too many wrong codes, or codes asked for.
    #[error("too many verification codes in a short time: try again later")]
    TooMany,
    /// The member has no such address on file.
    #[error("there is no address on file to send a code to by this channel")]
    NoAddress,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Required(_) => UserErrorCode::VerificationCodeRequired,
            Self::Invalid => UserErrorCode::VerificationCodeInvalid,
            Self::Expired => UserErrorCode::VerificationCodeExpired,
            Self::TooMany => UserErrorCode::TooManyRequests,
            Self::NoAddress => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Required(_) | Self::Invalid | Self::Expired => Some("verificationCode"),
            Self::NoAddress => Some("channel"),
            Self::TooMany => None,
        }
    }
}

/// Whether a live code may be compared at all. That the try, already counted, is within the limit was seen when it was
/// counted.
pub fn check_live(code: &verification_code::Model, now: Timestamp) -> Result<(), Refusal> {
    if now >= code.expires_at {
        return Err(Refusal::Expired);
    }
    Ok(())
}
