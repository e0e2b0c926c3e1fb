//! The state table of freezes, whole.

use entities::types::{Amount, BudgetId, BudgetType, ExhaustionPolicy, Month, Thresholds};

use super::*;
use crate::customers::standing::{Budget, Ledger};

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const DEADLINE: Timestamp = Timestamp::from_micros(1_900_000_000_000_000);
const MONTH: Month = Month::from_number(24_317);

fn act() -> Act {
    Act { by: AccountId::new(NOW), reason: "because".to_owned(), at: NOW, retention_deadline: DEADLINE }
}

fn standing(level: FreezeLevel, exhausted: bool, policy: ExhaustionPolicy) -> Standing {
    let used = Amount::from_units(if exhausted { 10 } else { 9 });
    let mut standing = Standing {
        budget: Some(Budget {
            id: BudgetId::new(NOW),
            kind: BudgetType::Monthly,
            amount: Amount::from_units(10),
            policy,
            window_month: MONTH,
            set_at: NOW,
            set_by: None,
        }),
        ledger: Ledger {
            month: MONTH,
            expenditure: used,
            counted: used,
            one_time_used: Amount::ZERO,
            open_alerts: Thresholds::NONE,
            since: Timestamp::default(),
        },
        freeze: Freeze::None,
        refreeze: None,
    };
    match level {
        FreezeLevel::None => {}
        FreezeLevel::Account => {
            decide(&mut standing, Change::FreezeAccount, &act()).expect("freezes");
        }
        FreezeLevel::AccountAndResources => {
            decide(&mut standing, Change::FreezeResources, &act()).expect("freezes");
        }
    }
    standing
}

/// R-CORE-34, R-CORE-38 and the state table of the specification: every level meets every change.
#[test]
fn every_change_does_what_the_state_table_says() {
    use Change::{FreezeAccount, FreezeResources, UnfreezeAccount, UnfreezeResources};
    use FreezeLevel::{Account, AccountAndResources, None};
    let table = [
        (None, FreezeAccount, Ok(Account)),
        (None, FreezeResources, Ok(AccountAndResources)),
        (None, UnfreezeAccount, Err(Refusal::NotFrozen(None))),
        (None, UnfreezeResources, Err(Refusal::NotFrozen(None))),
        (Account, FreezeAccount, Err(Refusal::AlreadyFrozen(Account))),
        (Account, FreezeResources, Ok(AccountAndResources)),
        (Account, UnfreezeAccount, Ok(None)),
        (Account, UnfreezeResources, Err(Refusal::NotFrozen(Account))),
        (AccountAndResources, FreezeAccount, Err(Refusal::AlreadyFrozen(AccountAndResources))),
        (AccountAndResources, FreezeResources, Err(Refusal::AlreadyFrozen(AccountAndResources))),
        (AccountAndResources, UnfreezeAccount, Err(Refusal::NotFrozen(AccountAndResources))),
        (AccountAndResources, UnfreezeResources, Ok(None)),
    ];
    for (level, change, expected) in table {
        let before = standing(level, false, ExhaustionPolicy::Manual);
        let mut after = before.clone();
        let outcome = decide(&mut after, change, &act());
        assert_eq!(outcome.clone().map(|()| after.freeze.level()), expected, "{level:?} {change:?}");
        if outcome.is_err() {
            assert_eq!(after, before, "a refused change changes nothing");
        }
    }
}

/// R-CORE-37: only an exhausted AUTOMATIC budget is frozen again, at the level that was lifted.
#[test]
fn lifting_the_freeze_of_an_exhausted_automatic_budget_notes_the_level() {
    for (level, change) in
        [(FreezeLevel::Account, Change::UnfreezeAccount), (FreezeLevel::AccountAndResources, Change::UnfreezeResources)]
    {
        for (exhausted, policy, noted) in [
            (true, ExhaustionPolicy::Automatic, Some(level)),
            (true, ExhaustionPolicy::Manual, None),
            (false, ExhaustionPolicy::Automatic, None),
        ] {
            let mut standing = standing(level, exhausted, policy);
            decide(&mut standing, change, &act()).expect("lifts");
            assert_eq!(standing.refreeze, noted, "{level:?} {exhausted} {policy:?}");
        }
    }
}

/// R-CORE-38.
#[test]
fn reasons_have_one_to_256_characters() {
    assert_eq!(check_reason("  why  "), Ok("why".to_owned()));
    assert_eq!(check_reason(&"ü".repeat(256)).map(|reason| reason.chars().count()), Ok(256));
    assert_eq!(check_reason(&"x".repeat(257)), Err(Refusal::Reason(257)));
    assert_eq!(check_reason(" \n "), Err(Refusal::Reason(0)));
}
