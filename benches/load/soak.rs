//! What a node bears: many idle subscribers, a flood of connections, and readers that do not read. The program runs in a
//! process of its own; clients, PostgreSQL and it share the cores.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use partner_center::config::WakeBy;
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet, time::timeout};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{
    fanout::{ALERTS, introduced, raise, subscribe},
    program::Program,
    setting::Setting,
};

/// How long idle subscribers are held: longer than the server waits between two pings.
const HELD: Duration = Duration::from_secs(40);
/// Connections a second of a flood, and how long it lasts.
const FLOOD_PER_SECOND: u64 = 1_000;
const FLOOD: Duration = Duration::from_secs(10);
/// Subscribers, and how many of them stop reading.
const READERS: usize = 1_000;
const SLOW: usize = 100;
/// Alerts of a burst to them, and bursts.
const OF_A_BURST: u64 = 20;
const BURSTS: u64 = 3;
/// What a client that does not read lets the server send before it blocks, about.
const SMALL_BUFFER: u32 = 4 * 1_024;
/// How long a server may take to give up a client that does not read.
const PATIENCE: Duration = Duration::from_secs(30);
const PROBE: &str = "{ viewer { account { ... on Distributor { id accountName } } } }";

/// Measures, and prints what was seen.
pub async fn run(subscribers: usize) {
    let setting = Setting::prepare(WakeBy::Database).await;
    let numbers = AtomicU64::new(0);
    let raised = async |count: u64| raise(&setting, numbers.fetch_add(count, Ordering::Relaxed), count).await;
    idle(&setting, subscribers, &raised).await;
    flood(&setting).await;
    slow(&setting, &raised).await;
    setting.end().await;
}

/// Reads until the end, and tells of each event.
fn listen(
    listeners: &mut JoinSet<()>,
    mut socket: WebSocketStream<TcpStream>,
    arrived: mpsc::UnboundedSender<()>,
    ended: Arc<AtomicUsize>,
) {
    listeners.spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            if message.to_text().is_ok_and(|text| text.contains("\"next\"")) && arrived.send(()).is_err() {
                return;
            }
        }
        ended.fetch_add(1, Ordering::Relaxed);
    });
}

/// How long it takes until as many events have arrived.
async fn until(arrivals: &mut mpsc::UnboundedReceiver<()>, count: usize, started: Instant) -> Duration {
    for _ in 0..count {
        timeout(PATIENCE, arrivals.recv()).await.expect("all arrive").unwrap();
    }
    started.elapsed()
}

async fn idle(setting: &Setting, subscribers: usize, raised: &impl AsyncFn(u64)) {
    let program = Program::start(setting);
    let token = program.sign_in("distributor-1").await;
    let (before, _) = program.resident_kb();
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let (mut listeners, ended) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    for _ in 0..subscribers {
        let socket = subscribe(program.address, &token, ALERTS).await;
        listen(&mut listeners, socket, arrived.clone(), ended.clone());
    }
    let opened = started.elapsed();
    tokio::time::sleep(HELD).await;
    let each = program.resident_kb().0.saturating_sub(before) * 10 / subscribers as u64;
    let lost = ended.load(Ordering::Relaxed);
    let started = Instant::now();
    raised(1).await;
    let last = until(&mut arrivals, subscribers - lost, started).await;
    println!(
        "{subscribers} idle subscribers: opened in {:.1} s, held {} s, lost {lost}, {}.{} KB each; one alert reached the \
         last after {} ms",
        opened.as_secs_f64(),
        HELD.as_secs(),
        each / 10,
        each % 10,
        last.as_millis()
    );
}

/// Asks again and again, a pause between, until it is told to stop; how long the slower ones took.
async fn probe(address: SocketAddr, token: String, time: Duration) -> (Duration, Duration) {
    let (client, url) = (reqwest::Client::new(), format!("http://{address}/graphql"));
    let (mut took, end) = (Vec::new(), Instant::now() + time);
    while Instant::now() < end {
        let started = Instant::now();
        let sent = client.post(&url).bearer_auth(&token).json(&json!({ "query": PROBE })).send().await.unwrap();
        let answer: Value = sent.json().await.unwrap();
        assert!(answer["errors"].is_null(), "{answer}");
        took.push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    took.sort_unstable();
    (took[took.len() / 2], took[took.len() * 99 / 100])
}

async fn flood(setting: &Setting) {
    let program = Program::start(setting);
    let token = program.sign_in("distributor-1").await;
    let quiet = probe(program.address, token.clone(), Duration::from_secs(5)).await;
    let probing = tokio::spawn(probe(program.address, token.clone(), FLOOD));
    let mut connections = JoinSet::new();
    let mut clock = tokio::time::interval(Duration::from_secs(1) / u32::try_from(FLOOD_PER_SECOND).unwrap());
    let started = Instant::now();
    while started.elapsed() < FLOOD {
        clock.tick().await;
        let (address, token) = (program.address, token.clone());
        connections.spawn(async move {
            let began = Instant::now();
            let mut socket = introduced(address, &token, None).await;
            let took = began.elapsed();
            let _ = socket.send(Message::Close(None)).await;
            while let Some(Ok(_)) = socket.next().await {}
            took
        });
    }
    let sent = connections.len();
    let mut took: Vec<Duration> = connections.join_all().await;
    took.sort_unstable();
    let flooded = probing.await.unwrap();
    let per_second = f64::from(u32::try_from(sent).unwrap()) / started.elapsed().as_secs_f64();
    let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    println!(
        "a flood of {per_second:.0} connections a second for {} s: {} of {sent} introduced, p50 {:.1} ms, p99 {:.1} ms; \
         a query beside them p50 {:.1} ms, p99 {:.1} ms (alone {:.1} and {:.1}); at most {} MB",
        FLOOD.as_secs(),
        took.len(),
        ms(took[took.len() / 2]),
        ms(took[took.len() * 99 / 100]),
        ms(flooded.0),
        ms(flooded.1),
        ms(quiet.0),
        ms(quiet.1),
        program.resident_kb().1 / 1_024
    );
}

/// A subscription whose events are large, so that those who do not read them stand in the way soon.
fn large() -> String {
    let part = "id cursor threshold used amount usagePercent customer { id accountName name }";
    let events: String =
        (0..10).map(|number| format!("e{number}: customer {{ id accountName name createdAt }} ")).collect();
    format!("subscription {{ budgetAlerts {{ {part} {events} }} }}")
}

async fn slow(setting: &Setting, raised: &impl AsyncFn(u64)) {
    let program = Program::start(setting);
    let token = program.sign_in("distributor-1").await;
    let mut took = Vec::new();
    for slow in [0, SLOW] {
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let (mut listeners, ended) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        let mut unread = Vec::with_capacity(slow);
        let query = large();
        for number in 0..READERS {
            if number < slow {
                let mut socket = introduced(program.address, &token, Some(SMALL_BUFFER)).await;
                let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
                socket.send(Message::Text(subscribe.to_string().into())).await.unwrap();
                unread.push(socket);
            } else {
                let socket = subscribe(program.address, &token, &query).await;
                listen(&mut listeners, socket, arrived.clone(), ended.clone());
            }
        }
        let expected = (READERS - slow) * usize::try_from(OF_A_BURST).unwrap();
        let mut bursts = Vec::new();
        for _ in 0..BURSTS {
            let started = Instant::now();
            raised(OF_A_BURST).await;
            bursts.push(until(&mut arrivals, expected, started).await);
        }
        bursts.sort_unstable();
        took.push(bursts[bursts.len() / 2]);
        assert_eq!(ended.load(Ordering::Relaxed), 0, "nobody who reads is cut off");
    }
    println!(
        "{READERS} subscribers, bursts of {OF_A_BURST}: the last event after {} ms, and {} ms where {SLOW} of them do not \
         read",
        took[0].as_millis(),
        took[1].as_millis()
    );
}
