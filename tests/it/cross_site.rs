//! What pages of other sites can make a browser do: nothing that changes or reads anything.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Server, story, story_with};

const ELSEWHERE: &str = "https://elsewhere.example";
const FORMS: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];

fn headers_of_cors(response: &Response) -> Vec<&str> {
    let names = response.headers().keys().map(reqwest::header::HeaderName::as_str);
    names.filter(|name| name.starts_with("access-control-allow-origin")).collect()
}

async fn preflight(server: &Server, path: &str, origin: &str) -> Response {
    let request = server.http.request(Method::OPTIONS, server.url(path)).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    request.header("access-control-request-headers", "authorization,content-type").send().await.unwrap()
}

#[tokio::test]
async fn what_a_form_can_send_is_refused_and_changes_nothing() {
    story(|server| async move {
        let token = server.sign_in("csp-1").await.token.unwrap();
        let mutation = json!({ "query": "mutation { sendVerificationCode(input: { operation: FREEZE }) { sentTo } }" });
        for form in FORMS {
            let request = server.http.post(server.url("/graphql")).header("content-type", form).bearer_auth(&token);
            let response = request.header("origin", ELSEWHERE).body(mutation.to_string()).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{form}");
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST");

            let request = server.http.post(server.url("/attachments?name=a.pdf")).header("content-type", form);
            let response = request.bearer_auth(&token).body("%PDF-1.7").send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{form}");
        }
        let by_get = server.http.get(server.url("/graphql")).query(&[("query", mutation["query"].as_str().unwrap())]);
        assert_eq!(by_get.bearer_auth(&token).send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
        let outbox = server.http.get(server.url("/demo/outbox")).send().await.unwrap().text().await.unwrap();
        assert!(!outbox.contains("FREEZE"), "nothing was sent");
        server
    })
    .await;
}

#[tokio::test]
async fn foreign_pages_get_no_answer_to_a_preflight_and_no_upload() {
    story(|server| async move {
        for path in ["/graphql", "/attachments", "/demo/outbox", "/nowhere"] {
            assert_eq!(headers_of_cors(&preflight(&server, path, ELSEWHERE).await), [""; 0], "{path}");
        }
        let token = server.sign_in("csp-1").await.token.unwrap();
        let upload = server.http.post(server.url("/attachments?name=a.pdf")).header("origin", ELSEWHERE);
        let refused = upload.bearer_auth(&token).body("%PDF-1.7").send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let unsigned = server.http.post(server.url("/attachments?name=a.pdf")).body("%PDF-1.7").send().await.unwrap();
        assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
        server
    })
    .await;
}

#[tokio::test]
async fn pages_of_the_settings_may_ask_and_read_what_is_left() {
    story_with(
        |settings| settings.allowed_origins = vec!["https://shop.example".to_owned()],
        |server| async move {
            let allowed = preflight(&server, "/graphql", "https://shop.example").await;
            assert_eq!(allowed.headers()["access-control-allow-origin"], "https://shop.example");
            assert!(!allowed.headers().contains_key("access-control-allow-credentials"), "no cookies, ever");
            assert_eq!(headers_of_cors(&preflight(&server, "/graphql", ELSEWHERE).await), [""; 0]);
            let ask =
                server.http.get(server.url("/graphql?query={__typename}")).header("origin", "https://shop.example");
            let exposed =
                ask.send().await.unwrap().headers()["access-control-expose-headers"].to_str().unwrap().to_owned();
            assert!(exposed.contains("retry-after") && exposed.contains("ratelimit"), "{exposed}");
            server
        },
    )
    .await;
}

async fn look_at_headers(server: &Server) {
    let asked = [
        (Method::GET, "/"),
        (Method::GET, "/nowhere"),
        (Method::GET, "/graphql?query={__typename}"),
        (Method::GET, "/graphql"),
        (Method::POST, "/graphql"),
        (Method::DELETE, "/graphql"),
        (Method::POST, "/attachments"),
        (Method::GET, "/attachments/x"),
        (Method::GET, "/exports/x?expires=1&signature=x"),
        (Method::POST, "/livez"),
        (Method::GET, "/livez"),
        (Method::GET, "/readyz"),
        (Method::GET, "/metrics"),
        (Method::GET, "/demo/outbox"),
    ];
    for (method, path) in asked {
        let response = server.http.request(method.clone(), server.url(path)).send().await.unwrap();
        for (name, expected) in [
            ("content-security-policy", "frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=()"),
            ("x-request-id", "-"),
        ] {
            let value = response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let value = value.unwrap_or_else(|| panic!("{method} {path} ({}): no {name}", response.status()));
            assert!(value.contains(expected), "{method} {path}: {name}: {value}");
        }
    }
}

/// Pages, answers, errors and what is not there.
#[tokio::test]
async fn every_answer_carries_security_headers() {
    story(|server| async move {
        look_at_headers(&server).await;
        server
    })
    .await;
    story_with(
        |settings| settings.playground = Some(false),
        |server| async move {
            look_at_headers(&server).await;
            assert_eq!(
                server.http.get(server.url("/")).send().await.unwrap().status(),
                404,
                "no page without its setting"
            );
            server
        },
    )
    .await;
}

/// Off by default outside of demonstration mode; then nothing tells what the schema has, suggestions neither.
#[tokio::test]
async fn without_introspection_nothing_tells_what_there_is() {
    let outside = partner_center::config::Settings::default();
    assert!(!outside.introspection() && !outside.playground(), "both are off where nothing is set");
    story_with(
        |settings| settings.introspection = Some(false),
        |server| async move {
            let client = server.sign_in("csp-1").await;
            for document in [
                "{ __schema { queryType { name } } }",
                "{ __type(name: \"Customer\") { name } }",
                "{ ...s } fragment s on Query { __schema { types { name } } }",
                "{ ... { a: __schema { types { name } } } }",
                "query($x: Boolean = false) { __schema @include(if: $x) { types { name } } }",
            ] {
                assert_eq!(client.run(document, Value::Null).await.code(), "FORBIDDEN", "{document}");
            }
            assert_eq!(client.ask("{ __typename }").await["__typename"], "Query");
            for (document, there_is) in [
                ("{ viewr { currency } }", "viewer"),
                ("{ viewer { currancy } }", "currency"),
                ("mutation { signOt { userErrors { code } } }", "signOut"),
                ("{ customers(frst: 1) { totalCount } }", "first"),
                ("{ customers(orderBy: { field: NAM }) { totalCount } }", "NAME"),
                ("query($x: Strng) { __typename }", "String"),
            ] {
                let answer = client.run(document, Value::Null).await;
                let text = answer.body.to_string();
                assert!(answer.body.get("errors").is_some(), "{document}");
                assert!(!text.contains("Did you mean") && !text.contains(there_is), "{document}: {text}");
            }
            server
        },
    )
    .await;
}
