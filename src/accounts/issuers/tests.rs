//! Tokens of outside issuers, point by point of RFC 8725.

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entities::types::{MemberId, SessionId};
use serde_json::{Value, json};

use super::*;
use crate::accounts::tokens::Keys;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const ISSUER: &str = "https://id.example";

fn pair() -> Ed25519KeyPair {
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).expect("a key");
    Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a pair")
}

fn jwk(pair: &Ed25519KeyPair, kid: &str) -> Value {
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "x": x })
}

fn issuer(name: &str, keys: &Value) -> Arc<Issuer> {
    let settings = TrustedIssuer {
        issuer: name.to_owned(),
        audience: "partner-center".to_owned(),
        jwks_file: None,
        jwks_url: None,
    };
    let keys: JwkSet = serde_json::from_value(json!({ "keys": keys })).expect("keys");
    Arc::new(Issuer::new(settings, Some(keys)))
}

fn head() -> Value {
    json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" })
}

fn claims() -> Value {
    let now = NOW.micros() / 1_000_000;
    json!({ "iss": ISSUER, "aud": "partner-center", "sub": "42", "exp": now + 600, "iat": now, "account_name": "csp-1" })
}

fn signed(pair: &Ed25519KeyPair, head: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

/// RFC 8725 3.1, 3.2, 3.5, 3.6, 3.9, 3.10, 3.11: what a token of an outside issuer may not be.
#[tokio::test]
async fn tokens_from_outside_are_held_to_the_same() {
    let own = pair();
    let issuers = Issuers(vec![issuer(ISSUER, &json!([jwk(&own, "one")]))]);
    let accepts = async |head: &Value, claims: &Value| issuers.verify(&signed(&own, head, claims), NOW).await.is_ok();
    assert!(accepts(&head(), &claims()).await);
    assert!(accepts(&with(head(), "typ", json!("at+JWT")), &claims()).await);
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("alg", json!("ES256")),
        ("kid", json!("two")),
        ("kid", json!("../one")),
        ("typ", json!("dpop+jwt")),
        ("typ", json!("logout+jwt")),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
    ] {
        assert!(!accepts(&with(head(), name, value.clone()), &claims()).await, "{name} {value}");
    }
    let now = NOW.micros() / 1_000_000;
    for (name, value) in [
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("another-program")),
        ("aud", Value::Null),
        ("sub", Value::Null),
        ("exp", json!(now)),
        ("exp", Value::Null),
        ("nbf", json!(now + 60)),
        ("iat", json!(now + 60)),
        ("account_name", Value::Null),
    ] {
        assert!(!accepts(&head(), &with(claims(), name, value.clone())).await, "{name} {value}");
    }
    // Keys and addresses in the head are not looked at: with another key the token is refused, with the right one it
    // stands for itself.
    let other = pair();
    for (name, value) in [
        ("jwk", jwk(&other, "one")),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://127.0.0.1:1/certificate")),
    ] {
        let head = with(head(), name, value);
        assert!(issuers.verify(&signed(&other, &head, &claims()), NOW).await.is_err(), "{name}");
        assert!(issuers.verify(&signed(&own, &head, &claims()), NOW).await.is_ok(), "{name}");
    }
}

/// RFC 8725 3.1: the public key is no secret of a symmetric algorithm, and a key for encryption verifies nothing.
#[tokio::test]
async fn keys_are_used_for_what_they_are_made_for() {
    let own = pair();
    let token = signed(&own, &head(), &claims());
    for (name, value) in [("use", json!("enc")), ("alg", json!("ES256")), ("alg", json!("RSA-OAEP"))] {
        let issuers = Issuers(vec![issuer(ISSUER, &json!([with(jwk(&own, "one"), name, value)]))]);
        assert!(issuers.verify(&token, NOW).await.is_err(), "{name}");
    }
    let secret = URL_SAFE_NO_PAD.encode([7; 32]);
    let symmetric = json!([{ "kty": "oct", "kid": "one", "alg": "HS256", "k": secret }]);
    let issuers = Issuers(vec![issuer(ISSUER, &symmetric)]);
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(with(head(), "alg", json!("HS256")).to_string()),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), text.as_bytes());
    let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
    assert!(issuers.verify(&token, NOW).await.is_err());
}

/// RFC 8725 3.8, 3.12: no issuer speaks for another one, nor for us, nor we for them, even with keys of the same name.
#[tokio::test]
async fn issuers_are_not_confused() {
    let (first, second) = (pair(), pair());
    let issuers = Issuers(vec![
        issuer(ISSUER, &json!([jwk(&first, "one")])),
        issuer("https://other.example", &json!([jwk(&second, "one")])),
    ]);
    let of_other = with(claims(), "iss", json!("https://other.example"));
    assert!(issuers.verify(&signed(&second, &head(), &of_other), NOW).await.is_ok());
    assert!(issuers.verify(&signed(&first, &head(), &of_other), NOW).await.is_err());
    assert!(issuers.verify(&signed(&second, &head(), &claims()), NOW).await.is_err());

    let settings = AuthSettings::default();
    let keys = Keys::ephemeral(&settings).expect("keys");
    let (ours, _) = keys.mint(MemberId::new(NOW), SessionId::new(NOW), NOW).expect("minted");
    assert!(issuers.verify(&ours, NOW).await.is_err());
    let now = NOW.micros() / 1_000_000;
    let as_us = json!({ "iss": settings.issuer, "aud": settings.audience, "sub": "mem_1", "sid": "ses_1",
        "iat": now, "nbf": now, "exp": now + 60 });
    for kid in ["one", "default"] {
        let token = signed(&first, &json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt" }), &as_us);
        assert!(keys.verify(&token, NOW).is_err() && issuers.verify(&token, NOW).await.is_err(), "{kid}");
    }
}

/// Two issuers of one name, or one of ours, are a mistake of the settings.
#[test]
fn issuers_have_names_of_their_own() {
    let trusted = |name: &str| TrustedIssuer {
        issuer: name.to_owned(),
        audience: "partner-center".to_owned(),
        jwks_file: None,
        jwks_url: Some("https://id.example/keys".to_owned()),
    };
    let load = |names: &[&str]| {
        let trusted_issuers = names.iter().map(|name| trusted(name)).collect();
        Issuers::load(&AuthSettings { trusted_issuers, ..AuthSettings::default() }).is_ok()
    };
    assert!(load(&["https://a.example", "https://b.example"]));
    assert!(!load(&["https://a.example", "https://a.example"]));
    assert!(!load(&[&AuthSettings::default().issuer]));
}

/// RFC 8725 3.2, 3.5: keys of RSA have 2,048 bits at least. The private ones were thrown away.
#[tokio::test]
async fn short_keys_of_rsa_are_refused() {
    let signed: Vec<Value> = serde_json::from_str(include_str!("rsa.json")).expect("keys with a token each");
    for one in signed {
        let issuers = Issuers(vec![issuer(ISSUER, &json!([one["key"]]))]);
        let accepted = issuers.verify(one["token"].as_str().expect("a token"), NOW).await.is_ok();
        assert_eq!(accepted, one["bits"] == 2_048, "{} bits", one["bits"]);
    }
}
