//! Deleting what is over, some rows at a time: no statement takes long, however much there is.

use entities::types::Timestamp;
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SimpleExpr};

use super::{Command, Store, Tx};
use crate::outcome::Outcome;

/// Rows that one transaction deletes.
const AT_ONCE: u64 = 1_000;

impl Store {
    /// Deletes the rows that are over by now, found by a column of their key. Returns how many there were.
    pub async fn forget<E: EntityTrait>(
        &self,
        key: E::Column,
        over: impl Fn(Timestamp) -> SimpleExpr + Clone + Send + Sync + 'static,
    ) -> Outcome<u64> {
        self.execute_in_steps(AT_ONCE, || Forget::<E, _> { key, over: over.clone() }).await
    }
}

struct Forget<E: EntityTrait, F> {
    key: E::Column,
    over: F,
}

impl<E: EntityTrait, F: Fn(Timestamp) -> SimpleExpr + Send + Sync + 'static> Command for Forget<E, F> {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let over = (self.over)(tx.now());
        let some = E::find().select_only().column(self.key).filter(over.clone()).limit(AT_ONCE).into_query();
        // Asked again of each: one may have begun anew meanwhile.
        let gone = E::delete_many().filter(over).filter(sea_orm::ColumnTrait::in_subquery(&self.key, some));
        Ok(gone.exec(tx.db()).await?.rows_affected)
    }
}
