//! What things cost. Exact: prices are whole numbers of 10⁻⁸ USD, and what must be rounded says which way.

use std::time::Duration;

use entities::types::{Amount, PeriodUnit};

use crate::outcome::{Refuse, UserErrorCode};

/// Longest time that can be bought at once: a price holds for three years at most.
pub const MAX_MONTHS: u32 = 36;
/// Most resources of one order: what one person can still oversee.
pub const MAX_QUANTITY: u32 = 20;
/// A month as the unused part of one is measured.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Of a hundred samples of bandwidth, as many of the largest are dropped.
const DROPPED_PERCENT: usize = 5;
/// Bits a second of one Mbit/s.
const BITS_OF_A_MEGABIT: i128 = 1_000_000;

/// Why something has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No time, or too much of it.
    #[error("the period must be 1 to {MAX_MONTHS} months, or years of no more")]
    Period,
    /// None, or too many.
    #[error("{0} asked for, 1 to {MAX_QUANTITY} are possible at once")]
    Quantity(i64),
    /// Beyond what can be counted.
    #[error("the price would leave the range that can be counted: order less at once")]
    TooLarge,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::InvalidInput
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::Period => "period",
            Self::Quantity(_) | Self::TooLarge => "quantity",
        })
    }
}

/// The months of a period.
pub fn months(unit: PeriodUnit, count: i64) -> Result<u32, Refusal> {
    let months = match unit {
        PeriodUnit::Month => count,
        PeriodUnit::Year => count.saturating_mul(12),
    };
    u32::try_from(months).ok().filter(|months| (1..=MAX_MONTHS).contains(months)).ok_or(Refusal::Period)
}

/// The quantity of an order.
pub fn quantity(count: i64) -> Result<u32, Refusal> {
    let fits = u32::try_from(count).ok().filter(|count| (1..=MAX_QUANTITY).contains(count));
    fits.ok_or(Refusal::Quantity(count))
}

/// What time ahead costs: the price of a month, for each month and each piece.
pub fn prepaid_price(monthly: Amount, months: u32, quantity: u32) -> Result<Amount, Refusal> {
    amount(i128::from(monthly.units()) * i128::from(months) * i128::from(quantity)).ok_or(Refusal::TooLarge)
}

/// What the better specification costs for the prepaid time that is left: the difference of the monthly prices, rounded
/// up to the cent. Nothing where it is no better.
pub fn upgrade_price(present: Amount, new: Amount, left: Duration) -> Amount {
    let difference = i128::from(new.units().saturating_sub(present.units()).max(0));
    let left = i128::try_from(left.as_micros()).unwrap_or(i128::MAX / i128::from(i64::MAX));
    let month = i128::try_from(MONTH.as_micros()).unwrap_or(1);
    let exact = difference * left;
    let cent = CENT * month;
    amount((exact + cent - 1) / cent * CENT).unwrap_or(Amount::MAX)
}

/// Units of a cent.
const CENT: i128 = 10_i128.pow(Amount::SCALE - Amount::CENTS);

/// An amount without what is less than a cent: what is paid back.
pub fn to_cents(exact: Amount) -> Amount {
    amount(i128::from(exact.units()) / CENT * CENT).unwrap_or(Amount::ZERO)
}

/// The part of what was prepaid that is not used up: as much of it as of its time is left.
pub fn share(prepaid: Amount, left: Duration, whole: Duration) -> Amount {
    let (left, whole) = (left.as_micros().min(whole.as_micros()), whole.as_micros());
    let parts = |duration: u128| i128::try_from(duration).unwrap_or(i128::MAX);
    if whole == 0 {
        return Amount::ZERO;
    }
    let share = i128::from(prepaid.units()).saturating_mul(parts(left)) / parts(whole);
    amount(share).unwrap_or(Amount::ZERO)
}

/// The 95th percentile of a month's bandwidth in bits a second, sampled every five minutes: of the samples in order, the
/// largest 5 % (rounded down) are dropped, and the largest of the rest counts.
pub fn percentile_95(samples: &[u64]) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.truncate(samples.len() - samples.len() * DROPPED_PERCENT / 100);
    sorted.last().copied().unwrap_or(0)
}

/// What a month of bandwidth costs: its 95th percentile at the price of one Mbit/s, rounded down to 10⁻⁸ USD.
pub fn bandwidth_price(of_a_megabit: Amount, samples: &[u64]) -> Result<Amount, Refusal> {
    let bits = i128::from(percentile_95(samples));
    amount(i128::from(of_a_megabit.units()) * bits / BITS_OF_A_MEGABIT).ok_or(Refusal::TooLarge)
}

/// An amount that a caller could have given.
fn amount(units: i128) -> Option<Amount> {
    i64::try_from(units).ok().map(Amount::from_units).filter(|amount| *amount <= Amount::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refund(prepaid: Amount, left: Duration, whole: Duration) -> Amount {
        to_cents(share(prepaid, left, whole))
    }

    fn cents(cents: i64) -> Amount {
        Amount::from_units(cents * 1_000_000)
    }

    #[test]
    fn periods_are_months_and_years_up_to_three() {
        assert_eq!(months(PeriodUnit::Month, 1), Ok(1));
        assert_eq!(months(PeriodUnit::Year, 3), Ok(36));
        for wrong in
            [(PeriodUnit::Month, 0), (PeriodUnit::Month, 37), (PeriodUnit::Year, 4), (PeriodUnit::Year, i64::MAX)]
        {
            assert_eq!(months(wrong.0, wrong.1), Err(Refusal::Period));
        }
        assert_eq!(quantity(0), Err(Refusal::Quantity(0)));
        assert_eq!(quantity(21), Err(Refusal::Quantity(21)));
    }

    #[test]
    fn a_day_of_bursts_is_not_billed() {
        // Thirty days of 5 Mbit/s with 36 hours of 100: 432 of 8,640 samples, exactly 5 %.
        let mut samples = vec![5_000_000; 8_640];
        samples[1_000..1_432].fill(100_000_000);
        assert_eq!(percentile_95(&samples), 5_000_000);
        samples[2_000] = 100_000_000;
        assert_eq!(percentile_95(&samples), 100_000_000, "one sample more is billed");
        assert_eq!(bandwidth_price(cents(360), &samples), Ok(cents(36_000)));
        assert_eq!(percentile_95(&[]), 0);
    }

    proptest! {
        /// The price of several is the price of one, as often: nothing is lost to rounding.
        #[test]
        fn prepaid_prices_add_up(monthly in 0_i64..1_000_000_000_000, months in 1_u32..=36, quantity in 1_u32..=20) {
            let one = prepaid_price(Amount::from_units(monthly), 1, 1).expect("in range");
            let all = prepaid_price(Amount::from_units(monthly), months, quantity).expect("in range");
            prop_assert_eq!(all.units(), one.units() * i64::from(months) * i64::from(quantity));
        }

        /// At most 5 % of the samples lie above the percentile, and it is a sample; more samples of at most the same
        /// size never raise it, and their order does not matter.
        #[test]
        fn the_percentile_is_exceeded_by_five_percent_at_most(samples in proptest::collection::vec(0_u64..1_000, 1..400)) {
            let percentile = percentile_95(&samples);
            prop_assert!(samples.contains(&percentile));
            let above = samples.iter().filter(|sample| **sample > percentile).count();
            prop_assert!(above * 100 <= samples.len() * DROPPED_PERCENT);
            // One less dropped would not do: what is dropped is as much as may be.
            let not_below = samples.iter().filter(|sample| **sample >= percentile).count();
            prop_assert!(not_below > samples.len() * DROPPED_PERCENT / 100);
            let mut reversed = samples.clone();
            reversed.reverse();
            prop_assert_eq!(percentile_95(&reversed), percentile);
            reversed.push(0);
            prop_assert!(percentile_95(&reversed) <= percentile);
        }

        /// Nobody gets back more than it paid, nor anything for time that is over; all time left is all the money, to
        /// the cent.
        #[test]
        fn refunds_are_a_share_of_what_was_paid(prepaid in 0_i64..10_000_000, left in 0_u64..5_000_000, whole in 1_u64..4_000_000) {
            let (left, whole) = (Duration::from_secs(left), Duration::from_secs(whole));
            let back = refund(cents(prepaid), left, whole);
            prop_assert!(back >= Amount::ZERO && back <= cents(prepaid));
            prop_assert_eq!(refund(cents(prepaid), Duration::ZERO, whole), Amount::ZERO);
            prop_assert_eq!(refund(cents(prepaid), whole, whole), cents(prepaid));
            prop_assert_eq!(back.units() % 1_000_000, 0);
        }

        /// A better specification costs its difference for the time left, never less and less than a cent more.
        #[test]
        fn an_upgrade_costs_the_difference(present in 0_i64..1_000_000, new in 0_i64..1_000_000, left in 0_u64..100_000_000) {
            let price = upgrade_price(cents(present), cents(new), Duration::from_secs(left));
            let exact = i128::from((new - present).max(0)) * CENT * i128::from(left);
            let month = i128::from(MONTH.as_secs());
            prop_assert!(i128::from(price.units()) * month >= exact);
            prop_assert!(i128::from(price.units()) * month < exact + CENT * month);
            prop_assert!(new > present || price == Amount::ZERO);
        }
    }
}
