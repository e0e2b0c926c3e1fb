//! Verification codes against guessers, through the API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Server, id, story};

const SET: &str = "mutation($id: ID!, $code: String) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
    amount: \"250\", exhaustionPolicy: AUTOMATIC, verificationCode: $code }) { budget { amount } userErrors { code } } }";

async fn set(client: &Client, code: &str) -> String {
    let answer = client.run(SET, json!({ "id": id("customer-1a4"), "code": code })).await.data();
    answer["setCustomerBudget"]["userErrors"][0]["code"].as_str().unwrap_or("passed").to_owned()
}

/// Six digits that are not the code.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('9') { '8' } else { '9' };
    format!("{first}{}", &code[1..])
}

async fn fresh(server: &Server) -> (Client, String) {
    let client = server.sign_in("reseller-1a").await;
    let code = server.code(&client, "reseller-1a", "SET_BUDGET").await;
    assert!(code.len() == 6 && code.chars().all(|digit| digit.is_ascii_digit()), "{code}");
    (client, code)
}

#[tokio::test]
async fn a_code_is_good_once() {
    story(|server| async move {
        let (client, code) = fresh(&server).await;
        assert_eq!(set(&client, &code).await, "passed");
        assert_eq!(set(&client, &code).await, "VERIFICATION_CODE_INVALID");
        server
    })
    .await;
}

#[tokio::test]
async fn a_code_ends_after_five_minutes_and_after_five_tries() {
    story(|server| async move {
        let (client, code) = fresh(&server).await;
        server.app.store.clock().advance(Duration::from_secs(5 * 60));
        assert_eq!(set(&client, &code).await, "VERIFICATION_CODE_EXPIRED");
        let (client, code) = fresh(&server).await;
        for _ in 0..5 {
            assert_eq!(set(&client, &wrong(&code)).await, "VERIFICATION_CODE_INVALID");
        }
        assert_eq!(set(&client, &code).await, "VERIFICATION_CODE_INVALID", "the right one comes too late");
        server
    })
    .await;
}

#[tokio::test]
async fn a_newer_code_voids_the_older_and_a_code_serves_only_its_member() {
    story(|server| async move {
        let (client, old) = fresh(&server).await;
        let (_, new) = fresh(&server).await;
        if old != new {
            assert_eq!(set(&client, &old).await, "VERIFICATION_CODE_INVALID");
        }
        let other = server.sign_in("csp-1").await;
        let stolen = "mutation($id: ID!, $code: String) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
            amount: \"250\", exhaustionPolicy: AUTOMATIC, verificationCode: $code }) { userErrors { code } } }";
        let stolen = other.run(stolen, json!({ "id": id("customer-csp1-4"), "code": new })).await.data();
        assert_eq!(stolen["setCustomerBudget"]["userErrors"][0]["code"], "VERIFICATION_CODE_INVALID");
        assert_eq!(set(&client, &new).await, "passed");
        server
    })
    .await;
}

/// Tries are counted across aliases of one document and across connections at once.
#[tokio::test]
async fn five_tries_are_five_however_they_are_sent() {
    story(|server| async move {
        let (client, code) = fresh(&server).await;
        let aliases: Vec<String> = (0..10)
            .map(|number| {
                let guess = if number == 9 { code.clone() } else { wrong(&code) };
                format!(
                    "a{number}: setCustomerBudget(input: {{ customerId: \"{}\", type: MONTHLY, amount: \"251\", \
                     exhaustionPolicy: AUTOMATIC, verificationCode: \"{guess}\" }}) {{ userErrors {{ code }} }}",
                    id("customer-1a4")
                )
            })
            .collect();
        let answer = client.ask(&format!("mutation {{ {} }}", aliases.join(" "))).await;
        assert_eq!(answer["a9"]["userErrors"][0]["code"], "VERIFICATION_CODE_INVALID", "{answer}");

        let (client, code) = fresh(&server).await;
        let guess = wrong(&code);
        let wrong_at_once = (0..30).map(|_| set(&client, &guess));
        let answers = futures_util::future::join_all(wrong_at_once).await;
        assert!(answers.iter().all(|answer| answer == "VERIFICATION_CODE_INVALID"), "{answers:?}");
        assert_eq!(set(&client, &code).await, "VERIFICATION_CODE_INVALID");
        server
    })
    .await;
}

#[tokio::test]
async fn a_member_that_guesses_all_day_is_stopped() {
    story(|server| async move {
        for _ in 0..4 {
            let (client, code) = fresh(&server).await;
            for _ in 0..5 {
                set(&client, &wrong(&code)).await;
            }
        }
        let (client, code) = fresh(&server).await;
        assert_eq!(set(&client, &code).await, "TOO_MANY_REQUESTS");
        server.app.store.clock().advance(Duration::from_secs(25 * 3_600));
        let (client, code) = fresh(&server).await;
        assert_eq!(set(&client, &code).await, "passed");
        server
    })
    .await;
}

#[tokio::test]
async fn a_refused_operation_leaves_its_code_good() {
    story(|server| async move {
        let (client, code) = fresh(&server).await;
        let too_much = SET.replace("250", "99000000");
        let answer = client.run(&too_much, json!({ "id": id("customer-1a4"), "code": code })).await.data();
        assert_eq!(answer["setCustomerBudget"]["userErrors"][0]["code"], "QUOTA_EXCEEDED");
        assert_eq!(set(&client, &code).await, "passed");
        server
    })
    .await;
}

#[tokio::test]
async fn the_address_that_a_code_was_sent_to_is_masked() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let query = "mutation { mail: sendVerificationCode(input: { operation: FREEZE }) { sentTo userErrors { code } } \
            text: sendVerificationCode(input: { operation: FREEZE, channel: SMS }) { sentTo } }";
        let sent = client.ask(query).await;
        assert_eq!(sent["mail"], json!({ "sentTo": "off*****@reseller-1a.example", "userErrors": [] }));
        assert!(sent["text"]["sentTo"].as_str().unwrap().starts_with("193****"), "{sent}");
        let outbox = server.http.get(server.url("/demo/outbox")).send().await.unwrap().json::<Value>().await.unwrap();
        assert_eq!(outbox["messages"][0]["channel"], "SMS");
        server
    })
    .await;
}
