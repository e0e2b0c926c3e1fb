//! Boundaries of permissions and quotas.

use proptest::prelude::*;

use super::*;

fn allotment(quota: Option<i64>, allotted: i64, budgets: i64) -> Allotment {
    Allotment { quota: quota.map(Amount::from_units), allotted: Amount::from_units(allotted), budgets }
}

fn permissions(granted: bool, monthly: Allotment, one_time: Allotment) -> Permissions {
    Permissions { budget_and_freeze: granted, monthly, one_time }
}

fn quotas(monthly: Option<i64>, one_time: Option<i64>) -> NewQuotas {
    NewQuotas { monthly: monthly.map(Amount::from_units), one_time: one_time.map(Amount::from_units) }
}

proptest! {
    /// R-CORE-05, R-CORE-06, R-CORE-08, R-CORE-09: quotas pass exactly where there is one, each type in use has one,
    /// and none is below the sum of its budgets.
    #[test]
    fn quotas_fit_the_budgets_there_are(
        sums in prop::array::uniform2(0_i64..100),
        counts in prop::array::uniform2(0_i64..3),
        asked in prop::array::uniform2(prop::option::of(0_i64..100)),
    ) {
        // Without budgets there is nothing allotted.
        let sum = |index: usize| if counts[index] == 0 { 0 } else { sums[index] };
        let present = permissions(
            false,
            allotment(None, sum(0), counts[0]),
            allotment(None, sum(1), counts[1]),
        );
        let fits = |index: usize| asked[index].map_or(counts[index] == 0, |quota| quota >= sum(index));
        let expected = asked.iter().any(Option::is_some) && fits(0) && fits(1);
        prop_assert_eq!(check_quotas(&present, quotas(asked[0], asked[1])).is_ok(), expected);
    }
}

/// R-CORE-06: a budget of 0 is a budget too.
#[test]
fn a_type_in_use_needs_a_quota_even_where_its_budgets_add_up_to_nothing() {
    let present = permissions(false, allotment(None, 0, 1), allotment(None, 0, 0));
    assert!(matches!(check_quotas(&present, quotas(None, Some(5))), Err(Refusal::QuotaRequired { .. })));
}

#[test]
fn permissions_are_granted_once_and_adjusted_or_revoked_only_then() {
    let nothing = permissions(false, allotment(None, 0, 0), allotment(None, 0, 0));
    let granted = permissions(true, allotment(Some(5), 0, 0), allotment(None, 0, 0));
    let new = quotas(Some(1), None);
    assert_eq!(decide_grant(&nothing, new), Ok(()));
    assert_eq!(decide_grant(&granted, new), Err(Refusal::AlreadyGranted));
    assert_eq!(decide_adjust(&nothing, new), Err(Refusal::NotGranted));
    assert_eq!(decide_adjust(&granted, new), Ok(()));
    assert_eq!(decide_revoke(&nothing), Err(Refusal::NotGranted));
    assert_eq!(decide_revoke(&granted), Ok(()));
}

/// R-CORE-40: the letter is needed before the first authorization, and once.
#[test]
fn the_letter_is_needed_once() {
    let now = Timestamp::from_micros(7);
    assert_eq!(decide_on_behalf(false, None, true, false, now), Err(Refusal::LetterRequired));
    assert_eq!(decide_on_behalf(false, None, true, true, now), Ok(Some(now)));
    let earlier = Timestamp::from_micros(3);
    assert_eq!(decide_on_behalf(false, Some(earlier), true, false, now), Ok(Some(earlier)));
    assert_eq!(decide_on_behalf(true, Some(earlier), false, false, now), Ok(Some(earlier)));
    assert_eq!(decide_on_behalf(true, Some(earlier), true, true, now), Err(Refusal::Unchanged));
}
