//! How many tries fail before the door stays shut, and for how long.

use std::time::Duration;

use serde::Deserialize;

use crate::outcome::{Refuse, UserErrorCode};

const MINUTE: Duration = Duration::from_secs(60);
/// Times that are shown in hours.
const MANY_MINUTES: u64 = 120;
/// By how much each failure above half of what an address may do makes the answer wait longer.
const SLOWER_BY: Duration = Duration::from_millis(100);
/// The longest that an answer waits.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// The bounds, as they are set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuardRules {
    /// Failed sign-ins by one name before it is locked.
    pub name_tries: u32,
    /// Minutes of the first lock of a name; each further one lasts twice as long as the one before.
    pub lock_minutes: u32,
    /// Minutes of the longest lock of a name; the count is forgotten when nothing failed for as long.
    pub longest_lock_minutes: u32,
    /// Failures from one address, over all names, before it is refused; beyond half of them it is slowed down.
    pub address_failures: u32,
    /// Minutes over which the failures of an address are counted, and for which it is refused.
    pub address_minutes: u32,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self {
            name_tries: 5,
            lock_minutes: 15,
            longest_lock_minutes: 24 * 60,
            address_failures: 50,
            address_minutes: 15,
        }
    }
}

/// What failures are counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// The name that was tried, of an account and perhaps its member, whether there is such a one or not.
    Name,
    /// The address that tries come from.
    Address,
}

impl GuardRules {
    /// What is wrong with them, in one line.
    pub fn fault(&self) -> Option<&'static str> {
        if self.name_tries == 0 || self.address_failures == 0 {
            return Some("guard.name_tries and guard.address_failures must be 1 or more");
        }
        if self.lock_minutes == 0 || self.address_minutes == 0 {
            return Some("guard.lock_minutes and guard.address_minutes must be 1 or more");
        }
        (self.longest_lock_minutes < self.lock_minutes)
            .then_some("guard.longest_lock_minutes must not be less than guard.lock_minutes")
    }

    /// How long a count lasts: of a name since its last try or lock, of an address since its first failure.
    pub fn counts_for(&self, guarded: Guarded) -> Duration {
        match guarded {
            Guarded::Name => MINUTE * self.longest_lock_minutes,
            Guarded::Address => MINUTE * self.address_minutes,
        }
    }

    /// How long nothing more is tried after this many failures; none where the next try is free.
    pub fn lock_after(&self, guarded: Guarded, failures: u64) -> Option<Duration> {
        match guarded {
            Guarded::Name => {
                let tries = u64::from(self.name_tries.max(1));
                if failures == 0 || !failures.is_multiple_of(tries) {
                    return None;
                }
                let doublings = u32::try_from(failures / tries - 1).unwrap_or(u32::MAX);
                let minutes = 1_u32.checked_shl(doublings).and_then(|times| self.lock_minutes.checked_mul(times));
                let minutes = minutes.unwrap_or(u32::MAX).min(self.longest_lock_minutes);
                Some(MINUTE * minutes)
            }
            Guarded::Address => {
                (failures >= u64::from(self.address_failures)).then(|| self.counts_for(Guarded::Address))
            }
        }
    }

    /// How long the answer to this many-th failure of an address waits.
    pub fn wait_after(&self, failures: u64) -> Duration {
        let free = u64::from(self.address_failures / 2);
        let slower = u32::try_from(failures.saturating_sub(free)).unwrap_or(u32::MAX);
        SLOWER_BY.saturating_mul(slower).min(LONGEST_WAIT)
    }
}

/// Why nothing is tried. The same words for names that there are and names that there are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name is locked for so long.
    #[error("too many failed sign-ins by this name: try again in {}", in_words(*.0))]
    Name(Duration),
    /// The address is refused for so long.
    #[error("too many failed tries from your address: try again in {}", in_words(*.0))]
    Address(Duration),
}

impl Refusal {
    /// The refusal of what is locked for so long.
    pub fn of(guarded: Guarded, left: Duration) -> Self {
        match guarded {
            Guarded::Name => Self::Name(left),
            Guarded::Address => Self::Address(left),
        }
    }
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::TooManyRequests
    }
}

/// Rounded up, so that whoever waits as long is not sent away again.
fn in_words(left: Duration) -> String {
    let minutes = left.as_micros().div_ceil(MINUTE.as_micros()).max(1);
    let minutes = u64::try_from(minutes).unwrap_or(u64::MAX);
    match minutes {
        1 => "1 minute".to_owned(),
        2..MANY_MINUTES => format!("{minutes} minutes"),
        _ => format!("{} hours", minutes.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(rules: &GuardRules, failures: u64) -> Option<u64> {
        rules.lock_after(Guarded::Name, failures).map(|lock| lock.as_secs() / 60)
    }

    #[test]
    fn every_fifth_failure_locks_twice_as_long_up_to_a_day() {
        let rules = GuardRules::default();
        let locks: Vec<_> = (1..=50).filter_map(|failures| minutes(&rules, failures)).collect();
        assert_eq!(locks, [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440]);
        assert_eq!((minutes(&rules, 4), minutes(&rules, 5), minutes(&rules, 6)), (None, Some(15), None));
    }

    #[test]
    fn an_address_is_slowed_down_before_it_is_refused() {
        let rules = GuardRules::default();
        assert_eq!(rules.wait_after(25), Duration::ZERO);
        assert_eq!(rules.wait_after(26), Duration::from_millis(100));
        assert_eq!(rules.lock_after(Guarded::Address, 49), None);
        assert_eq!(rules.lock_after(Guarded::Address, 50), Some(Duration::from_secs(15 * 60)));
    }

    #[test]
    fn waits_are_told_in_whole_minutes_rounded_up() {
        for (left, told) in [
            (Duration::from_secs(900), "15 minutes"),
            (Duration::from_millis(840_001), "15 minutes"),
            (Duration::ZERO, "1 minute"),
            (Duration::from_secs(119 * 60), "119 minutes"),
            (Duration::from_secs(121 * 60), "3 hours"),
            (Duration::from_secs(24 * 3_600), "24 hours"),
        ] {
            assert_eq!(in_words(left), told);
        }
    }

    fn rules() -> impl Strategy<Value = GuardRules> {
        (1..20_u32, 1..100_u32, 0..5_000_u32, 1..1_000_u32, 1..100_u32).prop_map(
            |(tries, lock, more, failures, window)| GuardRules {
                name_tries: tries,
                lock_minutes: lock,
                longest_lock_minutes: lock + more,
                address_failures: failures,
                address_minutes: window,
            },
        )
    }

    proptest! {
        #[test]
        fn locks_of_a_name_never_get_shorter_and_never_too_long(rules in rules(), failures in 0..u64::MAX / 2) {
            prop_assert_eq!(rules.fault(), None);
            let tries = u64::from(rules.name_tries);
            let round = failures - failures % tries;
            let (lock, next) = (minutes(&rules, round), minutes(&rules, round + tries).unwrap_or(0));
            prop_assert!(lock.unwrap_or(0) <= next);
            prop_assert!(next <= u64::from(rules.longest_lock_minutes) && next >= u64::from(rules.lock_minutes));
            if failures % tries != 0 {
                prop_assert_eq!(minutes(&rules, failures), None);
            }
        }

        /// Whoever tries as fast as the locks let it gets few tries in the end: one round for each longest lock.
        #[test]
        fn a_year_of_guessing_gets_few_tries(rules in rules()) {
            let year = 365 * 24 * 60;
            let (mut passed, mut rounds) = (0, 0_u64);
            while passed < year {
                rounds += 1;
                passed += minutes(&rules, rounds * u64::from(rules.name_tries)).unwrap_or(0);
            }
            prop_assert!(rounds <= year / u64::from(rules.longest_lock_minutes) + 14);
        }

        #[test]
        fn an_address_waits_longer_the_more_it_fails(rules in rules(), failures in 0..2_000_u64) {
            prop_assert!(rules.wait_after(failures) <= rules.wait_after(failures + 1));
            prop_assert!(rules.wait_after(failures) <= LONGEST_WAIT);
            let refused = rules.lock_after(Guarded::Address, failures).is_some();
            prop_assert_eq!(refused, failures >= u64::from(rules.address_failures));
        }
    }
}
