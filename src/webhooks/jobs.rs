//! Following the feed for each endpoint, on the node that has the duty of jobs.
//!
//! Each endpoint has a task of its own while it has something to get, so that a slow one holds up nobody; a turn is
//! bounded, so that a busy one does not either. While there is nothing new, nothing is asked of the database; while there
//! are no endpoints, hardly anything is.

use std::{collections::HashMap, sync::Arc, time::Duration};

use entities::{account, event, types::WebhookEndpointId, webhook_endpoint};
use sea_orm::EntityTrait;
use tokio::{
    task::{self, JoinSet},
    time::Instant,
};

use super::{
    delivery::Sender,
    payload,
    progress::{Advance, Settle},
    queries, rules,
};
use crate::{
    app::App,
    backoff,
    feed::{self, Hub, Position, Selection},
    outcome::{Error, Fault, Outcome},
    store::{Store, TakenOver},
    telemetry::figures,
};

/// How often this node's part of the feed is looked at, which costs nothing.
const TICK: Duration = Duration::from_millis(100);
/// How often endpoints are looked for that wait to be tried again, or were changed on another node.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The same while there are no endpoints.
const LOOK_AGAIN_FOR_ANY: Duration = Duration::from_secs(60);
/// Endpoints that are delivered to at once.
const AT_ONCE: usize = 256;
/// Events read for an endpoint at once.
const BATCH: u64 = 50;
/// How long a turn of an endpoint lasts before others that wait get theirs.
const TURN: Duration = Duration::from_secs(15);

/// Delivers until the program ends, while this node has the duty.
pub async fn run(app: App) {
    let mut turns = Turns::default();
    let mut looked: Option<Looked> = None;
    loop {
        match app.jobs.store() {
            None => {
                turns.running.abort_all();
                looked = None;
            }
            Some(store) => {
                let head = app.hub.handed_out();
                if turns.collect() || looked.as_ref().is_none_or(|looked| looked.is_stale(head)) {
                    looked = match look(&app, &store, head, &mut turns).await {
                        Ok(any) => Some(Looked { head, at: Instant::now(), any }),
                        Err(error) => {
                            report(error);
                            Some(Looked { head, at: Instant::now(), any: true })
                        }
                    };
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = app.webhooks.changed().notified() => looked = None,
        }
    }
}

/// When endpoints were looked for, and what was known of the feed then.
struct Looked {
    head: Position,
    at: Instant,
    any: bool,
}

impl Looked {
    fn is_stale(&self, head: Position) -> bool {
        let again = if self.any { LOOK_AGAIN } else { LOOK_AGAIN_FOR_ANY };
        head != self.head || self.at.elapsed() >= again
    }
}

/// The turns that run: one for each endpoint at most.
#[derive(Default)]
struct Turns {
    running: JoinSet<Outcome<()>>,
    of: HashMap<task::Id, WebhookEndpointId>,
}

impl Turns {
    /// Takes note of turns that ended. Says whether there were any: more may have happened for those meanwhile.
    fn collect(&mut self) -> bool {
        let mut any = false;
        while let Some(ended) = self.running.try_join_next_with_id() {
            any = true;
            let (task, outcome) = match ended {
                Ok((task, outcome)) => (task, outcome),
                // Cut off, because another node has the duty.
                Err(cut) if cut.is_cancelled() => (cut.id(), Ok(())),
                Err(panic) => (panic.id(), Err(Error::Fault(Fault(Box::new(panic))))),
            };
            self.of.remove(&task);
            if let Err(error) = outcome {
                report(error);
            }
        }
        any
    }

    fn has(&self, endpoint: WebhookEndpointId) -> bool {
        self.of.values().any(|running| *running == endpoint)
    }
}

fn report(error: Error) {
    match error {
        Error::Fault(fault) if fault.0.is::<TakenOver>() => tracing::info!("another node goes on with webhooks"),
        Error::Fault(fault) => tracing::error!(fault = %fault.0, "webhooks failed and are tried again"),
        Error::Refused(refusals) => tracing::error!(?refusals, "webhooks were refused"),
    }
}

/// Gives a turn to each endpoint that has something to get. Says whether there are endpoints at all.
async fn look(app: &App, store: &Store, head: Position, turns: &mut Turns) -> Outcome<bool> {
    let free = AT_ONCE.saturating_sub(turns.of.len());
    if free == 0 {
        return Ok(true);
    }
    let now = store.clock().now();
    let due = queries::due(store.reader(), head, now, AT_ONCE as u64).await?;
    if due.is_empty() && turns.of.is_empty() {
        return Ok(queries::any_enabled(store.reader()).await?);
    }
    let idle: Vec<_> = due.into_iter().filter(|endpoint| !turns.has(endpoint.id)).take(free).collect();
    for endpoint in idle {
        let id = endpoint.id;
        let turn = Turn { store: store.clone(), sender: app.webhooks.clone(), hub: app.hub.clone() };
        let task = turns.running.spawn(async move { turn.run(endpoint).await });
        turns.of.insert(task.id(), id);
    }
    Ok(true)
}

/// A turn of one endpoint.
struct Turn {
    store: Store,
    sender: Arc<Sender>,
    hub: Arc<Hub>,
}

impl Turn {
    async fn run(&self, mut endpoint: webhook_endpoint::Model) -> Outcome<()> {
        let Some(owner) = account::Entity::find_by_id(endpoint.account_id).one(self.store.reader()).await? else {
            return Ok(());
        };
        let began = Instant::now();
        // Taken before the log is read: what is placed later is not passed over.
        let head = self.hub.handed_out();
        let (selection, after) = (Selection { types: endpoint.types.0.clone() }, Position(endpoint.position));
        let db = self.store.reader();
        let events = feed::addressed_to(db, owner.kind, owner.id, after, &selection, BATCH).await?;
        let exhausted = (events.len() as u64) < BATCH;
        for event in events {
            match self.deliver(endpoint, &event).await? {
                Some(next) if began.elapsed() < TURN => endpoint = next,
                _ => return Ok(()),
            }
        }
        if exhausted && endpoint.position < head.0 {
            self.store.execute(Advance { endpoint: endpoint.id, from: endpoint.position, to: head }).await?;
        }
        Ok(())
    }

    /// Posts an event and keeps what came of it. Returns the endpoint where it took the event and may go on.
    async fn deliver(
        &self,
        endpoint: webhook_endpoint::Model,
        event: &event::Model,
    ) -> Outcome<Option<webhook_endpoint::Model>> {
        let now = self.store.clock().now();
        let body = payload::of_event(event, self.store.calendar())?;
        let secrets = rules::signing_secrets(&endpoint, now);
        let attempt = self.sender.post(&endpoint.url, &secrets, body, now).await?;
        figures::webhook(attempt.error.is_none());
        if let Some(error) = &attempt.error {
            tracing::info!(endpoint = %endpoint.id, error, "an event could not be delivered");
        }
        self.store.execute(Settle { endpoint, event: event.clone(), attempt, draw: backoff::draw()? }).await
    }
}
