//! Webhooks: the feed posted to a partner's endpoints, signed, in order, at least once, and nowhere inside.

use std::time::Duration;

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::support::{Client, Posted, Receiver, Server, id, on_postgres, story, story_with};

const CREATE: &str = "mutation($url: String!, $types: [EventType!]) { createWebhookEndpoint(input: { url: $url, types: \
    $types }) { endpoint { id url types enabled cursor } secret userErrors { code field message } } }";
const UPDATE: &str = "mutation($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input) { endpoint { \
    id url enabled disabledReason } userErrors { code field } } }";
pub const ENDPOINTS: &str = "{ webhookEndpoints { id url enabled disabledReason cursor failedAttempts failingSince \
    nextAttemptAt oldSecretUntil } }";
const LOG: &str = "query($id: ID!) { webhookDeliveries(endpointId: $id, first: 50) { totalCount nodes { type attempt \
    statusCode durationMs error eventId cursor at } } }";

pub struct Endpoint {
    pub id: Value,
    pub secret: String,
}

pub async fn create(client: &Client, url: &str, types: Value) -> Value {
    client.run(CREATE, json!({ "url": url, "types": types })).await.data()["createWebhookEndpoint"].clone()
}

pub async fn endpoint(client: &Client, receiver: &Receiver) -> Endpoint {
    let made = create(client, &receiver.url(), Value::Null).await;
    assert_eq!(made["userErrors"], json!([]), "{made}");
    Endpoint { id: made["endpoint"]["id"].clone(), secret: made["secret"].as_str().unwrap().to_owned() }
}

async fn log(client: &Client, endpoint: &Endpoint) -> Vec<Value> {
    let answer = client.run(LOG, json!({ "id": endpoint.id })).await.data();
    answer["webhookDeliveries"]["nodes"].as_array().unwrap().clone()
}

pub async fn by_id(client: &Client, mutation: &str, id: &Value, answer: &str) -> Value {
    let document = format!("mutation($id: ID!) {{ {mutation}(input: {{ id: $id }}) {{ {answer} }} }}");
    client.run(&document, json!({ "id": id })).await.data()[mutation].clone()
}

/// As docs/webhooks.md says it. Returns whether one of the signatures is right.
fn is_signed(posted: &Posted, secret: &str) -> bool {
    let header = posted.headers["x-partnercenter-signature"].to_str().unwrap();
    let seconds = header.split(',').find_map(|part| part.strip_prefix("t=")).unwrap();
    let mut signed = format!("{seconds}.").into_bytes();
    signed.extend_from_slice(&posted.raw);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &signed);
    let expected: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    header.split(',').filter_map(|part| part.strip_prefix("v1=")).any(|given| given == expected)
}

async fn until_posted(server: &Server, receiver: &Receiver, count: usize) {
    server.until("so many were posted", || async { receiver.posted().len() >= count }).await;
}

/// The ids of the feed's newest events in a viewer's scope, oldest first.
async fn feed(client: &Client) -> Vec<Value> {
    let page = client.ask("{ events(first: 100) { nodes { id cursor } } }").await;
    page["events"]["nodes"].as_array().unwrap().clone()
}

/// R-CORE-22: the distributor's endpoint gets what its administrator sees, and the same as the API tells.
#[tokio::test]
async fn events_in_scope_are_posted_signed_and_in_order() {
    let (receiver, strangers) = (Receiver::start().await, Receiver::start().await);
    story(|server| async move {
        let (client, other) = (server.sign_in("distributor-1").await, server.sign_in("distributor-2").await);
        let (own, foreign) = (endpoint(&client, &receiver).await, endpoint(&other, &strangers).await);
        server.charge("customer-1a1", "to-100", "900").await;
        until_posted(&server, &receiver, 3).await;
        server.charge("customer-2a1", "theirs", "900").await;
        until_posted(&server, &strangers, 3).await;

        let posted = receiver.posted();
        assert!(posted.iter().all(|posted| is_signed(posted, &own.secret)), "{posted:?}");
        assert!(!posted.iter().any(|posted| is_signed(posted, &foreign.secret)));
        assert_eq!(posted[0].headers["content-type"], "application/json");
        let thresholds: Vec<_> = posted.iter().map(|posted| posted.body["data"]["threshold"].clone()).collect();
        assert_eq!(thresholds, [75, 90, 100]);
        let newest = feed(&client).await.split_off(feed(&client).await.len() - 3);
        let ids: Vec<_> = newest.iter().map(|event| event["id"].clone()).collect();
        assert_eq!(receiver.posted_field("id"), ids);
        let cursors: Vec<_> = newest.iter().map(|event| event["cursor"].clone()).collect();
        assert_eq!(receiver.posted_field("cursor"), cursors);
        let data = &posted[0].body["data"];
        assert_eq!(posted[0].body["type"], "BUDGET_THRESHOLD_REACHED");
        assert_eq!(data["customerId"], id("customer-1a1"));
        assert_eq!(data["resellerId"], id("reseller-1a"));
        assert_eq!((&data["amount"], &data["used"]), (&json!("1000.00"), &json!("1649.90")));
        assert_eq!(data["usagePercent"], "164.99");

        server
            .until("the cursor is kept", || async {
                client.ask(ENDPOINTS).await["webhookEndpoints"][0]["cursor"] == cursors[2]
            })
            .await;
        let log = log(&client, &own).await;
        assert_eq!(log.len(), 3);
        assert!(
            log.iter().all(|entry| entry["statusCode"] == 200 && entry["error"].is_null() && entry["attempt"] == 1)
        );
        assert_eq!(receiver.posted().len(), 3, "once each");
        server
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_gets_the_types_that_it_names() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let made = create(&client, &receiver.url(), json!(["BUDGET_CHANGED"])).await;
        assert_eq!(made["endpoint"]["types"], json!(["BUDGET_CHANGED"]), "{made}");
        server.charge("customer-1a1", "to-75", "0.10").await;
        let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \"2000\", \
            exhaustionPolicy: MANUAL }) { userErrors { code } } }";
        client.run(set, json!({ "id": id("customer-1a1") })).await.data();
        until_posted(&server, &receiver, 1).await;
        assert_eq!(receiver.posted_field("type"), ["BUDGET_CHANGED"]);
        let data = receiver.posted()[0].body["data"].clone();
        assert_eq!(data, json!({ "customerId": id("customer-1a1"), "budgetType": "MONTHLY", "amount": "2000.00" }));
        server
    })
    .await;
}

/// What was not taken is tried again, and what comes after it waits: order is kept.
#[tokio::test]
async fn a_failure_is_tried_again_before_anything_else_is_delivered() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let own = endpoint(&client, &receiver).await;
        receiver.answer(&[500, 302]);
        server.charge("customer-1a1", "to-100", "900").await;
        until_posted(&server, &receiver, 1).await;
        let state = async || client.ask(ENDPOINTS).await["webhookEndpoints"][0].clone();
        server.until("the failure is kept", || async { state().await["failedAttempts"] == 1 }).await;
        assert!(state().await["nextAttemptAt"].is_string(), "{}", state().await);
        server.app.store.clock().advance(Duration::from_secs(11));
        until_posted(&server, &receiver, 2).await;
        server.until("the second failure is kept", || async { state().await["failedAttempts"] == 2 }).await;
        server.app.store.clock().advance(Duration::from_secs(21));
        until_posted(&server, &receiver, 5).await;
        let thresholds: Vec<_> =
            receiver.posted().into_iter().map(|posted| posted.body["data"]["threshold"].clone()).collect();
        assert_eq!(thresholds, [75, 75, 75, 90, 100]);
        server.until("all is well", || async { state().await["failingSince"].is_null() }).await;
        let log = log(&client, &own).await;
        let told: Vec<_> = log.iter().rev().map(|entry| (&entry["statusCode"], &entry["attempt"])).collect();
        assert_eq!(json!(told), json!([[500, 1], [302, 2], [200, 3], [200, 1], [200, 1]]));
        assert_eq!(log[4]["error"], "the endpoint answered 500");
        server
    })
    .await;
}

/// An endpoint that fails for a day is switched off, says why, and goes on where it was once it is enabled.
#[tokio::test]
async fn an_endpoint_that_fails_for_a_day_is_switched_off_and_can_be_enabled() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let guards = "mutation { setMessageRecipients(input: { type: SECURITY, recipients: [{ name: \"G\", email: \
            \"guard@csp.example\" }] }) { userErrors { code } } }";
        client.ask(guards).await;
        let own = endpoint(&client, &receiver).await;
        receiver.answer(&[503; 2]);
        server.charge("customer-csp1-1", "over", "90").await;
        until_posted(&server, &receiver, 1).await;
        let state = async |client: &Client| client.ask(ENDPOINTS).await["webhookEndpoints"][0].clone();
        server.until("the failure is kept", || async { state(&client).await["failedAttempts"] == 1 }).await;
        server.app.store.clock().advance(Duration::from_secs(24 * 3_600));
        until_posted(&server, &receiver, 2).await;
        let client = server.sign_in("csp-1").await;
        server.until("it is switched off", || async { state(&client).await["enabled"] == false }).await;
        let reason = state(&client).await["disabledReason"].as_str().unwrap().to_owned();
        assert!(reason.contains("24 hours") && reason.contains("503"), "{reason}");
        assert!(server.newest_message("guard@csp.example").await.contains(&reason));

        let enabled = client.run(UPDATE, json!({ "input": { "id": own.id, "enabled": true } })).await.data();
        assert_eq!(enabled["updateWebhookEndpoint"]["endpoint"]["disabledReason"], Value::Null, "{enabled}");
        until_posted(&server, &receiver, 3).await;
        let ids = receiver.posted_field("id");
        assert!(ids[0] == ids[1] && ids[1] == ids[2], "the event that waited");
        server
    })
    .await;
}

#[tokio::test]
async fn a_replay_delivers_again_from_a_cursor() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let own = endpoint(&client, &receiver).await;
        server.charge("customer-1a1", "to-100", "900").await;
        until_posted(&server, &receiver, 3).await;
        let replay = async |after: &Value| {
            let replay = "mutation($id: ID!, $after: String!) { replayWebhook(input: { id: $id, after: $after }) { \
                endpoint { cursor } userErrors { code field } } }";
            let answer = client.run(replay, json!({ "id": own.id, "after": after })).await.data();
            answer["replayWebhook"].clone()
        };
        let first = receiver.posted()[0].body["cursor"].clone();
        let cursor = || async { client.ask(ENDPOINTS).await["webhookEndpoints"][0]["cursor"].clone() };
        let last = receiver.posted()[2].body["cursor"].clone();
        server.until("all is delivered", || async { cursor().await == last }).await;
        let answer = replay(&first).await;
        assert_eq!(answer, json!({ "endpoint": { "cursor": first }, "userErrors": [] }));
        until_posted(&server, &receiver, 5).await;
        let ids = receiver.posted_field("id");
        assert_eq!(ids[3..], ids[1..3], "the same events with the same ids");
        for wrong in [json!("nonsense"), json!("ZmVlZDo5OTk5OTk5OTk")] {
            let error = replay(&wrong).await["userErrors"][0].clone();
            assert_eq!(error, json!({ "code": "INVALID_INPUT", "field": ["after"] }));
        }
        server
    })
    .await;
}

/// After a backup was restored all positions move on, and cursors of endpoints with them: nothing is posted again.
#[tokio::test]
async fn a_restored_feed_is_not_posted_again() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        endpoint(&client, &receiver).await;
        server.charge("customer-1a1", "to-75", "0.10").await;
        until_posted(&server, &receiver, 1).await;
        let last = receiver.posted()[0].body["cursor"].clone();
        let cursor = || async { client.ask(ENDPOINTS).await["webhookEndpoints"][0]["cursor"].clone() };
        server.until("it is delivered", || async { cursor().await == last }).await;
        server.app.store.execute(partner_center::feed::sequence::Renumber).await.unwrap();
        server.charge("customer-1a1", "to-90", "160").await;
        until_posted(&server, &receiver, 2).await;
        let thresholds: Vec<_> =
            receiver.posted().into_iter().map(|posted| posted.body["data"]["threshold"].clone()).collect();
        assert_eq!(thresholds, [75, 90]);
        server
    })
    .await;
}

#[tokio::test]
async fn a_replaced_secret_signs_too_for_a_day() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let own = endpoint(&client, &receiver).await;
        let rotated = by_id(&client, "rotateWebhookSecret", &own.id, "secret endpoint { oldSecretUntil }").await;
        let new = rotated["secret"].as_str().unwrap().to_owned();
        assert!(new != own.secret && rotated["endpoint"]["oldSecretUntil"].is_string(), "{rotated}");
        by_id(&client, "pingWebhook", &own.id, "delivery { id }").await;
        let posted = receiver.posted().remove(0);
        assert!(is_signed(&posted, &new) && is_signed(&posted, &own.secret), "{posted:?}");
        server.app.store.clock().advance(Duration::from_secs(24 * 3_600));
        let client = server.sign_in("reseller-1a").await;
        by_id(&client, "pingWebhook", &own.id, "delivery { id }").await;
        let posted = receiver.posted().remove(1);
        assert!(is_signed(&posted, &new) && !is_signed(&posted, &own.secret), "{posted:?}");
        let shown = client.ask(ENDPOINTS).await.to_string();
        assert!(!shown.contains("whsec_"), "a secret is shown once: {shown}");
        server
    })
    .await;
}

#[tokio::test]
async fn a_ping_is_posted_at_once_and_logged() {
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let own = endpoint(&client, &receiver).await;
        receiver.answer(&[418]);
        let ping = "delivery { statusCode error type attempt } userErrors { code }";
        let first = by_id(&client, "pingWebhook", &own.id, ping).await;
        assert_eq!(first["delivery"]["statusCode"], 418, "{first}");
        assert_eq!(receiver.posted_field("type"), ["PING"]);
        assert!(is_signed(&receiver.posted()[0], &own.secret));
        for _ in 0..9 {
            assert_eq!(by_id(&client, "pingWebhook", &own.id, ping).await["userErrors"], json!([]));
        }
        let enough = by_id(&client, "pingWebhook", &own.id, ping).await;
        assert_eq!(enough["userErrors"][0]["code"], "TOO_MANY_REQUESTS");
        assert_eq!(log(&client, &own).await.len(), 10);
        server
    })
    .await;
}

/// A slow endpoint holds up nobody else's.
#[tokio::test]
async fn a_slow_endpoint_holds_up_nobody() {
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    story(|server| async move {
        let (one, other) = (server.sign_in("reseller-1a").await, server.sign_in("distributor-1").await);
        endpoint(&one, &slow).await;
        endpoint(&other, &quick).await;
        slow.take_time(Duration::from_secs(5));
        let began = std::time::Instant::now();
        server.charge("customer-1a1", "to-100", "900").await;
        until_posted(&server, &quick, 3).await;
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        assert_eq!(slow.posted().len(), 0);
        server
    })
    .await;
}

/// The duty of delivering moves between nodes while events come: none is lost, and each comes first in its order.
#[tokio::test]
async fn deliveries_go_on_when_the_duty_moves() {
    if !on_postgres() {
        return;
    }
    let receiver = Receiver::start().await;
    story_with(
        |settings| settings.lease_secs = 1,
        |first| async move {
            let second = first.beside().await;
            let client = first.sign_in("reseller-1a").await;
            endpoint(&client, &receiver).await;
            receiver.take_time(Duration::from_millis(30));
            let before = feed(&client).await.len();
            for amount in 2_000..2_024 {
                let set = format!(
                    "mutation($id: ID!) {{ setCustomerBudget(input: {{ customerId: $id, type: MONTHLY, amount: \
                     \"{amount}\", exhaustionPolicy: MANUAL }}) {{ userErrors {{ code }} }} }}"
                );
                client.run(&set, json!({ "id": id("customer-1a1") })).await.data();
                tokio::time::sleep(Duration::from_millis(100)).await;
                if amount % 8 == 0 {
                    first.app.jobs.give_up().await.unwrap();
                    second.app.jobs.give_up().await.unwrap();
                }
            }
            first.app.hub.settle().await.unwrap();
            let expected: Vec<Value> =
                feed(&client).await.split_off(before).iter().map(|event| event["id"].clone()).collect();
            assert_eq!(expected.len(), 24);
            first.until("the last was posted", || async { receiver.posted_field("id").contains(&expected[23]) }).await;
            let mut once: Vec<Value> = Vec::new();
            for id in receiver.posted_field("id") {
                if !once.contains(&id) {
                    once.push(id);
                }
            }
            assert_eq!(once, expected);
            second.end().await;
            first
        },
    )
    .await;
}
