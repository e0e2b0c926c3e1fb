//! Writing what [`settle`](super::rules::settle) found: alerts, the freeze by the system, and what to tell of them.

use std::collections::BTreeMap;

use entities::{
    budget_alert, customer,
    types::{AdjustmentKind, AlertId, AlertStatus, CustomerId, Threshold, Thresholds},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use super::{facts, rules::Settled};
use crate::{customers::standing::Standing, feed::Fact, freezes, notifications, outcome::Outcome, store::Tx, trail};

/// A customer whose standing was settled.
pub struct SettledCustomer {
    /// The row as it was loaded, under lock.
    pub row: customer::Model,
    /// The standing as it has become.
    pub after: Standing,
    /// What settling found.
    pub settled: Settled,
}

/// Facts and records that a change leads to, to be written with it.
#[derive(Default)]
pub struct Effects {
    /// For the feed.
    pub facts: Vec<Fact>,
    /// For the adjustment records.
    pub entries: Vec<trail::Entry>,
}

/// Alerts of one INSERT: ten values each stay below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 2_000;

/// Clears and raises alerts in one statement each, writes the messages to recipients where any were raised, and returns what to tell of them and of freezes by the system.
pub async fn apply_in(tx: &mut Tx, customers: &[SettledCustomer]) -> Outcome<Effects> {
    clear_in(tx, customers).await?;
    let mut effects = Effects::default();
    let mut alerts = Vec::new();
    for customer in customers {
        for alert in raised(tx, customer) {
            effects.facts.push(facts::threshold_reached(&customer.row, &alert));
            alerts.push(alert);
        }
        if customer.settled.froze {
            effects.facts.push(freezes::facts::freeze_changed(&customer.row, &customer.after.freeze));
            effects.entries.push(trail::Entry {
                kind: AdjustmentKind::Frozen,
                subject: customer.row.id.cast(),
                author: None,
                before: Some(freezes::rules::describe(&Standing::of(&customer.row).freeze)),
                after: Some(freezes::rules::describe(&customer.after.freeze)),
                reason: customer.after.freeze.frozen().and_then(|frozen| frozen.reason.clone()),
            });
        }
    }
    tx.note_alerts(alerts.iter().map(|alert| alert.threshold));
    for some in alerts.chunks(ROWS_PER_INSERT) {
        let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
        budget_alert::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    }
    notifications::tell_of_alerts_in(tx, &alerts).await?;
    Ok(effects)
}

fn raised(tx: &Tx, customer: &SettledCustomer) -> Vec<budget_alert::Model> {
    let Some(budget) = customer.after.budget else { return Vec::new() };
    customer
        .settled
        .raised
        .iter()
        .map(|threshold| budget_alert::Model {
            id: AlertId::new(tx.now()),
            customer_id: customer.row.id,
            budget_type: budget.kind,
            window_month: budget.alert_window(customer.after.ledger.month),
            threshold: threshold.percent(),
            amount: budget.amount,
            used: customer.after.used(),
            raised_at: tx.now(),
            status: AlertStatus::Open,
            cleared_at: None,
        })
        .collect()
}

/// Customers that clear the same thresholds share a statement: seven at most.
async fn clear_in(tx: &Tx, customers: &[SettledCustomer]) -> Outcome<()> {
    use budget_alert::Column;
    let mut alike: BTreeMap<Vec<i16>, Vec<CustomerId>> = BTreeMap::new();
    for customer in customers.iter().filter(|customer| customer.settled.cleared != Thresholds::NONE) {
        let percents = customer.settled.cleared.iter().map(Threshold::percent).collect();
        alike.entry(percents).or_default().push(customer.row.id);
    }
    for (percents, ids) in alike {
        budget_alert::Entity::update_many()
            .col_expr(Column::Status, Expr::value(AlertStatus::Cleared))
            .col_expr(Column::ClearedAt, Expr::value(Some(tx.now())))
            .filter(Column::CustomerId.is_in(ids))
            .filter(Column::Status.eq(AlertStatus::Open))
            .filter(Column::Threshold.is_in(percents))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
