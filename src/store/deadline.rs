//! The time that a request has: when it is over, so is that of the transactions that it asked for.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout_at};

use crate::outcome::{Error, Fault};

tokio::task_local! {
    /// Set around what a request executes; the store reads it before it hands a change to a task of its own.
    static UNTIL: Deadline;
}

/// When nobody waits any longer for what is executed; none by default: what no request waits for goes to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

/// The time of a request is over.
#[derive(Debug, thiserror::Error)]
#[error("the time of the request is over")]
pub struct Over;

impl From<Over> for Fault {
    fn from(over: Over) -> Self {
        Self(Box::new(over))
    }
}

impl From<Over> for Error {
    fn from(over: Over) -> Self {
        Self::Fault(over.into())
    }
}

impl Deadline {
    /// So long from now.
    pub fn after(time: Duration) -> Self {
        Self(Some(Instant::now() + time))
    }

    /// That of the request which the present task serves.
    pub fn current() -> Self {
        UNTIL.try_with(|deadline| *deadline).unwrap_or_default()
    }

    /// This, or so long from now where there is none.
    #[must_use]
    pub(super) fn or_after(self, time: Duration) -> Self {
        if self.0.is_some() { self } else { Self::after(time) }
    }

    /// Whether its time is over.
    pub(super) fn is_over(self) -> bool {
        self.0.is_some_and(|until| until <= Instant::now())
    }

    /// A little later: for what should not be cut off close to its end.
    pub(super) fn later(self, by: Duration) -> Self {
        Self(self.0.map(|until| until + by))
    }

    /// Executes something under this deadline: it is dropped when the time is over, and so are its transactions, though
    /// they run in tasks of their own.
    pub fn scope<T>(self, executed: impl Future<Output = T>) -> impl Future<Output = Result<T, Over>> {
        self.cut(UNTIL.scope(self, Box::pin(executed)))
    }

    /// Drops something when the time is over.
    pub(super) fn cut<T>(self, executed: impl Future<Output = T>) -> impl Future<Output = Result<T, Over>> {
        // On the heap, and before anything is polled: what is executed is large, and each layer around it would hold it
        // once more on the stack.
        let executed = Box::pin(executed);
        async move {
            match self.0 {
                Some(until) => timeout_at(until, executed).await.map_err(|_| Over),
                None => Ok(executed.await),
            }
        }
    }
}
