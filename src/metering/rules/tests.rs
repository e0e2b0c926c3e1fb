//! A reference model of a customer: it keeps every charge and recomputes everything from them, where the program keeps
//! running sums. Random commands drive both; after each they must agree.

use entities::types::{
    AccountId, BudgetId, BudgetType, ExhaustionPolicy, FreezeLevel, Month, Threshold, Thresholds, Timestamp,
};
use proptest::prelude::*;

use super::*;
use crate::{
    budgets::rules::{NewBudget, Setting, Settled, replace_budget, settle},
    customers::standing::{Freeze, Ledger, Standing},
    freezes::rules::{Act, Change, decide, sweep},
};

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const FIRST_MONTH: i32 = 24_317;

#[derive(Debug, Clone)]
enum Step {
    SetBudget { kind: BudgetType, amount: i64, policy: ExhaustionPolicy, unfreeze_now: bool },
    Charge { price: i64, months_ago: i32, settled_monthly: bool },
    NextMonth,
    TurnMonth,
    Freeze(Change),
    Sweep,
}

/// The model: what happened, and no sums.
#[derive(Debug, Clone)]
struct Model {
    month: i32,
    charges: Vec<(i32, i64, bool)>,
    budget: Option<(BudgetType, i64, ExhaustionPolicy, i32)>,
    level: FreezeLevel,
    put_off: Option<FreezeLevel>,
    /// Open thresholds and the window that they are of.
    open: (Vec<i16>, Option<(BudgetType, i32)>),
}

impl Model {
    fn sum(&self, counts: impl Fn(i32, bool) -> bool) -> i64 {
        self.charges.iter().filter(|(month, _, settled)| counts(*month, *settled)).map(|(_, price, _)| price).sum()
    }

    /// R-CORE-15 … R-CORE-20.
    fn used(&self) -> i64 {
        match self.budget {
            None => 0,
            Some((BudgetType::Monthly, ..)) => self.sum(|month, settled| month == self.month && !settled),
            Some((BudgetType::OneTime, _, _, window)) => self.sum(|month, settled| month >= window && !settled),
        }
    }

    fn window(&self) -> Option<(BudgetType, i32)> {
        self.budget.map(|(kind, _, _, window)| match kind {
            BudgetType::Monthly => (kind, self.month),
            BudgetType::OneTime => (kind, window),
        })
    }

    /// R-CORE-21.
    fn reached(&self) -> Vec<i16> {
        let Some((_, amount, ..)) = self.budget else { return Vec::new() };
        let used = self.used();
        [75, 90, 100]
            .into_iter()
            .filter(
                |percent| {
                    if amount == 0 { *percent == 100 && used > 0 } else { used * 100 >= amount * i64::from(*percent) }
                },
            )
            .collect()
    }

    fn is_due(&self) -> bool {
        let Some((_, amount, policy, _)) = self.budget else { return false };
        policy == ExhaustionPolicy::Automatic && self.used() >= amount && self.level == FreezeLevel::None
    }

    /// R-CORE-21, R-CORE-23, R-CORE-24: what must be raised and cleared, and whether the system freezes.
    fn settle(&mut self) -> (Vec<i16>, Vec<i16>, bool) {
        let (open, window) = std::mem::take(&mut self.open);
        let reached = self.reached();
        let same = window == self.window();
        let raised = reached.iter().copied().filter(|one| !(same && open.contains(one))).collect();
        let cleared = open.iter().copied().filter(|one| !(same && reached.contains(one))).collect();
        self.open = (reached, self.window());
        let due = self.is_due();
        let freezes = due && self.put_off.is_none();
        if freezes {
            self.level = FreezeLevel::Account;
        }
        if !due {
            self.put_off = None;
        }
        (raised, cleared, freezes)
    }
}

fn percents(thresholds: Thresholds) -> Vec<i16> {
    thresholds.iter().map(Threshold::percent).collect()
}

fn told(settled: &Settled) -> (Vec<i16>, Vec<i16>, bool) {
    (percents(settled.raised), percents(settled.cleared), settled.froze)
}

fn act() -> Act {
    Act { by: AccountId::new(NOW), reason: "x".to_owned(), at: NOW, retention_deadline: NOW }
}

/// Runs a step on both; returns what each says of alerts and freezes, where the step settles.
fn run(step: &Step, model: &mut Model, real: &mut Standing) -> Result<(), TestCaseError> {
    let month = Month::from_number(model.month);
    let before = real.clone();
    match step {
        Step::NextMonth => model.month += 1,
        Step::TurnMonth => {
            let mut after = before.clone().in_month(month);
            let settled = settle(&before, &mut after, NOW);
            *real = after;
            prop_assert_eq!(told(&settled), model.settle());
        }
        Step::SetBudget { kind, amount, policy, unfreeze_now } => {
            let mut after = before.clone().in_month(month);
            let new = NewBudget {
                kind: *kind,
                amount: Amount::from_units(*amount),
                policy: *policy,
                unfreeze_now: *unfreeze_now,
            };
            let setting = Setting { by: AccountId::new(NOW), at: NOW, month, fresh_id: BudgetId::new(NOW) };
            replace_budget(&mut after, new, setting);
            let settled = settle(&before, &mut after, NOW);
            *real = after;
            let kept = model.budget.filter(|(old, ..)| old == kind).map(|(.., window)| window);
            model.budget = Some((*kind, *amount, *policy, kept.unwrap_or(model.month)));
            model.put_off = None;
            if *unfreeze_now && model.level == FreezeLevel::Account {
                model.level = FreezeLevel::None;
            }
            prop_assert_eq!(told(&settled), model.settle());
        }
        Step::Charge { price, months_ago, settled_monthly } => {
            let mut after = before.clone().in_month(month);
            let of = Month::from_number(model.month - months_ago);
            prop_assert!(add(&mut after, NOW, of, Amount::from_units(*price), *settled_monthly));
            let summed = after.clone();
            let settled = settle(&before, &mut after, NOW);
            if before.ledger.month == of && before.ledger.month == month && summed.used() < quiet_below(&before) {
                prop_assert_eq!(&settled, &Settled::default(), "a quiet charge has no consequence");
                prop_assert_eq!(&after, &summed, "and changes nothing but sums");
            }
            prop_assert!(
                after.refreeze.is_some() || after.used() < quiet_below(&after),
                "what was settled is quiet until the next threshold"
            );
            *real = after;
            model.charges.push((model.month - months_ago, *price, *settled_monthly));
            prop_assert_eq!(told(&settled), model.settle());
        }
        Step::Freeze(change) => {
            let mut after = before.clone().in_month(month);
            let allowed = decide(&mut after, *change, &act()).is_ok();
            if allowed {
                *real = Standing { ledger: before.ledger, ..after };
            }
            let next = match (change, model.level) {
                (Change::FreezeAccount, FreezeLevel::None) => Some(FreezeLevel::Account),
                (Change::FreezeResources, FreezeLevel::None | FreezeLevel::Account) => {
                    Some(FreezeLevel::AccountAndResources)
                }
                (Change::UnfreezeAccount, FreezeLevel::Account)
                | (Change::UnfreezeResources, FreezeLevel::AccountAndResources) => Some(FreezeLevel::None),
                _ => None,
            };
            prop_assert_eq!(allowed, next.is_some());
            if let Some(next) = next {
                let lifted = std::mem::replace(&mut model.level, next);
                model.put_off = model.is_due().then_some(lifted);
            }
        }
        Step::Sweep => {
            let (after, settled) = sweep(&before, month, NOW, NOW);
            *real = after;
            let level = model.put_off.take();
            let due = model.is_due();
            if due {
                model.level = level.unwrap_or(FreezeLevel::Account);
            }
            let (raised, cleared, _) = model.settle();
            prop_assert_eq!(told(&settled), (raised, cleared, due));
        }
    }
    Ok(())
}

fn agree(model: &Model, real: &Standing) -> Result<(), TestCaseError> {
    let now = real.clone().in_month(Month::from_number(model.month));
    prop_assert_eq!(now.used().units(), model.used());
    prop_assert_eq!(now.ledger.expenditure.units(), model.sum(|month, _| month == model.month));
    prop_assert_eq!(now.freeze.level(), model.level);
    prop_assert_eq!(now.refreeze, model.put_off);
    let still_open = if model.open.1 == model.window() { model.open.0.clone() } else { Vec::new() };
    prop_assert_eq!(percents(now.ledger.open_alerts), still_open);
    Ok(())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![Just(BudgetType::Monthly), Just(BudgetType::OneTime)];
    let policy = prop_oneof![Just(ExhaustionPolicy::Automatic), Just(ExhaustionPolicy::Manual)];
    let amount = prop_oneof![Just(0_i64), Just(1), 1..200_i64];
    let change = prop_oneof![
        Just(Change::FreezeAccount),
        Just(Change::FreezeResources),
        Just(Change::UnfreezeAccount),
        Just(Change::UnfreezeResources),
    ];
    let step = prop_oneof![
        3 => (kind, amount, policy, any::<bool>()).prop_map(|(kind, amount, policy, unfreeze_now)| {
            Step::SetBudget { kind, amount, policy, unfreeze_now }
        }),
        6 => (0..80_i64, 0..3_i32, prop::bool::weighted(0.2)).prop_map(|(price, months_ago, settled_monthly)| {
            Step::Charge { price, months_ago, settled_monthly }
        }),
        1 => Just(Step::NextMonth),
        1 => Just(Step::TurnMonth),
        3 => change.prop_map(Step::Freeze),
        2 => Just(Step::Sweep),
    ];
    prop::collection::vec(step, 1..50)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// R-CORE-14 … R-CORE-18, R-CORE-20, R-CORE-21, R-CORE-23, R-CORE-24, R-CORE-30, R-CORE-37: running sums and
    /// a recount of every charge agree after any commands.
    #[test]
    fn the_program_agrees_with_a_recount_after_any_commands(steps in steps()) {
        let mut model = Model {
            month: FIRST_MONTH,
            charges: Vec::new(),
            budget: None,
            level: FreezeLevel::None,
            put_off: None,
            open: (Vec::new(), None),
        };
        let mut real = Standing {
            budget: None,
            ledger: Ledger {
                month: Month::from_number(FIRST_MONTH),
                expenditure: Amount::ZERO,
                counted: Amount::ZERO,
                one_time_used: Amount::ZERO,
                open_alerts: Thresholds::NONE, since: Timestamp::default(),
            },
            freeze: Freeze::None,
            refreeze: None,
        };
        for step in &steps {
            run(step, &mut model, &mut real)?;
            agree(&model, &real)?;
        }
    }

    /// R-CORE-48: adding never rounds, and what would leave the range changes nothing.
    #[test]
    fn sums_are_exact_or_refused(prices in prop::collection::vec(0..=Amount::MAX.units(), 1..30)) {
        let month = Month::from_number(FIRST_MONTH);
        let mut standing = Standing {
            budget: None,
            ledger: Ledger {
                month,
                expenditure: Amount::ZERO,
                counted: Amount::ZERO,
                one_time_used: Amount::ZERO,
                open_alerts: Thresholds::NONE, since: Timestamp::default(),
            },
            freeze: Freeze::None,
            refreeze: None,
        };
        let mut exact: i128 = 0;
        for price in prices {
            let before = standing.clone();
            let fits = add(&mut standing, NOW, month, Amount::from_units(price), false);
            prop_assert_eq!(fits, exact + i128::from(price) <= i128::from(i64::MAX));
            if fits { exact += i128::from(price) } else { prop_assert_eq!(&standing, &before) }
            prop_assert_eq!(i128::from(standing.ledger.expenditure.units()), exact);
        }
    }
}
