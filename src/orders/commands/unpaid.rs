//! Orders that nobody paid.

use entities::{
    order,
    types::{OrderId, OrderStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    outcome::Outcome,
    resources::commands::cancel_orders_in,
    store::{Command, Store, Tx},
};

/// Orders of one step.
const AT_ONCE: u64 = 500;

/// Cancels orders whose time to be paid is over.
pub async fn cancel_unpaid(store: &Store) -> Outcome<u64> {
    store.execute_in_steps(AT_ONCE, || CancelUnpaid).await
}

struct CancelUnpaid;

impl Command for CancelUnpaid {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use order::Column;
        let due: Vec<OrderId> = order::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Status.eq(OrderStatus::PendingPayment))
            .filter(Column::PayUntil.lte(tx.now()))
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .lock_exclusive()
            .into_tuple()
            .all(tx.db())
            .await?;
        if !due.is_empty() {
            cancel_orders_in(tx, Column::Id.is_in(due.iter().copied())).await?;
        }
        Ok(due.len() as u64)
    }
}
