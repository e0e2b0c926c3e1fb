use proptest::prelude::*;
use sea_orm::Iterable;

use super::*;

const PARTNERS: [AccountKind; 2] = [AccountKind::CloudSolutionProvider, AccountKind::Reseller];
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn claimant(kind: AccountKind) -> Claimant {
    Claimant { kind, country: Some("SG".to_owned()) }
}

fn known(facts: &[CustomerFact]) -> Known {
    Known {
        associated_elsewhere: false,
        country: Some("sg".to_owned()),
        registered_at: NOW,
        has_spent: false,
        facts: facts.iter().copied().collect(),
    }
}

fn of(known: Known) -> Vec<Cause> {
    causes(&claimant(AccountKind::CloudSolutionProvider), &[known], false, NOW)
}

/// R-CUS-01, R-CUS-02: each cause by itself, told exactly where it holds.
#[test]
fn each_cause_holds_by_itself() {
    let old = |one: Known| Known { registered_at: NOW.minus(REGISTERED_LATELY + DAY), ..one };
    assert_eq!(of(known(&[])), []);
    assert_eq!(causes(&claimant(AccountKind::Reseller), &[], false, NOW), [], "without an account nothing is known");
    assert_eq!(causes(&claimant(AccountKind::Reseller), &[], true, NOW), [Cause::PreregisteredElsewhere]);
    assert_eq!(of(known(&[CustomerFact::MainlandRegistered])), [Cause::MainlandRegistered]);
    assert_eq!(of(Known { associated_elsewhere: true, ..known(&[]) }), [Cause::AssociatedElsewhere]);
    assert_eq!(of(known(&[CustomerFact::ConsumerUser])), [Cause::ConsumerUser]);
    assert_eq!(of(known(&[CustomerFact::VendorContract])), [Cause::VendorContract]);
    assert_eq!(of(known(&[CustomerFact::CashExpenditure])), [Cause::CashExpenditure]);
    assert_eq!(of(known(&[CustomerFact::UnifiedAccountingMember])), [Cause::UnifiedAccountingMember]);
    assert_eq!(of(known(&[CustomerFact::OnlineSales])), [Cause::OnlineSales]);
    assert_eq!(of(Known { country: Some("TH".to_owned()), ..known(&[]) }), [Cause::OtherCountry]);
    assert_eq!(of(old(known(&[]))), [], "age alone does not matter");
    assert_eq!(of(known(&[CustomerFact::DirectSalesClaim])), []);
    assert_eq!(of(old(known(&[CustomerFact::DirectSalesClaim]))), [Cause::DirectSalesClaim]);
    let spent = |facts: &[CustomerFact]| Known { has_spent: true, ..known(facts) };
    assert_eq!(of(spent(&[])), [Cause::CashExpenditure], "what was spent here counts as well");
    assert_eq!(of(spent(&[CustomerFact::DirectSalesClaim])), [Cause::DirectSalesClaim]);
    let paid = known(&[CustomerFact::DirectSalesClaim, CustomerFact::CashExpenditure]);
    assert_eq!(of(paid), [Cause::DirectSalesClaim], "what direct sales claim is not refused for its expenditure");
}

/// The form of an address, as the specification gives it.
#[test]
fn an_address_has_letters_digits_and_few_signs() {
    assert_eq!(check_email(" Ann_B-1.c@Mail-2.example "), Ok("ann_b-1.c@mail-2.example".to_owned()));
    for wrong in ["", "ann", "ann@", "@b.example", "a@b@c.example", "a+b@c.example", "ä@b.example", "a b@c.example"] {
        assert!(check_email(wrong).is_err(), "{wrong}");
    }
}

fn any_known() -> impl Strategy<Value = Known> {
    let facts = proptest::sample::subsequence(CustomerFact::iter().collect::<Vec<_>>(), 0..6);
    let flags = (any::<bool>(), any::<bool>());
    (flags, proptest::option::of("(SG|TH)"), 0_u64..20, facts).prop_map(|(flags, country, days, facts)| Known {
        associated_elsewhere: flags.0,
        has_spent: flags.1,
        country,
        registered_at: NOW.minus(DAY * u32::try_from(days).unwrap_or(0)),
        facts: facts.into_iter().collect(),
    })
}

proptest! {
    /// R-CUS-01: of several accounts with one address, what holds for one of them holds; and never less is told of more.
    #[test]
    fn what_holds_for_one_account_holds_for_all(one in any_known(), other in any_known(), claimed in any::<bool>()) {
        let ask = |known: &[Known]| causes(&claimant(AccountKind::Reseller), known, claimed, NOW);
        let mut expected = ask(std::slice::from_ref(&one));
        expected.extend(ask(std::slice::from_ref(&other)));
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(ask(&[one, other]), expected);
    }

    /// R-CUS-02: a reseller can have nothing reviewed but another country; a provider what a reseller can, and more; and
    /// a cause of R-CUS-01 leaves no review to anybody.
    #[test]
    fn a_review_is_for_its_grounds_only(causes in proptest::sample::subsequence(Cause::iter().collect::<Vec<_>>(), 0..4)) {
        let [provider, reseller] = PARTNERS.map(|kind| can_be_reviewed(kind, &causes));
        prop_assert_eq!(reseller, causes == [Cause::OtherCountry]);
        prop_assert!(provider || !reseller);
        let grounds = [Cause::DirectSalesClaim, Cause::OtherCountry, Cause::OnlineSales];
        prop_assert_eq!(provider, !causes.is_empty() && causes.iter().all(|cause| grounds.contains(cause)));
        for kind in [AccountKind::Distributor, AccountKind::Customer, AccountKind::Platform] {
            prop_assert!(!can_be_reviewed(kind, &causes));
        }
    }

    /// R-CUS-05, R-CUS-08: what holds and is no review can be deleted, and a claim does not hold beyond its end.
    #[test]
    fn a_claim_ends(at in 0_i64..40) {
        let end = Timestamp::from_micros(20);
        let now = Timestamp::from_micros(at);
        prop_assert_eq!(holds(PreregistrationStatus::Preregistered, end, now), at < 20);
        for status in PreregistrationStatus::iter() {
            let deletable = check_deletion(status).is_ok();
            let kept = [PreregistrationStatus::UnderReview, PreregistrationStatus::Associated, PreregistrationStatus::Deleted];
            prop_assert_eq!(deletable, !kept.contains(&status));
        }
    }
}
