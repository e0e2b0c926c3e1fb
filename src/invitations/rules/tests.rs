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

#[test]
fn only_e_mails_that_led_nowhere_are_sent_again() {
    for (method, status) in
        InvitationMethod::iter().flat_map(|method| InvitationStatus::iter().map(move |status| (method, status)))
    {
        let again = method == InvitationMethod::FromPartnerCenter && status != InvitationStatus::Associated;
        assert_eq!(check_resending(method, status).is_ok(), again);
    }
}

#[test]
fn a_code_is_followed_at_the_public_address() {
    assert_eq!(address("https://partner.example/", "abc"), "https://partner.example/invitations/abc");
}
