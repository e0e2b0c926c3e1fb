//! The database: connections, transactions, retries. The only place that knows which database it is.
//!
//! Reads go through [`Store::reader`], changes through [`Store::execute`]. Nothing else opens a transaction.

mod bulk;
mod connect;
mod cursor;
mod deadline;
mod forget;
mod group;
pub mod keyset;
pub mod lease;
mod once;
mod select;
mod transaction;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use entities::types::Month;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, SqlErr, SqlxError, Statement,
};
use tokio::{sync::Notify, time::timeout};
use tracing::Instrument;

pub use bulk::{Cast, update_rows};
pub use connect::{Alone, Connection, StatementCount};
pub use cursor::CursorKey;
pub use deadline::{Deadline, Over};
pub use lease::{Fence, Lease, TakenOver};
pub use once::{Attempt, Overtaken};
pub use select::{add_columns, json_list_has};
pub use transaction::{Command, Tx};

use group::Group;
use transaction::{Bounds, Notes, begin};

use crate::{
    clock::{Calendar, Clock},
    outcome::{Error, Fault, Outcome},
    telemetry::figures,
};

/// How often a transaction that lost a race (serialization failure, deadlock, busy database) is run again before the
/// caller hears of it. Locks are taken in one order, so that a second race in a row is rare already.
const MAX_ATTEMPTS: u32 = 6;

/// How long a change takes that no request waits for: each of its statements is cut off much earlier by the database. If
/// the network has lost a connection, nobody says so.
const LONGEST: Duration = Duration::from_secs(120);

/// How long closing waits for what runs.
const CLOSING: Duration = Duration::from_secs(10);

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
    /// SQLite's one writer.
    group: Option<Group>,
    /// The month that all customers are known to have turned to.
    turned_to: Arc<AtomicI32>,
}

impl Store {
    /// Wraps open connections.
    pub fn new(connection: Connection, clock: Clock, calendar: Calendar) -> Self {
        let group = (connection.write.get_database_backend() == DbBackend::Sqlite)
            .then(|| Group::start(connection.write.clone(), clock.clone(), calendar));
        Self {
            group,
            read: connection.read,
            write: connection.write,
            clock,
            calendar,
            appended: Arc::new(Notify::new()),
            statements: connection.statements,
            fence: None,
            turned_to: Arc::new(AtomicI32::new(0)),
        }
    }

    /// Whether all customers are known to be in this month. None goes back.
    pub fn has_turned_to(&self, month: Month) -> bool {
        self.turned_to.load(Ordering::Relaxed) == month.number()
    }

    /// Remembers that all customers are in this month.
    pub fn note_turned_to(&self, month: Month) {
        self.turned_to.store(month.number(), Ordering::Relaxed);
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

    /// Closes all connections; what runs ends first, but for connections that do not answer: the network has lost them.
    pub async fn close(&self) -> Result<(), DbErr> {
        let all = async {
            self.read.clone().close().await?;
            self.write.clone().close().await
        };
        timeout(CLOSING, all).await.unwrap_or(Ok(()))
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
    /// It ends even if the caller goes away, unless the time of its request is over, and runs again from the start where
    /// the database asks for that.
    pub async fn execute<C: Command>(&self, command: C) -> Outcome<C::Output> {
        let store = self.clone();
        let name = std::any::type_name::<C>();
        let span = tracing::info_span!("transaction", command = name.rsplit("::").next().unwrap_or(name));
        let command = Arc::new(command);
        // Read here: the task that the change runs in knows nothing of the request.
        let bounds = Bounds { fence: self.fence, attempt: Attempt::current(), deadline: self.deadline() };
        uncut(async move { retry(|| store.attempt(command.clone(), bounds.clone())).await }.instrument(span)).await
    }

    /// Runs a change that is one statement, and a transaction of its own; again where the database asks for that.
    pub(crate) async fn at_once(&self, statement: Statement) -> Outcome<Vec<QueryResult>> {
        if Attempt::current().is_some() {
            return self.execute(AtOnce(statement)).await;
        }
        let (db, deadline) = (self.write.clone(), self.deadline());
        let run =
            async move { retry(|| async { Ok(deadline.cut(db.query_all_raw(statement.clone())).await??) }).await };
        uncut(run.in_current_span()).await
    }

    /// That of the request. What no request waits for must end, too, where it waits for an answer that never comes.
    fn deadline(&self) -> Deadline {
        match self.backend() {
            DbBackend::Postgres => Deadline::current().or_after(LONGEST),
            _ => Deadline::current(),
        }
    }

    async fn attempt<C: Command>(&self, command: Arc<C>, bounds: Bounds) -> Outcome<C::Output> {
        let (output, notes) = match &self.group {
            Some(group) => group.run(command, bounds).await?,
            None => {
                let transaction = bounds.deadline.cut(begin(&self.write)).await??;
                Tx::within(transaction, self.clock.now(), self.calendar).run(&*command, &bounds).await?
            }
        };
        self.settle(&notes);
        Ok(output)
    }

    fn settle(&self, notes: &Notes) {
        if notes.appended {
            self.appended.notify_one();
        }
        for threshold in &notes.alerts {
            figures::alert(*threshold);
        }
    }

    /// Executes a command that does `at_once` of something at most, until it finds less to do. Returns how much it did in
    /// all.
    pub async fn execute_in_steps<C>(&self, at_once: u64, command: impl Fn() -> C) -> Outcome<u64>
    where
        C: Command<Output = u64>,
    {
        let mut done = 0;
        loop {
            let step = self.execute(command()).await?;
            done += step;
            if step < at_once {
                return Ok(done);
            }
        }
    }
}

/// One statement as a command, where its request must be noted with it.
struct AtOnce(Statement);

impl Command for AtOnce {
    type Output = Vec<QueryResult>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        Ok(tx.db().query_all_raw(self.0.clone()).await?)
    }
}

/// Runs a change in a task of its own, so that a caller that goes away cannot cut it in half.
pub(crate) async fn uncut<T: Send + 'static>(change: impl Future<Output = Outcome<T>> + Send + 'static) -> Outcome<T> {
    match tokio::spawn(change).await {
        Ok(outcome) => outcome,
        Err(panic) => Err(Error::Fault(Fault(Box::new(panic)))),
    }
}

/// Runs an attempt again where the database gave up on it, a few times.
async fn retry<T, F: Future<Output = Outcome<T>>>(attempt: impl Fn() -> F) -> Outcome<T> {
    let mut number = 1;
    loop {
        match attempt().await {
            Err(Error::Fault(fault)) if number < MAX_ATTEMPTS && lost_a_race(&fault) => {
                tracing::debug!(number, "transaction lost a race and is run again");
                tokio::time::sleep(Duration::from_millis(5) * number * number).await;
                number += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Whether a command failed because a row would have come twice, where a constraint lets it come once.
pub(crate) fn came_twice(error: &Error) -> bool {
    let Error::Fault(fault) = error else { return false };
    let cause = fault.0.downcast_ref::<DbErr>().and_then(DbErr::sql_err);
    matches!(cause, Some(SqlErr::UniqueConstraintViolation(_)))
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
