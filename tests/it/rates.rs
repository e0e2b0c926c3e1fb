//! Budgets of accounts and addresses: what is over is refused with the time to wait, and comes back.

use std::convert::Infallible;

use futures_util::{StreamExt, stream};
use reqwest::{Body, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    attachments::PDF,
    support::{Client, Server, story, story_with},
};

/// Status, and the headers that tell of the budget.
struct Reply {
    status: u16,
    retry_after: Option<u64>,
    remaining: Option<u64>,
    body: Value,
}

async fn ask(server: &Server, client: &Client, query: &str) -> Reply {
    let mut request = server.http.post(server.url("/graphql")).json(&json!({ "query": query }));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let remaining = header("ratelimit").map(|told| {
        let told = told.split(';').find_map(|part| part.strip_prefix("r=").map(str::to_owned));
        told.unwrap().parse().unwrap()
    });
    let retry_after = header("retry-after").map(|seconds| seconds.parse().unwrap());
    Reply { status: response.status().as_u16(), retry_after, remaining, body: response.json().await.unwrap() }
}

fn code(reply: &Reply) -> &str {
    reply.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

const TYPE: &str = "{ __typename }";

#[tokio::test]
async fn an_address_that_is_not_signed_in_has_so_many_requests_a_minute() {
    story_with(
        |settings| settings.rates.address_requests = 5,
        |server| async move {
            // One of the five.
            let signed_in = server.sign_in("csp-1").await;
            for remaining in [3, 2, 1, 0] {
                let reply = ask(&server, &server.stranger(), TYPE).await;
                assert_eq!((reply.status, reply.remaining), (200, Some(remaining)));
            }
            let reply = ask(&server, &server.stranger(), TYPE).await;
            assert_eq!((reply.status, code(&reply)), (429, "TOO_MANY_REQUESTS"), "{}", reply.body);
            let seconds = reply.retry_after.unwrap();
            assert!((1..=13).contains(&seconds), "a fifth of a minute: {seconds}");
            assert_eq!(reply.body["errors"][0]["extensions"]["retryAfter"], seconds);
            let forged = signed_in.with_token("forged");
            assert_eq!(ask(&server, &forged, TYPE).await.status, 429, "a bad token is nobody's");
            let handshake = tokio_tungstenite::connect_async(format!("ws://{}/graphql", server.address)).await;
            let refused = handshake.expect_err("handshakes count too").to_string();
            assert!(refused.contains("429"), "{refused}");
            assert_eq!(ask(&server, &signed_in, TYPE).await.status, 200, "whoever is signed in has its own budget");
            let links = server.http.get(server.url("/attachments/x?expires=1&signature=x")).send().await.unwrap();
            assert_eq!(links.status(), 429, "links are asked for by strangers");
            assert_eq!(server.http.get(server.url("/livez")).send().await.unwrap().status(), 200);
            server
        },
    )
    .await;
}

#[tokio::test]
async fn an_account_has_so_much_cost_a_minute_and_gets_it_back() {
    story_with(
        |settings| settings.rates.account_cost = 360,
        |server| async move {
            let (one, other) = (server.sign_in("reseller-1a").await, server.sign_in("reseller-1b").await);
            let page = "{ customers(first: 100) { nodes { id } } }";
            for _ in 0..3 {
                assert_eq!(ask(&server, &one, page).await.status, 200, "102 each");
            }
            let reply = ask(&server, &one, page).await;
            assert_eq!((reply.status, code(&reply)), (429, "TOO_MANY_REQUESTS"));
            assert!(reply.body.get("data").is_none(), "nothing ran");
            assert_eq!(ask(&server, &one, TYPE).await.status, 200, "what is left is still there for what costs little");
            let bad = ask(&server, &one, "{ nothing }").await;
            assert_eq!((bad.status, code(&bad)), (200, "GRAPHQL_VALIDATION_FAILED"), "it costs a little, too");
            assert_eq!(ask(&server, &other, page).await.status, 200, "accounts do not share");
            let mut socket = server.socket(&one).await;
            socket.subscribe("1", page, json!({})).await;
            let message = socket.next().await;
            assert_eq!(message["type"], "error", "sockets spend from the same budget: {message}");
            assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_REQUESTS");
            assert!(message["payload"][0]["extensions"]["retryAfter"].as_u64().unwrap() <= 10);
            server.until("it comes back", || async { ask(&server, &one, page).await.status == 200 }).await;
            server
        },
    )
    .await;
}

#[tokio::test]
async fn without_bounds_nothing_is_told() {
    story_with(
        |settings| (settings.rates.account_cost, settings.rates.address_requests) = (0, 0),
        |server| async move {
            let client = server.sign_in("csp-1").await;
            for _ in 0..50 {
                let reply = ask(&server, &client, TYPE).await;
                assert_eq!((reply.status, reply.remaining, reply.retry_after), (200, None, None));
            }
            server
        },
    )
    .await;
}

#[tokio::test]
async fn uploads_spend_from_the_budget_of_the_account() {
    story_with(
        |settings| settings.rates.account_cost = 250,
        |server| async move {
            let client = server.sign_in("reseller-1a").await;
            let mut statuses = Vec::new();
            for _ in 0..3 {
                let request = server.http.post(server.url("/attachments?name=a.pdf")).body("no pdf");
                let request = request.bearer_auth(client.token.as_deref().unwrap());
                statuses.push(request.send().await.unwrap().status().as_u16());
            }
            assert_eq!(statuses, [422, 422, 429]);
            server
        },
    )
    .await;
}

/// One account's slow uploads leave room for others', and the account gets its own back when they end.
#[tokio::test]
async fn uploads_of_one_account_do_not_take_all_the_room() {
    story(|server| async move {
        let upload = |client: &Client, body: Body| {
            let request = server.http.post(server.url("/attachments?name=plan.pdf")).body(body);
            request.bearer_auth(client.token.as_deref().unwrap())
        };
        // Refused once it has room, so that it leaves nothing.
        let probe = |client: &Client| {
            let request = server.http.post(server.url("/attachments?name=plan.exe")).body(PDF);
            request.bearer_auth(client.token.as_deref().unwrap())
        };
        let status = async |request: RequestBuilder| request.send().await.unwrap().status().as_u16();
        let (greedy, other) = (server.sign_in("csp-1").await, server.sign_in("reseller-1a").await);
        let slow: Vec<_> = (0..8)
            .map(|_| {
                let body = stream::iter([Ok::<_, Infallible>(PDF)]).chain(stream::pending());
                tokio::spawn(upload(&greedy, Body::wrap_stream(body)).send())
            })
            .collect();
        server.until("they run", || async { status(probe(&greedy)).await == 429 }).await;
        assert_eq!(status(upload(&other, PDF.into())).await, 201);
        for one in slow {
            one.abort();
        }
        server.until("there is room again", || async { status(probe(&greedy)).await == 422 }).await;
        assert_eq!(status(upload(&greedy, PDF.into())).await, 201);
        server
    })
    .await;
}
