//! What time does to customers: the hourly sweep (R-CORE-37), the turn of the month (R-CORE-17), the end of retention
//! (R-CORE-34).
//!
//! Each step takes a bounded number of customers under lock and may be run again at any time, on any node.

use std::time::Duration;

use entities::{
    customer,
    types::{AdjustmentKind, CustomerId, FreezeLevel},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{facts, rules};
use crate::{
    budgets::{
        alerts::{self, SettledCustomer},
        rules::settle,
    },
    customers::{
        commands::{is_due_for_release, save_in},
        standing::{Freeze, Frozen, Reach, Standing},
    },
    feed,
    outcome::Outcome,
    resources::freezing,
    store::{Command, Store, Tx},
    trail,
};

/// Customers of one step.
const STEP: u64 = 500;

/// Freezes again whoever was unfrozen with a budget that is still used up, at the level that was lifted (R-CORE-37).
pub async fn sweep(store: &Store, retention: Duration) -> Outcome<usize> {
    repeat(store, || customer::Column::RefreezeLevel.is_not_null().into(), |ids| Refreeze { ids, retention }).await
}

/// Begins the month for customers that spent in an earlier one: usage at 0, alerts of monthly budgets cleared
/// (R-CORE-17). Reads and charges do not wait for it; it brings what is stored in line.
pub async fn turn_month(store: &Store) -> Outcome<usize> {
    let month = store.calendar().month_of(store.clock().now());
    repeat(store, || customer::Column::ExpenditureMonth.lt(month).into(), |ids| TurnMonth { ids }).await
}

/// Releases frozen resources whose retention ended (R-CORE-34).
pub async fn release(store: &Store) -> Outcome<usize> {
    let now = store.clock().now();
    let due = || {
        Condition::all().add(customer::Column::RetentionDeadline.lte(now)).add(customer::Column::ReleasedAt.is_null())
    };
    repeat(store, due, |ids| Release { ids }).await
}

/// Runs a step on the customers of a condition until none is left. A step takes its customers out of the condition; one
/// that does not is not tried twice.
async fn repeat<C: Command<Output = ()>>(
    store: &Store,
    due: impl Fn() -> Condition,
    step: impl Fn(Vec<CustomerId>) -> C,
) -> Outcome<usize> {
    let mut done = 0;
    let mut behind: Option<CustomerId> = None;
    loop {
        let mut query = customer::Entity::find()
            .select_only()
            .column(customer::Column::Id)
            .filter(due())
            .order_by_asc(customer::Column::Id)
            .limit(STEP);
        if let Some(behind) = behind {
            query = query.filter(customer::Column::Id.gt(behind));
        }
        let ids: Vec<CustomerId> = query.into_tuple().all(store.reader()).await?;
        let Some(last) = ids.last().copied() else { return Ok(done) };
        done += ids.len();
        behind = Some(last);
        store.execute(step(ids)).await?;
    }
}

struct Refreeze {
    ids: Vec<CustomerId>,
    retention: Duration,
}

impl Command for Refreeze {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let mut swept = Vec::new();
        for row in tx.lock_customers_in(Condition::all(), &self.ids).await? {
            let deadline = tx.now().plus(self.retention);
            let (after, settled) = rules::sweep(&Standing::of(&row), tx.month(), tx.now(), deadline);
            swept.push(SettledCustomer { row, after, settled });
        }
        let is_frozen_now = |customer: &&SettledCustomer| {
            let level = customer.after.freeze.level();
            level == FreezeLevel::AccountAndResources && Standing::of(&customer.row).freeze.level() != level
        };
        let frozen: Vec<CustomerId> = swept.iter().filter(is_frozen_now).map(|customer| customer.row.id).collect();
        freezing::freeze_in(tx, &frozen).await?;
        write_in(tx, swept).await
    }
}

struct TurnMonth {
    ids: Vec<CustomerId>,
}

impl Command for TurnMonth {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let turned = tx
            .lock_customers_in(Condition::all(), &self.ids)
            .await?
            .into_iter()
            .map(|row| {
                let before = Standing::of(&row);
                let mut after = before.clone().in_month(tx.month());
                let settled = settle(&before, &mut after, tx.now());
                SettledCustomer { row, after, settled }
            })
            .collect();
        write_in(tx, turned).await
    }
}

/// Writes settled customers with all that follows.
async fn write_in(tx: &mut Tx, customers: Vec<SettledCustomer>) -> Outcome<()> {
    save_in(tx, customers.iter().map(|customer| (customer.row.id, &customer.after))).await?;
    let effects = alerts::apply_in(tx, &customers).await?;
    trail::append_in(tx, effects.entries).await?;
    feed::append_in(tx, effects.facts).await?;
    Ok(())
}

struct Release {
    ids: Vec<CustomerId>,
}

impl Command for Release {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let (mut released, mut entries, mut told) = (Vec::new(), Vec::new(), Vec::new());
        for row in tx.lock_customers_in(Condition::all(), &self.ids).await? {
            let mut standing = Standing::of(&row);
            if !is_due_for_release(&standing.freeze, tx.now()) {
                continue;
            }
            let before = standing.freeze.clone();
            if let Freeze::Frozen(Frozen { reach: Reach::Resources { released_at, .. }, .. }) = &mut standing.freeze {
                *released_at = Some(tx.now());
            }
            entries.push(trail::Entry {
                kind: AdjustmentKind::Frozen,
                subject: row.id.cast(),
                author: None,
                before: Some(rules::describe(&before)),
                after: Some("pay-per-use resources released".to_owned()),
                reason: Some("the retention period ended".to_owned()),
            });
            told.push(facts::resources_released(&row, &standing.freeze));
            released.push((row.id, standing));
        }
        save_in(tx, released.iter().map(|(id, standing)| (*id, standing))).await?;
        let ids: Vec<CustomerId> = released.iter().map(|(id, _)| *id).collect();
        freezing::release_in(tx, &ids).await?;
        trail::append_in(tx, entries).await?;
        feed::append_in(tx, told).await?;
        Ok(())
    }
}
