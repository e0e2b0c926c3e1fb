//! Time as a port: the only place that asks the machine what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{Datelike, Days, NaiveDate, Weekday};
use entities::types::{Month, Timestamp, UtcOffset};

/// Tells the time. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds added to the machine's time. Tests move it; nobody else does.
    ahead_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "the one place")]
    pub fn now(&self) -> Timestamp {
        let machine = Timestamp::from(chrono::Utc::now());
        Timestamp::from_micros(machine.micros() + self.ahead_micros.load(Ordering::Relaxed))
    }

    /// Moves the present, for tests and simulations.
    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.ahead_micros.fetch_add(micros, Ordering::Relaxed);
    }
}

/// Turns instants into business months.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    offset: UtcOffset,
}

impl Calendar {
    /// Months that begin at midnight of `offset`.
    pub const fn new(offset: UtcOffset) -> Self {
        Self { offset }
    }

    /// The month of an instant.
    pub fn month_of(self, at: Timestamp) -> Month {
        Month::of(at, self.offset)
    }

    /// The day of an instant.
    pub fn day_of(self, at: Timestamp) -> NaiveDate {
        self.offset.day_of(at)
    }

    /// The first instant of a month.
    pub fn start_of(self, month: Month) -> Timestamp {
        month.start(self.offset)
    }

    /// The same time of day some calendar months later.
    pub fn months_after(self, at: Timestamp, months: u32) -> Timestamp {
        self.offset.months_after(at, months)
    }

    /// The same time of day some calendar months earlier.
    pub fn months_before(self, at: Timestamp, months: u32) -> Timestamp {
        self.offset.months_before(at, months)
    }
}

/// Turns working days into instants: Monday to Friday, but for holidays, at the offset of the business month.
#[derive(Clone, Debug)]
pub struct WorkingDays {
    offset: UtcOffset,
    holidays: Arc<[NaiveDate]>,
}

impl WorkingDays {
    /// Days at this offset, without these.
    pub fn new(offset: UtcOffset, holidays: &[NaiveDate]) -> Self {
        Self { offset, holidays: holidays.into() }
    }

    /// The end of the `count`-th working day after the day of `from`. What begins on a Friday and has two working days
    /// ends with Tuesday.
    pub fn end_after(&self, from: Timestamp, count: u32) -> Timestamp {
        let mut day = self.offset.day_of(from);
        let mut left = count;
        while left > 0 {
            let Some(next) = day.checked_add_days(Days::new(1)) else { break };
            day = next;
            left -= u32::from(self.is_working_day(day));
        }
        self.offset.start_of_day(day.checked_add_days(Days::new(1)).unwrap_or(day))
    }

    fn is_working_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.holidays.contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    /// R-CUS-03, R-CUS-20: weekends and holidays do not count, and the last day counts to its end.
    #[test]
    fn working_days_leave_out_weekends_and_holidays() {
        let offset = UtcOffset::from_minutes(480).expect("in range");
        let days = WorkingDays::new(offset, &[day("2026-12-25")]);
        let end = |from: &str, count| days.end_after(offset.start_of_day(day(from)), count);
        let midnight = |text: &str| offset.start_of_day(day(text));
        assert_eq!(end("2026-11-18", 2), midnight("2026-11-21"), "Wednesday to the end of Friday");
        assert_eq!(end("2026-11-20", 2), midnight("2026-11-25"), "Friday to the end of Tuesday");
        assert_eq!(end("2026-11-21", 1), midnight("2026-11-24"), "Saturday to the end of Monday");
        assert_eq!(end("2026-12-24", 1), midnight("2026-12-29"), "the 25th is a holiday");
        assert_eq!(end("2026-11-18", 0), midnight("2026-11-19"), "none: the end of the day itself");
    }
}
