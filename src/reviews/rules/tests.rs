use ApplicationAction::{Approve, Cancel as TakeBack, Reject, Resubmit, Return};
use ApplicationStatus::{Approved, Cancelled, Rejected, Returned, UnderReview};
use proptest::prelude::*;

use super::*;

const ALL: [ApplicationAction; 5] = [Approve, Reject, Return, Resubmit, TakeBack];
const BOTH: Part = Part { applicant: true, decider: true };

fn courses() -> impl Strategy<Value = Course> {
    let rework = (proptest::option::of(1_i16..4), any::<bool>()).prop_map(|(rounds, after_rejection)| Rework {
        rounds,
        term: None,
        after_rejection,
    });
    let cancel = prop_oneof![Just(Cancel::Never), Just(Cancel::BeforeFirstDecision), Just(Cancel::WhileOpen)];
    (1_i16..4, proptest::option::of(rework), cancel).prop_map(|(stages, rework, cancel)| Course {
        stages,
        rework,
        cancel,
    })
}

fn begun(first_stage: i16) -> State {
    State { status: UnderReview, stage: first_stage, first_stage, round: 1 }
}

/// An application and the actions that somebody tries on it.
fn lives() -> impl Strategy<Value = (Course, i16, Vec<(ApplicationAction, bool, bool)>)> {
    let action = (0..ALL.len()).prop_map(|index| ALL[index]);
    courses().prop_flat_map(move |course| {
        let tries = proptest::collection::vec((action.clone(), any::<bool>(), any::<bool>()), 0..20);
        (Just(course), 0..course.stages, tries)
    })
}

proptest! {
    /// Whatever is tried: it stays within its stages and rounds, it is approved only after each stage from its first on
    /// was passed in the same round, and what is closed for good never opens again.
    #[test]
    fn an_application_keeps_to_its_course((course, first, tries) in lives()) {
        let mut state = begun(first);
        let mut passed = 0;
        for (action, applicant, decider) in tries {
            let part = Part { applicant, decider };
            let before = state;
            let Ok(after) = decide(before, action, part, course) else { continue };
            match action {
                Approve => passed += 1,
                Resubmit => passed = 0,
                _ => {}
            }
            prop_assert!(after.stage >= first && after.stage < course.stages);
            prop_assert!(course.rework.and_then(|rework| rework.rounds).is_none_or(|most| after.round <= most));
            prop_assert!(!matches!(before.status, Approved | Cancelled), "{before:?} {action:?}");
            prop_assert_eq!(after.round > before.round, action == Resubmit);
            if after.status == Approved {
                prop_assert_eq!(passed, course.stages - first);
            }
            let may = if matches!(action, Approve | Reject | Return) { decider } else { applicant };
            prop_assert!(may);
            state = after;
        }
    }

    /// What is said to be allowed is what is not refused, and the other way round; strangers may do nothing.
    #[test]
    fn allowed_is_what_is_not_refused(course in courses(), round in 1_i16..4, applicant: bool, decider: bool) {
        for status in [UnderReview, Returned, Rejected, Approved, Cancelled, ApplicationStatus::Expired] {
            let state = State { status, stage: 0, first_stage: 0, round };
            let part = Part { applicant, decider };
            let may = allowed(state, part, course);
            for action in ALL {
                prop_assert_eq!(may.contains(&action), decide(state, action, part, course).is_ok());
            }
            prop_assert!(applicant || decider || may.is_empty());
        }
    }

    /// What was sent back can be handed in again: nothing is left open for ever.
    #[test]
    fn what_is_sent_back_can_come_again(course in courses(), round in 1_i16..4) {
        let state = State { round, ..begun(0) };
        if let Ok(returned) = decide(state, Return, BOTH, course) {
            prop_assert!(decide(returned, Resubmit, BOTH, course).is_ok());
        }
    }
}

#[test]
fn refusing_and_sending_back_need_words() {
    for action in [Reject, Return] {
        assert_eq!(check_comment(action, None), Err(Refusal::CommentRequired));
        assert_eq!(check_comment(action, Some("  ")), Err(Refusal::CommentRequired));
    }
    assert_eq!(check_comment(Approve, None), Ok(None));
    assert_eq!(check_comment(Reject, Some(" no ")), Ok(Some("no".to_owned())));
    let long = "ü".repeat(MAX_COMMENT + 1);
    assert_eq!(check_comment(Approve, Some(&long)), Err(Refusal::CommentTooLong));
    assert!(check_comment(Approve, Some(&long[2..])).is_ok());
}

#[test]
fn all_that_stands_in_the_way_is_told() {
    let odd: Gate<i32, &str> = |number| (number % 2 != 0).then_some("odd");
    let small: Gate<i32, &str> = |number| (*number < 10).then_some("small");
    assert_eq!(reasons(&7, &[odd, small]), ["odd", "small"]);
    assert!(reasons(&12, &[odd, small]).is_empty());
}
