//! The standing of a customer: its budget, what it used, and how it is frozen. Pure: values in, values out.

use entities::{
    customer,
    types::{
        AccountId, Amount, BudgetId, BudgetType, ExhaustionPolicy, FreezeCause, FreezeLevel, Month, Threshold,
        Thresholds, Timestamp,
    },
};

/// All that decides what a customer may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its budget, if it has one.
    pub budget: Option<Budget>,
    /// What it spent and used.
    pub ledger: Ledger,
    /// How it is frozen.
    pub freeze: Freeze,
    /// The level that was lifted while the budget was exhausted, to be restored by the sweep (R-CORE-37).
    pub refreeze: Option<FreezeLevel>,
}

/// A spending allowance at list price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Its id, kept when the budget is replaced.
    pub id: BudgetId,
    /// How it restores.
    pub kind: BudgetType,
    /// How much.
    pub amount: Amount,
    /// Who freezes when it is used up.
    pub policy: ExhaustionPolicy,
    /// For a one-time budget, the first month that counts (R-CORE-16).
    pub window_month: Month,
    /// When it was set last.
    pub set_at: Timestamp,
    /// By which partner.
    pub set_by: Option<AccountId>,
}

/// Spending, summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// The month of `expenditure` and `counted`.
    pub month: Month,
    /// List price of all charges of the month.
    pub expenditure: Amount,
    /// The part that counts towards budgets (R-CORE-20).
    pub counted: Amount,
    /// What a one-time budget used since its window began.
    pub one_time_used: Amount,
    /// Thresholds whose alert is open.
    pub open_alerts: Thresholds,
    /// From when on charges count: what was spent under an earlier partner is that one's affair.
    pub since: Timestamp,
}

/// How a customer is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freeze {
    /// Not at all.
    None,
    /// Frozen.
    Frozen(Frozen),
}

/// The particulars of a freeze.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// What it reaches.
    pub reach: Reach,
    /// Why.
    pub cause: FreezeCause,
    /// In whose words.
    pub reason: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// By which partner; none where the system did it.
    pub by: Option<AccountId>,
}

/// What a freeze reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The account: purchases and changes.
    Account,
    /// Its pay-per-use resources too (R-CORE-34).
    Resources {
        /// When they are released.
        deadline: Timestamp,
        /// When they were.
        released_at: Option<Timestamp>,
    },
}

impl Freeze {
    /// How far it goes.
    pub fn level(&self) -> FreezeLevel {
        match self {
            Self::None => FreezeLevel::None,
            Self::Frozen(Frozen { reach: Reach::Account, .. }) => FreezeLevel::Account,
            Self::Frozen(Frozen { reach: Reach::Resources { .. }, .. }) => FreezeLevel::AccountAndResources,
        }
    }

    /// The particulars, if frozen.
    pub fn frozen(&self) -> Option<&Frozen> {
        match self {
            Self::None => None,
            Self::Frozen(frozen) => Some(frozen),
        }
    }
}

impl Budget {
    /// The usage that reaches a threshold: the least one of at least its share of the amount. A budget of 0 reaches
    /// 100 % with the first thing used, and no other threshold before (R-CORE-21).
    pub fn reaches(&self, threshold: Threshold) -> Amount {
        let units = match (self.amount, threshold) {
            (Amount::ZERO, Threshold::P100) => 1,
            (Amount::ZERO, Threshold::P75 | Threshold::P90) => i64::MAX,
            (amount, _) => {
                let share = (i128::from(amount.units()) * i128::from(threshold.percent()) + 99) / 100;
                i64::try_from(share).unwrap_or(i64::MAX)
            }
        };
        Amount::from_units(units)
    }

    /// Which of its thresholds a usage reaches.
    pub fn reached(&self, used: Amount) -> Thresholds {
        Threshold::ALL.into_iter().filter(|threshold| used >= self.reaches(*threshold)).collect()
    }

    /// Whether nothing is left of it.
    pub fn is_exhausted(&self, used: Amount) -> bool {
        used >= self.amount
    }

    /// The month that its alerts are told apart by.
    pub fn alert_window(&self, current: Month) -> Month {
        match self.kind {
            BudgetType::Monthly => current,
            BudgetType::OneTime => self.window_month,
        }
    }
}

/// used ÷ amount in millionths of a percent; −1 where there is no such ratio.
pub fn usage_ratio(used: Amount, amount: Amount) -> i64 {
    if amount == Amount::ZERO {
        return NO_RATIO;
    }
    let ratio = i128::from(used.units()) * RATIO_OF_ONE_PERCENT * 100 / i128::from(amount.units());
    i64::try_from(ratio).unwrap_or(i64::MAX)
}

/// The ratio of a customer that has none.
pub const NO_RATIO: i64 = -1;

/// One percent, as [`usage_ratio`] counts.
pub const RATIO_OF_ONE_PERCENT: i128 = 1_000_000;

impl Standing {
    /// What counts against the budget: the month's charges for a monthly one (R-CORE-15, -17), everything since the
    /// window began for a one-time one (R-CORE-16, -18). Without a budget nothing does.
    pub fn used(&self) -> Amount {
        match self.budget.map(|budget| budget.kind) {
            Some(BudgetType::Monthly) => self.ledger.counted,
            Some(BudgetType::OneTime) => self.ledger.one_time_used,
            None => Amount::ZERO,
        }
    }

    /// The order of the customer among others by usage.
    pub fn usage_ratio(&self) -> i64 {
        self.budget.map_or(NO_RATIO, |budget| usage_ratio(self.used(), budget.amount))
    }

    /// Whether it has a budget of which nothing is left.
    pub fn is_exhausted(&self) -> bool {
        self.budget.is_some_and(|budget| budget.is_exhausted(self.used()))
    }

    /// The standing as it is in `month`: a new month starts with nothing spent, and with no alert of a monthly budget
    /// (R-CORE-17). A freeze stays.
    #[must_use]
    pub fn in_month(mut self, month: Month) -> Self {
        if month > self.ledger.month {
            let monthly = self.budget.is_some_and(|budget| budget.kind == BudgetType::Monthly);
            self.ledger = Ledger {
                month,
                expenditure: Amount::ZERO,
                counted: Amount::ZERO,
                one_time_used: self.ledger.one_time_used,
                open_alerts: if monthly { Thresholds::NONE } else { self.ledger.open_alerts },
                since: self.ledger.since,
            };
        }
        self
    }

    /// Reads it from the row.
    pub fn of(row: &customer::Model) -> Self {
        Self {
            budget: budget_of(row),
            ledger: Ledger {
                month: row.expenditure_month,
                expenditure: row.expenditure,
                counted: row.counted,
                one_time_used: row.one_time_used,
                open_alerts: row.open_alerts,
                since: row.counted_since,
            },
            freeze: freeze_of(row),
            refreeze: row.refreeze_level,
        }
    }
}

/// The table allows all columns of a budget or none; of a row that was read in part, the rest is not looked at.
fn budget_of(row: &customer::Model) -> Option<Budget> {
    Some(Budget {
        kind: row.budget_type?,
        amount: row.budget_amount?,
        id: row.budget_id.unwrap_or_default(),
        policy: row.exhaustion_policy.unwrap_or_default(),
        window_month: row.window_month.unwrap_or_default(),
        set_at: row.budget_set_at.unwrap_or_default(),
        set_by: row.budget_set_by,
    })
}

fn freeze_of(row: &customer::Model) -> Freeze {
    let reach = match (row.freeze_level, row.retention_deadline) {
        (FreezeLevel::None, _) => return Freeze::None,
        (FreezeLevel::Account, _) | (FreezeLevel::AccountAndResources, None) => Reach::Account,
        (FreezeLevel::AccountAndResources, Some(deadline)) => {
            Reach::Resources { deadline, released_at: row.released_at }
        }
    };
    Freeze::Frozen(Frozen {
        reach,
        cause: row.freeze_cause.unwrap_or(FreezeCause::Manual),
        reason: row.freeze_reason.clone(),
        since: row.frozen_at.unwrap_or_default(),
        by: row.frozen_by,
    })
}
