//! Locking counts, counting, and forgetting.

use std::collections::{BTreeMap, BTreeSet};

use entities::{
    tally,
    types::{Tallied, Timestamp},
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel,
    sea_query::{Expr, OnConflict},
};

use super::rules::{self, Bound, Count, TooOften};
use crate::{
    outcome::{Fault, Outcome},
    store::{Store, Tx},
};

/// What is counted, and of whom or what.
pub type Name = (Tallied, Vec<u8>);

/// Counts that are locked until the transaction ends.
pub struct Tallies {
    counts: BTreeMap<Name, (Count, Option<Timestamp>)>,
    now: Timestamp,
}

/// Locks these counts in one order, with one statement, which makes those that are not there: also of two that come first
/// the second waits. They are locked last in a transaction.
pub async fn lock_in(tx: &Tx, names: impl IntoIterator<Item = Name>) -> Outcome<Tallies> {
    use tally::{Column, Entity};
    let names: BTreeSet<Name> = names.into_iter().collect();
    let fresh = names.into_iter().map(|(tallied, subject)| {
        let nothing =
            tally::Model { tallied, subject, since: tx.now(), last_at: tx.now(), times: 0, expires_at: tx.now() };
        nothing.into_active_model()
    });
    let there = OnConflict::columns([Column::Tallied, Column::Subject])
        .value(Column::Subject, Expr::col((Entity, Column::Subject)))
        .to_owned();
    let rows = Entity::insert_many(fresh).on_conflict(there).exec_with_returning(tx.db()).await?;
    let counts = rows.into_iter().map(|row| {
        ((row.tallied, row.subject), (Count { since: row.since, last: row.last_at, times: row.times }, None))
    });
    Ok(Tallies { counts: counts.collect(), now: tx.now() })
}

impl Tallies {
    /// Whether something may happen once more; all that is asked for, or none. Then it is counted.
    ///
    /// # Refusals
    /// of the first that may not: its place, and why
    pub fn count(&mut self, asked: &[(&Name, Bound)]) -> Outcome<Result<(), (usize, TooOften)>> {
        let mut counted = Vec::with_capacity(asked.len());
        for (place, (name, bound)) in asked.iter().enumerate() {
            let (count, _) = self.counts.get(*name).ok_or_else(|| Fault::because("a count was not locked"))?;
            match rules::once_more(*count, *bound, self.now) {
                Ok(count) => counted.push(((*name).clone(), (count, Some(count.since.plus(bound.within))))),
                Err(too_often) => return Ok(Err((place, too_often))),
            }
        }
        self.counts.extend(counted);
        Ok(Ok(()))
    }

    /// Writes what was counted.
    pub async fn save_in(self, tx: &Tx) -> Outcome<()> {
        use tally::{Column, Entity};
        let counted = self.counts.into_iter().filter_map(|((tallied, subject), (count, expires_at))| {
            let Count { since, last, times } = count;
            let row = tally::Model { tallied, subject, since, last_at: last, times, expires_at: expires_at? };
            Some(row.into_active_model())
        });
        let over = OnConflict::columns([Column::Tallied, Column::Subject])
            .update_columns([Column::Since, Column::LastAt, Column::Times, Column::ExpiresAt])
            .to_owned();
        Entity::insert_many(counted).on_conflict(over).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}

/// Counts one thing, if it may happen.
pub async fn count_in(tx: &Tx, name: Name, bound: Bound) -> Outcome<Result<(), TooOften>> {
    let mut tallies = lock_in(tx, [name.clone()]).await?;
    let counted = tallies.count(&[(&name, bound)])?;
    tallies.save_in(tx).await?;
    Ok(counted.map_err(|(_, too_often)| too_often))
}

/// Forgets counts whose time is over, some at a time.
pub async fn forget(store: &Store) -> Outcome<u64> {
    use tally::{Column, Entity};
    store.forget::<Entity>(Column::Subject, |now| Column::ExpiresAt.lte(now)).await
}
