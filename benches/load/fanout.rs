//! W5: one alert to many subscribers. The driver's own sockets share the two cores, on both sides alike.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use partner_center::{
    demo,
    metering::{commands::RecordCharges, rules::Charge},
};
use serde_json::json;
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use super::setting::Setting;

const ALERTS: &str = "subscription { budgetAlerts { id cursor threshold used amount usagePercent \
    customer { id accountName } } }";
/// Alerts sent one after the other, each when the one before has reached everybody.
const ALERTS_SENT: u64 = 7;

async fn connect(address: SocketAddr, path: &str) -> WebSocketStream<TcpStream> {
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let config = WebSocketConfig::default().read_buffer_size(1_024).write_buffer_size(0);
    let stream = TcpStream::connect(address).await.unwrap();
    client_async_with_config(request, stream, Some(config)).await.unwrap().0
}

/// Resident memory of this process, in KB.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Measures both sides and prints a table of its own.
pub async fn run(setting: &Setting, subscribers: usize) {
    println!(
        "\n| w5, {subscribers} subscribers | last delivery ms (median) | deliveries/s | KB per pair of sockets |\n|---|---|---|---|"
    );
    let token = setting.token("distributor-1", None).await;
    let before = resident_kb();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let mut listeners = JoinSet::new();
    for _ in 0..subscribers {
        listen(&mut listeners, subscribe(setting.ours, &token, ALERTS).await, arrived.clone());
    }
    let ours_kb = resident_kb().saturating_sub(before);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ours = rounds(subscribers, &mut arrivals, async |round| raise(setting, round).await).await;
    report("ours", &ours, subscribers, ours_kb);
    // Both sides together would be more open files than a process may have.
    listeners.shutdown().await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    let before = resident_kb();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    for _ in 0..subscribers {
        listen(&mut listeners, connect(setting.reference, "/w5").await, arrived.clone());
    }
    let reference_kb = resident_kb().saturating_sub(before);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let text =
        json!({ "id": "1", "type": "next", "payload": { "data": { "budgetAlerts": { "id": "evt_0", "cursor": "x",
        "threshold": 75, "used": "1.00", "amount": "1.00", "usagePercent": "75.00",
        "customer": { "id": "cus_0", "accountName": "customer-1a1" } } } } })
        .to_string();
    let reference = rounds(subscribers, &mut arrivals, async |_| {
        setting.broadcast.send(text.clone()).unwrap();
    })
    .await;
    report("reference", &reference, subscribers, reference_kb);
}

/// A socket of ours with one subscription.
pub async fn subscribe(address: SocketAddr, token: &str, query: &str) -> WebSocketStream<TcpStream> {
    let mut socket = connect(address, "/graphql").await;
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    socket.send(Message::Text(init.to_string().into())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
    socket.send(Message::Text(subscribe.to_string().into())).await.unwrap();
    socket
}

fn listen(listeners: &mut JoinSet<()>, mut socket: WebSocketStream<TcpStream>, arrived: mpsc::UnboundedSender<()>) {
    listeners.spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            if message.to_text().is_ok_and(|text| text.contains("\"next\"")) && arrived.send(()).is_err() {
                return;
            }
        }
    });
}

async fn rounds(
    subscribers: usize,
    arrivals: &mut mpsc::UnboundedReceiver<()>,
    send: impl AsyncFn(u64),
) -> Vec<Duration> {
    let mut took = Vec::new();
    for round in 0..ALERTS_SENT {
        let started = Instant::now();
        send(round).await;
        for _ in 0..subscribers {
            tokio::time::timeout(Duration::from_secs(30), arrivals.recv()).await.expect("all arrive").unwrap();
        }
        took.push(started.elapsed());
    }
    took.sort_unstable();
    took
}

fn report(name: &str, took: &[Duration], subscribers: usize, kb: u64) {
    let total: f64 = took.iter().map(Duration::as_secs_f64).sum();
    let deliveries = f64::from(u32::try_from(subscribers * took.len()).unwrap()) / total;
    let median = took[took.len() / 2].as_secs_f64() * 1_000.0;
    println!("| {name} | {median:.0} | {deliveries:.0} | {} |", kb / subscribers as u64);
}

/// Brings a customer that was not near it past 75 %, which raises one alert.
async fn raise(setting: &Setting, round: u64) {
    let line = Charge {
        charge_id: format!("bench-raise-{round}"),
        customer: demo::account_id(&format!("customer-1b{}", round * 5 + 1)),
        product_type: "ECS".to_owned(),
        billing_mode: entities::types::BillingMode::PayPerUse,
        // 612.50 of 1,000.00 were used.
        list_price: entities::types::Amount::from_units(140 * 100_000_000),
        occurred_at: setting.app.store.clock().now(),
        settled_monthly: false,
    };
    let outcome = setting.app.store.execute(RecordCharges { lines: vec![line] }).await;
    assert_eq!(outcome.unwrap_or_else(|error| panic!("{error:?}")).recorded, 1);
}
