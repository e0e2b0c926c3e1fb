//! Requests that run once: what ties the transactions of a mutation to the idempotency key that it came with.
//!
//! Each transaction of such a request notes in the key's row that something was changed, and does so only where the row is
//! still its own. So a change and the knowledge of it are committed together, and of two runs of one request, one that
//! was believed dead and one that followed it, no more than one can commit.

use std::{future::Future, sync::Arc};

use entities::{
    idempotency_key,
    types::{AccountId, IdempotencyState},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::Tx;
use crate::outcome::Fault;

tokio::task_local! {
    /// Set around a mutation with a key; the store reads it before it hands a change to a task of its own.
    static RUNNING: Arc<Attempt>;
}

/// One run of a mutation that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Whose key it is.
    pub account: AccountId,
    /// The key's hash.
    pub key_hash: Vec<u8>,
    /// Tells this run from another one of the same key.
    pub id: Uuid,
}

/// Another run has the key now.
#[derive(Debug, thiserror::Error)]
#[error("another run of the same request has taken over")]
pub struct Overtaken;

impl Attempt {
    /// Runs a mutation whose transactions belong to this run.
    pub async fn scope<T>(self: Arc<Self>, mutation: impl Future<Output = T>) -> T {
        RUNNING.scope(self, mutation).await
    }

    /// The run that the present task is part of, if it is part of one.
    pub(super) fn current() -> Option<Arc<Self>> {
        RUNNING.try_with(Arc::clone).ok()
    }

    /// Notes, in the transaction of a change, that the request has changed something.
    pub(super) async fn note_in(&self, tx: &Tx) -> Result<(), Fault> {
        use idempotency_key::Column;
        let noted = idempotency_key::Entity::update_many()
            .col_expr(Column::State, Expr::value(IdempotencyState::Changed))
            .filter(Column::AccountId.eq(self.account))
            .filter(Column::KeyHash.eq(self.key_hash.clone()))
            .filter(Column::Attempt.eq(self.id))
            .filter(Column::State.ne(IdempotencyState::Answered))
            .exec(tx.db())
            .await?;
        if noted.rows_affected == 1 { Ok(()) } else { Err(Fault(Box::new(Overtaken))) }
    }
}
