//! The sequencer: gives committed events their positions, and trims the log.
//!
//! The one row of `feed_head` is its lock. Whoever holds it places what is committed, in the order of insertion, in one
//! transaction; the next one starts where it ended. Events of one customer are inserted under the customer's lock, so
//! their positions follow the order of the changes.

use std::time::Duration;

use entities::{event, feed_head};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set, Statement,
    sea_query::Expr,
};

use crate::{
    outcome::{Fault, Outcome},
    store::{Command, Store, Tx},
};

/// Events placed in one transaction.
const BATCH: i64 = 1_000;

/// Places everything that is committed and waits. Returns whether anything was placed.
pub async fn place_waiting(store: &Store) -> Outcome<bool> {
    let mut placed_any = false;
    while is_anything_waiting(store).await? {
        let placed = store.execute(Place).await?;
        placed_any |= placed > 0;
        if placed < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(placed_any)
}

async fn is_anything_waiting(store: &Store) -> Result<bool, DbErr> {
    let waiting = event::Entity::find().filter(event::Column::Position.is_null()).limit(1);
    Ok(waiting.count(store.reader()).await? > 0)
}

struct Place;

impl Command for Place {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let head = lock_head_in(tx).await?;
        let backend = tx.db().get_database_backend();
        let sql = "UPDATE events SET position = placed.place FROM (\
                SELECT entry, $1 + ROW_NUMBER() OVER (ORDER BY entry) AS place \
                FROM events WHERE position IS NULL ORDER BY entry LIMIT $2\
            ) AS placed WHERE events.entry = placed.entry";
        let statement = Statement::from_sql_and_values(backend, sql, [head.last_position.into(), BATCH.into()]);
        let placed = tx.db().execute_raw(statement).await?.rows_affected();
        if placed > 0 {
            let last = head.last_position + i64::try_from(placed).map_err(|error| Fault(Box::new(error)))?;
            feed_head::Entity::update_many()
                .col_expr(feed_head::Column::LastPosition, Expr::value(last))
                .exec(tx.db())
                .await?;
        }
        Ok(placed)
    }
}

async fn lock_head_in(tx: &Tx) -> Result<feed_head::Model, Fault> {
    let head = feed_head::Entity::find_by_id(1).lock_exclusive().one(tx.db()).await?;
    head.ok_or_else(|| Fault::because("the feed has no head: the database was not migrated"))
}

/// Forgets events older than `keep`. Cursors before the cut are answered with an explicit reset.
pub struct Trim {
    /// How long the feed can be replayed.
    pub keep: Duration,
}

impl Command for Trim {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let head = lock_head_in(tx).await?;
        let oldest = tx.now().minus(self.keep);
        let cut = event::Entity::find()
            .select_only()
            .column_as(event::Column::Position.max(), "cut")
            .filter(event::Column::Position.is_not_null())
            .filter(event::Column::OccurredAt.lt(oldest))
            .into_tuple::<Option<i64>>()
            .one(tx.db())
            .await?
            .flatten();
        let Some(cut) = cut.filter(|cut| *cut > head.trimmed_to) else { return Ok(0) };
        let gone = event::Entity::delete_many().filter(event::Column::Position.lte(cut)).exec(tx.db()).await?;
        let head = feed_head::ActiveModel { id: Set(1), trimmed_to: Set(cut), ..Default::default() };
        feed_head::Entity::update(head).exec(tx.db()).await?;
        Ok(gone.rows_affected)
    }
}
