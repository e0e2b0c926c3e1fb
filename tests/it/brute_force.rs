//! Guessing at the door: names and addresses that fail too often (R-ORG-34, docs/decisions/0023).

use std::time::Duration;

use axum::http::HeaderValue;
use entities::{access_record, types::AccessRecordKind};
use futures_util::future::join_all;
use partner_center::config::Settings;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::{Server, id, on_postgres, story, story_with};

const SIGN_IN: &str = "mutation($account: String!, $member: String, $password: String!) { signIn(input: { \
    accountName: $account, memberName: $member, password: $password }) \
    { viewer { currency } userErrors { code message field } } }";
const RIGHT: &str = "demo-password";
const MINUTE: Duration = Duration::from_secs(60);

/// Tries to sign in as `account` or `account/member`, through proxies that say so; the answer as it comes.
async fn answer(server: &Server, who: &str, password: &str, forwarded: Option<&str>) -> String {
    let (account, member) = who.split_once('/').map_or((who, None), |(account, member)| (account, Some(member)));
    let variables = json!({ "account": account, "member": member, "password": password });
    let body = json!({ "query": SIGN_IN, "variables": variables });
    let mut request = server.http.post(server.url("/graphql")).json(&body);
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    request.send().await.unwrap().text().await.unwrap()
}

/// What came of it, in one word.
fn word(answer: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let errors = &answer["data"]["signIn"]["userErrors"];
    errors[0]["code"].as_str().unwrap_or("passed").to_owned()
}

async fn try_from(server: &Server, who: &str, password: &str, forwarded: Option<&str>) -> String {
    word(&answer(server, who, password, forwarded).await)
}

async fn try_it(server: &Server, who: &str, password: &str) -> String {
    try_from(server, who, password, None).await
}

fn advance(server: &Server, by: Duration) {
    server.app.store.clock().advance(by);
}

/// R-ORG-34: the answers are the same to the byte, so that they do not tell which names there are.
#[tokio::test]
async fn five_wrong_passwords_lock_a_name_whether_it_exists_or_not() {
    story(|server| async move {
        for (known, unknown) in [("reseller-1a", "nobody-here"), ("platform/operator", "platform/ghost")] {
            for number in 1..=8 {
                let (one, other) =
                    (answer(&server, known, "wrong", None).await, answer(&server, unknown, "wrong", None).await);
                assert_eq!(one, other, "{known} and {unknown}, try {number}");
                let expected = if number <= 5 { "SIGN_IN_FAILED" } else { "TOO_MANY_REQUESTS" };
                assert_eq!(word(&one), expected, "try {number}");
            }
            let locked = answer(&server, known, RIGHT, None).await;
            assert!(locked.contains("TOO_MANY_REQUESTS") && locked.contains("try again in 15 minutes"), "{locked}");
            assert_eq!(locked, answer(&server, unknown, RIGHT, None).await, "the right password is not looked at");
        }
        assert_eq!(try_it(&server, "reseller-1b", RIGHT).await, "passed", "others are not concerned");
        assert_eq!(try_it(&server, "platform/meter", RIGHT).await, "passed");
        advance(&server, 15 * MINUTE);
        assert_eq!(try_it(&server, "nobody-here", RIGHT).await, "SIGN_IN_FAILED");
        assert_eq!(try_it(&server, "reseller-1a", RIGHT).await, "passed");
        // The right password has wiped the count out.
        for _ in 0..4 {
            assert_eq!(try_it(&server, "reseller-1a", "wrong").await, "SIGN_IN_FAILED");
        }
        assert_eq!(try_it(&server, "reseller-1a", RIGHT).await, "passed");
        server
    })
    .await;
}

#[tokio::test]
async fn a_name_that_goes_on_failing_is_locked_for_longer_until_it_rests_for_a_day() {
    story(|server| async move {
        let locked = async |minutes: u32, told: &str| {
            for _ in 0..5 {
                // However it is written, it is one name.
                assert_eq!(try_it(&server, " Reseller-1A ", "wrong").await, "SIGN_IN_FAILED");
            }
            let refused = answer(&server, "reseller-1a", RIGHT, None).await;
            assert!(refused.contains(told), "{refused}");
            advance(&server, MINUTE * minutes);
        };
        locked(15, "in 15 minutes").await;
        locked(30, "in 30 minutes").await;
        locked(60, "in 60 minutes").await;
        locked(120 + 24 * 60, "in 2 hours").await;
        locked(15, "in 15 minutes").await;
        server
    })
    .await;
}

/// Tries at once, on two nodes where there are two: no more are compared than one after the other.
#[tokio::test]
async fn forty_tries_at_once_are_five_comparisons() {
    story(|server| async move {
        let beside = if on_postgres() { Some(server.beside().await) } else { None };
        for who in ["reseller-1a", "nobody-here"] {
            let node =
                |number: usize| if number.is_multiple_of(2) { beside.as_ref().unwrap_or(&server) } else { &server };
            let words = join_all((0..40).map(|number| try_it(node(number), who, "wrong"))).await;
            let count = |word: &str| words.iter().filter(|one| *one == word).count();
            assert_eq!((count("SIGN_IN_FAILED"), count("TOO_MANY_REQUESTS")), (5, 35), "{who}");
        }
        if let Some(beside) = beside {
            beside.end().await;
        }
        server
    })
    .await;
}

/// Machines sign in at once too: while they are right, they are not taken for guessers.
#[tokio::test]
async fn many_right_sign_ins_at_once_all_pass() {
    story_with(strict(10), |server| async move {
        let beside = if on_postgres() { Some(server.beside().await) } else { None };
        let node = |number: usize| if number.is_multiple_of(2) { beside.as_ref().unwrap_or(&server) } else { &server };
        let words = join_all((0..60).map(|number| try_it(node(number), "platform/meter", RIGHT))).await;
        assert!(words.iter().all(|word| word == "passed"), "{words:?}");
        let many = ["csp-1", "reseller-1a", "reseller-1b", "distributor-1", "distributor-2", "customer-1a1"];
        let words = join_all((0..60).map(|number| try_it(&server, many[number % many.len()], RIGHT))).await;
        assert!(words.iter().all(|word| word == "passed"), "{words:?}");
        if let Some(beside) = beside {
            beside.end().await;
        }
        server
    })
    .await;
}

/// A client that hangs up before the answer has not failed.
#[tokio::test]
async fn right_sign_ins_whose_client_is_gone_do_not_count() {
    story(|server| async move {
        for round in 0..30_u64 {
            let signing_in = answer(&server, "csp-1", RIGHT, None);
            let _ = tokio::time::timeout(Duration::from_millis(3 * round), signing_in).await;
        }
        assert_eq!(try_it(&server, "csp-1", RIGHT).await, "passed");
        use entities::failed_tries::Entity;
        use sea_orm::EntityTrait;
        let settled = || async {
            let rows = Entity::find().all(server.app.store.reader()).await.unwrap();
            rows.iter().all(|row| row.tries == 0)
        };
        server.until("nothing stands as a failure", settled).await;
        server
    })
    .await;
}

fn strict(failures: u32) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.guard.address_failures = failures;
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    }
}

#[tokio::test]
async fn an_address_that_fails_with_many_names_is_refused_and_others_are_not() {
    story_with(strict(6), |server| async move {
        let (guesser, other) = (Some("192.0.2.7"), Some("192.0.2.8"));
        for _ in 0..20 {
            assert_eq!(try_from(&server, "csp-1", RIGHT, guesser).await, "passed", "successes do not count");
        }
        let started = std::time::Instant::now();
        for number in 0..6 {
            assert_eq!(try_from(&server, &format!("name-{number}"), "wrong", guesser).await, "SIGN_IN_FAILED");
        }
        assert!(started.elapsed() >= Duration::from_millis(600), "slowed down from the half on");
        let refused = answer(&server, "csp-1", RIGHT, guesser).await;
        let told = "too many failed tries from your address: try again in 15 minutes";
        assert!(refused.contains("TOO_MANY_REQUESTS") && refused.contains(told), "{refused}");
        assert_eq!(refused, answer(&server, "name-99", "wrong", guesser).await);
        assert_eq!(try_from(&server, "csp-1", RIGHT, other).await, "passed");
        // What was refused did not count for the names.
        for _ in 0..10 {
            try_from(&server, "reseller-1a", "wrong", guesser).await;
        }
        assert_eq!(try_from(&server, "reseller-1a", RIGHT, other).await, "passed");
        advance(&server, 15 * MINUTE);
        assert_eq!(try_from(&server, "csp-1", RIGHT, guesser).await, "passed");
        server
    })
    .await;
}

#[tokio::test]
async fn many_names_at_once_from_one_address_are_no_more_comparisons_than_it_has() {
    story_with(strict(10), |server| async move {
        let names: Vec<String> = (0..40).map(|number| format!("name-{number}")).collect();
        let words = join_all(names.iter().map(|name| try_it(&server, name, "wrong"))).await;
        assert_eq!(words.iter().filter(|word| *word == "SIGN_IN_FAILED").count(), 10, "{words:?}");
        server
    })
    .await;
}

#[tokio::test]
async fn an_address_of_ipv6_is_counted_with_its_network() {
    story_with(strict(4), |server| async move {
        for number in 1..=4 {
            let from = format!("2001:db8:0:1::{number}");
            assert_eq!(try_from(&server, &format!("name-{number}"), "wrong", Some(&from)).await, "SIGN_IN_FAILED");
        }
        assert_eq!(try_from(&server, "csp-1", RIGHT, Some("2001:db8:0:1:ffff::1")).await, "TOO_MANY_REQUESTS");
        assert_eq!(try_from(&server, "csp-1", RIGHT, Some("2001:db8:0:2::1")).await, "passed");
        server
    })
    .await;
}

/// A client cannot write itself another address: only what a trusted proxy tells is believed, from right to left.
#[tokio::test]
async fn what_a_stranger_says_of_its_address_is_not_believed() {
    let trusting_nobody = |settings: &mut Settings| settings.guard.address_failures = 4;
    story_with(trusting_nobody, |server| async move {
        for number in 0..4 {
            let (name, from) = (format!("name-{number}"), format!("192.0.2.{number}"));
            assert_eq!(try_from(&server, &name, "wrong", Some(&from)).await, "SIGN_IN_FAILED");
        }
        assert_eq!(try_from(&server, "csp-1", RIGHT, Some("192.0.2.77")).await, "TOO_MANY_REQUESTS");
        server
    })
    .await;
    story_with(strict(4), |server| async move {
        for number in 0..4 {
            let (name, from) = (format!("name-{number}"), format!("192.0.2.{number}, 198.51.100.1, 127.0.0.9"));
            assert_eq!(try_from(&server, &name, "wrong", Some(&from)).await, "SIGN_IN_FAILED");
        }
        assert_eq!(try_from(&server, "csp-1", RIGHT, Some("192.0.2.77, 198.51.100.1")).await, "TOO_MANY_REQUESTS");
        assert_eq!(try_from(&server, "csp-1", RIGHT, Some("192.0.2.77")).await, "passed");
        server
    })
    .await;
}

/// R-CORE-28: guesses of codes are bounded for each member already; here over the members that one address has.
#[tokio::test]
async fn wrong_codes_count_for_the_address() {
    const SET: &str = "mutation($id: ID!, $code: String) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
        amount: \"250\", exhaustionPolicy: AUTOMATIC, verificationCode: $code }) { userErrors { code } } }";
    story_with(strict(6), |server| async move {
        let (reseller, provider) = (server.sign_in("reseller-1a").await, server.sign_in("csp-1").await);
        let set = async |client: &crate::support::Client, customer: &str, code: &str| {
            let set = client.run(SET, json!({ "id": id(customer), "code": code })).await.data();
            set["setCustomerBudget"]["userErrors"][0]["code"].as_str().unwrap_or("passed").to_owned()
        };
        for (client, who, customer) in
            [(&reseller, "reseller-1a", "customer-1a4"), (&provider, "csp-1", "customer-csp1-4")]
        {
            let code = server.code(client, who, "SET_BUDGET").await;
            let wrong = if code.starts_with('9') { "800000" } else { "900000" };
            for _ in 0..3 {
                assert_eq!(set(client, customer, wrong).await, "VERIFICATION_CODE_INVALID");
            }
        }
        let code = server.code(&provider, "csp-1", "SET_BUDGET").await;
        assert_eq!(set(&provider, "customer-csp1-4", &code).await, "TOO_MANY_REQUESTS", "right, but from there");
        advance(&server, 15 * MINUTE);
        let provider = server.sign_in("csp-1").await;
        let code = server.code(&provider, "csp-1", "SET_BUDGET").await;
        assert_eq!(set(&provider, "customer-csp1-4", &code).await, "passed");
        server
    })
    .await;
}

#[tokio::test]
async fn unknown_refresh_tokens_count_for_the_address_and_good_ones_stay_good() {
    const REFRESH: &str = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) \
        { refreshToken userErrors { code } } }";
    story_with(strict(3), |server| async move {
        let client = server.sign_in("csp-1").await;
        let refresh =
            async |token: &str| client.run(REFRESH, json!({ "token": token })).await.data()["refreshSession"].clone();
        for number in 0..3 {
            let refused = refresh(&format!("made-up-{number}")).await;
            assert_eq!(refused["userErrors"], json!([{ "code": "SIGN_IN_FAILED" }]));
        }
        assert_eq!(refresh("made-up").await["userErrors"], json!([{ "code": "TOO_MANY_REQUESTS" }]));
        assert_eq!(try_it(&server, "csp-1", RIGHT).await, "TOO_MANY_REQUESTS");
        let good = refresh(client.refresh_token.as_ref().unwrap()).await;
        assert_eq!(good["userErrors"], json!([]), "a session goes on whatever others do at its address");
        server
    })
    .await;
}

#[tokio::test]
async fn tries_over_a_socket_count_like_others() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut socket = server.socket(&client).await;
        for number in 0..5 {
            let variables = json!({ "account": "reseller-1a", "password": "wrong" });
            socket.subscribe(&number.to_string(), SIGN_IN, variables).await;
            let event = socket.event().await;
            assert_eq!(event["signIn"]["userErrors"][0]["code"], "SIGN_IN_FAILED");
            assert_eq!(socket.next().await["type"], "complete");
        }
        assert_eq!(try_it(&server, "reseller-1a", RIGHT).await, "TOO_MANY_REQUESTS");
        server
    })
    .await;
}

/// Counts are forgotten when they are over, and hold no names.
#[tokio::test]
async fn counts_are_forgotten_by_the_hour() {
    use entities::failed_tries::Entity;
    use sea_orm::{EntityTrait, PaginatorTrait};
    story(|server| async move {
        for number in 0..7 {
            try_it(&server, &format!("name-{number}"), "wrong").await;
        }
        let rows = Entity::find().all(server.app.store.reader()).await.unwrap();
        assert_eq!(rows.len(), 8, "seven names and an address");
        assert!(rows.iter().all(|row| row.key.len() == 32));
        advance(&server, Duration::from_secs(26 * 3_600));
        let left = async || Entity::find().count(server.app.store.reader()).await.unwrap();
        server.until("the counts are forgotten", || async { left().await == 0 }).await;
        server
    })
    .await;
}

/// What a client writes before its proxy appends the address does not make it the proxy.
#[tokio::test]
async fn an_odd_byte_hides_nobody_behind_a_proxy() {
    story_with(
        |settings| settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()],
        |server| async move {
            let told = HeaderValue::from_bytes(b"\xff, 192.0.2.66").unwrap();
            let body = json!({ "query": SIGN_IN, "variables": { "account": "csp-1", "password": RIGHT } });
            let request = server.http.post(server.url("/graphql")).header("x-forwarded-for", told).json(&body);
            assert_eq!(word(&request.send().await.unwrap().text().await.unwrap()), "passed");
            let records = access_record::Entity::find().all(server.app.store.reader()).await.unwrap();
            let signed_in = records.into_iter().filter(|record| record.kind == AccessRecordKind::SignedIn);
            let from: Vec<_> = signed_in.filter_map(|record| record.address).collect();
            assert_eq!(from, ["192.0.2.66"]);
            server
        },
    )
    .await;
}
