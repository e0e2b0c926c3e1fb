//! What a key is, and what becomes of a request with a key that was used before.

use std::time::Duration;

use entities::types::{IdempotencyState, Timestamp};
use serde::Deserialize;

/// How long a key stands for its request.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);
/// How long an attempt is believed to go on unless it is renewed: what a client waits at most after a crash.
pub const LEASE: Duration = Duration::from_secs(15);
/// How often an attempt is renewed: two renewals may fail.
pub const RENEWED_EVERY: Duration = Duration::from_secs(5);
/// Seconds after which to ask again for the answer of an attempt that runs.
pub const RETRY_AFTER_SECS: u32 = 1;
/// Characters of a key: room for ids with prefixes.
pub const MAX_KEY: usize = 255;
/// Bytes of an answer that is kept: what a mutation changes, told in full, stays below. Of larger ones only that they were
/// given is kept.
pub const MAX_ANSWER: usize = 64 * 1024;

/// A client's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to {MAX_KEY} visible ASCII characters, without quotes and backslashes")]
pub struct NotAKey;

impl Key {
    /// Reads a key as it stands, or in the quotes of a structured header.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_visible = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        let fits = (1..=MAX_KEY).contains(&bare.len()) && bare.bytes().all(is_visible);
        if fits { Ok(Self(bare.to_owned())) } else { Err(NotAKey) }
    }

    /// Its characters.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Why a request with a known key is neither run nor answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key stands for another request.
    #[error(
        "this idempotency key was used with another operation or other variables: choose a new key for a new request"
    )]
    Reused,
    /// The first request runs still.
    #[error("the first request with this idempotency key is still being executed: ask again in {RETRY_AFTER_SECS} s")]
    InUse,
    /// What was asked for was done, at least in part, and the answer is not there.
    #[error(
        "the request with this idempotency key was executed, and its answer was lost, was too large to keep, or may hold \
         what you may no longer see: read the present state before you ask for more; it was not executed again"
    )]
    AnswerLost,
    /// The account has as many keys as are kept; the first of them is forgotten after so long.
    #[error(
        "your account has used as many idempotency keys as are kept: try again in {} seconds, or without a key",
        seconds(*.0)
    )]
    TooMany(Duration),
}

/// Whole seconds, rounded up.
pub fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + 1
}

/// Settings of keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdempotencySettings {
    /// Keys that are kept for an account; 0 for no bound.
    pub keys_per_account: u64,
}

impl Default for IdempotencySettings {
    fn default() -> Self {
        Self { keys_per_account: 10_000 }
    }
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// How far its attempt is.
    pub state: IdempotencyState,
    /// Whether it came with the same request.
    pub same_request: bool,
    /// Until when its attempt is believed to go on.
    pub leased_until: Timestamp,
    /// Whether its answer was kept.
    pub has_answer: bool,
}

/// What to do with a request whose key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Give the first answer.
    Replay,
    /// Run it: the attempt before has ended without a trace.
    TakeOver,
}

/// Decides on a request whose key is known.
///
/// # Refusals, first that holds
/// `Reused` · `InUse` · `AnswerLost`
pub fn decide(known: Known, now: Timestamp) -> Result<Decision, Refusal> {
    if !known.same_request {
        return Err(Refusal::Reused);
    }
    match known.state {
        IdempotencyState::Answered if known.has_answer => Ok(Decision::Replay),
        IdempotencyState::Answered => Err(Refusal::AnswerLost),
        IdempotencyState::Running | IdempotencyState::Changed if now < known.leased_until => Err(Refusal::InUse),
        IdempotencyState::Running => Ok(Decision::TakeOver),
        IdempotencyState::Changed => Err(Refusal::AnswerLost),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [IdempotencyState; 3] =
        [IdempotencyState::Running, IdempotencyState::Changed, IdempotencyState::Answered];

    proptest! {
        /// A request that changed something is never run again, and one that differs from the first never anything.
        #[test]
        fn what_has_changed_something_is_not_run_again(
            state in 0..3_usize, same_request: bool, has_answer: bool, left in -100_i64..100
        ) {
            let now = Timestamp::from_micros(1_000);
            let known = Known {
                state: STATES[state], same_request, has_answer, leased_until: Timestamp::from_micros(1_000 + left),
            };
            let decision = decide(known, now);
            if !same_request {
                prop_assert_eq!(decision, Err(Refusal::Reused));
            }
            if decision == Ok(Decision::TakeOver) {
                prop_assert_eq!(known.state, IdempotencyState::Running);
                prop_assert!(left <= 0);
            }
            if decision == Ok(Decision::Replay) {
                prop_assert!(has_answer && known.state == IdempotencyState::Answered);
            }
        }

        /// Keys are read whole or not at all, in quotes or without.
        #[test]
        fn keys_are_read_whole(text in "[!#-\\[\\]-~]{1,255}") {
            let key = Key::parse(&text).expect("a key");
            prop_assert_eq!(key.text(), text.as_str());
            prop_assert_eq!(Key::parse(&format!("\"{text}\"")).expect("a key"), key);
        }

        /// Whatever is sent as a key is answered.
        #[test]
        fn anything_can_be_tried_as_a_key(text in "\\PC{0,300}") {
            if let Ok(key) = Key::parse(&text) {
                prop_assert!(key.text().len() <= MAX_KEY);
            }
        }
    }

    #[test]
    fn empty_long_and_odd_texts_are_no_keys() {
        for text in ["", " ", "\"\"", "a b", "\u{e9}", "a\nb", "a\"b", "\\", &"x".repeat(256)] {
            assert_eq!(Key::parse(text), Err(NotAKey), "{text}");
        }
    }
}
