//! Waking other nodes: a hint that there is something new in the log, and nothing more.
//!
//! Nothing is carried but who calls and what for. A call that is lost costs the time until the next look at the log.
//! Calls are made beside transactions, never in them (PostgreSQL takes a lock of the whole server to commit a NOTIFY),
//! and many commits share one.

use std::{sync::Arc, time::Duration};

use async_nats::Event;
use futures_util::StreamExt;
use sea_orm::{DbBackend, Statement, sqlx::postgres::PgListener};
use tokio::{sync::Notify, time::timeout};
use uuid::Uuid;

use super::{STEP, in_time};
use crate::{
    config::{Settings, WakeBy},
    outcome::Fault,
    store::Store,
};

/// The channel of PostgreSQL.
const CHANNEL: &str = "partner_center_feed";
/// The subject of NATS.
const SUBJECT: &str = "partner-center.feed";
/// After how long without any call the ear is put to the database anew.
const SILENCE: Duration = Duration::from_secs(60);
/// How long to wait after a failure before the next try.
const PAUSE: Duration = Duration::from_secs(1);

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Events wait for their position: for the sequencer.
    Appended,
    /// Events have got theirs: for everybody.
    Placed,
}

/// This node's way to the others.
pub(super) struct Wake {
    store: Store,
    node: Uuid,
    by: Carrier,
    appended: Notify,
    placed: Notify,
}

enum Carrier {
    Nobody,
    Postgres { url: String },
    Nats { url: String },
}

impl Wake {
    pub(super) fn new(store: &Store, settings: &Settings, node: Uuid) -> Self {
        let by = match (&settings.wake, store.backend()) {
            (WakeBy::Nats(url), _) => Carrier::Nats { url: url.clone() },
            (WakeBy::Database, DbBackend::Postgres) => Carrier::Postgres { url: settings.database.url.clone() },
            (WakeBy::Database | WakeBy::Nobody, _) => Carrier::Nobody,
        };
        Self { store: store.clone(), node, by, appended: Notify::new(), placed: Notify::new() }
    }

    /// Calls the others, soon; calls that wait already are one.
    pub(super) fn call(&self, call: Call) {
        match call {
            Call::Appended => self.appended.notify_one(),
            Call::Placed => self.placed.notify_one(),
        }
    }

    /// Carries calls out and in until the program ends. What comes in goes to `heard`; so does every doubt.
    pub(super) async fn run(&self, heard: impl Fn(Call) + Clone + Send + Sync + 'static) {
        match &self.by {
            Carrier::Nobody => std::future::pending().await,
            Carrier::Postgres { url } => {
                tokio::join!(self.listen(url, heard), self.notify());
            }
            Carrier::Nats { url } => loop {
                if let Err(fault) = self.over_nats(url, heard.clone()).await {
                    tracing::warn!(fault = %fault.0, "NATS does not carry calls between nodes; the log is looked at instead");
                }
                tokio::time::sleep(PAUSE).await;
            },
        }
    }

    async fn next_call(&self) -> Call {
        tokio::select! {
            () = self.placed.notified() => Call::Placed,
            () = self.appended.notified() => Call::Appended,
        }
    }

    fn text(&self, call: Call) -> String {
        let what = match call {
            Call::Appended => "appended",
            Call::Placed => "placed",
        };
        format!("{what} {}", self.node)
    }

    /// The call in a text; `None` for our own and for none of ours.
    fn read(&self, text: &str) -> Option<Call> {
        let (what, node) = text.split_once(' ')?;
        let call = match what {
            "appended" => Call::Appended,
            "placed" => Call::Placed,
            _ => return None,
        };
        (node != self.node.to_string()).then_some(call)
    }

    async fn notify(&self) {
        loop {
            let call = self.next_call().await;
            let values = [CHANNEL.into(), self.text(call).into()];
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
            if let Err(Fault(error)) = in_time(self.store.at_once(statement)).await {
                tracing::warn!(%error, "other nodes could not be called; they look at the log instead");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn listen(&self, url: &str, heard: impl Fn(Call)) {
        loop {
            if let Err(error) = self.listen_once(url, &heard).await {
                tracing::warn!(%error, "calls of other nodes cannot be heard; the log is looked at instead");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn listen_once(&self, url: &str, heard: &impl Fn(Call)) -> Result<(), sea_orm::sqlx::Error> {
        let opened = timeout(STEP, async {
            let mut listener = PgListener::connect(url).await?;
            listener.listen(CHANNEL).await?;
            Ok::<_, sea_orm::sqlx::Error>(listener)
        });
        let mut listener = opened.await.map_err(|_| sea_orm::sqlx::Error::PoolTimedOut)??;
        // Whatever was called while nobody listened.
        in_doubt(heard);
        loop {
            // Whoever only listens does not notice that the network has lost the connection.
            let Ok(heard_of) = timeout(SILENCE, listener.try_recv()).await else { return Ok(()) };
            match heard_of? {
                Some(notification) => {
                    if let Some(call) = self.read(notification.payload()) {
                        heard(call);
                    }
                }
                // The connection was lost and is made anew.
                None => in_doubt(heard),
            }
        }
    }

    async fn over_nats(&self, url: &str, heard: impl Fn(Call) + Clone + Send + Sync + 'static) -> Result<(), Fault> {
        let on_event = Arc::new(heard.clone());
        let client = async_nats::ConnectOptions::new()
            .name("partner-center")
            .event_callback(move |event| {
                let heard = on_event.clone();
                async move {
                    match event {
                        Event::Connected => in_doubt(&*heard),
                        event => tracing::warn!(%event, "NATS"),
                    }
                }
            })
            .connect(url)
            .await
            .map_err(|error| Fault(Box::new(error)))?;
        let mut calls = client.subscribe(SUBJECT).await.map_err(|error| Fault(Box::new(error)))?;
        in_doubt(&heard);
        loop {
            tokio::select! {
                message = calls.next() => {
                    let Some(message) = message else { return Err(Fault::because("the subscription ended")) };
                    if let Some(call) = std::str::from_utf8(&message.payload).ok().and_then(|text| self.read(text)) {
                        heard(call);
                    }
                }
                call = self.next_call() => {
                    let sent = client.publish(SUBJECT, self.text(call).into()).await;
                    sent.map_err(|error| Fault(Box::new(error)))?;
                }
            }
        }
    }
}

/// Something may have been missed: as if everything had been called.
fn in_doubt(heard: &impl Fn(Call)) {
    heard(Call::Appended);
    heard(Call::Placed);
}
