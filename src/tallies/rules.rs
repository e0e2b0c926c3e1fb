//! How often something may happen, decided on what was counted.

use std::time::Duration;

use entities::types::Timestamp;

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// How long it rests after each time.
    pub rest: Duration,
    /// How often at most, …
    pub most: i32,
    /// … from the first time on for so long; then the count begins anew with the next time.
    pub within: Duration,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// When the count began.
    pub since: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How often since it began.
    pub times: i32,
}

impl Count {
    /// Nothing.
    pub const fn nothing(now: Timestamp) -> Self {
        Self { since: now, last: now, times: 0 }
    }
}

/// It would happen too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooOften {
    /// It rests for so long still.
    Resting(Duration),
    /// It has happened as often as it may, and may again after so long.
    Enough(Duration),
}

impl TooOften {
    /// After which time it may be tried again.
    pub const fn wait(self) -> Duration {
        match self {
            Self::Resting(wait) | Self::Enough(wait) => wait,
        }
    }
}

/// Counts once more, if it may happen.
///
/// # Refusals, first that holds
/// `Enough` · `Resting`
pub fn once_more(count: Count, bound: Bound, now: Timestamp) -> Result<Count, TooOften> {
    let is_over = now.since(count.since) >= bound.within;
    if !is_over && count.times >= bound.most {
        return Err(TooOften::Enough(count.since.plus(bound.within).since(now)));
    }
    let rested = now.since(count.last);
    if count.times > 0 && rested < bound.rest {
        return Err(TooOften::Resting(bound.rest.saturating_sub(rested)));
    }
    if is_over || count.times == 0 {
        return Ok(Count { since: now, last: now, times: 1 });
    }
    Ok(Count { last: now, times: count.times + 1, ..count })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    proptest! {
        /// However often and whenever it is asked: never within the rest of another time, never more often within a
        /// count than it may, never more than twice that within any span of such a length; and whoever waits as long as
        /// it is told is let through.
        #[test]
        fn nothing_happens_too_often(
            steps in proptest::collection::vec(0_u64..4_000, 1..150),
            rest in 0_u64..120,
            most in 1_i32..8,
            within in 120_u64..20_000,
        ) {
            let bound = Bound { rest: Duration::from_secs(rest), most, within: Duration::from_secs(within) };
            let (mut count, mut now, mut times) = (Count::nothing(NOW), NOW, Vec::<Timestamp>::new());
            for step in steps {
                now = now.plus(Duration::from_secs(step));
                match once_more(count, bound, now) {
                    Ok(counted) => {
                        prop_assert!(times.last().is_none_or(|last| now.since(*last) >= bound.rest));
                        prop_assert!(counted.times <= most);
                        times.push(now);
                        count = counted;
                    }
                    Err(TooOften::Resting(wait)) => {
                        prop_assert!(!wait.is_zero() && wait <= bound.rest);
                        prop_assert!(once_more(count, bound, now.plus(wait)).is_ok());
                    }
                    Err(TooOften::Enough(wait)) => {
                        prop_assert!(!wait.is_zero() && wait <= bound.within);
                        let after = once_more(count, bound, now.plus(wait));
                        prop_assert!(!matches!(after, Err(TooOften::Enough(_))));
                    }
                }
            }
            for first in &times {
                let near = times.iter().filter(|at| *at >= first && at.since(*first) < bound.within).count();
                prop_assert!(near <= 2 * usize::try_from(most).unwrap_or(0), "{near}");
            }
        }
    }
}
