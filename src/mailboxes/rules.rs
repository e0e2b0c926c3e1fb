//! How often codes are sent to a mailbox and tried, and when one is good.

use std::time::Duration;

use entities::{mailbox, types::Timestamp};

use crate::{
    outcome::{Refuse, UserErrorCode},
    verification::rules::{LIFETIME, MAX_TRIES},
};

/// How long codes and wrong tries of a mailbox are counted together.
pub const COUNTED_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Codes that are sent to one mailbox within that time: enough for whoever mistypes, too few to flood anybody.
pub const MAX_SENT: i32 = 10;
/// Wrong tries within that time, over all codes: 20 in a million a day are no way in.
pub const MAX_WRONG: i32 = 20;
/// How long a mailbox rests before it is sent another code.
pub const RESENT_AFTER: Duration = Duration::from_secs(60);
/// How long the codes of one invitation are counted together.
pub const BY_LINK_WITHIN: Duration = Duration::from_secs(3_600);

/// Why no code is sent, or none is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// None was given where one is needed.
    #[error("this invitation shows nobody's mailbox: ask for a code with sendSignUpCode, and give it here")]
    Required,
    /// Wrong, used, replaced, for another invitation, or tried too often: all the same to a guesser.
    #[error("the code is wrong, was used, or was tried {MAX_TRIES} times: ask for a new one")]
    Invalid,
    /// Right or wrong, it is too old.
    #[error("the code is older than {} minutes: ask for a new one", LIFETIME.as_secs() / 60)]
    Expired,
    /// Too soon after the last one.
    #[error("a code was sent {0} seconds ago: wait a minute")]
    TooSoon(u64),
    /// Too many codes, or wrong ones.
    #[error("too many codes in a short time: try again later")]
    TooMany,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Required => UserErrorCode::VerificationCodeRequired,
            Self::Invalid => UserErrorCode::VerificationCodeInvalid,
            Self::Expired => UserErrorCode::VerificationCodeExpired,
            Self::TooSoon(_) | Self::TooMany => UserErrorCode::TooManyRequests,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Required | Self::Invalid | Self::Expired => Some("emailCode"),
            Self::TooSoon(_) => Some("email"),
            Self::TooMany => None,
        }
    }
}

/// A mailbox at an instant: what is counted of it is forgotten once its time is over.
#[must_use]
pub fn at(row: mailbox::Model, now: Timestamp) -> mailbox::Model {
    if now.since(row.counted_since) < COUNTED_FOR {
        return row;
    }
    mailbox::Model { counted_since: now, sent: 0, wrong: 0, ..row }
}

/// Whether a code is sent to a mailbox, where its invitation has had codes sent to `by_link` mailboxes lately, of `most`
/// at most.
pub fn check_sending(row: &mailbox::Model, by_link: u64, most: u64, now: Timestamp) -> Result<(), Refusal> {
    let rested = now.since(row.sent_at);
    if rested < RESENT_AFTER {
        return Err(Refusal::TooSoon(rested.as_secs()));
    }
    if row.sent >= MAX_SENT || by_link >= most {
        return Err(Refusal::TooMany);
    }
    Ok(())
}

/// Whether a code of a mailbox may be tried. The mailbox with the try counted, as a wrong one until it is used.
pub fn check_trying(row: &mailbox::Model, now: Timestamp) -> Result<mailbox::Model, Refusal> {
    if row.wrong >= MAX_WRONG {
        return Err(Refusal::TooMany);
    }
    if row.code_hash.is_none() || row.tries >= MAX_TRIES {
        return Err(Refusal::Invalid);
    }
    if now >= row.expires_at {
        return Err(Refusal::Expired);
    }
    Ok(mailbox::Model { tries: row.tries + 1, wrong: row.wrong + 1, ..row.clone() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn row(live: bool) -> mailbox::Model {
        mailbox::Model {
            key: vec![1],
            invitation_id: None,
            code_hash: live.then(|| vec![2]),
            sent_at: NOW,
            expires_at: NOW.plus(LIFETIME),
            tries: 0,
            counted_since: NOW,
            sent: 1,
            wrong: 0,
        }
    }

    proptest! {
        /// However often and at whatever times somebody asks, a mailbox gets no more codes within a day than are allowed
        /// together, and none within a minute of another.
        #[test]
        fn a_mailbox_is_not_flooded(steps in proptest::collection::vec(0_u64..7_200, 1..200)) {
            let mut mailbox = mailbox::Model { sent: 0, ..row(false) };
            let (mut now, mut sent): (Timestamp, Vec<Timestamp>) = (NOW, Vec::new());
            for step in steps {
                now = now.plus(Duration::from_secs(step));
                mailbox = at(mailbox, now);
                if check_sending(&mailbox, 0, 1, now).is_ok() {
                    prop_assert!(sent.last().is_none_or(|last| now.since(*last) >= RESENT_AFTER));
                    sent.push(now);
                    mailbox = mailbox::Model { sent: mailbox.sent + 1, sent_at: now, ..mailbox };
                }
            }
            // Two counts may touch a span of a day.
            let most = 2 * usize::try_from(MAX_SENT).unwrap_or(0);
            for first in &sent {
                let within = sent.iter().filter(|at| *at >= first && at.since(*first) < COUNTED_FOR).count();
                prop_assert!(within <= most, "{}", within);
            }
        }

        /// A code is tried five times at most, and all codes of a mailbox together no more than a day allows.
        #[test]
        fn tries_are_bounded(codes in proptest::collection::vec(1_u8..12, 1..20)) {
            let (mut mailbox, mut tried) = (row(true), 0);
            for tries in codes {
                mailbox = mailbox::Model { tries: 0, ..mailbox };
                let mut of_this = 0;
                for _ in 0..tries {
                    if let Ok(after) = check_trying(&mailbox, NOW) {
                        mailbox = after;
                        of_this += 1;
                    }
                }
                prop_assert!(of_this <= MAX_TRIES);
                tried += i32::from(of_this);
            }
            prop_assert!(tried <= MAX_WRONG);
        }
    }

    #[test]
    fn a_code_is_good_for_its_time_and_its_invitation_sends_so_many() {
        assert!(check_trying(&row(true), NOW).is_ok());
        assert_eq!(check_trying(&row(false), NOW), Err(Refusal::Invalid));
        assert_eq!(check_trying(&row(true), NOW.plus(LIFETIME)), Err(Refusal::Expired));
        let later = NOW.plus(RESENT_AFTER);
        assert_eq!(check_sending(&row(true), 0, 1, NOW), Err(Refusal::TooSoon(0)));
        assert_eq!(check_sending(&row(true), 0, 1, later), Ok(()));
        assert_eq!(check_sending(&row(true), 1, 1, later), Err(Refusal::TooMany));
    }
}
