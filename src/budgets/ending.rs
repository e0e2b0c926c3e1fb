//! What becomes of budget and freeze when a customer leaves its partner.

use std::slice;

use entities::{
    customer,
    types::{AdjustmentKind, Amount, FreezeLevel},
};

use super::{
    alerts::{self, SettledCustomer},
    rules,
};
use crate::{
    customers::{commands::save_in, standing::Standing},
    feed, freezes,
    outcome::Outcome,
    permissions::commands::{Movement, move_allotted_in, reseller_of},
    resources::freezing,
    store::Tx,
    trail::{self, Author},
};

/// Takes away what a partner set for a customer that leaves it: the budget with its alerts, and the freeze. What it was
/// allotted goes back to the reseller's quota. The caller holds the locks of the reseller's permissions and of the
/// customer, whose row is given as it was before.
pub async fn end_in(tx: &mut Tx, row: &customer::Model, author: Option<Author>) -> Outcome<()> {
    let before = Standing::of(row);
    let mut after = before.clone().in_month(tx.month());
    let settled = rules::end(&before, &mut after, tx.now());
    if let (Some(reseller), Some(kind), Some(amount)) = (reseller_of(row), row.budget_type, row.budget_amount) {
        let movement = Movement::of(kind, Amount::ZERO.minus(amount), -1);
        move_allotted_in(tx, reseller, movement).await?;
    }
    let customer = SettledCustomer { row: row.clone(), after, settled };
    save_in(tx, [(row.id, &customer.after)]).await?;
    if before.freeze.level() == FreezeLevel::AccountAndResources {
        freezing::unfreeze_in(tx, &[row.id]).await?;
    }
    let effects = alerts::apply_in(tx, slice::from_ref(&customer)).await?;
    let (mut told, mut entries) = (effects.facts, effects.entries);
    let entry = |kind, before, after| trail::Entry {
        kind,
        subject: row.id.cast(),
        author,
        before,
        after,
        reason: Some("the association ended".to_owned()),
    };
    if before.budget.is_some() {
        entries.push(entry(AdjustmentKind::BudgetRemoved, rules::describe(&before), None));
    }
    if before.freeze.frozen().is_some() {
        let words = |standing: &Standing| Some(freezes::rules::describe(&standing.freeze));
        entries.push(entry(AdjustmentKind::Unfrozen, words(&before), words(&customer.after)));
        told.push(freezes::facts::unfrozen(row, &before.freeze, "the association ended"));
    }
    trail::append_in(tx, entries).await?;
    feed::append_in(tx, told).await?;
    Ok(())
}
