//! Leases: duties that one node has at a time, elected in the database.
//!
//! A lease runs out unless its holder renews it, so that it moves on within seconds when the holder dies or stalls. Time
//! alone cannot keep a stalled holder from going on when it wakes up: every change of the holder raises the epoch, and
//! what is done under a lease checks its epoch in its own transaction, in which the lease cannot change hands.

use std::{sync::Arc, time::Duration};

use entities::lease;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{Store, Tx};
use crate::{outcome::Fault, telemetry::figures};

/// A duty and this node's part in it.
pub struct Lease {
    store: Store,
    name: &'static str,
    holder: Uuid,
    lifetime: Duration,
    held: watch::Sender<Option<Held>>,
}

/// What is known of a lease that this node holds.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    epoch: i64,
    until: Instant,
}

/// Another node has the duty now.
#[derive(Debug, thiserror::Error)]
#[error("another node has taken over: {0}")]
pub struct TakenOver(&'static str);

/// What makes a transaction fail where the lease has changed hands.
#[derive(Debug, Clone, Copy)]
pub struct Fence {
    name: &'static str,
    /// The epoch that was won.
    pub epoch: i64,
}

impl Fence {
    /// Fails unless the lease is still that of this epoch; it cannot change hands before the transaction ends.
    pub(super) async fn check_in(self, tx: &Tx) -> Result<(), Fault> {
        let held = lease::Entity::find_by_id(self.name)
            .filter(lease::Column::Epoch.eq(self.epoch))
            .lock_shared()
            .one(tx.db())
            .await?;
        if held.is_some() { Ok(()) } else { Err(self.taken_over()) }
    }

    /// The fault of whoever finds the epoch gone.
    pub fn taken_over(self) -> Fault {
        Fault(Box::new(TakenOver(self.name)))
    }
}

impl Lease {
    /// A duty that nobody of this node has yet.
    pub fn new(store: &Store, name: &'static str, holder: Uuid, lifetime: Duration) -> Arc<Self> {
        figures::lease_held(name, false);
        Arc::new(Self { store: store.clone(), name, holder, lifetime, held: watch::Sender::new(None) })
    }

    /// The fence to act under, where this node has the duty.
    pub fn fence(&self) -> Option<Fence> {
        let held = *self.held.borrow();
        held.filter(|held| held.until > Instant::now()).map(|held| Fence { name: self.name, epoch: held.epoch })
    }

    /// The database, for whoever has the duty: every change through it fails once another node has taken over.
    pub fn store(&self) -> Option<Store> {
        self.fence().map(|fence| self.store.fenced(fence))
    }

    /// Tells when this node gains or loses the duty.
    pub fn changes(&self) -> watch::Receiver<Option<Held>> {
        self.held.subscribe()
    }

    /// Takes or renews the lease where it is free or ours.
    pub async fn take(&self) -> Result<bool, DbErr> {
        self.take_from(false).await
    }

    /// Tries again and again until the program ends.
    pub async fn keep(&self) {
        // A file of SQLite is for one node: whoever holds the lease is a former life of it.
        let mut from_anybody = self.store.backend() == DbBackend::Sqlite;
        loop {
            match self.take_from(from_anybody).await {
                Ok(_) => from_anybody = false,
                Err(error) => tracing::warn!(lease = self.name, %error, "a lease could not be renewed"),
            }
            tokio::time::sleep(self.lifetime / 3).await;
        }
    }

    /// Gives the duty back, so that another node need not wait.
    pub async fn give_up(&self) -> Result<(), DbErr> {
        let Some(fence) = self.fence() else { return Ok(()) };
        self.set(None);
        lease::Entity::update_many()
            .col_expr(lease::Column::ExpiresAt, 0.into())
            .filter(lease::Column::Name.eq(self.name))
            .filter(lease::Column::Epoch.eq(fence.epoch))
            .exec(&self.store.write)
            .await?;
        Ok(())
    }

    async fn take_from(&self, anybody: bool) -> Result<bool, DbErr> {
        // Counted from before the question, so that this node never believes longer than the database does.
        let asked = Instant::now();
        let backend = self.store.backend();
        let now = match backend {
            DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
            _ => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        };
        let sql = format!(
            "INSERT INTO leases (name, holder, epoch, expires_at) VALUES ($1, $2, 1, {now} + $3) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, \
                epoch = leases.epoch + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END \
             WHERE leases.holder = excluded.holder OR leases.expires_at < {now} OR $4 RETURNING epoch"
        );
        let lifetime = i64::try_from(self.lifetime.as_micros()).unwrap_or(i64::MAX);
        let values = [self.name.into(), self.holder.into(), lifetime.into(), anybody.into()];
        let statement = Statement::from_sql_and_values(backend, sql, values);
        // What is answered later than the lease lasts is worth nothing, and a lost connection never answers.
        let answer = timeout(self.lifetime, self.store.write.query_one_raw(statement)).await;
        let answer = answer.unwrap_or_else(|_| Err(DbErr::Custom("the database does not answer".to_owned())))?;
        let epoch: Option<i64> = match answer {
            None => None,
            Some(row) => Some(row.try_get_by_index(0)?),
        };
        self.set(epoch.map(|epoch| Held { epoch, until: asked + self.lifetime }));
        Ok(epoch.is_some())
    }

    fn set(&self, held: Option<Held>) {
        self.held.send_if_modified(|current| {
            let (had, has) = (current.map(|held| held.epoch), held.map(|held| held.epoch));
            *current = held;
            if had != has {
                tracing::info!(lease = self.name, had, has, "a lease was gained or lost");
                figures::lease_held(self.name, has.is_some());
            }
            had != has
        });
    }
}
