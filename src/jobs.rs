//! What runs beside requests: the feed, the hourly sweep, the turn of the month, retention, messages, cleaning up.
//!
//! Every job may be run at any time and more than once; what it finds to do is in the database. The hourly ones and the
//! messages are the duty of one node at a time, by a lease.

use std::{future::Future, time::Duration};

use entities::types::Timestamp;
use sea_orm::DbBackend;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access_records,
    accounts::{guard, sessions},
    app::App,
    attachments, exports, feed, freezes, idempotency, invitations, mailboxes, managers,
    notifications::{self, Carriers},
    orders::commands::cancel_unpaid,
    outcome::{Error, Fault, Outcome},
    preregistrations, resources, reviews,
    store::{Deadline, Store, TakenOver},
    tallies,
    telemetry::figures,
    traces, verification, webhooks,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How often the figures of the past are put together.
const UPKEEP: Duration = Duration::from_secs(5);
/// How often the provisioner is asked how far it is.
const PROVISIONING: Duration = Duration::from_secs(5);
/// How long messages and ended sessions are kept.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3_600);

/// How long giving the duties back may take.
const LEAVING: Duration = Duration::from_secs(5);

/// The jobs, running.
pub struct Running {
    app: App,
    tasks: TaskTracker,
}

/// Starts the jobs; they end with `shutdown`.
pub fn start(app: &App, shutdown: &CancellationToken) -> Result<Running, Fault> {
    let tasks = TaskTracker::new();
    let hub = app.hub.clone();
    let (viewers, mut changes) = (app.viewers.clone(), hub.access_changes());
    spawn(&tasks, shutdown, async move { hub.run().await });
    spawn(&tasks, shutdown, async move {
        loop {
            match changes.recv().await {
                Ok(change) => viewers.forget(&change),
                Err(RecvError::Lagged(_)) => viewers.forget_all(),
                Err(RecvError::Closed) => return,
            }
        }
    });
    let duty = app.jobs.clone();
    spawn(&tasks, shutdown, async move { duty.keep().await });
    if app.store.backend() == DbBackend::Sqlite {
        let store = app.store.clone();
        spawn(&tasks, shutdown, async move {
            report("requests of a former life", store.execute(idempotency::commands::EndAll).await);
        });
    }
    let timed = app.clone();
    spawn(&tasks, shutdown, async move { keep_time(&timed).await });
    spawn(&tasks, shutdown, webhooks::jobs::run(app.clone()));
    spawn(&tasks, shutdown, exports::jobs::run(app.clone()));
    let carriers = Carriers::load(&app.settings)?;
    if !carriers.channels().is_empty() {
        let duty = app.jobs.clone();
        spawn(&tasks, shutdown, async move {
            loop {
                if let Some(store) = duty.store() {
                    let delivered = notifications::outbox::deliver_due(&store, &carriers).await;
                    let more = matches!(delivered, Ok(count) if count as u64 == notifications::outbox::BATCH);
                    report("messages", delivered.map(|delivered| delivered as u64));
                    if more {
                        continue;
                    }
                }
                tokio::time::sleep(SECOND).await;
            }
        });
    }
    if app.provisioner.takes_time() {
        let (duty, provisioner) = (app.jobs.clone(), app.provisioner.clone());
        spawn(&tasks, shutdown, async move {
            loop {
                if let Some(store) = duty.store() {
                    report("provisioning", resources::jobs::provide(&store, &*provisioner).await);
                }
                tokio::time::sleep(PROVISIONING).await;
            }
        });
    }
    spawn(&tasks, shutdown, async {
        loop {
            tokio::time::sleep(UPKEEP).await;
            figures::handle().run_upkeep();
        }
    });
    tasks.close();
    Ok(Running { app: app.clone(), tasks })
}

impl Running {
    /// Waits for the end and gives this node's duties back, so that others need not wait for them. A database that does not
    /// answer is not waited for: the duties end by themselves.
    pub async fn end(self) {
        self.tasks.wait().await;
        let given = async {
            self.app.hub.leave().await?;
            Ok::<_, Fault>(self.app.jobs.give_up().await?)
        };
        if let Err(fault) = Deadline::after(LEAVING).scope(given).await.unwrap_or_else(|over| Err(over.into())) {
            tracing::warn!(fault = %fault.0, "the duties of this node end by themselves");
        }
    }
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

/// Runs the hourly jobs whenever an hour has begun, by the program's clock, on the node whose duty that is.
async fn keep_time(app: &App) {
    let mut done: Option<i64> = None;
    loop {
        let hour = hour_of(app.store.clock().now());
        match app.jobs.store() {
            Some(store) if done != Some(hour) => {
                hourly(&store, app).await;
                done = Some(hour);
            }
            Some(_) => {}
            None => done = None,
        }
        tokio::time::sleep(SECOND).await;
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.micros() / i64::try_from(HOUR.as_micros()).unwrap_or(i64::MAX)
}

/// What happens each hour. Each change fails once another node has the duty.
async fn hourly(store: &Store, app: &App) {
    let settings = &app.settings;
    let retention = DAY * settings.retention_days;
    report("turn of the month", freezes::jobs::turn_month(store).await.map(|count| count as u64));
    report("account managers", managers::jobs::end_due(store).await);
    report("preregistrations", preregistrations::jobs::run(store).await);
    report("invitations", invitations::jobs::run(store).await);
    report("sweep", freezes::jobs::sweep(store, retention).await.map(|count| count as u64));
    report("release of resources", freezes::jobs::release(store).await.map(|count| count as u64));
    report("unpaid orders", cancel_unpaid(store).await);
    report("expired resources", resources::jobs::expire(store).await);
    report("expiring resources", resources::jobs::tell_of_expiring(store).await);
    report("applications", reviews::jobs::expire(store, &app.reviews).await);
    report("idempotency keys", idempotency::commands::forget(store).await);
    report("codes", verification::commands::forget(store).await);
    report("mailboxes", mailboxes::commands::forget(store).await);
    report("tallies", tallies::forget(store).await);
    report("failed tries", guard::forget(store).await);
    let keep = DAY * settings.access_records_keep_days;
    report("access records", access_records::forget(store, keep).await);
    report("traces", traces::forget(store).await);
    report("sessions", sessions::forget(store, KEEP).await);
    report("outbox", notifications::forget(store, KEEP).await);
    let keep = DAY * settings.webhooks.keep_days;
    report("webhooks", webhooks::progress::forget(store, keep).await);
    report("attachments", attachments::jobs::sweep(store, &app.files).await);
    report("exports", exports::jobs::sweep(store, &app.files).await);
    if let Some(days) = settings.feed_keep_days {
        report("feed", feed::sequence::trim(store, DAY * days).await);
    }
}

fn report(job: &'static str, outcome: Outcome<u64>) {
    let outcome = match outcome {
        Ok(0) => "nothing",
        Ok(count) => {
            tracing::info!(job, count, "done");
            "done"
        }
        Err(Error::Fault(fault)) if fault.0.is::<TakenOver>() => {
            tracing::info!(job, "another node goes on");
            "taken_over"
        }
        Err(Error::Fault(fault)) => {
            tracing::error!(job, fault = %fault.0, "a job failed and is tried again");
            "failed"
        }
        Err(Error::Refused(refusals)) => {
            tracing::error!(job, ?refusals, "a job was refused");
            "failed"
        }
    };
    figures::job(job, outcome);
}
