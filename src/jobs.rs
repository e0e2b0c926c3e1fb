//! What runs beside requests: the feed, the hourly sweep, the turn of the month, retention, messages, cleaning up.
//!
//! Every job may be run at any time and more than once; what it finds to do is in the database.

use std::{future::Future, sync::Arc, time::Duration};

use entities::types::Timestamp;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accounts::commands::ForgetSessions,
    app::App,
    feed::sequence::Trim,
    freezes,
    notifications::{self, Mailer},
    outcome::{Error, Fault, Outcome},
    verification,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How long messages and ended sessions are kept.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Starts the jobs; they end with `shutdown`.
pub fn start(app: &App, shutdown: &CancellationToken) -> Result<TaskTracker, Fault> {
    let tasks = TaskTracker::new();
    let hub = app.hub.clone();
    spawn(&tasks, shutdown, async move { hub.run().await });
    let timed = app.clone();
    spawn(&tasks, shutdown, async move { keep_time(&timed).await });
    if let Some(smtp) = &app.settings.smtp {
        let mailer = Arc::new(Mailer::new(smtp)?);
        let app = app.clone();
        spawn(&tasks, shutdown, async move {
            loop {
                report("messages", mailer.deliver_due(&app.store).await.map(|delivered| delivered as u64));
                tokio::time::sleep(SECOND).await;
            }
        });
    }
    tasks.close();
    Ok(tasks)
}

fn spawn(tasks: &TaskTracker, shutdown: &CancellationToken, job: impl Future<Output = ()> + Send + 'static) {
    let shutdown = shutdown.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = job => {}
        }
    });
}

/// Runs the hourly jobs whenever an hour has begun, by the program's clock.
async fn keep_time(app: &App) {
    let mut done: Option<i64> = None;
    loop {
        let hour = hour_of(app.store.clock().now());
        if done != Some(hour) {
            hourly(app).await;
            done = Some(hour);
        }
        tokio::time::sleep(SECOND).await;
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.micros() / i64::try_from(HOUR.as_micros()).unwrap_or(i64::MAX)
}

/// What happens each hour.
pub async fn hourly(app: &App) {
    let store = &app.store;
    let retention = DAY * app.settings.retention_days;
    report("turn of the month", freezes::jobs::turn_month(store).await.map(|count| count as u64));
    report("sweep", freezes::jobs::sweep(store, retention).await.map(|count| count as u64));
    report("release of resources", freezes::jobs::release(store).await.map(|count| count as u64));
    report("codes", store.execute(verification::commands::Forget).await);
    report("sessions", store.execute(ForgetSessions { keep: KEEP }).await);
    report("outbox", store.execute(notifications::Forget { keep: KEEP }).await);
    if let Some(days) = app.settings.feed_keep_days {
        report("feed", store.execute(Trim { keep: DAY * days }).await);
    }
}

fn report(job: &str, outcome: Outcome<u64>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::info!(job, count, "done"),
        Err(Error::Fault(fault)) => tracing::error!(job, fault = %fault.0, "a job failed and is tried again"),
        Err(Error::Refused(refusals)) => tracing::error!(job, ?refusals, "a job was refused"),
    }
}
