//! A closed loop: as many clients as connections, each sends its next request when the last was answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Connections at once.
const CONNECTIONS: usize = 32;

/// Makes the n-th request of a run.
type Make = dyn Fn(&reqwest::Client, u64) -> reqwest::RequestBuilder + Send + Sync;

/// Requests of one kind.
#[derive(Clone)]
pub struct Requests {
    pub make: Arc<Make>,
}

/// What a loop measured.
#[derive(Debug, Clone)]
pub struct Measured {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Numbers requests over the whole run, so that no charge id comes twice.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Runs requests of as many clients as there are connections.
pub async fn closed_loop(requests: &Requests, time: Duration) -> Measured {
    loop_of(CONNECTIONS, requests, time).await
}

/// Runs requests for some time. An answer that is no success, or tells of errors, ends the program.
pub async fn loop_of(clients: usize, requests: &Requests, time: Duration) -> Measured {
    let client = reqwest::Client::builder().pool_max_idle_per_host(clients).build().unwrap();
    let started = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (client, make) = (client.clone(), requests.make.clone());
            tokio::spawn(async move {
                let mut took = Vec::new();
                while started.elapsed() < time {
                    let request = make(&client, NUMBER.fetch_add(1, Ordering::Relaxed));
                    let sent = Instant::now();
                    let response = request.send().await.unwrap();
                    assert!(response.status().is_success(), "{}", response.status());
                    let body = response.bytes().await.unwrap();
                    took.push(sent.elapsed());
                    let begins = &body[..body.len().min(12)];
                    assert!(!begins.starts_with(b"{\"errors\""), "{}", String::from_utf8_lossy(&body));
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    let elapsed = started.elapsed();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    let count = u32::try_from(took.len()).unwrap();
    Measured { per_second: f64::from(count) / elapsed.as_secs_f64(), p50_ms: at(50), p99_ms: at(99) }
}
