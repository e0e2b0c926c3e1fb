//! Writing customers. The callers hold the rows' locks.

use entities::{
    account, customer,
    types::{AccountId, Amount, CustomerId, DistributorId, FreezeCause, FreezeLevel, MemberId, Thresholds, Timestamp},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Value, sea_query::Expr};

use super::standing::{Freeze, NO_RATIO, Reach, Standing};
use crate::{
    metering::rules::quiet_below,
    store::{Cast, Tx, update_rows},
};

/// The columns of a standing, in the order of [`values`].
const STANDING: &[(&str, Cast)] = &[
    ("freeze_level", Cast::Text),
    ("freeze_cause", Cast::Text),
    ("freeze_reason", Cast::Text),
    ("frozen_at", Cast::BigInt),
    ("frozen_by", Cast::Uuid),
    ("retention_deadline", Cast::BigInt),
    ("released_at", Cast::BigInt),
    ("refreeze_level", Cast::Text),
    ("budget_id", Cast::Uuid),
    ("budget_type", Cast::Text),
    ("budget_amount", Cast::BigInt),
    ("exhaustion_policy", Cast::Text),
    ("window_month", Cast::Integer),
    ("budget_set_at", Cast::BigInt),
    ("budget_set_by", Cast::Uuid),
    ("expenditure_month", Cast::Integer),
    ("expenditure", Cast::BigInt),
    ("counted", Cast::BigInt),
    ("one_time_used", Cast::BigInt),
    ("usage_ratio", Cast::BigInt),
    ("open_alerts", Cast::SmallInt),
    ("counted_since", Cast::BigInt),
    ("quiet_below", Cast::BigInt),
];

/// Writes the standings of customers that the caller locked, in one statement.
pub async fn save_in(tx: &Tx, standings: impl IntoIterator<Item = (CustomerId, &Standing)>) -> Result<(), DbErr> {
    let rows = standings.into_iter().map(|(id, standing)| values(id, standing)).collect();
    update_rows(tx.db(), "customers", STANDING, rows).await
}

fn values(id: CustomerId, standing: &Standing) -> Vec<Value> {
    let frozen = standing.freeze.frozen();
    let (deadline, released_at) = match frozen.map(|frozen| frozen.reach) {
        Some(Reach::Resources { deadline, released_at }) => (Some(deadline), released_at),
        Some(Reach::Account) | None => (None, None),
    };
    let (budget, ledger) = (standing.budget, &standing.ledger);
    vec![
        id.into(),
        standing.freeze.level().into(),
        frozen.map(|frozen| frozen.cause).into(),
        frozen.and_then(|frozen| frozen.reason.clone()).into(),
        frozen.map(|frozen| frozen.since).into(),
        frozen.and_then(|frozen| frozen.by).into(),
        deadline.into(),
        released_at.into(),
        standing.refreeze.into(),
        budget.map(|budget| budget.id).into(),
        budget.map(|budget| budget.kind).into(),
        budget.map(|budget| budget.amount).into(),
        budget.map(|budget| budget.policy).into(),
        budget.map(|budget| budget.window_month).into(),
        budget.map(|budget| budget.set_at).into(),
        budget.and_then(|budget| budget.set_by).into(),
        ledger.month.into(),
        ledger.expenditure.into(),
        ledger.counted.into(),
        ledger.one_time_used.into(),
        standing.usage_ratio().into(),
        ledger.open_alerts.into(),
        ledger.since.into(),
        quiet_below(standing).into(),
    ]
}

/// The row of an account of kind CUSTOMER, associated with a partner and frozen, as each new association is (R-CORE-29).
pub fn association(
    tx: &Tx,
    account: &account::Model,
    partner: AccountId,
    distributor: Option<DistributorId>,
) -> customer::Model {
    customer::Model {
        id: account.id.cast(),
        name_key: account.name.to_lowercase(),
        partner_id: Some(partner),
        distributor_id: distributor,
        associated_at: tx.now(),
        account_manager_id: None,
        tags: customer::Tags::default(),
        freeze_level: FreezeLevel::Account,
        freeze_cause: Some(FreezeCause::Association),
        freeze_reason: None,
        frozen_at: Some(tx.now()),
        frozen_by: None,
        retention_deadline: None,
        released_at: None,
        refreeze_level: None,
        budget_id: None,
        budget_type: None,
        budget_amount: None,
        exhaustion_policy: None,
        window_month: None,
        budget_set_at: None,
        budget_set_by: None,
        expenditure_month: tx.month(),
        expenditure: Amount::ZERO,
        counted: Amount::ZERO,
        one_time_used: Amount::ZERO,
        usage_ratio: NO_RATIO,
        open_alerts: Thresholds::NONE,
        counted_since: Timestamp::default(),
        quiet_below: Amount::ZERO,
    }
}

/// Takes a customer from its partner. The caller has ended what the partner set for it.
pub async fn leave_in(tx: &Tx, id: CustomerId) -> Result<(), DbErr> {
    use customer::Column;
    customer::Entity::update_many()
        .col_expr(Column::PartnerId, Expr::value(None::<AccountId>))
        .col_expr(Column::DistributorId, Expr::value(None::<DistributorId>))
        .col_expr(Column::AccountManagerId, Expr::value(None::<MemberId>))
        .col_expr(Column::Tags, Expr::value(serde_json::json!([])))
        .filter(Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Whether a customer's resources are past their retention at `now` and not released yet.
pub fn is_due_for_release(freeze: &Freeze, now: Timestamp) -> bool {
    freeze.frozen().is_some_and(|frozen| match frozen.reach {
        Reach::Resources { deadline, released_at } => released_at.is_none() && deadline <= now,
        Reach::Account => false,
    })
}
