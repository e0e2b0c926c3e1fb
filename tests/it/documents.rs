//! Documents by their hash: those that clients sent before, and those that were registered.

use std::{env::temp_dir, fs};

use partner_center::graphql::trusted::DocumentHash;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Server, story, story_with};

const CURRENCY: &str = "query Currency { viewer { currency } }";

struct Reply {
    status: u16,
    body: Value,
}

impl Reply {
    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }
}

async fn send(server: &Server, client: &Client, accept: &str, body: &Value) -> Reply {
    let request = server.http.post(server.url("/graphql")).bearer_auth(client.token.as_deref().unwrap());
    let response = request.header("accept", accept).json(body).send().await.unwrap();
    Reply { status: response.status().as_u16(), body: response.json().await.unwrap() }
}

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";

fn named(document: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": DocumentHash::of(document).to_string() } })
}

#[tokio::test]
async fn a_document_that_was_sent_once_can_be_named_by_its_hash() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let by_hash = json!({ "extensions": named(CURRENCY) });
        let reply = send(&server, &client, JSON, &by_hash).await;
        assert_eq!((reply.status, reply.code()), (200, "PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(reply.body["errors"][0]["message"], "PersistedQueryNotFound", "as Apollo's clients know it");
        let reply = send(&server, &client, GRAPHQL, &by_hash).await;
        assert_eq!((reply.status, reply.code()), (400, "PERSISTED_QUERY_NOT_FOUND"));

        let along = json!({ "query": CURRENCY, "extensions": named(CURRENCY) });
        assert_eq!(send(&server, &client, JSON, &along).await.body["data"]["viewer"]["currency"], "USD");
        for body in [by_hash, json!({ "documentId": format!("sha256:{}", DocumentHash::of(CURRENCY)) })] {
            let reply = send(&server, &client, JSON, &body).await;
            assert_eq!(reply.body["data"]["viewer"]["currency"], "USD", "{}", reply.body);
        }
        let by_get = server.http.get(server.url("/graphql")).bearer_auth(client.token.as_deref().unwrap());
        let by_get = by_get.query(&[("extensions", named(CURRENCY).to_string())]).send().await.unwrap();
        let by_get: Value = by_get.json().await.unwrap();
        assert_eq!(by_get["data"]["viewer"]["currency"], "USD");
        let mut socket = server.socket(&client).await;
        let payload = json!({ "extensions": named(CURRENCY) });
        socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        assert_eq!(socket.next().await["payload"]["data"]["viewer"]["currency"], "USD");
        server
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_under_a_hash_that_is_not_its_own_or_that_was_refused() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let other = "query Other { viewer { currency } }";
        let wrong = json!({ "query": other, "extensions": named(CURRENCY) });
        let reply = send(&server, &client, GRAPHQL, &wrong).await;
        assert_eq!((reply.status, reply.code()), (400, "BAD_REQUEST"));
        for refused in ["{ deadMessages(first: 1) { totalCount } }", "{ nothing", "{ viewer { currency }"] {
            let reply =
                send(&server, &client, GRAPHQL, &json!({ "query": refused, "extensions": named(refused) })).await;
            assert!(reply.status >= 400, "{refused}: {}", reply.body);
            let reply = send(&server, &client, GRAPHQL, &json!({ "extensions": named(refused) })).await;
            assert_eq!(reply.code(), "PERSISTED_QUERY_NOT_FOUND", "{refused}");
        }
        let reply = send(&server, &client, GRAPHQL, &json!({ "extensions": named(CURRENCY) })).await;
        assert_eq!(reply.code(), "PERSISTED_QUERY_NOT_FOUND", "the wrong document was not kept");
        for extensions in [
            json!({ "persistedQuery": { "version": 2, "sha256Hash": "0" } }),
            json!({ "persistedQuery": { "version": 1, "sha256Hash": "nonsense" } }),
            json!({ "persistedQuery": { "version": 1 } }),
            json!({ "persistedQuery": true }),
        ] {
            let reply = send(&server, &client, GRAPHQL, &json!({ "extensions": extensions })).await;
            assert_eq!((reply.status, reply.code()), (400, "BAD_REQUEST"), "{extensions}");
        }
        server
    })
    .await;
    story_with(
        |settings| settings.documents.automatic = false,
        |server| async move {
            let client = server.sign_in("csp-1").await;
            let along = json!({ "query": CURRENCY, "extensions": named(CURRENCY) });
            assert_eq!(send(&server, &client, GRAPHQL, &along).await.status, 200);
            let reply = send(&server, &client, GRAPHQL, &json!({ "extensions": named(CURRENCY) })).await;
            assert_eq!((reply.status, reply.code()), (400, "PERSISTED_QUERY_NOT_SUPPORTED"));
            server
        },
    )
    .await;
}

/// What was sent first is forgotten when more came than there is room for: the memory is bounded by bytes.
#[tokio::test]
async fn documents_that_are_kept_take_bounded_memory() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let long = |number: usize| format!("query Q{number} {{ viewer {{ currency }} }} # {}", "x".repeat(60_000));
        for number in 0..120 {
            let document = long(number);
            let along = json!({ "query": document, "extensions": named(&document) });
            assert_eq!(send(&server, &client, GRAPHQL, &along).await.status, 200);
        }
        let mut kept = 0;
        for number in 0..120 {
            let reply = send(&server, &client, GRAPHQL, &json!({ "extensions": named(&long(number)) })).await;
            kept += usize::from(reply.status == 200);
        }
        assert!((1..=70).contains(&kept), "4 MiB hold 69 of them: {kept}");
        server
    })
    .await;
}

#[tokio::test]
async fn with_a_list_of_trusted_documents_nothing_else_is_executed() {
    let sign_in = "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
        memberName: $member, password: \"demo-password\" }) { accessToken refreshToken userErrors { code } } }";
    let events = "subscription { events { id } }";
    let listed = [CURRENCY, sign_in, events, "{ customers(first: 1000000000) { nodes { id } } }"];
    let listed: serde_json::Map<String, Value> =
        listed.into_iter().map(|document| (DocumentHash::of(document).to_string(), document.into())).collect();
    let file = temp_dir().join(format!("pc_trusted_{}.json", Uuid::new_v4()));
    fs::write(&file, Value::Object(listed).to_string()).unwrap();
    story_with(
        |settings| settings.documents.trusted_file = Some(file.clone()),
        |server| async move {
            let client = server.sign_in("csp-1").await;
            for body in [json!({ "query": CURRENCY }), json!({ "extensions": named(CURRENCY) })] {
                let reply = send(&server, &client, GRAPHQL, &body).await;
                assert_eq!(reply.body["data"]["viewer"]["currency"], "USD", "{}", reply.body);
            }
            let other = "{ viewer { currency } }";
            for body in [
                json!({ "query": other }),
                json!({ "query": other, "extensions": named(other) }),
                json!({ "extensions": named(other) }),
                json!({ "documentId": DocumentHash::of(other).to_string() }),
                json!({ "query": "{ __typename }" }),
            ] {
                let reply = send(&server, &client, GRAPHQL, &body).await;
                assert_eq!((reply.status, reply.code()), (403, "DOCUMENT_NOT_TRUSTED"), "{body}");
            }
            let mixed = json!({ "query": other, "extensions": named(CURRENCY) });
            assert_eq!(send(&server, &client, GRAPHQL, &mixed).await.code(), "BAD_REQUEST");

            let mut socket = server.socket(&client).await;
            socket.subscribe("1", other, json!({})).await;
            assert_eq!(socket.next().await["payload"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
            let payload = json!({ "extensions": named(events) });
            socket.send(json!({ "id": "2", "type": "subscribe", "payload": payload })).await;
            assert!(socket.is_silent().await, "a registered subscription runs");
            let streamed = server.http.post(server.url("/graphql")).header("accept", "text/event-stream");
            let streamed = streamed.json(&json!({ "query": other })).send().await.unwrap().text().await.unwrap();
            assert!(streamed.contains("DOCUMENT_NOT_TRUSTED"), "{streamed}");
            server
        },
    )
    .await;
    fs::remove_file(&file).unwrap();
}
