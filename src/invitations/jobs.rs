//! What time does to invitations: they end. One that failed keeps the cause, and can no longer be followed either. Runs each
//! hour; whoever follows one meanwhile finds that it is too old.

use entities::{invitation, types::InvitationStatus};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    outcome::Outcome,
    store::{Command, Store, Tx},
};

/// Invitations of one step.
const STEP: u64 = 1_000;

/// Ends the invitations whose time is over. Returns how many there were.
pub async fn run(store: &Store) -> Outcome<u64> {
    store.execute_in_steps(STEP, || Expire).await
}

struct Expire;

impl Command for Expire {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use invitation::Column;
        let over = Column::Status.eq(InvitationStatus::Sent).and(Column::ValidUntil.lte(tx.now()));
        let due = invitation::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(over.clone())
            .order_by_asc(Column::Id)
            .limit(STEP)
            .into_query();
        // Asked again of each: one may have been followed meanwhile, or sent again.
        let ended = invitation::Entity::update_many()
            .col_expr(Column::Status, Expr::value(InvitationStatus::Expired))
            .filter(over)
            .filter(Column::Id.in_subquery(due))
            .exec(tx.db())
            .await?;
        Ok(ended.rows_affected)
    }
}
