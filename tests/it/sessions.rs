//! Signing in, refreshing, signing out; tokens of ours and of others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entities::refresh_token;
use partner_center::{
    accounts::{
        queries::identity_by_name,
        sessions::{KNOWN_AGAIN, MAX_SESSIONS, open_session},
    },
    config::TrustedIssuer,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{Client, story, story_with};

const SIGN_IN: &str = "mutation($account: String!, $member: String, $password: String!) { signIn(input: { \
    accountName: $account, memberName: $member, password: $password }) \
    { accessToken refreshToken expiresAt viewer { account { accountName kind } member { roles } } userErrors { code } } }";
const REFRESH: &str = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) \
    { accessToken refreshToken userErrors { code } } }";
const VIEWER: &str = "{ viewer { account { accountName } member { roles } currency verificationEnabled } }";

async fn sign_in(client: &Client, account: &str, member: Value, password: &str) -> Value {
    let variables = json!({ "account": account, "member": member, "password": password });
    client.run(SIGN_IN, variables).await.data()["signIn"].clone()
}

#[tokio::test]
async fn an_account_signs_in_as_its_administrator_and_a_member_by_name() {
    story(|server| async move {
        let answer = sign_in(&server.stranger(), "Reseller-1a", Value::Null, "demo-password").await;
        assert_eq!(answer["userErrors"], json!([]));
        assert_eq!(answer["viewer"]["account"], json!({ "accountName": "reseller-1a", "kind": "RESELLER" }));
        assert_eq!(answer["viewer"]["member"]["roles"], json!(["ADMINISTRATOR"]));
        let meter = sign_in(&server.stranger(), "platform", json!("meter"), "demo-password").await;
        assert_eq!(meter["viewer"]["member"]["roles"], json!(["METERING"]));
        server
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_told_alike() {
    story(|server| async move {
        let wrong = sign_in(&server.stranger(), "reseller-1a", Value::Null, "wrong").await;
        let unknown = sign_in(&server.stranger(), "nobody", Value::Null, "demo-password").await;
        assert_eq!(wrong, unknown);
        assert_eq!(wrong["userErrors"], json!([{ "code": "SIGN_IN_FAILED" }]));
        server
    })
    .await;
}

#[tokio::test]
async fn the_demonstration_password_is_refused_outside_demonstration_mode() {
    story_with(
        |settings| settings.demo = false,
        |server| async move {
            let answer = sign_in(&server.stranger(), "reseller-1a", Value::Null, "demo-password").await;
            assert_eq!(answer["userErrors"], json!([{ "code": "SIGN_IN_FAILED" }]));
            let schema = server.stranger().run("{ __schema { queryType { name } } }", Value::Null).await;
            assert_eq!(schema.code(), "FORBIDDEN", "introspection is off outside demonstration mode");
            for path in ["/demo/outbox", "/"] {
                assert_eq!(server.http.get(server.url(path)).send().await.unwrap().status(), 404, "{path}");
            }
            server
        },
    )
    .await;
}

#[tokio::test]
async fn a_session_that_is_signed_out_is_refused_at_the_next_request() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        assert_eq!(client.ask(VIEWER).await["viewer"]["account"]["accountName"], "csp-1");
        assert_eq!(
            client.ask("mutation { signOut { userErrors { code } } }").await["signOut"]["userErrors"],
            json!([])
        );
        let answer = client.run(VIEWER, Value::Null).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
        server
    })
    .await;
}

/// A viewer is read once and kept for seconds: the second request needs one statement less.
#[tokio::test]
async fn a_session_is_looked_up_once_in_some_seconds() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let ask = |_| async {
            client.ask("{ viewer { currency } }").await;
        };
        assert_eq!(server.statements(ask).await, 0);
        server.app.store.clock().advance(Duration::from_secs(6));
        let before = server.app.store.statements().get();
        ask(0).await;
        assert!(server.app.store.statements().get() > before, "nothing is kept for long");
        server
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_using_it_twice_ends_the_session() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let first = client.refresh_token.clone().unwrap();
        let refreshed = client.run(REFRESH, json!({ "token": first })).await.data()["refreshSession"].clone();
        let second = client.with_token(refreshed["accessToken"].as_str().unwrap());
        assert_eq!(second.ask(VIEWER).await["viewer"]["currency"], "USD");
        let again = server.stranger().run(REFRESH, json!({ "token": first })).await.data()["refreshSession"].clone();
        assert_eq!(again["userErrors"], json!([{ "code": "SIGN_IN_FAILED" }]));
        assert_eq!(second.run(VIEWER, Value::Null).await.code(), "UNAUTHENTICATED");
        let third = json!({ "token": refreshed["refreshToken"] });
        let third = server.stranger().run(REFRESH, third).await.data()["refreshSession"].clone();
        assert_eq!(third["userErrors"], json!([{ "code": "SIGN_IN_FAILED" }]));
        server
    })
    .await;
}

#[tokio::test]
async fn an_access_token_ends_after_its_time() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        server.app.store.clock().advance(Duration::from_secs(15 * 60 + 1));
        let answer = client.run(VIEWER, Value::Null).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
        server
    })
    .await;
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let token = client.token.clone().unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"default","typ":"JWT"}"#);
        let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        signature[0] ^= 1;
        for forged in [
            String::new(),
            "x".to_owned(),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode(&signature)),
            format!("{}.{}", parts[0], parts[1]),
        ] {
            let answer = client.with_token(&forged).run(VIEWER, Value::Null).await;
            assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{forged}");
        }
        server
    })
    .await;
}

/// Signs claims with a key, as another issuer would.
fn issue(key: &Ed25519KeyPair, claims: &Value) -> String {
    issue_by("outside-1", key, claims)
}

fn issue_by(kid: &str, key: &Ed25519KeyPair, claims: &Value) -> String {
    let head = URL_SAFE_NO_PAD.encode(json!({ "alg": "EdDSA", "kid": kid, "typ": "JWT" }).to_string());
    let body = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signature = URL_SAFE_NO_PAD.encode(key.sign(format!("{head}.{body}").as_bytes()));
    format!("{head}.{body}.{signature}")
}

/// A key and the key set that tells of it.
fn outside_key() -> (Ed25519KeyPair, Value) {
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "outside-1", "alg": "EdDSA", "x": x }] });
    (key, set)
}

/// The key set may also be fetched, from the address of the settings.
#[tokio::test]
async fn the_key_set_of_a_trusted_issuer_is_fetched_from_its_address() {
    let (key, set) = outside_key();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/keys", axum::routing::get(|| async move { axum::Json(set) }));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let issuer = TrustedIssuer {
        issuer: "https://id.example".to_owned(),
        audience: "partner-center".to_owned(),
        jwks_file: None,
        jwks_url: Some(url),
    };
    story_with(
        |settings| settings.auth.trusted_issuers = vec![issuer],
        |server| async move {
            let expiry = server.app.store.clock().now().micros() / 1_000_000 + 600;
            let claims = json!({
                "iss": "https://id.example", "aud": "partner-center", "sub": "42", "exp": expiry,
                "account_name": "csp-1",
            });
            let client = server.stranger().with_token(&issue(&key, &claims));
            assert_eq!(client.ask(VIEWER).await["viewer"]["account"]["accountName"], "csp-1");
            server
        },
    )
    .await;
}

/// What an issuer's server does with those who ask for its keys.
#[derive(Default)]
struct KeyServer {
    asked: AtomicUsize,
    fails: AtomicBool,
    is_slow: AtomicBool,
    go_on: Notify,
}

impl KeyServer {
    async fn start(self: Arc<Self>, set: Value) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let answer = async move || {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.is_slow.load(Ordering::SeqCst) {
                self.go_on.notified().await;
            }
            if self.fails.load(Ordering::SeqCst) {
                Err(axum::http::StatusCode::BAD_GATEWAY)
            } else {
                Ok(axum::Json(set))
            }
        };
        let router = axum::Router::new().route("/keys", axum::routing::get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// However many tokens come, with whatever key, the key set is fetched by one at a time and not again within 30 seconds, also
/// where that failed; nobody whose key is known waits for it.
#[tokio::test]
async fn a_key_set_is_fetched_once_at_a_time() {
    let (key, set) = outside_key();
    let keys = Arc::new(KeyServer::default());
    let issuer = TrustedIssuer {
        issuer: "https://id.example".to_owned(),
        audience: "partner-center".to_owned(),
        jwks_file: None,
        jwks_url: Some(keys.clone().start(set).await),
    };
    story_with(
        |settings| settings.auth.trusted_issuers = vec![issuer],
        |server| async move {
            let clock = server.app.store.clock();
            let expiry = clock.now().micros() / 1_000_000 + 3_600;
            let claims = json!({
                "iss": "https://id.example", "aud": "partner-center", "sub": "42", "exp": expiry, "account_name": "csp-1",
            });
            let good = server.stranger().with_token(&issue(&key, &claims));
            let unknown = server.stranger().with_token(&issue_by("another", &key, &claims));
            let at_once = async |client: &Client| {
                let answers = (0..20).map(|_| client.run(VIEWER, Value::Null));
                let answers = futures_util::future::join_all(answers).await;
                answers.iter().filter(|answer| answer.status == 200).count()
            };
            keys.fails.store(true, Ordering::SeqCst);
            assert_eq!(at_once(&good).await, 0);
            assert_eq!((keys.asked(), at_once(&good).await, keys.asked()), (1, 0, 1), "a try that failed counts");
            keys.fails.store(false, Ordering::SeqCst);
            clock.advance(Duration::from_secs(30));
            assert_eq!((at_once(&good).await, keys.asked()), (20, 2));
            assert_eq!((at_once(&unknown).await, keys.asked()), (0, 2), "not again so soon");
            clock.advance(Duration::from_secs(30));
            assert_eq!((at_once(&unknown).await, keys.asked()), (0, 3));

            clock.advance(Duration::from_secs(600));
            keys.is_slow.store(true, Ordering::SeqCst);
            let slow = { let unknown = unknown.clone(); tokio::spawn(async move { unknown.run(VIEWER, Value::Null).await.status }) };
            server.until("the key set is asked for", || async { keys.asked() == 4 }).await;
            assert_eq!((at_once(&good).await, keys.asked()), (20, 4), "the old set is good meanwhile");
            keys.go_on.notify_one();
            assert_eq!((slow.await.unwrap(), keys.asked()), (401, 4));
            server
        },
    )
    .await;
}

/// A member has so many sessions; its next sign-in ends the oldest.
#[tokio::test]
async fn a_member_has_a_hundred_sessions_at_most() {
    story(|server| async move {
        let (oldest, other) = (server.sign_in("csp-1").await, server.sign_in("csp-1/manager").await);
        let app = &server.app;
        let mut newest = None;
        for number in 0..MAX_SESSIONS {
            if number == MAX_SESSIONS - 1 {
                assert_eq!(oldest.ask(VIEWER).await["viewer"]["currency"], "USD", "as many as there may be");
            }
            let found = identity_by_name(app.store.reader(), "csp-1", None).await.unwrap().unwrap();
            newest = open_session(&app.store, &app.sign_in, found).await.ok().map(|signed_in| signed_in.access_token);
        }
        let ended = || async { oldest.run(VIEWER, Value::Null).await.status == 401 };
        server.until("the oldest has ended", ended).await;
        let newest = server.stranger().with_token(&newest.unwrap());
        for client in [&newest, &other] {
            assert_eq!(client.ask(VIEWER).await["viewer"]["currency"], "USD", "nobody else's");
        }
        server
    })
    .await;
}

/// A session keeps as many used tokens as it knows again: one of them ends it, one from before is like any text.
#[tokio::test]
async fn a_session_forgets_its_oldest_refresh_tokens() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let refresh = async |token: &Value| {
            server.stranger().run(REFRESH, json!({ "token": token })).await.data()["refreshSession"].clone()
        };
        let mut tokens = vec![json!(client.refresh_token.clone().unwrap())];
        for _ in 0..KNOWN_AGAIN + 10 {
            let refreshed = refresh(tokens.last().unwrap()).await;
            tokens.push(refreshed["refreshToken"].clone());
        }
        let kept = refresh_token::Entity::find().count(server.app.store.reader()).await.unwrap();
        assert_eq!(kept, KNOWN_AGAIN + 1, "the used ones, and the one that is good");
        let refused = json!([{ "code": "SIGN_IN_FAILED" }]);
        assert_eq!(refresh(&tokens[9]).await["userErrors"], refused, "forgotten");
        assert_eq!(client.ask(VIEWER).await["viewer"]["currency"], "USD", "and nothing ends");
        assert_eq!(refresh(&tokens[10]).await["userErrors"], refused, "known again");
        assert_eq!(client.run(VIEWER, Value::Null).await.code(), "UNAUTHENTICATED", "in two hands");
        server
    })
    .await;
}

#[tokio::test]
async fn tokens_of_a_trusted_issuer_are_accepted_and_those_of_others_are_not() {
    let (key, set) = outside_key();
    let file = std::env::temp_dir().join(format!("pc_jwks_{}.json", std::process::id()));
    std::fs::write(&file, set.to_string()).unwrap();
    let issuer = TrustedIssuer {
        issuer: "https://id.example".to_owned(),
        audience: "partner-center".to_owned(),
        jwks_file: Some(file.clone()),
        jwks_url: None,
    };
    story_with(
        |settings| settings.auth.trusted_issuers = vec![issuer],
        |server| async move {
            let expiry = server.app.store.clock().now().micros() / 1_000_000 + 600;
            let claims = json!({
                "iss": "https://id.example", "aud": "partner-center", "sub": "42", "exp": expiry,
                "account_name": "platform", "member_name": "operator",
            });
            let client = server.stranger().with_token(&issue(&key, &claims));
            assert_eq!(client.ask(VIEWER).await["viewer"]["member"]["roles"], json!(["OPERATOR"]));
            for (claim, value) in [
                ("iss", json!("https://elsewhere.example")),
                ("aud", json!("another-program")),
                ("exp", json!(expiry - 700)),
                ("exp", Value::Null),
                ("account_name", json!("nobody")),
            ] {
                let mut claims = claims.clone();
                claims[claim] = value;
                let client = server.stranger().with_token(&issue(&key, &claims));
                assert_eq!(client.run(VIEWER, Value::Null).await.code(), "UNAUTHENTICATED", "{claims}");
            }
            let _ = std::fs::remove_file(file);
            server
        },
    )
    .await;
}
