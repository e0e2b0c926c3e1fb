//! GraphQL over HTTP: what is accepted, what is refused and how.

use serde_json::{Value, json};

use crate::support::{Server, id, story};

struct Reply {
    status: u16,
    content_type: String,
    body: String,
}

async fn send(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let content_type = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    Reply {
        status: response.status().as_u16(),
        content_type: content_type.unwrap_or_default(),
        body: response.text().await.unwrap(),
    }
}

fn post(server: &Server, content_type: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    server.http.post(server.url("/graphql")).header("content-type", content_type).body(body)
}

const JSON: &str = "application/json";
const GRAPHQL: &str = "application/graphql-response+json";

fn code(reply: &Reply) -> String {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("not JSON: {}", reply.body));
    body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_answer_has_the_type_that_the_client_accepts() {
    story(|server| async move {
        let body = json!({ "query": "{ __typename }" }).to_string();
        for (accept, expected) in [
            (GRAPHQL, GRAPHQL),
            (JSON, JSON),
            ("*/*", JSON),
            ("application/json, application/graphql-response+json", GRAPHQL),
            ("text/html, application/graphql-response+json;q=0, */*;q=0.1", JSON),
        ] {
            let reply = send(post(&server, JSON, body.clone()).header("accept", accept)).await;
            assert_eq!(reply.status, 200, "{accept}");
            assert_eq!(reply.content_type, format!("{expected}; charset=utf-8"), "{accept}");
        }
        let reply = send(post(&server, JSON, body).header("accept", "text/html")).await;
        assert_eq!(reply.status, 406);
        server
    })
    .await;
}

#[tokio::test]
async fn only_json_bodies_are_read() {
    story(|server| async move {
        let body = json!({ "query": "{ __typename }" }).to_string();
        for refused in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "application/json; charset=latin1",
            "application/graphql",
        ] {
            assert_eq!(send(post(&server, refused, body.clone())).await.status, 415, "{refused}");
        }
        let untyped = server.http.post(server.url("/graphql")).body(body.clone());
        assert_eq!(send(untyped).await.status, 415);
        for accepted in ["application/json;charset=UTF-8", "Application/JSON"] {
            assert_eq!(send(post(&server, accepted, body.clone())).await.status, 200, "{accepted}");
        }
        server
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_none_gets_a_clear_error() {
    story(|server| async move {
        let bodies = [
            "",
            "{",
            "null",
            "42",
            "{}",
            "{\"query\":1}",
            "{\"query\":\"{__typename}\",\"variables\":[]}",
            "{\"query\":\"{__typename}\",\"operationName\":1}",
            "{\"query\":\"{__typename}\",\"extensions\":0}",
        ];
        for body in bodies {
            let reply = send(post(&server, JSON, body).header("accept", GRAPHQL)).await;
            assert_eq!((reply.status, code(&reply).as_str()), (400, "BAD_REQUEST"), "{body}");
            assert!(!reply.body.contains("Error("), "no debug text: {}", reply.body);
        }
        for (document, expected) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("query A { __typename } query B { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let body = json!({ "query": document }).to_string();
            let reply = send(post(&server, JSON, body.clone()).header("accept", GRAPHQL)).await;
            assert_eq!((reply.status, code(&reply).as_str()), (400, expected), "{document}");
            assert!(!reply.body.contains("\"data\""), "{}", reply.body);
            let reply = send(post(&server, JSON, body).header("accept", JSON)).await;
            assert_eq!((reply.status, code(&reply).as_str()), (200, expected), "{document}");
        }
        server
    })
    .await;
}

#[tokio::test]
async fn queries_may_come_by_get_and_mutations_only_by_post() {
    story(|server| async move {
        let get = |query: &str| server.http.get(server.url("/graphql")).query(&[("query", query)]);
        let reply = send(get("{ __typename }")).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, "{\"data\":{\"__typename\":\"Query\"}}"));
        let token = server.sign_in("csp-1").await.token.unwrap();
        let mutation = "mutation { sendVerificationCode(input: { operation: FREEZE }) { sentTo } }";
        let reply = send(get(mutation).bearer_auth(&token)).await;
        assert_eq!(reply.status, 405);
        let outbox = server.http.get(server.url("/demo/outbox")).send().await.unwrap().text().await.unwrap();
        assert!(!outbox.contains("FREEZE"), "nothing was sent");
        for method in ["PUT", "DELETE", "PATCH"] {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let request = server.http.request(method, server.url("/graphql")).body("{}");
            assert_eq!(send(request).await.status, 405);
        }
        let reply = send(get("subscription { events { id } }").bearer_auth(&token)).await;
        assert_eq!(reply.status, 400);
        let with_variables = server.http.get(server.url("/graphql")).bearer_auth(&token).query(&[
            ("query", "query($id: ID!) { customer(id: $id) { accountName } }"),
            ("variables", &json!({ "id": id("customer-csp1-1") }).to_string()),
        ]);
        assert!(send(with_variables).await.body.contains("customer-csp1-1"));
        server
    })
    .await;
}

/// Documents that would cost the engine seconds or its life are refused before it sees them.
#[tokio::test]
async fn documents_that_explode_are_refused_fast() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let mut doubling = "query { ...f0 } ".to_owned();
        for level in 0..60 {
            doubling += &format!("fragment f{level} on Query {{ ...f{next} ...f{next} }} ", next = level + 1);
        }
        doubling += "fragment f60 on Query { __typename }";
        let cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        let deep = format!("{} id {}", "{ a".repeat(5_000), "}".repeat(5_000));
        let mut wide = "{ ".to_owned();
        for number in 0..300 {
            wide += &format!("a{number}: __typename ");
        }
        let wide = format!("{wide} }}");
        let directives = format!("{{ __typename {} }}", "@skip(if: false) ".repeat(50));
        let long = format!("{{ __typename }} # {}", "x".repeat(70_000));
        let costly = "{ resellers(first: 100) { nodes { customers(first: 100) { nodes { id accountName kind \
            budget { id amount used } freeze { level } } } } } }";
        let hidden = "query($n: Int) { resellers(first: $n) { nodes { customers(first: $n) { nodes { id accountName \
            kind budget { id amount used } freeze { level } } } } } }";
        let described = "{ __schema { types { fields { type { fields { type { ...t } } } } } } } \
            fragment t on __Type { possibleTypes { name } }";
        let started = std::time::Instant::now();
        for (what, document, expected) in [
            ("doubling", doubling.as_str(), "QUERY_TOO_COMPLEX"),
            ("cycle", cycle, "GRAPHQL_VALIDATION_FAILED"),
            ("deep", &deep, "QUERY_TOO_COMPLEX"),
            ("wide", &wide, "QUERY_TOO_COMPLEX"),
            ("directives", &directives, "QUERY_TOO_COMPLEX"),
            ("long", &long, "QUERY_TOO_COMPLEX"),
            ("costly", costly, "QUERY_TOO_COMPLEX"),
            ("hidden", hidden, "QUERY_TOO_COMPLEX"),
            ("described", described, "QUERY_TOO_COMPLEX"),
        ] {
            let answer = client.run(document, json!({ "n": 100 })).await;
            assert_eq!(answer.code(), expected, "{what}: {}", answer.body);
        }
        assert!(started.elapsed().as_secs() < 10, "none of them was expanded");
        let named =
            "{ resellers { __typename nodes { __typename customers { __typename pageInfo { __typename } } } } }";
        assert_eq!(client.ask(named).await["resellers"]["__typename"], "ResellerConnection");
        let body = format!("{{\"query\":\"{}\"}}", "x".repeat(1_100_000));
        assert_eq!(send(post(&server, JSON, body)).await.status, 413);
        server
    })
    .await;
}

#[tokio::test]
async fn introspection_works_in_demonstration_mode() {
    story(|server| async move {
        let query = "{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } } }";
        let types = server.stranger().ask(query).await["__schema"]["types"].as_array().unwrap().len();
        assert!(types > 60);
        server
    })
    .await;
}

#[tokio::test]
async fn pages_carry_security_headers_and_requests_an_id() {
    story(|server| async move {
        let response = server.http.get(server.url("/")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        for header in ["content-security-policy", "x-content-type-options", "x-frame-options", "x-request-id"] {
            assert!(response.headers().contains_key(header), "{header}");
        }
        let ready = server.http.get(server.url("/readyz")).send().await.unwrap();
        assert_eq!(ready.status(), 200);
        let foreign = server.http.get(server.url("/graphql?query={__typename}")).header("origin", "https://x.example");
        let foreign = foreign.send().await.unwrap();
        assert!(!foreign.headers().contains_key("access-control-allow-origin"));
        server
    })
    .await;
}

/// Half of a request's head does not hold a connection for ever.
#[tokio::test]
async fn a_client_that_never_ends_its_head_is_cut_off() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    story(|server| async move {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"POST /graphql HTTP/1.1\r\nHost: ").await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "cut off after the deadline for heads");
        server
    })
    .await;
}

/// A client that hangs up in the middle of a mutation cuts nothing in half.
#[tokio::test]
async fn mutations_complete_though_their_client_is_gone() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let set = "mutation($id: ID!, $amount: Decimal!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
            amount: $amount, exhaustionPolicy: MANUAL }) { userErrors { code } } }";
        for round in 0..40_u64 {
            let amount = format!("{}", 1_000 + round);
            let run = client.run(set, json!({ "id": id("customer-1a1"), "amount": amount }));
            let _ = tokio::time::timeout(std::time::Duration::from_micros(200 * round), run).await;
        }
        let last = client.run(set, json!({ "id": id("customer-1a1"), "amount": "7" })).await.data();
        assert_eq!(last["setCustomerBudget"]["userErrors"], json!([]));
        server
    })
    .await;
}
