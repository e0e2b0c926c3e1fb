//! W5: one alert to many subscribers. The driver's own sockets share the two cores, on both sides alike.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use partner_center::{
    demo,
    metering::{commands::RecordCharges, rules::Charge},
};
use serde_json::json;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

use super::setting::Setting;

pub const ALERTS: &str = "subscription { budgetAlerts { id cursor threshold used amount usagePercent \
    customer { id accountName } } }";
/// Alerts sent one after the other, each when the one before has reached everybody.
const ALONE: u64 = 7;
/// Bursts, and the alerts of each, which are raised by one call.
const BURSTS: u64 = 5;
const OF_A_BURST: u64 = 20;

pub async fn connect(address: SocketAddr, path: &str, receive_buffer: Option<u32>) -> WebSocketStream<TcpStream> {
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let config = WebSocketConfig::default().read_buffer_size(1_024).write_buffer_size(0);
    let socket = TcpSocket::new_v4().unwrap();
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes).unwrap();
    }
    let stream = socket.connect(address).await.unwrap();
    client_async_with_config(request, stream, Some(config)).await.unwrap().0
}

/// Resident memory of this process, in KB.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// What one side did.
struct Measured {
    /// The last delivery of one alert.
    last: Duration,
    /// Deliveries a second in a burst.
    per_second: f64,
    kb: u64,
}

/// Measures both sides and prints a table of its own.
pub async fn run(setting: &Setting, subscribers: usize) {
    let token = setting.token("distributor-1", None).await;
    let numbers = AtomicU64::new(0);
    let ours = measure(
        subscribers,
        async || subscribe(setting.ours, &token, ALERTS).await,
        async |alerts| raise(setting, numbers.fetch_add(alerts, Ordering::Relaxed), alerts).await,
    )
    .await;
    let text =
        json!({ "id": "1", "type": "next", "payload": { "data": { "budgetAlerts": { "id": "evt_0", "cursor": "x",
        "threshold": 75, "used": "1.00", "amount": "1.00", "usagePercent": "75.00",
        "customer": { "id": "cus_0", "accountName": "customer-1a1" } } } } })
        .to_string();
    let reference = measure(
        subscribers,
        async || connect(setting.reference, "/w5", None).await,
        async |alerts| {
            for _ in 0..alerts {
                setting.broadcast.send(text.clone()).unwrap();
            }
        },
    )
    .await;
    println!(
        "\n| w5, {subscribers} subscribers | last delivery of one alert, ms | deliveries/s in a burst of {OF_A_BURST} \
         | ratio | KB per pair of sockets |\n|---|---|---|---|---|"
    );
    for (name, side) in [("ours", &ours), ("reference", &reference)] {
        let (last, ratio) = (side.last.as_secs_f64() * 1_000.0, side.per_second / reference.per_second);
        println!("| {name} | {last:.0} | {:.0} | {ratio:.2} | {} |", side.per_second, side.kb);
    }
}

/// Opens sockets, sends, and closes them: both sides together would be more open files than a process may have.
async fn measure(
    subscribers: usize,
    open: impl AsyncFn() -> WebSocketStream<TcpStream>,
    send: impl AsyncFn(u64),
) -> Measured {
    let before = resident_kb();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let mut listeners = JoinSet::new();
    for _ in 0..subscribers {
        listen(&mut listeners, open().await, arrived.clone());
    }
    let kb = resident_kb().saturating_sub(before) / subscribers as u64;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let alone = rounds(ALONE, subscribers, &mut arrivals, async || send(1).await).await;
    let deliveries = subscribers * usize::try_from(OF_A_BURST).unwrap();
    let bursts = rounds(BURSTS, deliveries, &mut arrivals, async || send(OF_A_BURST).await).await;
    listeners.shutdown().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let per_second = f64::from(u32::try_from(deliveries).unwrap()) / bursts.as_secs_f64();
    Measured { last: alone, per_second, kb }
}

/// A socket of ours with one subscription.
pub async fn subscribe(address: SocketAddr, token: &str, query: &str) -> WebSocketStream<TcpStream> {
    let mut socket = introduced(address, token, None).await;
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
    socket.send(Message::Text(subscribe.to_string().into())).await.unwrap();
    socket
}

/// A socket of ours whose session is known.
pub async fn introduced(address: SocketAddr, token: &str, receive_buffer: Option<u32>) -> WebSocketStream<TcpStream> {
    let mut socket = connect(address, "/graphql", receive_buffer).await;
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    socket.send(Message::Text(init.to_string().into())).await.unwrap();
    let acknowledged = socket.next().await.unwrap().unwrap();
    assert!(acknowledged.to_text().is_ok_and(|text| text.contains("connection_ack")), "{acknowledged:?}");
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

/// The median of how long it took until all had arrived.
async fn rounds(
    count: u64,
    deliveries: usize,
    arrivals: &mut mpsc::UnboundedReceiver<()>,
    send: impl AsyncFn(),
) -> Duration {
    let mut took = Vec::new();
    for _ in 0..count {
        let started = Instant::now();
        send().await;
        for _ in 0..deliveries {
            tokio::time::timeout(Duration::from_secs(30), arrivals.recv()).await.expect("all arrive").unwrap();
        }
        took.push(started.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

/// Brings customers that were not near it past 75 %, which raises an alert each: seven of each reseller from 1b on.
pub async fn raise(setting: &Setting, first: u64, alerts: u64) {
    let line = |number: u64| {
        let reseller = char::from(b'b' + u8::try_from(number / 7).unwrap());
        Charge {
            charge_id: format!("bench-raise-{number}"),
            customer: demo::account_id(&format!("customer-1{reseller}{}", number % 7 * 5 + 1)),
            product_type: "ECS".to_owned(),
            billing_mode: entities::types::BillingMode::PayPerUse,
            // 612.50 of 1,000.00 were used.
            list_price: entities::types::Amount::from_units(140 * 100_000_000),
            occurred_at: setting.app.store.clock().now(),
            settled_monthly: false,
        }
    };
    let lines: Vec<Charge> = (first..first + alerts).map(line).collect();
    let outcome = setting.app.store.execute(RecordCharges { lines }).await;
    assert_eq!(outcome.unwrap_or_else(|error| panic!("{error:?}")).recorded as u64, alerts);
}
