//! Transactions: what a change of the business runs in.

use std::future::Future;

use entities::{
    customer, reseller_permission,
    types::{CustomerId, Month, ResellerId, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::{clock::Calendar, outcome::Outcome};

/// One change of the business: runs whole in one transaction, or not at all. May be run more than once, so it keeps
/// nothing between runs and touches nothing outside the database.
pub trait Command: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;

    /// Loads what it needs under lock, lets the rules decide, and writes what they say.
    fn run_in(&self, tx: &mut Tx) -> impl Future<Output = Outcome<Self::Output>> + Send;
}

/// A running transaction with its one present instant.
///
/// Rows are locked in one order everywhere: reseller permissions by id, then customers by id. On SQLite there is one
/// writer at a time, which is a lock of everything.
pub struct Tx {
    inner: DatabaseTransaction,
    now: Timestamp,
    calendar: Calendar,
    notes: Notes,
}

/// What is to be done once a transaction has committed.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Events wait for their position.
    pub(super) appended: bool,
    /// Alerts were raised, of these thresholds.
    pub(super) alerts: Vec<i16>,
}

impl Tx {
    /// Begins; on SQLite as the writer from the start, because an upgrade from reading could fail at any time.
    pub(super) async fn begin(db: &DatabaseConnection, now: Timestamp, calendar: Calendar) -> Result<Self, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(Self { inner: db.begin_with_options(options).await?, now, calendar, notes: Notes::default() })
    }

    /// Commits; tells what to do then.
    pub(super) async fn commit(self) -> Result<Notes, DbErr> {
        self.inner.commit().await?;
        Ok(self.notes)
    }

    pub(super) async fn roll_back(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }

    /// The connection, for statements.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// The instant of the whole transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The business month of that instant.
    pub fn month(&self) -> Month {
        self.calendar.month_of(self.now)
    }

    /// The business calendar.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Notes that events wait for their position after the commit.
    pub fn note_appended(&mut self) {
        self.notes.appended = true;
    }

    /// Notes alerts that are raised with the commit.
    pub fn note_alerts(&mut self, thresholds: impl IntoIterator<Item = i16>) {
        self.notes.alerts.extend(thresholds);
    }

    /// Locks the permissions of resellers, in id order. Before any customer of theirs.
    pub async fn lock_permissions_in(
        &self,
        resellers: impl IntoIterator<Item = ResellerId>,
    ) -> Result<Vec<reseller_permission::Model>, DbErr> {
        reseller_permission::Entity::find()
            .filter(reseller_permission::Column::ResellerId.is_in(resellers))
            .order_by_asc(reseller_permission::Column::ResellerId)
            .lock_exclusive()
            .all(&self.inner)
            .await
    }

    /// Locks those of the customers that lie in `scope`, in id order. Whoever also needs their resellers' permissions
    /// locks those first.
    pub async fn lock_customers_in(
        &self,
        scope: Condition,
        customers: &[CustomerId],
    ) -> Result<Vec<customer::Model>, DbErr> {
        customer::Entity::find()
            .filter(scope)
            .filter(customer::Column::Id.is_in(customers.iter().copied()))
            .order_by_asc(customer::Column::Id)
            .lock_exclusive()
            .all(&self.inner)
            .await
    }
}
