//! Every limit of the doors: at it, all is well; beyond it, there is a code, and nothing ran.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Client, Server, story, story_with};

const JSON: &str = "application/json";

/// Sends a body as it is; returns the status, the code of the first error if any, and the body.
pub async fn post(server: &Server, body: String) -> (u16, String, Value) {
    let request = server.http.post(server.url("/graphql")).header("content-type", JSON).body(body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned(), body)
}

/// A document passes, and one that is a little larger is refused with the limit.
async fn at_and_beyond(client: &Client, what: &str, limit: u64, good: &str, beyond: &str) {
    let answer = client.run(good, Value::Null).await;
    assert!(answer.body.get("errors").is_none(), "{what}: {}", answer.body);
    let answer = client.run(beyond, Value::Null).await;
    assert_eq!((answer.status, answer.code()), (400, "QUERY_TOO_COMPLEX"), "{what}: {}", answer.body);
    let told = &answer.body["errors"][0]["extensions"];
    assert_eq!(told["limit"], limit, "{what}: {told}");
    assert!(told["is"].as_u64().unwrap() > limit, "{what}: {told}");
    assert!(answer.body.get("data").is_none(), "{what}: {}", answer.body);
}

#[tokio::test]
async fn documents_are_bounded_in_length_tokens_and_brackets() {
    story_with(
        |settings| settings.limits.document_bytes = 60,
        |server| async move {
            let client = server.stranger();
            let padded = |bytes: usize| format!("{:bytes$}", "{ __typename }");
            at_and_beyond(&client, "bytes", 60, &padded(60), &padded(61)).await;
            server
        },
    )
    .await;
    story_with(
        |settings| settings.limits.tokens = 12,
        |server| async move {
            let fields = |count: usize| format!("{{ {} }}", "__typename ".repeat(count - 2));
            at_and_beyond(&server.stranger(), "tokens", 12, &fields(12), &fields(13)).await;
            server
        },
    )
    .await;
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let nested = |depth: usize| format!("{{ node(id: {}{}) {{ id }} }}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(client.run(&nested(98), Value::Null).await.code(), "GRAPHQL_VALIDATION_FAILED");
        let answer = client.run(&nested(99), Value::Null).await;
        assert_eq!(
            (answer.code(), &answer.body["errors"][0]["extensions"]["limit"]),
            ("QUERY_TOO_COMPLEX", &json!(100))
        );
        server
    })
    .await;
}

#[tokio::test]
async fn operations_are_bounded_in_depth_width_names_and_cost() {
    story_with(
        |settings| {
            let limits = &mut settings.limits;
            (limits.depth, limits.selections, limits.aliases) = (4, 12, 3);
            (limits.directives, limits.root_fields, limits.cost) = (2, 5, 100);
        },
        |server| async move {
            let client = server.sign_in("distributor-1").await;
            let client = &client;
            let three = "{ viewer { account { accountName } } }";
            let four = "{ customers(first: 1) { nodes { budget { amount } } } }";
            let five = "{ customers(first: 1) { nodes { budget { customer { id } } } } }";
            assert!(client.run(three, Value::Null).await.body.get("errors").is_none());
            at_and_beyond(client, "depth", 4, four, five).await;
            let hidden = "{ ...a } fragment a on Query { customers(first: 1) { ...b } } \
                fragment b on CustomerConnection { nodes { budget { customer { id } } } }";
            at_and_beyond(client, "depth in fragments", 4, four, hidden).await;

            let inner = |count: usize| format!("{{ viewer {{ {} }} }}", "currency ".repeat(count - 1));
            at_and_beyond(client, "selections", 12, &inner(12), &inner(13)).await;

            let named = |count: usize| {
                let fields: String = (0..count).map(|number| format!("a{number}: currency ")).collect();
                format!("{{ viewer {{ {fields} }} }}")
            };
            at_and_beyond(client, "aliases", 3, &named(3), &named(4)).await;

            let directives = |count: usize| format!("{{ __typename {} }}", "@include(if: true) ".repeat(count));
            assert_eq!(client.run(&directives(3), Value::Null).await.code(), "QUERY_TOO_COMPLEX");
            at_and_beyond(client, "directives", 2, &directives(1), &directives(3)).await;
            let elsewhere = [
                "query @a @a @a { __typename }",
                "query($x: Int @a @a @a) { __typename }",
                "{ ...f } fragment f on Query @a @a @a { __typename }",
                "{ ...f @a @a @a } fragment f on Query { __typename }",
                "{ ... @a @a @a { __typename } }",
            ];
            for document in elsewhere {
                at_and_beyond(client, document, 2, &directives(1), document).await;
            }

            let roots = |count: usize| format!("{{ {} }}", "__typename ".repeat(count));
            at_and_beyond(client, "root fields", 5, &roots(5), &roots(6)).await;

            // 1 for the connection, 1 for `nodes`, and for each row 1 for the id: 98 rows cost 100.
            let page = |rows: usize| format!("{{ customers(first: {rows}) {{ nodes {{ id }} }} }}");
            at_and_beyond(client, "cost", 100, &page(98), &page(99)).await;
            let by_variable = "query($n: Int = 99) { customers(first: $n) { nodes { id } } }";
            at_and_beyond(client, "cost of a default", 100, &page(98), by_variable).await;
            server
        },
    )
    .await;
}

#[tokio::test]
async fn bodies_are_bounded_in_bytes_and_arrays_are_not_taken() {
    story_with(
        |settings| settings.limits.body_bytes = 2_000,
        |server| async move {
            let body = |bytes: usize| format!("{:bytes$}", json!({ "query": "{ __typename }" }).to_string());
            assert_eq!(post(&server, body(2_000)).await.0, 200);
            let (status, code, _) = post(&server, body(2_001)).await;
            assert_eq!((status, code.as_str()), (413, "PAYLOAD_TOO_LARGE"));
            let chunks = futures_util::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(" ".repeat(500))));
            let chunked = server.http.post(server.url("/graphql")).header("content-type", JSON);
            let chunked = chunked.body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap();
            assert_eq!(chunked.status(), 413, "without a length, too");
            for array in ["[]", " [{\"query\": \"{ __typename }\"}]", "[{\"query\": \"{ __typename }\"}, {}]"] {
                let (status, code, answer) = post(&server, array.to_owned()).await;
                assert_eq!((status, code.as_str()), (400, "BATCHING_NOT_SUPPORTED"), "{answer}");
            }
            let mut socket = server.socket(&server.sign_in("csp-1").await).await;
            socket.send_text(&json!({ "type": "ping", "payload": { "x": "y".repeat(2_500) } }).to_string()).await;
            assert_ne!(socket.closed().await, 1000, "messages are bounded alike");
            server
        },
    )
    .await;
}

/// The cost is told where it is asked for, over HTTP and on sockets, and what is left of the account's budget.
#[tokio::test]
async fn the_cost_is_told_in_extensions_and_headers() {
    story_with(
        |settings| settings.rates.account_cost = 1_000,
        |server| async move {
            let client = server.sign_in("distributor-1").await;
            let query = "{ customers(first: 10) { nodes { id accountName } } }";
            let body = json!({ "query": query, "extensions": { "cost": true } });
            let send = |body: Value| {
                let request = server.http.post(server.url("/graphql")).bearer_auth(client.token.as_deref().unwrap());
                async move { request.json(&body).send().await.unwrap() }
            };
            let response = send(body.clone()).await;
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(header("ratelimit-policy"), "\"cost\";q=1000;w=60");
            assert_eq!(header("ratelimit"), "\"cost\";r=978;t=2;partner-center-cost=22");
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer["extensions"]["cost"], json!({ "estimated": 22, "limit": 50_000, "remaining": 978 }));
            let plain: Value = send(json!({ "query": query })).await.json().await.unwrap();
            assert!(plain.get("extensions").is_none(), "only where it is asked for");
            let mut socket = server.socket(&client).await;
            socket.send(json!({ "id": "1", "type": "subscribe", "payload": body })).await;
            assert_eq!(socket.next().await["payload"]["extensions"]["cost"]["estimated"], 22);
            server
        },
    )
    .await;
}

/// Reads what a connection still gives until it ends; fails where it does not end in time.
async fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    let _ = timeout(Duration::from_secs(15), stream.read_to_end(&mut rest)).await.expect("it ends");
    String::from_utf8_lossy(&rest).into_owned()
}

#[tokio::test]
async fn heads_bodies_and_the_next_request_have_deadlines() {
    story_with(
        |settings| (settings.limits.header_timeout_secs, settings.limits.body_timeout_secs) = (1, 1),
        |server| async move {
            let connect = || async { TcpStream::connect(server.address).await.unwrap() };
            let mut half_a_head = connect().await;
            half_a_head.write_all(b"POST /graphql HTTP/1.1\r\nHost: ").await.unwrap();
            assert!(!rest(&mut half_a_head).await.contains(" 200 "));

            let mut half_a_body = connect().await;
            let head =
                "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{";
            half_a_body.write_all(head.as_bytes()).await.unwrap();
            let answer = rest(&mut half_a_body).await;
            assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("TIMEOUT"), "{answer}");

            let mut idle = connect().await;
            idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            assert!(rest(&mut idle).await.starts_with("HTTP/1.1 200"), "kept for a while, then closed");
            server
        },
    )
    .await;
}

/// One host does not take all connections: those beyond its bound are closed, and free ones are given again; a trusted proxy
/// asks for many.
#[tokio::test]
async fn an_address_has_so_many_connections() {
    let lives = async |stream: &mut TcpStream| {
        let mut byte = [0];
        let asked = stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
        asked.is_ok() && matches!(stream.read(&mut byte).await, Ok(1))
    };
    for (proxies, most) in [(Vec::new(), 2), (vec!["127.0.0.0/8".parse().unwrap()], 5)] {
        story_with(
            |settings| {
                settings.limits.connections_per_address = 2;
                settings.trusted_proxies = proxies;
            },
            |server| async move {
                let mut open = Vec::new();
                for _ in 0..5 {
                    let mut stream = TcpStream::connect(server.address).await.unwrap();
                    if lives(&mut stream).await {
                        open.push(stream);
                    }
                }
                assert_eq!(open.len(), most);
                drop(open);
                server
                    .until("the places are free", || async {
                        lives(&mut TcpStream::connect(server.address).await.unwrap()).await
                    })
                    .await;
                server
            },
        )
        .await;
    }
}

/// A client that asks for much and reads nothing does not keep its connection for ever.
#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    story_with(
        |settings| {
            settings.limits.write_timeout_secs = 1;
            settings.limits.connections = 1;
        },
        |server| async move {
            let introspection = "{ __schema { types { name description fields { name description args { name \
                description } } inputFields { name description } } } }";
            let body = json!({ "query": introspection }).to_string();
            let request = format!(
                "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            // All connections that there may be are taken by somebody who asks, and reads nothing.
            let mut greedy = TcpStream::connect(server.address).await.unwrap();
            let asking = tokio::spawn(async move { while greedy.write_all(request.as_bytes()).await.is_ok() {} });
            server
                .until("others get in again", || async {
                    let live = server.http.get(server.url("/livez")).timeout(Duration::from_secs(2)).send().await;
                    live.is_ok()
                })
                .await;
            asking.await.unwrap();
            server
        },
    )
    .await;
}

/// No text in the database can hold U+0000: it is refused before anything is asked of it, wherever it stands.
#[tokio::test]
async fn a_text_with_a_zero_character_is_refused() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let query = "query($filter: CustomerFilter) { customers(first: 1, filter: $filter) { totalCount } }";
        for (query, variables) in [
            (query, json!({ "filter": { "search": "a\u{0}b" } })),
            (query, json!({ "filter": { "search\u{0}": "b" } })),
            (query, json!({ "filter": { "tags": ["b", "\u{0}"] } })),
            ("{ customers(first: 1, filter: { search: \"a\\u0000b\" }) { totalCount } }", Value::Null),
            ("{ customers(first: 1, filter: { search: \"a\u{0}b\" }) { totalCount } }", Value::Null),
        ] {
            let answer = client.run(query, variables.clone()).await;
            assert_eq!(
                answer.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
                "{variables} {:?}",
                answer.body
            );
        }
        assert_eq!(client.run(query, json!({ "filter": { "search": "a" } })).await.status, 200);
        server
    })
    .await;
}
