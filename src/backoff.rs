//! How long to wait after a failure: twice as long each time, up to a bound, and not everybody at once.

use std::time::Duration;

use crate::{outcome::Fault, random};

/// A rhythm of tries.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// After many.
    pub longest: Duration,
}

impl Backoff {
    /// How long to wait after so many failures: between half of the time and all of it, as `draw` says. What failed
    /// together is tried again one after the other.
    pub fn delay(self, failures: u32, draw: u16) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let half = self.first.saturating_mul(doubled).min(self.longest) / 2;
        half + half * u32::from(draw) / u32::from(u16::MAX)
    }
}

/// A number for [`Backoff::delay`], each as likely as the other.
pub fn draw() -> Result<u16, Fault> {
    Ok(u16::from_le_bytes(random::bytes()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(3_600) };

    #[test]
    fn the_time_doubles_up_to_its_bound() {
        let whole = |failures| BACKOFF.delay(failures, u16::MAX).as_secs();
        assert_eq!([whole(1), whole(2), whole(3)], [10, 20, 40]);
        assert_eq!(whole(12), 3_600);
        assert_eq!(whole(u32::MAX), 3_600);
    }

    proptest! {
        #[test]
        fn the_time_lies_between_half_and_all(failures in 0_u32..40, draw: u16) {
            let (least, most) = (BACKOFF.delay(failures, 0), BACKOFF.delay(failures, u16::MAX));
            let delay = BACKOFF.delay(failures, draw);
            prop_assert!(least <= delay && delay <= most);
            prop_assert!(least * 2 >= most && most <= BACKOFF.longest);
        }
    }
}
