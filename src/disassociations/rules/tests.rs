use proptest::prelude::*;
use sea_orm::Iterable;

use super::*;

fn known() -> impl Strategy<Value = CustomerFacts> {
    let all: Vec<CustomerFact> = CustomerFact::iter().collect();
    let most = all.len();
    proptest::sample::subsequence(all, 0..=most).prop_map(CustomerFacts::from_iter)
}

proptest! {
    /// R-CUS-19: each obstacle stands in the way whatever else does; currency and special contracts only where the
    /// customer asks or agrees; freezes only where they were made by hand.
    #[test]
    fn each_obstacle_stands_for_itself(known in known(), by_customer: bool, manual: bool) {
        let side = if by_customer { Side::Customer } else { Side::Partner };
        let frozen = if manual { FreezeCause::Manual } else { FreezeCause::BudgetExhausted };
        let found = obstacles(&Facts { known, frozen: Some(frozen), side });
        let has = |fact| known.has(fact);
        let expected = [
            (DisassociationObstacle::IndependentMembers, has(CustomerFact::IndependentMembers)),
            (DisassociationObstacle::FrozenManually, manual),
            (DisassociationObstacle::ReservedInstances, has(CustomerFact::ReservedInstances)),
            (DisassociationObstacle::PartnerSupportPlan, has(CustomerFact::PartnerSupportPlan)),
            (
                DisassociationObstacle::ServiceSupportPlan,
                has(CustomerFact::ServiceSupportPlan) || has(CustomerFact::MemberSupportPlan),
            ),
            (DisassociationObstacle::CurrencyNotSet, by_customer && has(CustomerFact::CurrencyNotSet)),
            (DisassociationObstacle::SpecialContract, by_customer && has(CustomerFact::SpecialContract)),
        ];
        for (obstacle, stands) in expected {
            prop_assert_eq!(found.contains(&obstacle), stands, "{:?}", obstacle);
        }
    }

    /// R-CUS-18.
    #[test]
    fn the_fourth_request_is_refused(started in 0_u64..10) {
        prop_assert_eq!(check_number(started).is_ok(), started < 3);
    }
}

#[test]
fn another_reason_is_said_in_words() {
    assert_eq!(check_remarks(DisassociationReason::Other, Some(" ")), Err(Refusal::RemarksRequired));
    assert_eq!(check_remarks(DisassociationReason::Leaving, None), Ok(None));
    let long = "x".repeat(MAX_REMARKS + 1);
    assert_eq!(check_remarks(DisassociationReason::Leaving, Some(&long)), Err(Refusal::RemarksTooLong));
}
