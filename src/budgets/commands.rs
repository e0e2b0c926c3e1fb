//! Setting budgets, one or many (O-CORE-05, O-CORE-06).

use std::{collections::BTreeMap, sync::Arc};

use entities::{
    adjustment_record, customer,
    types::{AdjustmentKind, Amount, BudgetId, BudgetType, CustomerId, ResellerId},
};

use super::{
    alerts::{self, SettledCustomer},
    facts,
    rules::{self, NewBudget, Refusal, Setting},
};
use crate::{
    access::Viewer,
    customers::{commands::save_in, standing::Standing},
    feed, freezes,
    outcome::{Error, Outcome, Refusal as Reason},
    permissions::{
        commands::{InCharge, Movement, lock_in_charge_in, move_allotted_in, reseller_of},
        rules::Permissions,
    },
    store::{Command, Tx},
    trail,
    verification::commands::Checked,
};

/// Customers of one batch: what a person can still oversee, and what keeps the lock of a reseller short.
pub const MAX_BATCH: usize = 100;

/// Sets or replaces the budgets of customers: all of them, or none (R-CORE-39).
///
/// # Refusals, first kind that holds, for each customer
/// `NotFound` · `NotInCharge` (R-CORE-12) · `Required`, `Expired`, `Invalid` (code; R-CORE-27, -28) ·
/// `TypeNotGranted` (R-CORE-10) · `QuotaExceeded` (R-CORE-11)
pub struct SetBudgets {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Whose budgets, without repetition.
    pub customers: Vec<CustomerId>,
    /// The budget that each gets.
    pub budget: NewBudget,
    /// The verification code.
    pub code: Checked,
}

/// What was set.
#[derive(Debug)]
pub struct BudgetsSet {
    /// The customers, in the order given.
    pub customers: Vec<CustomerId>,
    /// The record of each.
    pub records: Vec<adjustment_record::Model>,
}

/// Checks the size of a batch.
pub fn check_batch(given: usize) -> Result<(), Refusal> {
    if (1..=MAX_BATCH).contains(&given) { Ok(()) } else { Err(Refusal::BatchSize { given, allowed: MAX_BATCH }) }
}

impl Command for SetBudgets {
    type Output = BudgetsSet;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<BudgetsSet> {
        let in_charge = lock_in_charge_in(tx, &self.viewer, &self.customers).await?;
        self.code.use_in(tx, rules::always_asks(self.budget.policy)).await?;
        let movements = self.movements(&in_charge)?;

        let mut customers = Vec::with_capacity(in_charge.customers.len());
        let mut entries = Vec::new();
        let mut told = Vec::new();
        for row in in_charge.customers {
            let customer = self.replace(tx, row);
            self.tell(&customer, &mut entries, &mut told);
            customers.push(customer);
        }
        for (reseller, movement) in movements {
            move_allotted_in(tx, reseller, movement).await?;
        }
        save_in(tx, customers.iter().map(|customer| (customer.row.id, &customer.after))).await?;
        let effects = alerts::apply_in(tx, &customers).await?;
        told.extend(effects.facts);
        // The records of the budgets come first, one for each customer: the caller is shown these.
        let shown = customers.len();
        entries.sort_by_key(|entry| entry.kind != AdjustmentKind::BudgetSet);
        entries.extend(effects.entries);
        let mut records = trail::append_in(tx, entries).await?;
        records.truncate(shown);
        feed::append_in(tx, told).await?;
        Ok(BudgetsSet { customers: self.customers.clone(), records })
    }
}

impl SetBudgets {
    fn replace(&self, tx: &Tx, row: customer::Model) -> SettledCustomer {
        let before = Standing::of(&row);
        let mut after = before.clone().in_month(tx.month());
        let setting =
            Setting { by: self.viewer.account.id, at: tx.now(), month: tx.month(), fresh_id: BudgetId::new(tx.now()) };
        rules::replace_budget(&mut after, self.budget, setting);
        let settled = rules::settle(&before, &mut after, tx.now());
        SettledCustomer { row, after, settled }
    }

    fn tell(&self, customer: &SettledCustomer, entries: &mut Vec<trail::Entry>, told: &mut Vec<feed::Fact>) {
        let before = Standing::of(&customer.row);
        let entry = |kind, before, after, reason| trail::Entry {
            kind,
            subject: customer.row.id.cast(),
            author: Some((&*self.viewer).into()),
            before,
            after,
            reason,
        };
        entries.push(entry(
            AdjustmentKind::BudgetSet,
            rules::describe(&before),
            rules::describe(&customer.after),
            None,
        ));
        told.push(facts::budget_changed(&customer.row, self.budget.kind, self.budget.amount));
        let lifted = before.freeze != customer.after.freeze && !customer.settled.froze;
        if lifted {
            entries.push(entry(
                AdjustmentKind::Unfrozen,
                Some(freezes::rules::describe(&before.freeze)),
                Some(freezes::rules::describe(&customer.after.freeze)),
                Some("with a new budget".to_owned()),
            ));
            told.push(freezes::facts::unfrozen(&customer.row, &before.freeze, "with a new budget"));
        }
    }

    /// How the counters of each reseller move; refused where a type is not granted or a quota would be exceeded.
    fn movements(&self, in_charge: &InCharge) -> Outcome<BTreeMap<ResellerId, Movement>> {
        let mut movements: BTreeMap<ResellerId, Movement> = BTreeMap::new();
        for row in &in_charge.customers {
            let Some(reseller) = reseller_of(row) else { continue };
            let movement = movements.entry(reseller).or_default();
            if let (Some(kind), Some(amount)) = (row.budget_type, row.budget_amount) {
                movement.add(kind, -amount.units(), -1);
            }
            movement.add(self.budget.kind, self.budget.amount.units(), 1);
        }
        let refusals: Vec<Reason> = movements
            .iter()
            .filter_map(|(reseller, movement)| {
                let permissions = in_charge.permissions.get(reseller)?;
                check_quota(permissions, self.budget, *movement).err()
            })
            .map(|refusal| Reason::of(&refusal))
            .collect();
        if refusals.is_empty() { Ok(movements) } else { Err(Error::Refused(refusals)) }
    }
}

impl Movement {
    /// The counters move by one budget.
    pub(super) fn of(kind: BudgetType, by: Amount, budgets: i64) -> Self {
        let mut movement = Self::default();
        movement.add(kind, by.units(), budgets);
        movement
    }

    fn add(&mut self, kind: BudgetType, units: i64, budgets: i64) {
        let (sum, count) = match kind {
            BudgetType::Monthly => (&mut self.monthly_units, &mut self.monthly_budgets),
            BudgetType::OneTime => (&mut self.one_time_units, &mut self.one_time_budgets),
        };
        *sum = sum.saturating_add(units);
        *count += budgets;
    }

    fn units(self, kind: BudgetType) -> i64 {
        match kind {
            BudgetType::Monthly => self.monthly_units,
            BudgetType::OneTime => self.one_time_units,
        }
    }
}

/// Quotas bind an authorized reseller (R-CORE-10, -11); without authorization the distributor is in charge, and none
/// bind it.
fn check_quota(permissions: &Permissions, budget: NewBudget, movement: Movement) -> Result<(), Refusal> {
    if !permissions.budget_and_freeze {
        return Ok(());
    }
    let allotment = permissions.allotment(budget.kind);
    let Some(quota) = allotment.quota else { return Err(Refusal::TypeNotGranted(budget.kind)) };
    let would_be = Amount::from_units(allotment.allotted.units().saturating_add(movement.units(budget.kind)));
    if would_be > quota {
        let others = would_be.minus(budget.amount);
        let left = quota.minus(others).max(Amount::ZERO);
        return Err(Refusal::QuotaExceeded { kind: budget.kind, would_be, quota, left });
    }
    Ok(())
}
