//! The table of freezes against the sentences of the specification, and the life of a resource.

use proptest::prelude::*;

use super::*;

const MODES: [BillingMode; 4] =
    [BillingMode::YearlyMonthly, BillingMode::PayPerUse, BillingMode::ReservedInstance, BillingMode::SavingsPlan];
const OPERATIONS: [ResourceOperation; 5] = [
    ResourceOperation::Start,
    ResourceOperation::Stop,
    ResourceOperation::Restart,
    ResourceOperation::Delete,
    ResourceOperation::Rename,
];
const STATUSES: [ResourceStatus; 6] = [
    ResourceStatus::Creating,
    ResourceStatus::Running,
    ResourceStatus::Stopped,
    ResourceStatus::Frozen,
    ResourceStatus::Expired,
    ResourceStatus::Released,
];

fn actions() -> Vec<Action> {
    let orders =
        [Action::Purchase, Action::Renew, Action::Unsubscribe, Action::ChangeSpecification, Action::ChangeBillingMode];
    orders.into_iter().chain(OPERATIONS.map(Action::Operate)).collect()
}

/// R-CORE-31: account frozen, yearly/monthly: may unsubscribe, rename; may not purchase, change specifications, renew,
/// switch to pay-per-use, operate, delete.
#[test]
fn a_frozen_account_may_unsubscribe_and_rename_what_is_prepaid() {
    for level in [FreezeLevel::Account, FreezeLevel::AccountAndResources] {
        for action in actions() {
            let may = matches!(action, Action::Unsubscribe | Action::Operate(ResourceOperation::Rename));
            assert_eq!(check(level, BillingMode::YearlyMonthly, action).is_ok(), may, "{action:?}");
        }
    }
}

/// R-CORE-32: account frozen, pay-per-use and spot: may rename, view; may not purchase, change specifications, switch to
/// yearly/monthly, operate, delete.
#[test]
fn a_frozen_account_may_only_rename_what_pays_per_use() {
    for level in [FreezeLevel::Account, FreezeLevel::AccountAndResources] {
        for action in actions() {
            let may = matches!(action, Action::Operate(ResourceOperation::Rename));
            assert_eq!(check(level, BillingMode::PayPerUse, action).is_ok(), may, "{action:?}");
        }
    }
}

/// R-CORE-34, R-CORE-35: freezing reaches what pays per use, and marketplace images.
#[test]
fn freezing_resources_reaches_what_pays_per_use_and_images() {
    use ProductType::{Cdn, Ecs, Eip, Evs, MarketplaceImage};
    for mode in MODES {
        for product in [Ecs, Evs, Eip, Cdn] {
            assert_eq!(is_reached_by_freeze(product, mode), mode == BillingMode::PayPerUse);
        }
        assert!(is_reached_by_freeze(MarketplaceImage, mode));
    }
}

#[test]
fn notices_are_given_once_each_and_nearest_first() {
    const DAY: i64 = 24 * 3_600 * 1_000_000;
    let end = Timestamp::from_micros(100 * DAY);
    let at = |days: i64| Timestamp::from_micros((100 - days) * DAY);
    assert_eq!(notice_due(end, None, at(31)), None);
    assert_eq!(notice_due(end, None, at(30)), Some(30));
    assert_eq!(notice_due(end, Some(30), at(16)), None);
    assert_eq!(notice_due(end, Some(30), at(15)), Some(15));
    assert_eq!(notice_due(end, Some(30), at(3)), Some(7), "a sweep that comes late skips one");
    assert_eq!(notice_due(end, Some(7), at(1)), None);
    assert_eq!(notice_due(end, None, at(0)), None, "over");
}

proptest! {
    /// An account that is not frozen is refused nothing but what its billing mode does not know.
    #[test]
    fn who_is_not_frozen_is_refused_by_no_freeze(mode in 0_usize..4, action in 0_usize..10) {
        let (mode, action) = (MODES[mode], actions()[action]);
        let refused = check(FreezeLevel::None, mode, action).is_err();
        let only_prepaid = matches!(action, Action::Renew | Action::Unsubscribe);
        prop_assert_eq!(refused, only_prepaid && mode == BillingMode::PayPerUse);
    }

    /// What is gone stays gone, whatever is tried.
    #[test]
    fn nothing_brings_a_released_resource_back(tried in proptest::collection::vec(0_usize..10, 0..12), start in 0_usize..6) {
        let mut status = STATUSES[start];
        let mut gone = status == ResourceStatus::Released;
        for action in tried {
            match decide(status, actions()[action]) {
                Ok(after) => {
                    prop_assert!(!gone);
                    status = after;
                }
                Err(refusal) => prop_assert_eq!(refusal, Refusal::Status(status, actions()[action])),
            }
            gone = gone || status == ResourceStatus::Released;
            prop_assert_eq!(gone, status == ResourceStatus::Released);
        }
    }

    /// Of what is being provided, frozen or expired, nothing is started, stopped or restarted.
    #[test]
    fn only_what_runs_or_rests_is_operated(status in 0_usize..6, operation in 0_usize..3) {
        let (status, operation) = (STATUSES[status], OPERATIONS[operation]);
        let may = decide(status, Action::Operate(operation)).is_ok();
        let expected = match operation {
            ResourceOperation::Start => status == ResourceStatus::Stopped,
            _ => status == ResourceStatus::Running,
        };
        prop_assert_eq!(may, expected);
    }
}
