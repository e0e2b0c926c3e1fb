//! The rules of members and roles.

use entities::types::RoleId;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn custom(number: u128) -> AssignedRole {
    AssignedRole::Custom(RoleId::from_uuid(Uuid::from_u128(1_000 + number)))
}

fn any_role() -> impl Strategy<Value = AssignedRole> {
    let partner = RoleTable::system_roles(AccountKind::Reseller);
    prop_oneof![
        proptest::sample::select(partner).prop_map(AssignedRole::System),
        (0_u128..5).prop_map(custom),
        Just(AssignedRole::System(MemberRole::Metering)),
    ]
}

proptest! {
    /// R-ORG-07 … R-ORG-11: what is accepted obeys every single rule, and what is refused breaks one.
    #[test]
    fn roles_are_accepted_exactly_where_no_rule_is_broken(roles in proptest::collection::vec(any_role(), 0..5)) {
        let has = |role| roles.contains(&AssignedRole::System(role));
        let different: std::collections::HashSet<_> = roles.iter().collect();
        let fine = (1..=3).contains(&roles.len())
            && different.len() == roles.len()
            && !(has(MemberRole::Administrator) && roles.len() > 1)
            && !(has(MemberRole::AccountManager) && has(MemberRole::AccountDirector))
            && !has(MemberRole::Metering);
        prop_assert_eq!(check_roles(AccountKind::Reseller, &roles).is_ok(), fine);
    }

    /// Nobody but an administrator gives what it does not hold.
    #[test]
    fn nobody_gives_what_it_does_not_hold(
        held in proptest::collection::vec(proptest::sample::select(Permission::ALL), 0..20),
        given in proptest::collection::vec(proptest::sample::select(Permission::ALL), 0..20),
    ) {
        let giver = Giver { administrator: false, permissions: held.iter().copied().collect() };
        let fine = given.iter().all(|permission| held.contains(permission));
        prop_assert_eq!(check_gift(giver, given.iter().copied().collect()).is_ok(), fine);
        let chief = Giver { administrator: true, ..giver };
        prop_assert!(check_gift(chief, given.into_iter().collect()).is_ok());
    }

    /// What is kept of a username can be typed again.
    #[test]
    fn a_username_that_is_kept_is_kept_again(text in "\\PC{0,70}") {
        if let Ok(kept) = check_username(&text) {
            prop_assert_eq!(check_username(&kept), Ok(kept));
        }
    }

    /// R-INF-02, R-INF-03.
    #[test]
    fn passwords_need_letters_and_digits_and_no_space(text in "[a-z0-9 ]{0,20}") {
        let fine = text.len() >= 8
            && text.contains(|one: char| one.is_ascii_alphabetic())
            && text.contains(|one: char| one.is_ascii_digit())
            && !text.contains(' ');
        prop_assert_eq!(check_password(&text).is_ok(), fine);
    }
}

#[test]
fn only_administrators_touch_administrators() {
    let some = Giver { administrator: false, permissions: Permission::ALL.iter().copied().collect() };
    let administrator = [AssignedRole::System(MemberRole::Administrator)];
    assert!(check_rank(some, &administrator).is_err());
    assert!(check_rank(Giver { administrator: true, ..some }, &administrator).is_ok());
    assert!(check_rank(some, &[custom(1)]).is_ok());
}

#[test]
fn addresses_and_numbers_are_read_as_people_write_them() {
    assert_eq!(check_email(" Ann@Example.com "), Ok("ann@example.com".to_owned()));
    assert!(check_email("ann@").is_err() && check_email("ann example.com").is_err());
    assert_eq!(check_phone("mobileNumber", "+65 (193) 123-4000"), Ok("+651931234000".to_owned()));
    assert!(check_phone("mobileNumber", "call me").is_err());
}
