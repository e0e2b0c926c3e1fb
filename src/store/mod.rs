//! The database: connections, transactions, retries. The only place that knows which database it is.
//!
//! Reads go through [`Store::reader`], changes through [`Store::execute`]. Nothing else opens a transaction.

mod bulk;
mod connect;
mod cursor;
pub mod keyset;
pub mod lease;
mod select;
mod transaction;

use std::{sync::Arc, time::Duration};

use sea_orm::{DatabaseConnection, DbBackend, DbErr, RuntimeErr, SqlxError};
use tokio::sync::Notify;
use tracing::Instrument;

pub use bulk::{Cast, update_rows};
pub use connect::{Alone, Connection, StatementCount};
pub use cursor::CursorKey;
pub use lease::{Fence, Lease, TakenOver};
pub use select::{Prefixed, add_columns, keep_per_parent};
pub use transaction::{Command, Tx};

use transaction::Notes;

use crate::{
    clock::{Calendar, Clock},
    outcome::{Error, Fault, Outcome},
    telemetry::figures,
};

/// How often a transaction that lost a race (serialization failure, deadlock, busy database) is run again before the
/// caller hears of it. Locks are taken in one order, so that a second race in a row is rare already.
const MAX_ATTEMPTS: u32 = 6;

/// The database as the rest of the program sees it. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    clock: Clock,
    calendar: Calendar,
    appended: Arc<Notify>,
    statements: StatementCount,
    fence: Option<Fence>,
}

impl Store {
    /// Wraps open connections.
    pub fn new(connection: Connection, clock: Clock, calendar: Calendar) -> Self {
        Self {
            read: connection.read,
            write: connection.write,
            clock,
            calendar,
            appended: Arc::new(Notify::new()),
            statements: connection.statements,
            fence: None,
        }
    }

    /// For reading. On SQLite these connections refuse to write.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// The same for whoever has a duty: every change through it fails once another node has taken over.
    #[must_use]
    pub fn fenced(&self, fence: Fence) -> Self {
        Self { fence: Some(fence), ..self.clone() }
    }

    /// For changes of one statement that is a transaction of its own.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Waits until no other node prepares the database; nobody else does before [`Alone::end`].
    pub async fn alone(&self) -> Result<Alone, DbErr> {
        Alone::wait(&self.write).await
    }

    /// How many of the program's migrations the database lacks.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        connect::pending_migrations(&self.read).await
    }

    /// The pools: name, open connections, idle ones.
    pub fn pools(&self) -> Vec<(&'static str, u32, usize)> {
        match self.backend() {
            DbBackend::Postgres => {
                let pool = self.write.get_postgres_connection_pool();
                vec![("postgres", pool.size(), pool.num_idle())]
            }
            _ => [("sqlite_writer", &self.write), ("sqlite_readers", &self.read)]
                .into_iter()
                .map(|(name, connection)| {
                    let pool = connection.get_sqlite_connection_pool();
                    (name, pool.size(), pool.num_idle())
                })
                .collect(),
        }
    }

    /// Closes all connections; what runs ends first.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.read.clone().close().await?;
        self.write.clone().close().await
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// How many statements were sent so far; tests take the difference.
    pub fn statements(&self) -> &StatementCount {
        &self.statements
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The business calendar.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Rings after each commit that appended events.
    pub fn appended(&self) -> &Notify {
        &self.appended
    }

    /// Runs a change of the business: whole, or not at all.
    ///
    /// It runs in a task of its own, so that a caller that goes away cannot cut it in half, and again from the start
    /// where the database asks for that.
    pub async fn execute<C: Command>(&self, command: C) -> Outcome<C::Output> {
        let store = self.clone();
        let name = std::any::type_name::<C>();
        let span = tracing::info_span!("transaction", command = name.rsplit("::").next().unwrap_or(name));
        let task = tokio::spawn(async move { store.execute_here(&command).await }.instrument(span));
        match task.await {
            Ok(outcome) => outcome,
            Err(panic) => Err(Error::Fault(Fault(Box::new(panic)))),
        }
    }

    async fn execute_here<C: Command>(&self, command: &C) -> Outcome<C::Output> {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(command).await;
            match outcome {
                Err(Error::Fault(fault)) if attempt < MAX_ATTEMPTS && lost_a_race(&fault) => {
                    tracing::debug!(attempt, "transaction lost a race and is run again");
                    tokio::time::sleep(Duration::from_millis(5) * attempt * attempt).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt<C: Command>(&self, command: &C) -> Outcome<C::Output> {
        let mut tx = Tx::begin(&self.write, self.clock.now(), self.calendar).await?;
        let done = match self.fence {
            Some(fence) => fence.check_in(&tx).await.map_err(Error::Fault),
            None => Ok(()),
        };
        let done = match done {
            Ok(()) => command.run_in(&mut tx).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(output) => {
                let notes = tx.commit().await?;
                self.settle(&notes);
                Ok(output)
            }
            Err(error) => {
                tx.roll_back().await?;
                Err(error)
            }
        }
    }

    fn settle(&self, notes: &Notes) {
        if notes.appended {
            self.appended.notify_one();
        }
        for threshold in &notes.alerts {
            figures::alert(*threshold);
        }
    }
}

/// Whether the database gave up on a transaction that would pass if run again.
fn lost_a_race(fault: &Fault) -> bool {
    let Some(DbErr::Exec(cause) | DbErr::Query(cause) | DbErr::Conn(cause)) = fault.0.downcast_ref::<DbErr>() else {
        return false;
    };
    let RuntimeErr::SqlxError(cause) = cause else { return false };
    let SqlxError::Database(error) = &**cause else { return false };
    // PostgreSQL: serialization failure, deadlock. SQLite: busy, busy snapshot.
    matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
}
