use entities::types::{AccountId, Amount, Month, Thresholds, UtcOffset};
use proptest::prelude::*;
use sea_orm::Iterable;

use super::*;
use crate::customers::standing::Ledger;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn invitation(method: InvitationMethod) -> Followed {
    Followed {
        method,
        status: InvitationStatus::Sent,
        ended: false,
        valid_until: NOW.plus(Duration::from_secs(60)),
        email: (method == InvitationMethod::FromPartnerCenter).then(|| "a@b.example".to_owned()),
        lately: 0,
    }
}

fn applicant(facts: &[CustomerFact]) -> Applicant {
    Applicant {
        is_new: false,
        has_other_account: false,
        email: Some("a@b.example".to_owned()),
        associated: false,
        claim: Claim::Own,
        registered_at: NOW,
        has_spent: false,
        has_unpaid_orders: false,
        facts: facts.iter().copied().collect(),
    }
}

fn follow(invitation: &Followed, applicant: &Applicant, now: Timestamp) -> Result<(), Failure> {
    check_open(invitation, now).and_then(|()| check_follower(invitation, applicant))
}

fn of(facts: &[CustomerFact]) -> Vec<Failure> {
    obstacles(&applicant(facts), NOW)
}

/// R-CUS-07, R-CUS-13, R-CUS-14: what can be wrong with the invitation itself.
#[test]
fn an_invitation_is_followed_once_in_time_and_by_whom_it_is_for() {
    let by_email = invitation(InvitationMethod::FromPartnerCenter);
    assert_eq!(follow(&by_email, &applicant(&[]), NOW), Ok(()));
    let other = Applicant { email: Some("other@b.example".to_owned()), ..applicant(&[]) };
    assert_eq!(follow(&by_email, &other, NOW), Err(Failure::EmailMismatch));
    let none = Applicant { email: None, ..applicant(&[]) };
    assert_eq!(follow(&by_email, &none, NOW), Err(Failure::EmailMismatch));
    let used = |method| Followed { status: InvitationStatus::Associated, ..invitation(method) };
    assert_eq!(follow(&used(InvitationMethod::FromPartnerCenter), &applicant(&[]), NOW), Err(Failure::CodeUsed));
    assert_eq!(follow(&used(InvitationMethod::CustomizedLink), &applicant(&[]), NOW), Err(Failure::LinkUsed));
    for method in [InvitationMethod::GeneralLink, InvitationMethod::CustomizedLink, InvitationMethod::PromotionalLink] {
        assert_eq!(follow(&invitation(method), &applicant(&[]), NOW), Err(Failure::ExistingAccount));
        let new = Applicant { is_new: true, ..other.clone() };
        assert_eq!(follow(&invitation(method), &new, NOW), Ok(()));
        let full = Followed { lately: MAX_BY_LINK, ..invitation(method) };
        let expected = if is_for_one(method) { Ok(()) } else { Err(Failure::Busy) };
        assert_eq!(follow(&full, &new, NOW), expected);
    }
    let second = Applicant { is_new: true, has_other_account: true, ..applicant(&[]) };
    assert_eq!(follow(&by_email, &second, NOW), Err(Failure::ExistingAccount), "nobody gets a second account");
    let failed = Followed { status: InvitationStatus::Failed, ..by_email.clone() };
    assert_eq!(follow(&failed, &applicant(&[]), NOW), Ok(()), "what failed can be tried again");
    let late = NOW.plus(Duration::from_secs(60));
    assert_eq!(follow(&by_email, &applicant(&[]), late), Err(Failure::LinkExpired));
    for over in [
        Followed { status: InvitationStatus::Expired, ..by_email.clone() },
        Followed { ended: true, ..by_email.clone() },
        Followed { status: InvitationStatus::Failed, ended: true, ..by_email },
    ] {
        assert_eq!(follow(&over, &applicant(&[]), NOW), Err(Failure::LinkExpired), "{over:?}");
    }
}

/// R-CUS-14, R-CUS-15: each fact of the vendor's that stands in the way, by itself.
#[test]
fn each_obstacle_holds_by_itself() {
    assert_eq!(of(&[]), []);
    for (fact, failure) in [
        (CustomerFact::PrepaidPartner, Failure::PrepaidPartner),
        (CustomerFact::PartnerOrApplying, Failure::AlreadyPartner),
        (CustomerFact::SpecialContract, Failure::SpecialContract),
        (CustomerFact::InternalAccount, Failure::InternalAccount),
        (CustomerFact::IndependentMembers, Failure::IndependentMembers),
        (CustomerFact::MemberAccount, Failure::MemberAccount),
        (CustomerFact::UnifiedAccountingMember, Failure::UnifiedAccountingMember),
        (CustomerFact::OutstandingInvoices, Failure::OutstandingInvoices),
        (CustomerFact::OverduePayment, Failure::OverduePayment),
        (CustomerFact::UnpaidBills, Failure::UnpaidBills),
        (CustomerFact::UnpaidOrders, Failure::UnpaidOrders),
        (CustomerFact::PartnerSupportPlan, Failure::SupportPlan),
        (CustomerFact::ServiceSupportPlan, Failure::SupportPlan),
        (CustomerFact::MemberSupportPlan, Failure::MemberSupportPlan),
        (CustomerFact::ProfessionalServiceContract, Failure::ProfessionalServiceContract),
        (CustomerFact::ReservedInstances, Failure::ReservedInstances),
        (CustomerFact::DevelopmentPath, Failure::DevelopmentPath),
        (CustomerFact::StoredValueCards, Failure::StoredValueCards),
        (CustomerFact::MainlandRegistered, Failure::MainlandRegistered),
    ] {
        assert_eq!(of(&[fact]), [failure], "{fact:?}");
    }
    let harmless = [CustomerFact::ConsumerUser, CustomerFact::NamedAccount, CustomerFact::CurrencyNotSet];
    assert_eq!(of(&harmless), []);
    let with = |change: fn(&mut Applicant)| {
        let mut one = applicant(&[]);
        change(&mut one);
        obstacles(&one, NOW)
    };
    assert_eq!(with(|one| one.associated = true), [Failure::AssociatedElsewhere]);
    assert_eq!(with(|one| one.claim = Claim::Others), [Failure::RegisteredByAnotherPartner]);
    assert_eq!(with(|one| one.has_unpaid_orders = true), [Failure::UnpaidOrders]);
    let old = NOW.minus(REGISTERED_LATELY + Duration::from_secs(1));
    let mut unclaimed = Applicant { claim: Claim::None, ..applicant(&[]) };
    unclaimed.has_spent = true;
    assert_eq!(obstacles(&unclaimed, NOW), [Failure::ConsumptionRecord]);
    let unclaimed = Applicant { claim: Claim::None, registered_at: old, ..applicant(&[]) };
    assert_eq!(obstacles(&unclaimed, NOW), [Failure::RegisteredTooLongAgo]);
    let claimed = Applicant { registered_at: old, has_spent: true, ..applicant(&[CustomerFact::CashExpenditure]) };
    assert_eq!(obstacles(&claimed, NOW), [], "a claim of the partner's covers age and expenditure");
}

/// R-CUS-14: each failure has words and something to do, and no two the same words.
#[test]
fn each_failure_says_what_to_do() {
    let mut words: Vec<&str> = Failure::iter().map(in_words).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Failure::iter().count());
    assert!(Failure::iter().all(|failure| !suggested_operation(failure).is_empty()));
}

fn any_facts() -> impl Strategy<Value = CustomerFacts> {
    proptest::sample::subsequence(CustomerFact::iter().collect::<Vec<_>>(), 0..8)
        .prop_map(|facts| facts.into_iter().collect())
}

fn any_freeze() -> impl Strategy<Value = Freeze> {
    let cause = proptest::sample::select(FreezeCause::iter().collect::<Vec<_>>());
    proptest::option::of((cause, any::<bool>())).prop_map(|frozen| match frozen {
        None => Freeze::None,
        Some((cause, resources)) => Freeze::Frozen(Frozen {
            reach: if resources { Reach::Resources { deadline: NOW, released_at: None } } else { Reach::Account },
            cause,
            reason: None,
            since: NOW,
            by: Some(AccountId::default()),
        }),
    })
}

proptest! {
    /// R-CUS-15: facts add up: what stands in the way with two sets of facts is what does with either.
    #[test]
    fn obstacles_add_up(one in any_facts(), other in any_facts()) {
        let ask = |facts| obstacles(&Applicant { facts, ..applicant(&[]) }, NOW);
        let mut expected = ask(one);
        expected.extend(ask(other));
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(ask(one.and(other)), expected);
    }

    /// R-CORE-29: whoever is associated is frozen; a freeze that holds already stays as it is, and no budget does, nor what
    /// was spent under somebody else.
    #[test]
    fn an_association_freezes(freeze in any_freeze(), spent in 0_i64..1_000) {
        let offset = UtcOffset::from_minutes(0).expect("an offset");
        let ledger = Ledger {
            month: Month::of(NOW, offset),
            expenditure: Amount::from_units(spent),
            counted: Amount::from_units(spent),
            one_time_used: Amount::from_units(spent),
            open_alerts: Thresholds::NONE,
            since: Timestamp::default(),
        };
        let before = Standing { budget: None, ledger, freeze: freeze.clone(), refreeze: None };
        let after = associated(&before, NOW);
        let frozen = after.freeze.frozen().expect("frozen");
        match freeze {
            Freeze::None => prop_assert_eq!((frozen.cause, frozen.reach), (FreezeCause::Association, Reach::Account)),
            already @ Freeze::Frozen(_) => prop_assert_eq!(&after.freeze, &already),
        }
        prop_assert!(after.budget.is_none());
        let Ledger { expenditure, counted, one_time_used, since, .. } = after.ledger;
        prop_assert_eq!((expenditure, counted, one_time_used, since), (Amount::ZERO, Amount::ZERO, Amount::ZERO, NOW));
    }
}
