//! A first look at what the server costs: five workloads, each beside a hand-written handler on the same database, in
//! the same run. See benches/README.md.
#![expect(clippy::print_stdout, reason = "a table is what this is for")]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]

mod drive;
mod fanout;
mod growth;
mod memory;
mod nodes;
mod program;
mod ranks;
mod reference;
mod setting;
mod soak;
mod sqlite;
mod timing;
mod workloads;

use std::time::Duration;

use clap::Parser;
use partner_center::config::WakeBy;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to measure, and for how long.
#[derive(Parser)]
struct Arguments {
    /// w1, w2, w3, w4, w4x100, w5, all of them without any; or sqlite, nodes, growth, memory, soak, timing.
    workloads: Vec<String>,
    /// Seconds for each side of a round.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Rounds; the median is shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Subscribers of w5, memory and soak.
    #[arg(long, default_value_t = 1_000)]
    subscribers: usize,
    /// Most customers and events of growth.
    #[arg(long, default_value_t = 1_000_000)]
    most: u32,
    /// Pairs of timing.
    #[arg(long, default_value_t = 2_000)]
    pairs: usize,
    /// Pairs of timing for passwords, each of which is hashed.
    #[arg(long, default_value_t = 300)]
    sign_ins: usize,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let wanted = |name: &str| arguments.workloads.is_empty() || arguments.workloads.iter().any(|one| one == name);
    let names = |name: &str| arguments.workloads.iter().any(|one| one == name);
    if names("nodes") {
        nodes::run().await;
    }
    if names("growth") {
        growth::run(arguments.most).await;
    }
    if names("sqlite") {
        sqlite::run(Duration::from_secs(arguments.seconds)).await;
    }
    if names("memory") {
        memory::run(Duration::from_secs(arguments.seconds), arguments.subscribers).await;
    }
    if names("soak") {
        soak::run(arguments.subscribers).await;
    }
    if names("timing") {
        timing::run(arguments.pairs, arguments.sign_ins).await;
    }
    if ["nodes", "growth", "sqlite", "memory", "soak", "timing"].into_iter().any(names) {
        return;
    }
    let setting = setting::Setting::prepare(WakeBy::Database).await;
    println!("| workload | ours/s | reference/s | ratio | our p50 ms | our p99 ms |\n|---|---|---|---|---|---|");
    for workload in workloads::all(&setting) {
        if !wanted(workload.name) {
            continue;
        }
        let mut rounds = Vec::new();
        for _ in 0..arguments.rounds {
            let time = Duration::from_secs(arguments.seconds);
            let ours = drive::closed_loop(&workload.ours, time).await;
            let reference = drive::closed_loop(&workload.reference, time).await;
            rounds.push((ours.per_second / reference.per_second, ours, reference));
        }
        rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ratio, ours, reference) = &rounds[rounds.len() / 2];
        println!(
            "| {} | {:.0} | {:.0} | {ratio:.2} | {:.1} | {:.1} |",
            workload.name, ours.per_second, reference.per_second, ours.p50_ms, ours.p99_ms
        );
    }
    if wanted("w5") {
        fanout::run(&setting, arguments.subscribers).await;
    }
    setting.end().await;
}
