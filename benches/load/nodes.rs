//! Two nodes on one database: how long after a commit on one a subscriber on either hears of it, by what wakes them.

use std::{
    env,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use partner_center::{
    access::{ClientAddress, Viewer},
    accounts::{guard::Origin, queries},
    app::App,
    config::WakeBy,
    demo,
    freezes::{
        commands::{ChangeFreeze, operation_of},
        rules::Change,
    },
};
use tokio::sync::mpsc;

use super::{
    fanout::subscribe,
    setting::{Setting, caught_up},
};

const EVENTS: &str = "subscription { events { id } }";
/// Commits of each node.
const COMMITS: u32 = 200;
/// Commits where nothing but the slow poll finds them.
const UNCALLED: u32 = 10;

/// Measures each way of waking, and prints a table.
pub async fn run() {
    println!(
        "| wake | commit on | heard on the same node, p50 / p99 ms | heard on the other node, p50 / p99 ms | other ÷ same, p50 |\n\
         |---|---|---|---|---|"
    );
    let nats = env::var("PARTNER_CENTER_TEST_NATS").ok();
    let ways = [Some(("NOTIFY", WakeBy::Database, COMMITS)), nats.map(|url| ("NATS", WakeBy::Nats(url), COMMITS))];
    let ways = ways.into_iter().flatten().chain([("nobody", WakeBy::Nobody, UNCALLED)]);
    for (name, wake, commits) in ways {
        let setting = Setting::prepare(wake).await;
        let (second, address) = setting.beside().await;
        let nodes = [(setting.app.clone(), setting.ours), (second, address)];
        for (app, _) in &nodes {
            caught_up(app).await;
        }
        for (place, writes_on) in [("the sequencer's node", 0), ("another node", 1)] {
            let (same, other) = measure(&setting, &nodes, writes_on, commits).await;
            let (fast, slow) = (at(&same, 50), at(&other, 50));
            println!(
                "| {name} | {place} | {fast:.1} / {:.1} | {slow:.1} / {:.1} | {:.1} |",
                at(&same, 99),
                at(&other, 99),
                slow / fast
            );
        }
        setting.end().await;
    }
}

/// Commits one after the other, and returns what subscribers on the same and on the other node measured.
async fn measure(
    setting: &Setting,
    nodes: &[(App, SocketAddr); 2],
    writes_on: usize,
    commits: u32,
) -> (Vec<Duration>, Vec<Duration>) {
    let token = setting.token("distributor-1", None).await;
    let (heard, mut hearing) = mpsc::unbounded_channel();
    for (node, (_, address)) in nodes.iter().enumerate() {
        let mut socket = subscribe(*address, &token, EVENTS).await;
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let is_event = message.to_text().is_ok_and(|text| text.contains("\"next\""));
                if is_event && heard.send((node, Instant::now())).is_err() {
                    return;
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;

    let app = &nodes[writes_on].0;
    let identity = queries::identity_by_name(app.store.reader(), "reseller-1b", None).await.unwrap().unwrap();
    let viewer: std::sync::Arc<Viewer> = identity
        .into_viewer(&app.sign_in.roles, None, app.store.clock().now())
        .unwrap_or_else(|error| panic!("{error:?}"))
        .into();
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for number in 0..commits {
        let change = if number % 2 == 0 { Change::FreezeAccount } else { Change::UnfreezeAccount };
        let origin = Origin::new(&app.guard, ClientAddress::LOCAL);
        let code = app.codes.check(&app.store, &viewer, operation_of(change), None, &origin).await;
        let code = code.unwrap_or_else(|error| panic!("{error:?}"));
        let command = ChangeFreeze {
            viewer: viewer.clone(),
            customers: vec![demo::account_id("customer-1b1")],
            change,
            reason: "measured".to_owned(),
            agreement_accepted: false,
            retention: Duration::ZERO,
            code,
        };
        app.store.execute(command).await.unwrap_or_else(|error| panic!("{error:?}"));
        let committed = Instant::now();
        for _ in 0..2 {
            let (node, at) = tokio::time::timeout(Duration::from_secs(30), hearing.recv()).await.unwrap().unwrap();
            let took = at.saturating_duration_since(committed);
            if node == writes_on { same.push(took) } else { other.push(took) }
        }
        // Nobody commits in step with the poll.
        tokio::time::sleep(Duration::from_millis(5 + u64::from(number) * 7 % 23)).await;
    }
    (same, other)
}

fn at(took: &[Duration], percent: usize) -> f64 {
    let mut took = took.to_vec();
    took.sort_unstable();
    took[(took.len() - 1) * percent / 100].as_secs_f64() * 1_000.0
}
