//! What a budget does: when alerts open and close, what a new budget means, and what it may be.

use entities::types::{
    AccountId, Amount, BudgetId, BudgetType, ExhaustionPolicy, FreezeCause, FreezeLevel, Month, Threshold, Thresholds,
    Timestamp,
};

use crate::{
    customers::standing::{Budget, Freeze, Frozen, Reach, Standing},
    outcome::{Refuse, UserErrorCode},
};

/// What [`settle`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Alerts to raise, lowest first, in the window of the present budget.
    pub raised: Thresholds,
    /// Alerts to clear, of the window that the standing had before.
    pub cleared: Thresholds,
    /// The account was frozen by the system.
    pub froze: bool,
}

/// Brings alerts and freeze in line with budget and usage.
///
/// `before` is the standing as it was stored, `after` as it has become. Alerts of another window than the present one
/// are cleared whole: a new month (R-CORE-17) and a switch of type begin anew. Within a window each threshold is raised
/// once and cleared only when the usage falls under it (R-CORE-21, -23). Under AUTOMATIC an exhausted account that is
/// not frozen freezes (R-CORE-24), unless somebody lifted the freeze by hand: then the sweep of the next hour does it
/// (R-CORE-37).
pub fn settle(before: &Standing, after: &mut Standing, now: Timestamp) -> Settled {
    let window =
        |standing: &Standing, month: Month| standing.budget.map(|budget| (budget.kind, budget.alert_window(month)));
    let was_open = before.ledger.open_alerts;
    let same_window = window(before, before.ledger.month) == window(after, after.ledger.month);
    let still_open = if same_window { was_open } else { Thresholds::NONE };

    let reached = after.budget.map_or(Thresholds::NONE, |budget| budget.reached(after.used()));
    after.ledger.open_alerts = reached;

    let due = must_freeze(after);
    let froze = due && after.refreeze.is_none();
    if froze {
        after.freeze = frozen_by_exhaustion(now, Reach::Account);
    }
    if !due {
        // Nothing is put off any more: the budget was raised, a month began, or somebody froze.
        after.refreeze = None;
    }
    Settled {
        raised: reached.without(still_open),
        cleared: if same_window { was_open.without(reached) } else { was_open },
        froze,
    }
}

/// What is left when the customer leaves the partner that set it all: no budget, no freeze, nothing put off. Spending
/// stays until the next association.
pub fn end(before: &Standing, after: &mut Standing, now: Timestamp) -> Settled {
    after.budget = None;
    after.freeze = Freeze::None;
    after.refreeze = None;
    after.ledger.one_time_used = Amount::ZERO;
    settle(before, after, now)
}

/// Whether the system has to freeze this account: exhausted under AUTOMATIC and not frozen (R-CORE-24).
pub fn must_freeze(standing: &Standing) -> bool {
    standing.freeze == Freeze::None
        && standing.is_exhausted()
        && standing.budget.is_some_and(|budget| budget.policy == ExhaustionPolicy::Automatic)
}

/// The freeze that the system imposes.
pub fn frozen_by_exhaustion(now: Timestamp, reach: Reach) -> Freeze {
    Freeze::Frozen(Frozen {
        reach,
        cause: FreezeCause::BudgetExhausted,
        reason: Some("the budget is used up".to_owned()),
        since: now,
        by: None,
    })
}

/// A budget as somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewBudget {
    /// How it restores.
    pub kind: BudgetType,
    /// How much.
    pub amount: Amount,
    /// Who freezes when it is used up.
    pub policy: ExhaustionPolicy,
    /// Whether an account freeze is lifted with it (R-CORE-30).
    pub unfreeze_now: bool,
}

/// Who sets it and when.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The partner.
    pub by: AccountId,
    /// The instant.
    pub at: Timestamp,
    /// The month of that instant.
    pub month: Month,
    /// The id, should the customer have no budget yet.
    pub fresh_id: BudgetId,
}

/// Puts a new budget in place of the old one. `standing` is in the present month already.
///
/// The type may switch at once (R-CORE-14): to monthly, the usage becomes the month's expenditure (R-CORE-15); to
/// one-time, it accumulates from the start of this month (R-CORE-16). The same type keeps its window.
/// Returns whether an account freeze was lifted (R-CORE-30).
pub fn replace_budget(standing: &mut Standing, new: NewBudget, setting: Setting) -> bool {
    let old = standing.budget;
    let keeps_window = old.is_some_and(|old| old.kind == new.kind);
    if !keeps_window {
        standing.ledger.one_time_used = match new.kind {
            BudgetType::Monthly => Amount::ZERO,
            BudgetType::OneTime => standing.ledger.counted,
        };
    }
    standing.budget = Some(Budget {
        id: old.map_or(setting.fresh_id, |old| old.id),
        kind: new.kind,
        amount: new.amount,
        policy: new.policy,
        window_month: old.filter(|_| keeps_window).map_or(setting.month, |old| old.window_month),
        set_at: setting.at,
        set_by: Some(setting.by),
    });
    // A new decision about the budget: what an earlier unfreeze put off is decided anew by `settle`.
    standing.refreeze = None;
    let lifts = new.unfreeze_now && standing.freeze.level() == FreezeLevel::Account;
    if lifts {
        standing.freeze = Freeze::None;
    }
    lifts
}

/// Whether setting this budget needs a verification code whatever the register says: AUTOMATIC does (R-CORE-27,
/// R-SUP-10).
pub fn always_asks(policy: ExhaustionPolicy) -> bool {
    policy == ExhaustionPolicy::Automatic
}

/// What a customer may buy, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchasing {
    /// Yearly/monthly products.
    pub yearly_monthly: bool,
    /// Reserved instances.
    pub reserved_instance: bool,
    /// Pay-per-use products.
    pub pay_per_use: bool,
    /// Why not, where one is false.
    pub reasons: Vec<String>,
}

/// What a customer may buy now: nothing while frozen (R-CORE-24); without a budget (R-CORE-26) or with an exhausted one
/// (R-CORE-25) only pay-per-use.
pub fn purchasing(standing: &Standing) -> Purchasing {
    let mut reasons = Vec::new();
    let frozen = standing.freeze != Freeze::None;
    if frozen {
        reasons.push("the account is frozen".to_owned());
    }
    match standing.budget {
        None => reasons.push("no budget is set: prepaid purchases need one".to_owned()),
        Some(_) if standing.is_exhausted() => {
            reasons.push("the budget is used up: prepaid purchases need what is left of one".to_owned());
        }
        Some(_) => {}
    }
    let prepaid = reasons.is_empty();
    Purchasing { yearly_monthly: prepaid, reserved_instance: prepaid, pay_per_use: !frozen, reasons }
}

/// Why a budget cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// R-CORE-10.
    #[error("your distributor allotted you no {} quota: ask for one or choose the other type", .0.word())]
    TypeNotGranted(BudgetType),
    /// R-CORE-11.
    #[error("{kind} budgets would add up to {would_be}, above the quota of {quota}: lower the amount to {left} or less", kind = .kind.word())]
    QuotaExceeded {
        /// The type.
        kind: BudgetType,
        /// The sum that the change would lead to.
        would_be: Amount,
        /// The ceiling.
        quota: Amount,
        /// The most that this budget could be; of a batch, all of them together.
        left: Amount,
    },
    /// More customers than a batch may have.
    #[error("{given} customers given, 1 to {allowed} are possible at once")]
    BatchSize {
        /// How many were given.
        given: usize,
        /// How many may be.
        allowed: usize,
    },
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::TypeNotGranted(_) => UserErrorCode::BudgetTypeNotGranted,
            Self::QuotaExceeded { .. } => UserErrorCode::QuotaExceeded,
            Self::BatchSize { .. } => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TypeNotGranted(_) => Some("type"),
            Self::QuotaExceeded { .. } => Some("amount"),
            Self::BatchSize { .. } => Some("customerIds"),
        }
    }
}

/// The budget in words, for adjustment records.
pub fn describe(standing: &Standing) -> Option<String> {
    standing.budget.map(|budget| format!("{} {} USD, {}", budget.kind.word(), budget.amount, budget.policy.word()))
}

/// The thresholds in words, for messages.
pub fn percents(thresholds: Thresholds) -> Vec<i16> {
    thresholds.iter().map(Threshold::percent).collect()
}

#[cfg(test)]
mod tests;
