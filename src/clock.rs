//! Time as a port: the only place that asks the machine what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

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
