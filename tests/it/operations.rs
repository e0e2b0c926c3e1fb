//! What keepers of the program rely on: health, figures, logs, traces, and an end in order.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::support::{Program, Socket, fresh_database, key_file, story, story_with};

#[tokio::test]
async fn figures_tell_of_requests_charges_alerts_and_subscribers() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", "subscription { events { id } }", Value::Null).await;
        server.charge("customer-1a1", "figures", "100").await;
        socket.event().await;
        let text = reqwest::get(server.url("/metrics")).await.unwrap().text().await.unwrap();
        // The figures are those of the process, and other tests run in it.
        let at_least_one = [
            "partner_center_requests_total{operation=\"mutation recordCharges\",status=\"200\"}",
            "partner_center_request_seconds_count{operation=\"mutation signIn\"}",
            "partner_center_charges_total{outcome=\"recorded\"}",
            "partner_center_alerts_total{threshold=\"75\"}",
            "partner_center_events_delivered_total",
            "partner_center_sockets",
            "partner_center_subscriptions",
            "partner_center_feed_position",
            "partner_center_feed_delay_seconds_count",
        ];
        for name in at_least_one {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() >= 1.0, "{line}");
        }
        for name in ["feed_waiting", "feed_lag_seconds", "pool_connections", "lease_held", "job_runs_total"] {
            assert!(text.contains(&format!("\npartner_center_{name}")), "{name} in {text}");
        }
        server
    })
    .await;
}

#[tokio::test]
async fn figures_ask_for_their_token_where_one_is_set() {
    story_with(
        |settings| settings.metrics_token = Some("scraper".to_owned()),
        |server| async move {
            let ask = |token: &str| server.http.get(server.url("/metrics")).bearer_auth(token).send();
            assert_eq!(reqwest::get(server.url("/metrics")).await.unwrap().status(), 401);
            assert_eq!(ask("scrape").await.unwrap().status(), 401);
            assert_eq!(ask("scraper").await.unwrap().status(), 200);
            server
        },
    )
    .await;
}

#[tokio::test]
async fn a_node_is_ready_while_database_shape_and_feed_are_right() {
    story(|server| async move {
        let ask = async || {
            let answer = server.http.get(server.url("/readyz")).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        let (status, state) = ask().await;
        assert_eq!(status, 200);
        assert_eq!(
            state,
            json!({ "ready": true, "database": true, "goingDown": false, "pendingMigrations": 0,
            "feed": { "behindMs": 0, "waiting": 0 } })
        );
        let db = Database::connect(&server.app.settings.database.url).await.unwrap();
        let run = async |sql: &str| {
            db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        };
        run("UPDATE seaql_migrations SET version = version || '_gone' WHERE version LIKE '%leases'").await;
        server.until("it is not ready", || async { ask().await.0 == 503 }).await;
        assert_eq!(ask().await.1["pendingMigrations"], 1);
        run("UPDATE seaql_migrations SET version = REPLACE(version, '_gone', '')").await;
        server.until("it is ready again", || async { ask().await.0 == 200 }).await;
        server
    })
    .await;
}

/// The log is one JSON object a line, with the caller's request id and nothing of what was said or who it was.
#[tokio::test(flavor = "multi_thread")]
async fn logs_hold_request_ids_and_no_personal_data() {
    let (database, key) = (fresh_database().await, key_file());
    let settings = [("PARTNER_CENTER_LOG__JSON", "true"), ("PARTNER_CENTER_LOG__FILTER", "debug")];
    let program = Program::start_with(&database, &key, &settings);
    let client = program.sign_in("reseller-1a", Value::Null).await;
    let asked = reqwest::Client::new()
        .post(format!("http://{}/graphql", program.address))
        .bearer_auth(client.token.as_deref().unwrap())
        .header("x-request-id", "trace-me-4711")
        .json(&json!({ "operationName": "Canary", "variables": { "search": "canary-search" }, "query":
            "query Canary($search: String) { customers(search: $search) { nodes { name(reveal: true) email } } \
             viewer { member { name(reveal: true) email(reveal: true) } } }" }));
    asked.send().await.unwrap().text().await.unwrap();
    let mut socket = Socket::open(program.address, client.token.as_deref()).await;
    socket.subscribe("1", "subscription Live { events { id } }", Value::Null).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(socket);
    client.run("mutation { sendVerificationCode(input: { operation: SET_BUDGET }) { sentTo } }", Value::Null).await;
    let log = program.end().await;
    let _ = std::fs::remove_file(key);

    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let of_request = lines.iter().find(|line| line.to_string().contains("trace-me-4711")).expect("the request's line");
    assert_eq!(of_request["fields"]["message"], "request");
    assert_eq!(of_request["fields"]["name"], "Canary");
    assert!(lines.iter().any(|line| line["fields"]["operation"] == "subscription events"), "{log}");
    for secret in ["canary-search", "demo-password", "office@", "reseller-1a", client.token.as_deref().unwrap()] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// Traces go to the collector that is set, with the caller's trace as the parent.
#[tokio::test(flavor = "multi_thread")]
async fn traces_are_sent_where_a_collector_is_set() {
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1/traces", collector.local_addr().unwrap());
    let received = tokio::spawn(async move {
        let mut all = Vec::new();
        while !contains(&all, b"mutation signIn") {
            let (mut stream, _) = collector.accept().await.unwrap();
            let mut buffer = vec![0; 64 * 1024];
            // One exchange a connection; the body follows its head at once.
            let read = stream.read(&mut buffer).await.unwrap();
            all.extend_from_slice(&buffer[..read]);
            tokio::time::sleep(Duration::from_millis(100)).await;
            if let Ok(more) = stream.try_read(&mut buffer) {
                all.extend_from_slice(&buffer[..more]);
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.unwrap();
        }
        all
    });
    let (database, key) = (fresh_database().await, key_file());
    let program = Program::start_with(&database, &key, &[("PARTNER_CENTER_TRACES__ENDPOINT", &endpoint)]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    reqwest::Client::new()
        .post(format!("http://{}/graphql", program.address))
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
        .json(&json!({ "query": "mutation { signIn(input: { accountName: \"csp-1\", password: \"demo-password\" }) \
            { accessToken } }" }))
        .send()
        .await
        .unwrap();
    program.end().await;
    let received = tokio::time::timeout(Duration::from_secs(20), received).await.expect("traces came").unwrap();
    let _ = std::fs::remove_file(key);
    let trace: Vec<u8> =
        (0..trace.len()).step_by(2).map(|at| u8::from_str_radix(&trace[at..at + 2], 16).unwrap()).collect();
    assert!(contains(&received, &trace), "the caller's trace goes on");
    assert!(contains(&received, b"transaction") && contains(&received, b"partner-center"));
    assert!(!contains(&received, b"demo-password") && !contains(&received, b"csp-1"));
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// On SIGTERM a node is no longer ready, answers what runs, tells its sockets when to come again, and ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_ends_in_order() {
    let (database, key) = (fresh_database().await, key_file());
    let program = Program::start(&database, &key);
    let client = program.sign_in("reseller-1a", Value::Null).await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        let mut socket = Socket::open(program.address, client.token.as_deref()).await;
        socket.subscribe("1", "subscription { events { id } }", Value::Null).await;
        sockets.push(socket);
    }
    // A sign-in takes a while, since the password is hashed.
    let running = {
        let stranger = program.client(None);
        tokio::spawn(async move {
            let sign_in =
                "mutation { signIn(input: { accountName: \"csp-1\", password: \"demo-password\" }) { accessToken } }";
            stranger.run(sign_in, Value::Null).await.data()
        })
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    let told = futures_util::future::join_all(sockets.iter_mut().map(Socket::close_frame));
    let (log, told) = tokio::join!(program.end(), told);
    assert!(running.await.unwrap()["signIn"]["accessToken"].is_string(), "what ran was answered");
    assert!(!log.contains("cut off"), "{log}");
    let mut moments = std::collections::BTreeSet::new();
    for (code, reason) in told {
        assert_eq!(code, 1001);
        let millis =
            reason.strip_suffix(" ms").and_then(|text| text.rsplit(' ').next()).unwrap().parse::<u64>().unwrap();
        assert!(millis < 3_000, "{reason}");
        moments.insert(millis);
    }
    assert!(moments.len() > 1, "not all at once: {moments:?}");
    let _ = std::fs::remove_file(key);
}
