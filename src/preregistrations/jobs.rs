//! What time does to claims: a warning some days before the end, and the end (R-CUS-05). Runs each hour; who asks for a
//! claim meanwhile looks at the time by itself.

use entities::{
    preregistration,
    types::{EventType, PreregistrationStatus},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};

use super::{facts, rules};
use crate::{
    feed,
    outcome::Outcome,
    store::{Command, Store, Tx},
};

/// Claims of one step.
const STEP: u64 = 500;

/// Warns of claims that end soon, and ends those whose time is over. Returns how many there were.
pub async fn run(store: &Store) -> Outcome<u64> {
    let ended = store.execute_in_steps(STEP, || Expire).await?;
    Ok(ended + store.execute_in_steps(STEP, || Warn).await?)
}

/// Claims of a condition, locked, and changed in one column.
async fn take_in(
    tx: &Tx,
    due: Condition,
    column: preregistration::Column,
    value: SimpleExpr,
) -> Outcome<Vec<preregistration::Model>> {
    use preregistration::Column;
    let rows = preregistration::Entity::find()
        .filter(Column::Status.eq(PreregistrationStatus::Preregistered))
        .filter(due)
        .order_by_asc(Column::Id)
        .limit(STEP)
        .lock_exclusive()
        .all(tx.db())
        .await?;
    if !rows.is_empty() {
        preregistration::Entity::update_many()
            .col_expr(column, value)
            .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(tx.db())
            .await?;
    }
    Ok(rows)
}

/// Ends the claims of a condition whose time is over, and tells their partners.
pub(super) async fn expire_in(tx: &mut Tx, which: Condition) -> Outcome<u64> {
    use preregistration::Column;
    let due = which.add(Column::ExpiresAt.lte(tx.now()));
    let ended = take_in(tx, due, Column::Status, Expr::value(PreregistrationStatus::Expired)).await?;
    let told = ended.iter().map(|row| facts::claim_ends(row, EventType::PreregistrationExpired)).collect();
    feed::append_in(tx, told).await?;
    Ok(ended.len() as u64)
}

struct Expire;

impl Command for Expire {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        expire_in(tx, Condition::all()).await
    }
}

struct Warn;

impl Command for Warn {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use preregistration::Column;
        let soon = Column::ExpiresAt.lte(tx.now().plus(rules::WARNED_BEFORE));
        let due = Condition::all().add(soon).add(Column::WarnedAt.is_null());
        let warned = take_in(tx, due, Column::WarnedAt, Expr::value(Some(tx.now()))).await?;
        let told = warned.iter().map(|row| facts::claim_ends(row, EventType::PreregistrationExpiring)).collect();
        feed::append_in(tx, told).await?;
        Ok(warned.len() as u64)
    }
}
