//! What the program itself takes: when it has started, under w1, and for idle subscribers.

use std::time::Duration;

use partner_center::config::WakeBy;
use serde_json::Value;

use super::{
    drive::closed_loop,
    fanout::{ALERTS, subscribe},
    program::Program,
    setting::{Setting, asks},
    workloads::W1,
};

/// Measures, and prints a table.
pub async fn run(time: Duration, subscribers: usize) {
    let setting = Setting::prepare(WakeBy::Database).await;
    println!("| the program alone | MB now | MB at most |\n|---|---|---|");
    let program = Program::start(&setting);
    let say = |name: &str| {
        let (now, most) = program.resident_kb();
        println!("| {name} | {} | {} |", now / 1_024, most / 1_024);
    };
    say("started");
    let token = program.sign_in("distributor-1").await;
    say("a member has signed in, which hashes a password");
    closed_loop(&asks(program.address, &token, W1, &Value::Null), time).await;
    say("w1, 32 clients");
    drop(program);

    let program = Program::start(&setting);
    let token = program.sign_in("distributor-1").await;
    let (before, _) = program.resident_kb();
    let mut sockets = Vec::with_capacity(subscribers);
    for _ in 0..subscribers {
        sockets.push(subscribe(program.address, &token, ALERTS).await);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = program.resident_kb().0.saturating_sub(before) * 10 / subscribers as u64;
    println!("\n{subscribers} idle subscribers: {}.{} KB each", each / 10, each % 10);
    drop(sockets);
    drop(program);
    setting.end().await;
}
