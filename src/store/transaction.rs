//! Transactions: what a change of the business runs in.

use std::{future::Future, sync::Arc, time::Duration};

use entities::{
    account, customer, reseller_permission,
    types::{AccountId, CustomerId, Month, ResellerId, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, SqliteTransactionMode, TransactionOptions, TransactionTrait, sea_query::LockType,
};

use super::{deadline::Deadline, lease::Fence, once::Attempt};
use crate::{
    clock::Calendar,
    outcome::{Fault, Outcome},
};

/// One change of the business: runs whole in one transaction, or not at all. May be run more than once, so it keeps
/// nothing between runs and touches nothing outside the database.
pub trait Command: Send + Sync + 'static {
    /// What it answers.
    type Output: Send + 'static;

    /// Whether it stands beside what a request asks for, as the count of a try does: done twice it does no harm, and a
    /// request that did nothing else has changed nothing (docs/decisions/0033).
    const BESIDE: bool = false;

    /// Loads what it needs under lock, lets the rules decide, and writes what they say.
    fn run_in(&self, tx: &mut Tx) -> impl Future<Output = Outcome<Self::Output>> + Send;
}

/// A running transaction with its one present instant.
///
/// Rows are locked in one order everywhere: accounts, members, reseller permissions by id, customers by id, then what an
/// area has of its own. On SQLite there is one writer at a time, which is a lock of everything.
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

/// What a transaction must satisfy besides what its command decides.
#[derive(Debug, Clone, Default)]
pub(super) struct Bounds {
    /// The duty under which it runs.
    pub(super) fence: Option<Fence>,
    /// The request with a key that it is part of.
    pub(super) attempt: Option<Arc<Attempt>>,
    /// The time that is left.
    pub(super) deadline: Deadline,
}

/// How much longer the end of a transaction may take: what is done already should not be in doubt for nothing.
const GRACE: Duration = Duration::from_secs(2);

/// A change could not be rolled back: its transaction, with whatever else was in it, is gone.
#[derive(Debug, thiserror::Error)]
#[error("the transaction is lost: {}", .0.0)]
pub(super) struct Lost(Fault);

/// Begins; on SQLite as the writer from the start, because an upgrade from reading could fail at any time.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    db.begin_with_options(options).await
}

impl Tx {
    /// A transaction, or a savepoint within one, at its present instant.
    pub(super) fn within(inner: DatabaseTransaction, now: Timestamp, calendar: Calendar) -> Self {
        Self { inner, now, calendar, notes: Notes::default() }
    }

    /// Runs a command to its end: committed with what is to be done then, or rolled back.
    pub(super) async fn run<C: Command>(mut self, command: &C, bounds: &Bounds) -> Outcome<(C::Output, Notes)> {
        // Dropped when its time is over: to ask for a rollback would be to wait for the statement that runs.
        match bounds.deadline.cut(self.run_within(command, bounds)).await? {
            Ok(output) => {
                bounds.deadline.later(GRACE).cut(self.inner.commit()).await??;
                Ok((output, self.notes))
            }
            Err(error) => match bounds.deadline.later(GRACE).cut(self.inner.rollback()).await {
                Ok(Ok(())) => Err(error),
                _ => Err(Fault(Box::new(Lost(error.into()))).into()),
            },
        }
    }

    async fn run_within<C: Command>(&mut self, command: &C, bounds: &Bounds) -> Outcome<C::Output> {
        if let Some(fence) = bounds.fence {
            fence.check_in(self).await?;
        }
        let output = command.run_in(self).await?;
        if let Some(attempt) = bounds.attempt.as_ref().filter(|_| !C::BESIDE) {
            attempt.note_in(self).await?;
        }
        Ok(output)
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

    /// Locks an account, so that changes of what it has come one after the other. Before any customer or reseller.
    pub async fn lock_account_in(&self, account: AccountId) -> Result<(), DbErr> {
        // Others may name the account in their rows meanwhile; that takes a key share of it.
        account::Entity::find_by_id(account).lock(LockType::NoKeyUpdate).one(&self.inner).await?;
        Ok(())
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
