//! The sequencer: gives committed events their positions, and trims the log.
//!
//! One node has this duty at a time, by a [lease](crate::store::Lease). It places what is committed, in the order of
//! insertion, and each placing checks the lease in its own transaction: a node that stalled and wakes up places nothing.
//! On PostgreSQL a placing is one statement, so that a node which stalls cannot hold a lock meanwhile. Events of one
//! customer are inserted under the customer's lock, so their positions follow the order of the changes.

use std::time::Duration;

use entities::{event, feed_head, webhook_endpoint};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Statement,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    outcome::{Fault, Outcome},
    store::{Command, Fence, Store, Tx},
};

/// Events placed in one transaction.
const BATCH: i64 = 1_000;
/// Events that one transaction removes.
const TRIMMED_AT_ONCE: u64 = 1_000;

/// Places everything that is committed and waits, under the sequencer's lease. Returns whether anything was placed;
/// fails with [`TakenOver`](crate::store::TakenOver) where the lease has changed hands.
pub async fn place_waiting(store: &Store, fence: Fence) -> Result<bool, Fault> {
    let mut placed_any = false;
    loop {
        let placed = match store.backend() {
            DbBackend::Postgres => place_at_once(store, fence).await?,
            _ if !is_anything_waiting(store).await? => 0,
            _ => store.fenced(fence).execute(Place).await?,
        };
        placed_any |= placed > 0;
        if placed < BATCH {
            return Ok(placed_any);
        }
    }
}

/// Waiting events are looked for before any lock is taken, and the head is locked only where there are some. The lease
/// is locked against a change of hands; whoever takes over waits for this statement, and this statement, once it waited
/// for a take-over, finds its epoch gone. Where another placing went first after all, the head is no longer where this
/// statement's snapshot has it, and what waited there has its place: nothing is placed, and the answer says so.
const PLACE_AT_ONCE: &str = "
WITH fence AS (
    SELECT 1 FROM leases WHERE name = 'sequencer' AND epoch = $1 FOR SHARE
), waiting AS (
    SELECT entry, ROW_NUMBER() OVER (ORDER BY entry) AS place
    FROM (SELECT entry FROM events WHERE position IS NULL ORDER BY entry LIMIT $2) AS oldest
    WHERE EXISTS (SELECT 1 FROM fence)
), head AS (
    SELECT last_position FROM feed_head WHERE id = 1 AND EXISTS (SELECT 1 FROM waiting)
        AND last_position = (SELECT last_position FROM feed_head WHERE id = 1) FOR UPDATE
), placed AS (
    UPDATE events SET position = head.last_position + waiting.place
    FROM waiting CROSS JOIN head WHERE events.entry = waiting.entry RETURNING 1
), moved AS (
    UPDATE feed_head SET last_position = last_position + (SELECT COUNT(*) FROM placed)
    WHERE id = 1 AND EXISTS (SELECT 1 FROM head)
)
SELECT (SELECT COUNT(*) FROM placed), EXISTS (SELECT 1 FROM fence),
    EXISTS (SELECT 1 FROM waiting) AND NOT EXISTS (SELECT 1 FROM head)";

async fn place_at_once(store: &Store, fence: Fence) -> Result<i64, Fault> {
    loop {
        let values = [fence.epoch.into(), BATCH.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, PLACE_AT_ONCE, values);
        let rows = store.at_once(statement).await?;
        let row = rows.first().ok_or_else(|| Fault::because("the sequencer got no answer"))?;
        if !row.try_get_by_index::<bool>(1)? {
            return Err(fence.taken_over());
        }
        let another_went_first: bool = row.try_get_by_index(2)?;
        if !another_went_first {
            return Ok(row.try_get_by_index(0)?);
        }
    }
}

async fn is_anything_waiting(store: &Store) -> Result<bool, DbErr> {
    let waiting = event::Entity::find().filter(event::Column::Position.is_null()).limit(1);
    Ok(waiting.one(store.reader()).await?.is_some())
}

/// The same for SQLite, which cannot change rows within a larger statement.
struct Place;

impl Command for Place {
    type Output = i64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<i64> {
        let head = lock_head_in(tx).await?;
        let sql = "UPDATE events SET position = placed.place FROM (\
                SELECT entry, $1 + ROW_NUMBER() OVER (ORDER BY entry) AS place \
                FROM events WHERE position IS NULL ORDER BY entry LIMIT $2\
            ) AS placed WHERE events.entry = placed.entry";
        let values = [head.last_position.into(), BATCH.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        let placed = tx.db().execute_raw(statement).await?.rows_affected();
        let placed = i64::try_from(placed).map_err(|error| Fault(Box::new(error)))?;
        if placed > 0 {
            feed_head::Entity::update_many()
                .col_expr(feed_head::Column::LastPosition, Expr::value(head.last_position + placed))
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

/// How far [`Renumber`] moves: farther than any feed grows between a backup and its restoring.
const FAR: i64 = 1 << 40;

/// Moves all positions of the feed far ahead, after a backup was restored. What was placed between the backup and the
/// restoring is gone, and its positions must not come again: a client that saw the old ones would take the new ones for
/// seen. So every cursor given before ends with `CURSOR_EXPIRED`, which tells the client to load the present state. The
/// cursors of webhooks are kept here, and move along.
pub struct Renumber;

impl Command for Renumber {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use {event::Column, feed_head::Column as Head};
        lock_head_in(tx).await?;
        event::Entity::update_many()
            .col_expr(Column::Position, Expr::col(Column::Position).add(FAR))
            .filter(Column::Position.is_not_null())
            .exec(tx.db())
            .await?;
        feed_head::Entity::update_many()
            .col_expr(Head::LastPosition, Expr::col(Head::LastPosition).add(FAR))
            .col_expr(Head::TrimmedTo, Expr::col(Head::TrimmedTo).add(FAR))
            .exec(tx.db())
            .await?;
        let cursor = webhook_endpoint::Column::Position;
        webhook_endpoint::Entity::update_many().col_expr(cursor, Expr::col(cursor).add(FAR)).exec(tx.db()).await?;
        Ok(())
    }
}

/// Removes events from the log that happened longer than `keep` ago, some at a time: nothing is placed meanwhile. Cursors
/// into what is gone are refused from then on. Returns how many there were.
pub async fn trim(store: &Store, keep: Duration) -> Outcome<u64> {
    store.execute_in_steps(TRIMMED_AT_ONCE, || Trim { keep }).await
}

struct Trim {
    keep: Duration,
}

impl Command for Trim {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use event::Column;
        lock_head_in(tx).await?;
        let old: Vec<i64> = event::Entity::find()
            .select_only()
            .column(Column::Position)
            .filter(Column::Position.is_not_null())
            .filter(Column::OccurredAt.lt(tx.now().minus(self.keep)))
            .order_by_asc(Column::Position)
            .limit(TRIMMED_AT_ONCE)
            .into_tuple()
            .all(tx.db())
            .await?;
        if let Some(cut) = old.last().copied() {
            event::Entity::delete_many().filter(Column::Position.lte(cut)).exec(tx.db()).await?;
            let head = feed_head::ActiveModel { id: Set(1), trimmed_to: Set(cut), ..Default::default() };
            feed_head::Entity::update(head).exec(tx.db()).await?;
        }
        Ok(old.len() as u64)
    }
}
