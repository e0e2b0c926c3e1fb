//! graphql-transport-ws, message by message.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};

use crate::support::{Socket, story, story_with};

const EVENTS: &str = "subscription { events { id } }";

#[tokio::test]
async fn a_client_must_introduce_itself_in_time_and_with_a_good_token() {
    story(|server| async move {
        let mut silent = Socket::connect(server.address).await;
        for token in [None, Some("forged")] {
            let mut socket = Socket::connect(server.address).await;
            socket.init(token).await;
            assert_eq!(socket.closed().await, 4403, "{token:?}");
        }
        assert_eq!(silent.closed().await, 4408);
        server
    })
    .await;
}

#[tokio::test]
async fn what_the_protocol_forbids_closes_the_socket_with_its_code() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut early = Socket::connect(server.address).await;
        early.subscribe("1", EVENTS, json!({})).await;
        assert_eq!(early.closed().await, 4401);
        for text in ["nonsense", "{}", "{\"type\":\"unknown\"}", "{\"type\":\"subscribe\",\"id\":1}", "[]"] {
            let mut socket = server.socket(&client).await;
            socket.send_text(text).await;
            assert_eq!(socket.closed().await, 4400, "{text}");
        }
        let mut twice = server.socket(&client).await;
        twice.init(client.token.as_deref()).await;
        assert_eq!(twice.closed().await, 4429);
        let mut same = server.socket(&client).await;
        same.subscribe("1", EVENTS, json!({})).await;
        same.subscribe("1", EVENTS, json!({})).await;
        assert_eq!(same.closed().await, 4409);
        server
    })
    .await;
}

#[tokio::test]
async fn pings_are_answered_and_operations_can_be_completed_and_begun_anew() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut socket = server.socket(&client).await;
        socket.send(json!({ "type": "ping", "payload": { "a": 1 } })).await;
        assert_eq!(socket.next().await, json!({ "type": "pong", "payload": { "a": 1 } }));
        socket.send(json!({ "type": "pong" })).await;
        socket.subscribe("1", EVENTS, json!({})).await;
        socket.send(json!({ "type": "complete", "id": "1" })).await;
        socket.send(json!({ "type": "complete", "id": "never begun" })).await;
        socket.subscribe("1", EVENTS, json!({})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.charge("customer-csp1-1", "100-percent", "100").await;
        assert!(socket.event().await["events"]["id"].is_string());
        server
    })
    .await;
}

#[tokio::test]
async fn queries_and_errors_come_as_the_protocol_says() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("q", "{ viewer { currency } }", json!({})).await;
        let next = socket.next().await;
        assert_eq!(
            next,
            json!({ "type": "next", "id": "q", "payload": { "data": { "viewer": { "currency": "USD" } } } })
        );
        assert_eq!(socket.next().await, json!({ "type": "complete", "id": "q" }));
        for (document, code) in [
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            ("subscription { events { id } reviewOutcomes { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ("mutation { recordCharges(input: { charges: [] }) { recorded } }", "FORBIDDEN"),
        ] {
            socket.subscribe("e", document, json!({})).await;
            let message = socket.next().await;
            assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("e")), "{document}: {message}");
            assert_eq!(message["payload"][0]["extensions"]["code"], code, "{document}");
        }
        server
    })
    .await;
}

#[tokio::test]
async fn a_socket_runs_a_bounded_number_of_operations() {
    story_with(
        |settings| settings.limits.operations_per_socket = 3,
        |server| async move {
            let client = server.sign_in("csp-1").await;
            let mut socket = server.socket(&client).await;
            for number in 0..4 {
                socket.subscribe(&number.to_string(), EVENTS, json!({})).await;
            }
            let message = socket.next().await;
            assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("3")));
            server
        },
    )
    .await;
}

#[tokio::test]
async fn foreign_pages_and_other_protocols_are_turned_away() {
    story(|server| async move {
        let request = |origin: Option<&str>, protocol: Option<&str>| {
            let mut request = format!("ws://{}/graphql", server.address).into_client_request().unwrap();
            for (name, value) in [("origin", origin), ("sec-websocket-protocol", protocol)] {
                if let Some(value) = value {
                    request.headers_mut().insert(name, value.parse().unwrap());
                }
            }
            request
        };
        let protocol = Some("graphql-transport-ws");
        assert!(connect_async(request(Some("https://elsewhere.example"), protocol)).await.is_err());
        let own = format!("http://{}", server.address);
        assert!(connect_async(request(Some(&own), protocol)).await.is_ok());
        assert!(connect_async(request(None, Some("graphql-ws"))).await.is_err(), "the older protocol is not offered");
        server
    })
    .await;
}

/// The server tells its sockets to come again when it goes down; the story's end waits for that.
#[tokio::test]
async fn sockets_are_told_when_the_server_goes_down() {
    let (told, hear) = tokio::sync::oneshot::channel();
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, Value::Null).await;
        tokio::spawn(async move {
            let _ = told.send(socket.closed().await);
        });
        server
    })
    .await;
    assert_eq!(hear.await.unwrap(), 1001);
}
