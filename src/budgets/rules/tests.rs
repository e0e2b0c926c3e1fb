//! Boundaries of budgets, by hand.

use entities::types::{CustomerId, Timestamp};

use super::*;
use crate::customers::standing::{Ledger, usage_ratio};

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const JUNE: Month = Month::from_number(2026 * 12 + 5);

fn cents(cents: i64) -> Amount {
    Amount::from_units(cents * 1_000_000)
}

fn standing(kind: BudgetType, amount: i64, used: i64, policy: ExhaustionPolicy) -> Standing {
    Standing {
        budget: Some(Budget {
            id: BudgetId::new(NOW),
            kind,
            amount: cents(amount),
            policy,
            window_month: JUNE,
            set_at: NOW,
            set_by: None,
        }),
        ledger: Ledger {
            month: JUNE,
            expenditure: cents(used),
            counted: cents(used),
            one_time_used: if kind == BudgetType::OneTime { cents(used) } else { Amount::ZERO },
            open_alerts: Thresholds::NONE,
            since: Timestamp::default(),
        },
        freeze: Freeze::None,
        refreeze: None,
    }
}

fn reached(amount: i64, used: Amount) -> Vec<i16> {
    let standing = standing(BudgetType::Monthly, amount, 0, ExhaustionPolicy::Manual);
    percents(standing.budget.expect("has one").reached(used))
}

/// R-CORE-21: reached means used ≥ amount × t ÷ 100; a budget of 0 reaches 100 % with the first thing used.
#[test]
fn thresholds_are_reached_exactly() {
    assert_eq!(reached(10_000, cents(7_499)), Vec::<i16>::new());
    assert_eq!(reached(10_000, Amount::from_units(cents(7_500).units() - 1)), Vec::<i16>::new());
    assert_eq!(reached(10_000, cents(7_500)), [75]);
    assert_eq!(reached(10_000, cents(9_000)), [75, 90]);
    assert_eq!(reached(10_000, cents(10_000)), [75, 90, 100]);
    assert_eq!(reached(1, cents(1)), [75, 90, 100]);
    assert_eq!(reached(0, Amount::ZERO), Vec::<i16>::new());
    assert_eq!(reached(0, Amount::from_units(1)), [100]);
    assert_eq!(reached(1, Amount::from_units(i64::MAX)), [75, 90, 100], "no overflow at the edge");
}

/// R-CORE-21, R-CORE-23: a jump raises each threshold once; raising the budget clears what it undercuts.
#[test]
fn raising_a_budget_clears_the_alerts_it_undercuts() {
    let before = standing(BudgetType::Monthly, 10_000, 9_500, ExhaustionPolicy::Manual);
    let mut after = before.clone();
    let settled = settle(&before, &mut after, NOW);
    assert_eq!(percents(settled.raised), [75, 90]);
    let mut again = after.clone();
    assert_eq!(settle(&after, &mut again, NOW), Settled::default(), "each once");
    let mut raised = after.clone();
    raised.budget = raised.budget.map(|budget| Budget { amount: cents(12_000), ..budget });
    let settled = settle(&after, &mut raised, NOW);
    assert_eq!((percents(settled.raised), percents(settled.cleared)), (vec![], vec![90]));
}

/// R-CORE-17: a new month clears the alerts of a monthly budget and keeps its freeze.
#[test]
fn a_new_month_clears_alerts_and_keeps_the_freeze() {
    let mut before = standing(BudgetType::Monthly, 10_000, 10_000, ExhaustionPolicy::Automatic);
    let fresh = before.clone();
    assert!(settle(&fresh, &mut before, NOW).froze);
    let mut after = before.clone().in_month(JUNE.next());
    let settled = settle(&before, &mut after, NOW);
    assert_eq!((percents(settled.cleared), settled.froze), (vec![75, 90, 100], false));
    assert_eq!((after.used(), after.freeze.level()), (Amount::ZERO, FreezeLevel::Account));
}

/// R-CORE-18: a one-time budget does not restore with the month.
#[test]
fn a_one_time_budget_never_restores() {
    let before = standing(BudgetType::OneTime, 10_000, 8_000, ExhaustionPolicy::Manual);
    let after = before.clone().in_month(JUNE.next());
    assert_eq!((after.used(), after.ledger.expenditure), (cents(8_000), Amount::ZERO));
}

fn replaced(standing: &Standing, kind: BudgetType, unfreeze_now: bool) -> Standing {
    let mut after = standing.clone();
    let new = NewBudget { kind, amount: cents(50_000), policy: ExhaustionPolicy::Manual, unfreeze_now };
    let setting =
        Setting { by: CustomerId::new(NOW).cast(), at: NOW, month: after.ledger.month, fresh_id: BudgetId::new(NOW) };
    replace_budget(&mut after, new, setting);
    after
}

/// R-CORE-14, R-CORE-15, R-CORE-16: a switch carries the month's usage either way, and keeps the budget's id.
#[test]
fn a_switch_of_type_carries_the_months_usage() {
    let one_time = standing(BudgetType::OneTime, 10_000, 8_000, ExhaustionPolicy::Manual).in_month(JUNE.next());
    let monthly = replaced(&one_time, BudgetType::Monthly, false);
    assert_eq!(monthly.used(), Amount::ZERO, "nothing was spent this month");
    let spent = standing(BudgetType::Monthly, 10_000, 3_000, ExhaustionPolicy::Manual);
    let switched = replaced(&spent, BudgetType::OneTime, false);
    assert_eq!(switched.used(), cents(3_000));
    assert_eq!(switched.budget.map(|budget| budget.id), spent.budget.map(|budget| budget.id));
    let same = replaced(&one_time, BudgetType::OneTime, false);
    assert_eq!(same.used(), cents(8_000), "the same type keeps its window");
}

/// R-CORE-30: `unfreezeNow` lifts an account freeze, not one of resources.
#[test]
fn a_new_budget_lifts_only_an_account_freeze_and_only_where_asked() {
    let mut frozen = standing(BudgetType::Monthly, 10_000, 0, ExhaustionPolicy::Manual);
    frozen.freeze = frozen_by_exhaustion(NOW, Reach::Account);
    assert_eq!(replaced(&frozen, BudgetType::Monthly, false).freeze, frozen.freeze);
    assert_eq!(replaced(&frozen, BudgetType::Monthly, true).freeze, Freeze::None);
    frozen.freeze = frozen_by_exhaustion(NOW, Reach::Resources { deadline: NOW, released_at: None });
    assert_eq!(replaced(&frozen, BudgetType::Monthly, true).freeze, frozen.freeze);
}

/// R-CORE-24, R-CORE-25, R-CORE-26.
#[test]
fn purchasing_follows_budget_and_freeze() {
    let rights = |standing: &Standing| {
        let rights = purchasing(standing);
        (rights.yearly_monthly, rights.reserved_instance, rights.pay_per_use, rights.reasons.len())
    };
    let mut standing = standing(BudgetType::Monthly, 10_000, 9_999, ExhaustionPolicy::Manual);
    assert_eq!(rights(&standing), (true, true, true, 0));
    standing.ledger.counted = cents(10_000);
    assert_eq!(rights(&standing), (false, false, true, 1));
    standing.freeze = frozen_by_exhaustion(NOW, Reach::Account);
    assert_eq!(rights(&standing), (false, false, false, 2));
    standing.budget = None;
    standing.freeze = Freeze::None;
    assert_eq!(rights(&standing), (false, false, true, 1));
}

/// R-CORE-27, R-SUP-10.
#[test]
fn automatic_needs_a_code_also_where_the_function_is_off() {
    assert!(always_asks(ExhaustionPolicy::Automatic));
    assert!(!always_asks(ExhaustionPolicy::Manual));
}

/// The ratio orders as used ÷ amount does, and does not overflow.
#[test]
fn usage_ratios_are_exact_to_a_millionth_of_a_percent() {
    assert_eq!(usage_ratio(cents(7_500), cents(10_000)), 75_000_000);
    assert_eq!(usage_ratio(cents(1), cents(3)), 33_333_333);
    assert_eq!(usage_ratio(Amount::MAX, Amount::from_units(1)), i64::MAX);
    assert_eq!(usage_ratio(cents(1), Amount::ZERO), -1);
}
