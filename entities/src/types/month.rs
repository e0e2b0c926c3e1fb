//! The business month: a calendar month at a fixed offset from UTC (GMT+08:00 by default).

use chrono::{DateTime, Datelike, FixedOffset, Months, NaiveDate};
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The offset at which months begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UtcOffset(FixedOffset);

impl UtcOffset {
    /// From whole minutes east of UTC; `None` beyond ±14 hours.
    pub fn from_minutes(minutes: i32) -> Option<Self> {
        if minutes.abs() > 14 * 60 {
            return None;
        }
        FixedOffset::east_opt(minutes * 60).map(Self)
    }

    /// The same time of day some calendar months later; of a month that is too short, on its last day.
    pub fn months_after(self, at: Timestamp, months: u32) -> Timestamp {
        let local = at.to_datetime().with_timezone(&self.0);
        local.checked_add_months(Months::new(months)).map_or(at, |later| later.to_utc().into())
    }

    /// The same some calendar months earlier.
    pub fn months_before(self, at: Timestamp, months: u32) -> Timestamp {
        let local = at.to_datetime().with_timezone(&self.0);
        local.checked_sub_months(Months::new(months)).map_or(at, |earlier| earlier.to_utc().into())
    }
}

/// A calendar month, counted from January of year 0.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, DeriveValueType, Serialize, Deserialize,
)]
pub struct Month(i32);

impl Month {
    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// From its number: twelve times the year, and the months since January.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// The month in which `at` lies, seen at `offset`.
    pub fn of(at: Timestamp, offset: UtcOffset) -> Self {
        let local: DateTime<FixedOffset> = at.to_datetime().with_timezone(&offset.0);
        Self(local.year() * 12 + i32::try_from(local.month0()).expect("0 to 11"))
    }

    /// The first instant of the month.
    pub fn start(self, offset: UtcOffset) -> Timestamp {
        let month = u32::try_from(self.0.rem_euclid(12)).expect("0 to 11") + 1;
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), month, 1)
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .and_then(|midnight| midnight.and_local_timezone(offset.0).single())
            .map_or(Timestamp::from_micros(0), |start| start.to_utc().into())
    }

    /// The month after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<DateTime<chrono::Utc>>().expect("a valid instant").into()
    }

    /// R-CORE-17: the month turns at midnight GMT+08:00, which is 16:00 UTC.
    #[test]
    fn months_turn_at_midnight_of_the_offset() {
        let offset = UtcOffset::from_minutes(480).expect("in range");
        let december = Month::of(at("2026-12-31T15:59:59.999999Z"), offset);
        let january = Month::of(at("2026-12-31T16:00:00Z"), offset);
        assert_eq!(december.next(), january);
        assert_eq!(january.start(offset), at("2026-12-31T16:00:00Z"));
        assert_eq!(Month::of(at("2028-02-29T15:59:59Z"), offset).next().start(offset), at("2028-02-29T16:00:00Z"));
    }
    /// A month later is the same day where there is one, and the last day where there is none.
    #[test]
    fn months_are_added_as_a_calendar_has_them() {
        let offset = UtcOffset::from_minutes(480).expect("in range");
        // 31 January, 09:00 at the offset.
        assert_eq!(offset.months_after(at("2027-01-31T01:00:00Z"), 1), at("2027-02-28T01:00:00Z"));
        assert_eq!(offset.months_after(at("2026-11-30T20:00:00Z"), 12), at("2027-11-30T20:00:00Z"));
        assert_eq!(offset.months_before(at("2027-03-31T01:00:00Z"), 1), at("2027-02-28T01:00:00Z"));
    }
}
