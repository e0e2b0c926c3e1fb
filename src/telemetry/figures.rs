//! Figures for Prometheus. Names, labels and units are all here.
//!
//! No label holds anything of a client's: operations go by the schema's names, not by those that clients give.

use std::{
    convert::Infallible,
    sync::{LazyLock, OnceLock},
    time::Duration,
};

use metrics::{Counter, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use quick_cache::sync::Cache;

/// Bounds of the buckets of durations, in seconds.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Starts to count, once for the process, and returns what renders the figures.
pub fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .expect("there are buckets");
        let handle = builder.install_recorder().expect("nothing else in the program records");
        describe();
        handle
    })
}

fn describe() {
    describe_counter!("partner_center_requests_total", "Operations over HTTP, by root field and status");
    describe_histogram!("partner_center_request_seconds", "How long operations over HTTP took, by root field");
    describe_gauge!("partner_center_sockets", "Open sockets");
    describe_gauge!("partner_center_subscriptions", "Running operations on sockets");
    describe_counter!("partner_center_events_delivered_total", "Responses sent over sockets");
    describe_counter!("partner_center_charges_total", "Lines of charges, by outcome");
    describe_counter!("partner_center_alerts_total", "Budget alerts raised, by threshold");
    describe_gauge!("partner_center_feed_position", "The position in the feed up to which this node has handed out");
    describe_gauge!("partner_center_feed_waiting", "Committed events that wait for their position");
    describe_gauge!("partner_center_feed_lag_seconds", "Age of the oldest event that waits or was not handed out here");
    describe_histogram!("partner_center_feed_delay_seconds", "From an event to its hand-out on this node");
    describe_gauge!("partner_center_lease_held", "1 where this node has the duty");
    describe_counter!("partner_center_job_runs_total", "Runs of jobs, by outcome");
    describe_counter!("partner_center_messages_total", "Tries to deliver messages, by channel and outcome");
    describe_counter!("partner_center_webhook_deliveries_total", "Tries to deliver events to endpoints, by outcome");
    describe_gauge!("partner_center_pool_connections", "Connections to the database, by pool and state");
}

/// An operation was answered.
pub fn request(operation: &str, status: u16, took: Duration) {
    let Ok(figures) = OPERATIONS.get_or_insert_with(operation, || Ok::<_, Infallible>(OperationFigures::of(operation)));
    figures.seconds.record(took.as_secs_f64());
    match status {
        200 => figures.answered.increment(1),
        _ => requests(operation, status).increment(1),
    }
}

/// The figures of an operation, looked up once: that costs more than counting.
#[derive(Clone)]
struct OperationFigures {
    seconds: Histogram,
    answered: Counter,
}

impl OperationFigures {
    fn of(operation: &str) -> Self {
        handle();
        let seconds = histogram!("partner_center_request_seconds", "operation" => operation.to_owned());
        Self { seconds, answered: requests(operation, 200) }
    }
}

/// As many as the schema has root fields, about.
static OPERATIONS: LazyLock<Cache<String, OperationFigures>> = LazyLock::new(|| Cache::new(1_000));

fn requests(operation: &str, status: u16) -> Counter {
    let (operation, status) = (operation.to_owned(), status.to_string());
    counter!("partner_center_requests_total", "operation" => operation, "status" => status)
}

/// A socket opened (1) or closed (−1).
pub fn sockets(change: f64) {
    gauge!("partner_center_sockets").increment(change);
}

/// An operation on a socket began (1) or ended (−1).
pub fn subscriptions(change: f64) {
    gauge!("partner_center_subscriptions").increment(change);
}

/// A response went out over a socket.
pub fn delivered() {
    // Looked up once: thousands are sent at a time.
    static DELIVERED: LazyLock<Counter> = LazyLock::new(|| {
        handle();
        counter!("partner_center_events_delivered_total")
    });
    DELIVERED.increment(1);
}

/// Lines of charges were dealt with.
pub fn charges(outcome: &'static str, lines: usize) {
    counter!("partner_center_charges_total", "outcome" => outcome).increment(lines as u64);
}

/// Alerts were raised.
pub fn alert(threshold: i16) {
    counter!("partner_center_alerts_total", "threshold" => threshold.to_string()).increment(1);
}

/// An event reached this node's subscribers.
pub fn handed_out(position: i64, delay: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    gauge!("partner_center_feed_position").set(position as f64);
    histogram!("partner_center_feed_delay_seconds").record(delay.as_secs_f64());
}

/// How far the feed is behind.
pub fn feed_lag(waiting: u64, lag: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    gauge!("partner_center_feed_waiting").set(waiting as f64);
    gauge!("partner_center_feed_lag_seconds").set(lag.as_secs_f64());
}

/// A duty was gained or lost.
pub fn lease_held(lease: &'static str, held: bool) {
    gauge!("partner_center_lease_held", "lease" => lease).set(f64::from(u8::from(held)));
}

/// A job ran.
pub fn job(job: &'static str, outcome: &'static str) {
    counter!("partner_center_job_runs_total", "job" => job, "outcome" => outcome).increment(1);
}

/// A message was given to a carrier.
pub fn message(channel: &'static str, taken: bool) {
    counter!("partner_center_messages_total", "channel" => channel, "outcome" => outcome(taken)).increment(1);
}

/// An event was posted to an endpoint.
pub fn webhook(taken: bool) {
    counter!("partner_center_webhook_deliveries_total", "outcome" => outcome(taken)).increment(1);
}

fn outcome(taken: bool) -> &'static str {
    if taken { "taken" } else { "failed" }
}

/// The state of a pool of connections.
pub fn pool(pool: &'static str, open: u32, idle: usize) {
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    let idle = idle as f64;
    gauge!("partner_center_pool_connections", "pool" => pool, "state" => "idle").set(idle);
    gauge!("partner_center_pool_connections", "pool" => pool, "state" => "busy").set(f64::from(open) - idle);
}
