use entities::types::{AccountId, InvitationId, MemberId};
use proptest::prelude::*;
use sea_orm::Iterable;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

proptest! {
    /// Whatever is asked for, a link that is made ends later than now and within a year, has a tag of its own only
    /// where it is not general-purpose, and remarks of at most 100 characters.
    #[test]
    fn links_have_an_end_and_their_own_kind(
        method in proptest::sample::select(InvitationMethod::iter().collect::<Vec<_>>()),
        tag in proptest::option::of("[a-z ]{0,70}"),
        for_manager in any::<bool>(),
        remarks in proptest::option::of("\\PC{0,120}"),
        days in proptest::option::of(-10_i64..500),
    ) {
        let valid_until = days.map(|days| Timestamp::from_micros(NOW.micros() + days * 86_400_000_000));
        let asked = Asked { tag, for_manager, remarks, valid_until };
        if let Ok(link) = link(method, &asked, NOW) {
            prop_assert!(link.valid_until > NOW && link.valid_until <= NOW.plus(LONGEST_CAMPAIGN));
            prop_assert!(link.remarks.as_deref().is_none_or(|remarks| remarks.chars().count() <= MAX_REMARKS));
            match method {
                InvitationMethod::GeneralLink => prop_assert!(link.tag.is_none() && !for_manager),
                InvitationMethod::CustomizedLink => prop_assert!(link.tag.is_some() || for_manager),
                InvitationMethod::PromotionalLink => prop_assert_eq!(Some(link.valid_until), valid_until),
                InvitationMethod::FromPartnerCenter => prop_assert!(false, "no link is one"),
            }
        }
    }
}

fn row(method: InvitationMethod, status: InvitationStatus) -> invitation::Model {
    invitation::Model {
        id: InvitationId::default(),
        partner_id: AccountId::default(),
        method,
        code: None,
        link_id: None,
        preregistration_id: None,
        email: None,
        full_name: None,
        name_key: None,
        customer_id: None,
        tag: None,
        account_manager_id: None,
        remarks: None,
        status,
        failure: None,
        invited_by: MemberId::default(),
        invited_at: NOW,
        valid_until: NOW,
        followed_at: None,
        ended_at: None,
        ended_by: None,
    }
}

fn all() -> impl Iterator<Item = (InvitationMethod, InvitationStatus)> {
    InvitationMethod::iter().flat_map(|method| InvitationStatus::iter().map(move |status| (method, status)))
}

/// O-CUS-06: e-mails that led nowhere and were not taken back are sent again.
#[test]
fn only_e_mails_that_led_nowhere_are_sent_again() {
    for (method, status) in all() {
        let again = method == InvitationMethod::FromPartnerCenter && status != InvitationStatus::Associated;
        let one = row(method, status);
        assert_eq!(check_resending(&one).is_ok(), again);
        let ended = invitation::Model { ended_at: Some(NOW), ..one };
        assert!(check_resending(&ended).is_err());
    }
}

/// Links that can still be followed are taken back, once; what failed keeps its cause; e-mails, used links and the
/// customers that came by one are no links to take back.
#[test]
fn links_that_can_be_followed_are_taken_back() {
    for (method, status) in all() {
        let one = row(method, status);
        let expected = match (method, status) {
            (InvitationMethod::FromPartnerCenter, _) => Err(Refusal::NotALink),
            (_, InvitationStatus::Associated) => Err(Refusal::Associated),
            (_, InvitationStatus::Expired) => Ok(false),
            (_, InvitationStatus::Sent | InvitationStatus::Failed) => Ok(true),
        };
        assert_eq!(check_ending(&one), expected);
        if expected == Ok(true) {
            let again = invitation::Model { status: ended(status), ended_at: Some(NOW), ..one.clone() };
            assert_eq!(check_ending(&again), Ok(false), "taken back twice is taken back once");
        }
        assert_eq!(ended(status) == InvitationStatus::Failed, status == InvitationStatus::Failed);
        let came = invitation::Model { link_id: Some(InvitationId::default()), ..one };
        assert_eq!(check_ending(&came), Err(Refusal::NotALink));
    }
}

#[test]
fn a_code_is_followed_at_the_public_address() {
    assert_eq!(address("https://partner.example/", "abc"), "https://partner.example/invitations/abc");
}
