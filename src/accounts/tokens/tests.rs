//! Tokens of ours, point by point of RFC 8725.

use serde_json::{Value, json};

use super::*;

fn keys() -> Keys {
    Keys::ephemeral(&AuthSettings::default()).expect("keys")
}

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

#[test]
fn a_token_is_good_until_it_expires() {
    let keys = keys();
    let (token, expires_at) = keys.mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted");
    assert!(keys.verify(&token, NOW).is_ok());
    assert_eq!(keys.verify(&token, expires_at), Err(TokenRefused));
}

#[test]
fn tokens_of_other_keys_issuers_and_audiences_are_refused() {
    let keys = keys();
    let other_key = self::keys().mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted").0;
    assert_eq!(keys.verify(&other_key, NOW), Err(TokenRefused));
    for (issuer, audience) in [("somebody", "partner-center"), ("partner-center", "somebody")] {
        let foreign = Keys { issuer: issuer.to_owned(), audience: audience.to_owned(), ..keys.clone() };
        let token = foreign.mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted").0;
        assert_eq!(keys.verify(&token, NOW), Err(TokenRefused));
    }
}

#[test]
fn keys_rotate_by_setting() {
    let settings = AuthSettings::default();
    let pair = |name: &str| (name.to_owned(), fresh_key().expect("a key"));
    let (old, new) = (pair("2026-10"), pair("2026-11"));
    let keys = |pairs: &[&(String, Vec<u8>)]| {
        Keys::from_pairs(&settings, pairs.iter().map(|pair| (*pair).clone()).collect()).expect("keys")
    };
    let (token, _) = keys(&[&old]).mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted");
    assert!(keys(&[&new, &old]).verify(&token, NOW).is_ok(), "the old key still verifies");
    assert_eq!(keys(&[&new]).verify(&token, NOW), Err(TokenRefused), "dropped, it does not");
    let (token, _) = keys(&[&new, &old]).mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted");
    assert!(keys(&[&new]).verify(&token, NOW).is_ok(), "the first key signs");
}

#[test]
fn a_token_cannot_choose_its_algorithm() {
    let keys = keys();
    let (token, _) = keys.mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted");
    let parts: Vec<&str> = token.split('.').collect();
    for header in [r#"{"alg":"none","kid":"default"}"#, r#"{"alg":"HS256","kid":"default"}"#] {
        let forged = format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(header), parts[1], parts[2]);
        assert_eq!(keys.verify(&forged, NOW), Err(TokenRefused));
    }
}

/// A key, and what signs with it whatever is asked.
struct Forge {
    keys: Keys,
    pair: Ed25519KeyPair,
}

impl Forge {
    fn new() -> Self {
        let der = fresh_key().expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(&der).expect("a pair");
        let keys = Keys::from_pairs(&AuthSettings::default(), vec![(DEFAULT_KID.to_owned(), der)]).expect("keys");
        Self { keys, pair }
    }

    fn sign(&self, head: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn head() -> Value {
        json!({ "alg": "EdDSA", "kid": DEFAULT_KID, "typ": "at+jwt" })
    }

    fn claims() -> Value {
        let now = NOW.micros() / 1_000_000;
        json!({ "iss": "partner-center", "aud": "partner-center", "sub": "mem_1", "sid": "ses_1",
            "iat": now, "nbf": now, "exp": now + 900 })
    }

    fn accepts(&self, head: &Value, claims: &Value) -> bool {
        self.keys.verify(&self.sign(&head.to_string(), &claims.to_string()), NOW).is_ok()
    }

    fn with_head(&self, name: &str, value: Value) -> bool {
        let mut head = Self::head();
        head[name] = value;
        self.accepts(&head, &Self::claims())
    }

    fn with_claim(&self, name: &str, value: Value) -> bool {
        let mut claims = Self::claims();
        claims[name] = value;
        self.accepts(&Self::head(), &claims)
    }
}

/// RFC 8725 3.1, 3.2: the algorithm is ours, whatever the head says and whoever signed.
#[test]
fn one_algorithm_is_accepted() {
    let forge = Forge::new();
    assert!(forge.accepts(&Forge::head(), &Forge::claims()), "what the forge signs is good as it stands");
    for algorithm in ["none", "None", "NONE", "", "HS256", "HS512", "RS256", "ES256", "eddsa", "Ed25519", "PS256"] {
        assert!(!forge.with_head("alg", json!(algorithm)), "{algorithm}");
    }
    // The public key as the secret of a symmetric algorithm.
    let public = forge.pair.public_key().as_ref();
    let head = json!({ "alg": "HS256", "kid": DEFAULT_KID, "typ": "at+jwt" }).to_string();
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(Forge::claims().to_string()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public);
    let tag = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()).as_ref());
    assert_eq!(forge.keys.verify(&format!("{signed}.{tag}"), NOW), Err(TokenRefused));
}

/// RFC 8725 3.3: a signature that is missing, cut, long or of other bytes is none; each bit of a token counts.
#[test]
fn every_signature_is_checked() {
    let forge = Forge::new();
    let token = forge.sign(&Forge::head().to_string(), &Forge::claims().to_string());
    let parts: Vec<&str> = token.split('.').collect();
    let body = format!("{}.{}", parts[0], parts[1]);
    for forged in [format!("{body}."), body.clone(), format!("{token}AA"), format!("{token}."), format!("{token}.x")] {
        assert_eq!(forge.keys.verify(&forged, NOW), Err(TokenRefused), "{forged}");
    }
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes).expect("ASCII");
        // The last character of a part has bits that say nothing; the decoder refuses all but one way to write it.
        assert_eq!(forge.keys.verify(&forged, NOW), Err(TokenRefused), "{at}");
    }
}

/// RFC 8725 3.4, 3.7: what is no token, or of another encoding, is refused, at any length.
#[test]
fn what_is_no_token_is_refused() {
    let forge = Forge::new();
    let token = forge.sign(&Forge::head().to_string(), &Forge::claims().to_string());
    let mut huge = Forge::claims();
    huge["more"] = json!("x".repeat(10_000));
    let huge = forge.sign(&Forge::head().to_string(), &huge.to_string());
    let millions = "a".repeat(3_000_000);
    let others = [
        "",
        ".",
        "..",
        "...",
        " ",
        "\0.\0.\0",
        "a.b.c",
        "{}.{}.{}",
        &millions,
        &huge,
        &format!(" {token}"),
        &format!("{token} "),
        &token.replace('.', ".."),
        &token.replace('-', "+").replace('_', "/").replace('.', "=."),
    ];
    for other in others {
        let cut: String = other.chars().take(40).collect();
        assert_eq!(forge.keys.verify(other, NOW), Err(TokenRefused), "{cut}");
    }
    let utf16: Vec<u8> = Forge::head().to_string().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let in_utf16 = format!("{}.{}", URL_SAFE_NO_PAD.encode(utf16), &token[token.find('.').expect("a dot") + 1..]);
    assert_eq!(forge.keys.verify(&in_utf16, NOW), Err(TokenRefused));
}

/// RFC 8725 3.6: nothing is decompressed.
#[test]
fn compressed_and_encrypted_tokens_are_refused() {
    let forge = Forge::new();
    for (name, value) in [("zip", "DEF"), ("enc", "A128GCM"), ("cty", "JWT")] {
        assert!(!forge.with_head(name, json!(value)), "{name}");
    }
}

/// RFC 8725 3.8, 3.9, 3.10: issuer, audience and subject are there and ours; a key is picked from ours by its exact name, and
/// nothing is read or fetched because a token asks for it.
#[test]
fn issuer_audience_and_key_are_ours() {
    let forge = Forge::new();
    for name in ["iss", "aud", "sub", "sid", "iat", "nbf", "exp"] {
        let mut claims = Forge::claims();
        claims.as_object_mut().expect("claims").remove(name);
        assert!(!forge.accepts(&Forge::head(), &claims), "without {name}");
        assert!(!forge.with_claim(name, Value::Null), "{name} is null");
        assert!(!forge.with_claim(name, json!({ "a": 1 })), "{name} is an object");
    }
    for (name, value) in [
        ("iss", json!("somebody")),
        ("iss", json!("partner-center ")),
        ("iss", json!(["somebody"])),
        ("aud", json!("somebody")),
        ("aud", json!([])),
        ("aud", json!("PARTNER-CENTER")),
        ("sub", json!(1)),
    ] {
        assert!(!forge.with_claim(name, value.clone()), "{name} {value}");
    }
    for kid in [
        "",
        "Default",
        "default\0",
        "../default",
        "../../../../dev/null",
        "/etc/passwd",
        "default' OR '1'='1",
        "1; DROP TABLE sessions",
        "https://evil.example/key",
        "${jndi:ldap://evil.example/a}",
    ] {
        assert!(!forge.with_head("kid", json!(kid)), "{kid}");
    }
    assert!(!forge.with_head("kid", Value::Null) && !forge.with_head("kid", json!(["default"])));
    let other = Ed25519KeyPair::from_pkcs8(&fresh_key().expect("a key")).expect("a pair");
    let x = URL_SAFE_NO_PAD.encode(other.public_key().as_ref());
    for (name, value) in [
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": x })),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/certificate")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        assert!(!forge.with_head(name, value), "{name}");
    }
}

/// RFC 8725 3.11, 3.12: access tokens say that they are; whatever else is signed with the same key is none.
#[test]
fn other_kinds_of_tokens_are_refused() {
    let forge = Forge::new();
    for typ in ["JWT", "", "at+JWT", "dpop+jwt", "logout+jwt", "secevent+jwt", "refresh+jwt"] {
        assert!(!forge.with_head("typ", json!(typ)), "{typ}");
    }
    let head = json!({ "alg": "EdDSA", "kid": DEFAULT_KID });
    assert!(!forge.accepts(&head, &Forge::claims()), "without a type");
    let (refresh, _) = fresh_refresh_token().expect("a token");
    assert_eq!(forge.keys.verify(&refresh, NOW), Err(TokenRefused));
}

/// Times: expired, not yet good, issued in the future, and numbers that overflow.
#[test]
fn times_are_checked_to_the_second() {
    let forge = Forge::new();
    let now = NOW.micros() / 1_000_000;
    let good = |name: &str, value: Value| forge.with_claim(name, value);
    assert!(!good("exp", json!(now)) && good("exp", json!(now + 1)));
    assert!(good("nbf", json!(now + LEEWAY_SECS)) && !good("nbf", json!(now + LEEWAY_SECS + 1)));
    assert!(good("iat", json!(now + LEEWAY_SECS)) && !good("iat", json!(now + LEEWAY_SECS + 1)));
    for value in [json!(-1), json!(0), json!(i64::MIN), json!("9999999999"), json!(1e300), json!(f64::MAX), json!(true)]
    {
        assert!(!good("exp", value.clone()), "{value}");
    }
    for value in [json!(i64::MAX), json!(u64::MAX)] {
        assert!(!good("nbf", value.clone()) && !good("iat", value.clone()), "{value}");
    }
    assert!(good("nbf", json!(i64::MIN)), "long ago");
}

/// Claims and heads that say a thing twice are refused: readers differ in which one they take.
#[test]
fn nothing_is_said_twice() {
    let forge = Forge::new();
    let (head, claims) = (Forge::head().to_string(), Forge::claims().to_string());
    for name in ["iss", "aud", "sub", "sid", "exp", "nbf", "iat"] {
        let value = &Forge::claims()[name];
        let twice = format!("{{\"{name}\":{value},{}", &claims[1..]);
        assert_eq!(forge.keys.verify(&forge.sign(&head, &twice), NOW), Err(TokenRefused), "{name}");
    }
    for (name, value) in [("alg", "none"), ("alg", "EdDSA"), ("kid", "default"), ("typ", "at+jwt")] {
        let twice = format!("{{\"{name}\":\"{value}\",{}", &head[1..]);
        assert_eq!(forge.keys.verify(&forge.sign(&twice, &claims), NOW), Err(TokenRefused), "{name}");
    }
}
