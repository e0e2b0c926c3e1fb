//! GraphQL over Server-Sent Events, as the client sees it.

use std::time::Duration;

use futures_util::{StreamExt, stream::BoxStream};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Client, Server, id, story, story_with};

const EVENTS: &str = "subscription($after: String) { events(after: $after) { id cursor type } }";
const PATIENCE: Duration = Duration::from_secs(20);

/// An open event stream.
struct Stream {
    status: u16,
    content_type: String,
    retry_after: Option<String>,
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
}

/// One event: its name and data, the time after which to come back, or the end.
#[derive(Debug, PartialEq)]
enum Came {
    Next(Value),
    Complete,
    Retry(u64),
    Comment,
    End,
}

impl Stream {
    async fn open(server: &Server, client: &Client, body: &Value) -> Self {
        let mut request = server.http.post(server.url("/graphql")).header("accept", "text/event-stream").json(body);
        if let Some(token) = &client.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        Self {
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            retry_after: header("retry-after"),
            bytes: response.bytes_stream().boxed(),
            text: String::new(),
        }
    }

    async fn follow(server: &Server, client: &Client, variables: Value) -> Self {
        let mut stream = Self::open(server, client, &json!({ "query": EVENTS, "variables": variables })).await;
        assert_eq!((stream.status, stream.content_type.as_str()), (200, "text/event-stream"));
        assert_eq!(stream.came().await, Came::Comment, "so that proxies let the head through");
        stream
    }

    /// Whatever comes next.
    async fn came(&mut self) -> Came {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                return match (field("event: "), field("data: "), field("retry: ")) {
                    (Some("next"), Some(data), None) => Came::Next(serde_json::from_str(data).unwrap()),
                    (Some("complete"), Some(""), None) => Came::Complete,
                    (None, None, Some(ms)) => Came::Retry(ms.parse().unwrap()),
                    (None, None, None) if block == ":" => Came::Comment,
                    _ => panic!("no event of the protocol: {block:?}"),
                };
            }
            match timeout(PATIENCE, self.bytes.next()).await.expect("nothing came in time") {
                Some(bytes) => self.text += std::str::from_utf8(&bytes.unwrap()).unwrap(),
                None => return Came::End,
            }
        }
    }

    /// The same, comments left out.
    async fn told(&mut self) -> Came {
        loop {
            match self.came().await {
                Came::Comment => {}
                other => return other,
            }
        }
    }

    async fn event(&mut self) -> Value {
        match self.told().await {
            Came::Next(answer) => answer["data"]["events"].clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_subscription_by_events_is_live_and_resumes_after_its_cursor() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut stream = Stream::follow(&server, &client, json!({})).await;
        let mut stranger = Stream::follow(&server, &server.sign_in("csp-1").await, json!({})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.charge("customer-1a1", "one", "0.10").await;
        let first = stream.event().await;
        assert_eq!(first["type"], "BUDGET_THRESHOLD_REACHED");
        drop(stream);
        server.charge("customer-1a1", "two", "150").await;
        let mut stream = Stream::follow(&server, &client, json!({ "after": first["cursor"] })).await;
        assert_ne!(stream.event().await["cursor"], first["cursor"]);
        server.charge("customer-csp1-1", "three", "1000").await;
        let theirs = stranger.event().await;
        assert_eq!(theirs["type"], "BUDGET_THRESHOLD_REACHED", "nothing of others came before");
        server
    })
    .await;
}

#[tokio::test]
async fn queries_mutations_and_refusals_come_as_events_and_complete() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut query = Stream::open(&server, &client, &json!({ "query": "{ viewer { currency } }" })).await;
        assert_eq!((query.status, query.content_type.as_str()), (200, "text/event-stream"));
        assert_eq!(query.came().await, Came::Next(json!({ "data": { "viewer": { "currency": "USD" } } })));
        assert_eq!((query.came().await, query.came().await), (Came::Complete, Came::End));
        let list = json!({ "query": "{ customers(first: 1) { nodes { accountName } } }" });
        let Came::Next(rows) = Stream::open(&server, &client, &list).await.came().await else { panic!("no answer") };
        assert!(rows["data"]["customers"]["nodes"][0]["accountName"].is_string(), "rows as everywhere: {rows}");
        let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \"900\", \
            exhaustionPolicy: MANUAL }) { userErrors { code } } }";
        let variables = json!({ "id": id("customer-1a1") });
        let mut change = Stream::open(&server, &client, &json!({ "query": set, "variables": variables })).await;
        let expected = json!({ "data": { "setCustomerBudget": { "userErrors": [] } } });
        assert_eq!(change.came().await, Came::Next(expected));
        for (document, code) in [
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            ("subscription { events(after: \"nonsense\") { id } }", "INVALID_CURSOR"),
            ("subscription { events { id } reviewOutcomes { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let mut stream = Stream::open(&server, &client, &json!({ "query": document })).await;
            assert_eq!((stream.status, stream.content_type.as_str()), (200, "text/event-stream"), "{document}");
            let Came::Next(answer) = stream.told().await else { panic!("{document}: no answer") };
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{document}: {answer}");
            assert_eq!((stream.told().await, stream.told().await), (Came::Complete, Came::End), "{document}");
        }
        let mut nobody = Stream::open(&server, &server.stranger(), &json!({ "query": EVENTS })).await;
        let Came::Next(answer) = nobody.told().await else { panic!("no answer") };
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        let none = Stream::open(&server, &client, &json!({ "query": 1 })).await;
        assert_eq!((none.status, none.content_type.as_str()), (400, "application/json; charset=utf-8"));
        server
    })
    .await;
}

/// Queries are answered in one piece by clients that take both; subscriptions as events; and by GET, too.
#[tokio::test]
async fn who_accepts_more_gets_events_for_subscriptions_only() {
    story(|server| async move {
        let token = server.sign_in("reseller-1a").await.token.unwrap();
        let both = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
        let ask = |query: &str, accept: &str| {
            let request = server.http.get(server.url("/graphql")).query(&[("query", query)]);
            request.bearer_auth(&token).header("accept", accept).send()
        };
        let subscription = "subscription { events { id } }";
        for (query, accept, expected) in [
            ("{ __typename }", both, "application/graphql-response+json; charset=utf-8"),
            (subscription, both, "text/event-stream"),
            (subscription, "text/event-stream", "text/event-stream"),
        ] {
            let response = ask(query, accept).await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], expected, "{query}");
            assert!(!response.headers().contains_key("content-encoding"), "events are not held back to be packed");
        }
        assert_eq!(ask(subscription, "application/json").await.unwrap().status(), 400);
        let refused = ask("mutation { signOut { userErrors { code } } }", "text/event-stream").await.unwrap();
        assert_eq!(refused.status(), 405, "mutations by POST only");
        server
    })
    .await;
}

#[tokio::test]
async fn an_event_stream_ends_with_its_session() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut stream = Stream::follow(&server, &client, json!({})).await;
        client.ask("mutation { signOut { userErrors { code } } }").await;
        let Came::Next(answer) = stream.told().await else { panic!("no farewell") };
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!((stream.told().await, stream.told().await), (Came::Complete, Came::End));
        server
    })
    .await;
}

/// The server waits for nobody when it goes down, and tells its clients when to come back.
#[tokio::test]
async fn event_streams_end_when_the_server_goes_down() {
    let (told, hear) = tokio::sync::oneshot::channel();
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        let mut stream = Stream::follow(&server, &client, json!({})).await;
        tokio::spawn(async move {
            let _ = told.send((stream.told().await, stream.told().await));
        });
        server
    })
    .await;
    let (farewell, end) = hear.await.unwrap();
    assert!(matches!(farewell, Came::Retry(0..3_000)), "{farewell:?}");
    assert_eq!(end, Came::End, "without `complete`: there is more to come elsewhere");
}

#[tokio::test]
async fn event_streams_are_kept_alive_and_count_among_the_sockets_of_an_account() {
    story_with(
        |settings| (settings.limits.ping_secs, settings.limits.sockets_per_account) = (1, 2),
        |server| async move {
            let client = server.sign_in("reseller-1a").await;
            let mut first = Stream::follow(&server, &client, json!({})).await;
            let _socket = server.socket(&client).await;
            let beyond = Stream::open(&server, &client, &json!({ "query": EVENTS })).await;
            assert_eq!((beyond.status, beyond.retry_after.as_deref()), (429, Some("5")));
            let _others = Stream::follow(&server, &server.sign_in("reseller-1b").await, json!({})).await;
            assert_eq!(first.came().await, Came::Comment, "a sign of life");
            drop(first);
            server
                .until("the place of the one that left is free", || async {
                    Stream::open(&server, &client, &json!({ "query": EVENTS })).await.status == 200
                })
                .await;
            server
        },
    )
    .await;
}
