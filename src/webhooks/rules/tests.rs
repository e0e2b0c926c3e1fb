//! Tests of the rules of webhooks.

use proptest::prelude::*;

use super::*;

fn public(text: &str) -> bool {
    is_public(text.parse().expect("an address"))
}

#[test]
fn addresses_of_the_inside_are_refused() {
    let inside = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.9.9.9 168.63.129.16 \
        169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 \
        198.51.100.7 203.0.113.7 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 \
        ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 fc00::1 \
        fd00:ec2::254 fe80::1 fec0::1 ff02::1";
    for address in inside.split_whitespace() {
        assert!(!public(address), "{address}");
    }
    let outside = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.167.0.1 198.17.0.1 198.20.0.1 \
        223.255.255.255 2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001::1";
    for address in outside.split_whitespace() {
        assert!(public(address), "{address}");
    }
}

#[test]
fn an_address_in_disguise_is_seen_through() {
    for url in [
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::1]:8443/x",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://db.internal/",
        "https://metadata.google.internal/",
        "https://intranet/",
        "https://printer.local/",
    ] {
        assert!(matches!(check_url(url, Reach::Public), Err(Refusal::NotPublic(_))), "{url}");
    }
}

#[test]
fn an_address_is_https_and_nothing_but_an_address() {
    for url in [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "hooks.example",
        "https://",
        "https://u:p@hooks.example/",
        "https://u@hooks.example/",
        "https://hooks.example/#part",
        "file:///etc/passwd",
    ] {
        assert_eq!(check_url(url, Reach::Public).map(drop), Err(Refusal::Url), "{url}");
    }
    assert!(check_url("https://hooks.example:8443/a?b=c", Reach::Public).is_ok());
    assert!(check_url("http://127.0.0.1:8080/", Reach::Anywhere).is_ok());
    assert!(check_url(&format!("https://hooks.example/{}", "x".repeat(MAX_URL)), Reach::Anywhere).is_err());
}

#[test]
fn an_address_is_told_without_what_it_may_hold() {
    assert_eq!(told("https://hooks.example/services/token?key=1"), "hooks.example");
}

#[test]
fn a_signature_is_what_others_compute() {
    // From: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_AAECAw
    let secret = secret_text(&[0, 1, 2, 3]);
    assert_eq!(secret, "whsec_AAECAw");
    assert_eq!(
        signature(1_700_000_000, br#"{"a":1}"#, &[secret]),
        "t=1700000000,v1=104bdcf151ec1a2402eb4334f385b7aa58ad660fdd566664c28b6146497f59b2"
    );
}

#[test]
fn a_failing_endpoint_is_given_up_after_a_day() {
    let since = Timestamp::from_micros(0);
    let later = |seconds| since.plus(Duration::from_secs(seconds));
    assert_eq!(after_failure(1, since, since, u16::MAX), AfterFailure::RetryAt(later(10)));
    assert!(matches!(after_failure(30, since, later(86_399), 0), AfterFailure::RetryAt(_)));
    assert_eq!(after_failure(31, since, later(86_400), 0), AfterFailure::GiveUp);
}

#[test]
fn events_of_the_program_itself_cannot_be_had() {
    assert_eq!(check_types(&[EventType::AccessChanged]), Err(Refusal::Type));
    let twice = [EventType::BudgetChanged, EventType::BudgetChanged];
    assert_eq!(check_types(&twice), Ok(vec![EventType::BudgetChanged]));
}

proptest! {
    #[test]
    fn the_standard_librarys_own_judgement_is_never_laxer(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let closed = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
            || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
        prop_assert!(!(closed && is_public(address.into())), "{}", address);
        prop_assert!(!is_public(address.to_ipv6_mapped().into()));
        prop_assert!(!is_public(address.to_ipv6_compatible().into()));
    }

    #[test]
    fn no_ipv6_address_outside_global_unicast_is_public(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        prop_assert!(!is_public(address.into()) || bits >> 125 == 1, "{}", address);
    }

    #[test]
    fn a_signature_holds_for_its_instant_body_and_secret_only(
        seconds in 0_i64..4_000_000_000, body: Vec<u8>, other: Vec<u8>, secret: [u8; 32], another: [u8; 32],
    ) {
        let (one, two) = (secret_text(&secret), secret_text(&another));
        let signed = signature(seconds, &body, std::slice::from_ref(&one));
        prop_assert_eq!(body == other, signed == signature(seconds, &other, std::slice::from_ref(&one)));
        prop_assert_eq!(one == two, signed == signature(seconds, &body, std::slice::from_ref(&two)));
        let both = signature(seconds, &body, &[two, one]);
        prop_assert!(both.ends_with(signed.rsplit(',').next().unwrap_or_default()));
    }

    #[test]
    fn what_passes_for_an_address_has_a_public_host(text in "https://[a-z0-9.:\\[\\]-]{1,30}/") {
        if let Ok(url) = check_url(&text, Reach::Public) {
            prop_assert!(may_be_public(url.host_str().unwrap_or_default()));
        }
    }
}
