//! graphql-transport-ws, message by message.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};

use crate::support::{Came, Raw, Socket, story, story_with};

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

/// RFC 6455: a goodbye is answered with one.
#[tokio::test]
async fn a_client_that_says_goodbye_hears_it_too() {
    story(|server| async move {
        let mut socket = server.socket(&server.sign_in("csp-1").await).await;
        socket.subscribe("1", EVENTS, json!({})).await;
        assert_eq!(socket.say_goodbye(1000).await, 1000);
        server
    })
    .await;
}

#[tokio::test]
async fn another_subprotocol_is_closed_with_its_code() {
    story(|server| async move {
        for protocol in [None, Some("graphql-ws"), Some("graphql-transport-ws-2")] {
            let (status, code) = Raw::handshake(server.address, protocol).await;
            assert_eq!((status, code), (101, 4406), "{protocol:?}");
        }
        server
    })
    .await;
}

#[tokio::test]
async fn an_introduction_has_as_long_as_the_setting_says() {
    story_with(
        |settings| settings.limits.init_timeout_secs = 1,
        |server| async move {
            let begun = Instant::now();
            let mut silent = Socket::connect(server.address).await;
            assert_eq!(silent.closed().await, 4408);
            assert!(begun.elapsed() < Duration::from_secs(4), "not the default");
            let mut chatty = Socket::connect(server.address).await;
            chatty.send(json!({ "type": "ping" })).await;
            assert_eq!(chatty.next().await, json!({ "type": "pong" }), "pings are answered before, too");
            assert_eq!(chatty.closed().await, 4408, "and are no introduction");
            server
        },
    )
    .await;
}

#[tokio::test]
async fn the_server_pings_and_closes_sockets_that_are_silent_or_idle() {
    story_with(
        |settings| (settings.limits.ping_secs, settings.limits.idle_timeout_secs) = (1, 2),
        |server| async move {
            let client = server.sign_in("csp-1").await;
            let mut silent = server.socket(&client).await;
            silent.subscribe("1", EVENTS, json!({})).await;
            assert_eq!(silent.next().await, json!({ "type": "ping" }));
            assert_eq!(silent.close_frame().await, (1000, String::new()), "it gave no sign of life");

            let mut idle = server.socket(&client).await;
            let mut busy = server.socket(&client).await;
            busy.subscribe("1", EVENTS, json!({})).await;
            let stays = async {
                for _ in 0..4 {
                    assert_eq!(busy.next().await, json!({ "type": "ping" }), "what runs keeps it open");
                    busy.send(json!({ "type": "pong" })).await;
                }
            };
            let ((code, reason), ()) = tokio::join!(idle.pong_until_closed(), stays);
            assert_eq!(code, 1000);
            assert!(reason.contains("nothing runs"), "{reason}");
            server
        },
    )
    .await;
}

#[tokio::test]
async fn an_account_has_so_many_sockets_and_each_so_many_bytes_a_minute() {
    story_with(
        |settings| {
            settings.limits.sockets_per_account = 2;
            settings.limits.socket_bytes_per_minute = 2_000;
        },
        |server| async move {
            let client = server.sign_in("csp-1").await;
            let first = server.socket(&client).await;
            let mut second = server.socket(&client).await;
            let mut third = Socket::connect(server.address).await;
            third.init(client.token.as_deref()).await;
            let (code, reason) = third.close_frame().await;
            assert_eq!(code, 1008);
            assert!(reason.contains('2'), "{reason}");
            let _other = server.socket(&server.sign_in("reseller-1a").await).await;
            drop(first);
            server
                .until("the place is free again", || async {
                    let mut socket = Socket::connect(server.address).await;
                    socket.init(client.token.as_deref()).await;
                    matches!(socket.came().await, Came::Message(_))
                })
                .await;
            // Short messages count 64 bytes: 31 fit into 2,000.
            for _ in 0..31 {
                second.send(json!({ "type": "ping" })).await;
                assert_eq!(second.next().await, json!({ "type": "pong" }));
            }
            second.send(json!({ "type": "ping" })).await;
            assert_eq!(second.closed().await, 1008);
            server
        },
    )
    .await;
}

/// What a client does not read waits for it only so long; then it is told to come back and resume.
#[tokio::test]
async fn a_client_that_reads_too_slowly_is_closed_with_its_code() {
    story_with(
        |settings| {
            settings.limits.write_timeout_secs = 1;
            settings.limits.sockets_per_account = 1;
        },
        |server| async move {
            let client = server.sign_in("csp-1").await;
            let mut slow = Socket::connect_with_little_room(server.address).await;
            slow.init(client.token.as_deref()).await;
            assert_eq!(slow.next().await, json!({ "type": "connection_ack" }));
            let types = "{ __schema { types { name description fields { name description args { name description } } \
                inputFields { name description } enumValues { name description } } } }";
            for number in 0..100 {
                slow.subscribe(&number.to_string(), types, json!({})).await;
                if number % 10 == 9 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            // Nothing is read until the server has given up, and with it the seat.
            server
                .until("its seat is free", || async {
                    let mut socket = Socket::connect(server.address).await;
                    socket.init(client.token.as_deref()).await;
                    matches!(socket.came().await, Came::Message(_))
                })
                .await;
            assert_eq!(slow.closed().await, 1013);
            server
                .until("its seat is free", || async {
                    let mut socket = Socket::connect(server.address).await;
                    socket.init(client.token.as_deref()).await;
                    matches!(socket.came().await, Came::Message(_))
                })
                .await;
            server
        },
    )
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
