//! Opening the database.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use migrations::Migrator;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait,
    sqlx::{self, Connection as _, SqliteConnection},
};
use sea_orm_migration::MigratorTrait;
use tokio::time::timeout;

use super::Deadline;
use crate::{config::DatabaseSettings, outcome::Fault};

/// How long a statement that nobody waits for any longer may take to end by itself. Longer than most take.
const GRACE: Duration = Duration::from_millis(50);
/// How many steps of its machine SQLite makes before it looks whether somebody still waits: a fraction of a millisecond.
const STEPS: i32 = 10_000;
/// After how long PostgreSQL looks whether a connection on which it works is still there.
const LOOKS_AFTER: &str = "500ms";

/// Open connections: one pool for reading, one for writing.
pub struct Connection {
    pub(super) read: DatabaseConnection,
    pub(super) write: DatabaseConnection,
    pub(super) statements: StatementCount,
}

/// Counts the statements sent to the database.
#[derive(Clone, Default)]
pub struct StatementCount(Arc<AtomicU64>);

impl StatementCount {
    /// Statements sent so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn watch(&self, connection: &mut DatabaseConnection) {
        let count = self.0.clone();
        connection.set_metric_callback(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
    }
}

impl Connection {
    /// Copies a SQLite database, as it is at one moment, into a new file. Readers and the writer go on meanwhile.
    pub async fn copy_to(&self, file: &Path) -> Result<(), Fault> {
        if self.write.get_database_backend() != DbBackend::Sqlite {
            return Err(Fault::because("this is for SQLite: use pg_dump for PostgreSQL"));
        }
        if pending_migrations(&self.write).await? > 0 {
            return Err(Fault::because("the database is not there, or not in the shape of this version"));
        }
        let Some(file) = file.to_str() else { return Err(Fault::because("the file's name is no text")) };
        let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [file.into()]);
        self.write.execute_raw(copy).await?;
        Ok(())
    }

    /// Opens the database that the settings name.
    ///
    /// SQLite gets one writing connection, since it has one writer anyway, and a pool of readers on the same WAL file.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, DbErr> {
        let statements = StatementCount::default();
        let (mut read, mut write) = if settings.url.starts_with("sqlite:") {
            let write = Database::connect(sqlite(settings, 1, false)).await?;
            let read = Database::connect(sqlite(settings, settings.max_connections, true)).await?;
            (read, write)
        } else {
            let pool = Database::connect(postgres(settings)).await?;
            (pool.clone(), pool)
        };
        statements.watch(&mut read);
        statements.watch(&mut write);
        Ok(Self { read, write, statements })
    }

    /// Brings the database to the newest shape. Nodes that start at once do so one after the other.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        let alone = Alone::wait(&self.write).await?;
        Migrator::up(&self.write, None).await?;
        alone.end().await
    }
}

/// What lets one node of a fleet prepare the database at a time.
pub struct Alone(Option<DatabaseTransaction>);

/// The number of the lock, of no meaning but its own.
const PREPARING: i64 = 0x7061_7274_6e65_7263;

impl Alone {
    /// Waits until nobody else prepares the database. A file of SQLite is for one node.
    pub(super) async fn wait(db: &DatabaseConnection) -> Result<Self, DbErr> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self(None));
        }
        let transaction = db.begin().await?;
        // It idles as long as the work takes, and waits as long as another's takes.
        for sql in ["SET LOCAL idle_in_transaction_session_timeout = 0", "SET LOCAL statement_timeout = 0"] {
            transaction.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        }
        let lock =
            Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_advisory_xact_lock($1)", [PREPARING.into()]);
        transaction.execute_raw(lock).await?;
        Ok(Self(Some(transaction)))
    }

    /// Lets the next one.
    pub async fn end(self) -> Result<(), DbErr> {
        match self.0 {
            Some(transaction) => transaction.commit().await,
            None => Ok(()),
        }
    }
}

/// How many of the program's migrations the database lacks.
pub(super) async fn pending_migrations(db: &DatabaseConnection) -> Result<usize, DbErr> {
    let sql = format!("SELECT version FROM {MIGRATIONS}");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let applied: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let ours = Migrator::migrations();
    Ok(ours.iter().filter(|migration| !applied.iter().any(|name| name == migration.name())).count())
}

/// Where the names of applied migrations are.
const MIGRATIONS: &str = "seaql_migrations";

fn base(settings: &DatabaseSettings, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(settings.acquire_timeout_secs))
        .sqlx_logging(false)
        .test_before_acquire(false);
    options
}

fn sqlite(settings: &DatabaseSettings, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = base(settings, connections);
    // Connections that are kept for ever keep their prepared statements and page cache.
    options.min_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    let full = settings.sqlite_synchronous_full;
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", if full { "FULL" } else { "NORMAL" })
            .pragma("foreign_keys", "ON")
            .pragma("query_only", if read_only { "ON" } else { "OFF" })
            .busy_timeout(Duration::from_secs(10))
    });
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        // Where a disk is full, SQLite ends a transaction by itself, and the driver does not hear of it: whatever began
        // next would begin within one that is gone, for ever. Such a connection is given up.
        let pool = pool.after_release(|connection, _| {
            Box::pin(async move {
                // After the rollback of whoever was dropped.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
        if !read_only {
            // Changes of several requests share the writer.
            return pool;
        }
        pool.after_connect(|connection, _| Box::pin(ends_with_request(connection)))
            .before_acquire(|connection, _| Box::pin(async move { ends_with_request(connection).await.map(|()| true) }))
    });
    options
}

/// Has SQLite break off what the connection reads when the time of the request is over that takes it now. The driver itself
/// would wait for the next row.
async fn ends_with_request(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let deadline = Deadline::current().later(GRACE);
    let mut connection = connection.lock_handle().await?;
    if deadline == Deadline::default() {
        connection.remove_progress_handler();
    } else {
        connection.set_progress_handler(STEPS, move || !deadline.is_over());
    }
    Ok(())
}

fn postgres(settings: &DatabaseSettings) -> ConnectOptions {
    let mut options = base(settings, settings.max_connections);
    options.min_connections(1);
    let statement_ms = (settings.statement_timeout_secs * 1000).to_string();
    let idle_ms = (settings.idle_in_transaction_timeout_secs * 1000).to_string();
    options.map_sqlx_postgres_opts(move |postgres| {
        postgres.application_name("partner-center").options([
            ("statement_timeout", statement_ms.as_str()),
            ("idle_in_transaction_session_timeout", idle_ms.as_str()),
            ("client_connection_check_interval", LOOKS_AFTER),
            // What we ask walks indexes to few rows: pages are as good as in memory, and compiling does not pay.
            ("random_page_cost", "1.1"),
            ("jit", "off"),
            // Statements are the same for a partner of ten customers and of a million, and so are the indexes that serve
            // them: a plan for all, made once. Left to choose, the database plans anew at every call for those who have
            // less than others, which takes eight times as long as running.
            ("plan_cache_mode", "force_generic_plan"),
        ])
    });
    // Whoever asked is gone, and a statement still runs: the connection is given up, and with it goes the statement.
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_release(|connection, _| {
            Box::pin(async move { Ok(matches!(timeout(GRACE, connection.flush()).await, Ok(Ok(())))) })
        })
    });
    options
}
