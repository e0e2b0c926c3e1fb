//! Opening the database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

use crate::config::DatabaseSettings;

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

    /// The connection that may change the schema.
    pub fn for_migration(&self) -> &DatabaseConnection {
        &self.write
    }
}

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
    options
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
        ])
    });
    options
}
