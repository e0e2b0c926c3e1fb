//! The hub: follows the log once for the whole node and hands new events to the channels of those who may see them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use entities::{
    event,
    types::{AccountId, EventType, MemberId, SessionId, Timestamp},
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use super::{
    Audience, Fact, Position, in_time, read, sequence,
    wake::{Call, Wake},
};
use crate::{
    access::{Tenant, Viewer},
    config::Settings,
    outcome::Fault,
    store::{Lease, Store},
    telemetry::figures,
};

/// Events kept in memory for each channel; a subscriber further behind reads the log.
const RECENT_PER_CHANNEL: usize = 256;
/// Events read from the log at once.
const BATCH: u64 = 1_000;
/// How long to wait after a failure before the next try.
const PAUSE: Duration = Duration::from_millis(500);
/// The duty of giving events their positions.
const SEQUENCER: &str = "sequencer";
/// Changes of access that a socket may fall behind before it checks its session anew.
const ACCESS_BACKLOG: usize = 256;

/// A change of somebody's access, told to all running streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessChange {
    /// A session ended.
    SessionEnded(SessionId),
    /// A member's roles, lock or password changed.
    MemberChanged(MemberId),
    /// What all members of an account may has changed.
    AccountChanged(AccountId),
}

impl AccessChange {
    /// As it is told to all nodes.
    pub fn fact(&self) -> Fact {
        Fact {
            event_type: EventType::AccessChanged,
            audience: Audience::default(),
            subject: None,
            payload: serde_json::json!(self),
        }
    }

    /// Whether it is a change of this viewer's.
    pub fn concerns(&self, viewer: &Viewer) -> bool {
        match self {
            Self::SessionEnded(session) => viewer.session == Some(*session),
            Self::MemberChanged(member) => viewer.member.id == *member,
            Self::AccountChanged(account) => viewer.account.id == *account,
        }
    }
}

/// Hands new events to whoever may see them.
pub struct Hub {
    store: Store,
    sequencer: Arc<Lease>,
    wake: Wake,
    poll: Duration,
    /// Rings on calls of other nodes that concern this one.
    called: Arc<Notify>,
    state: Mutex<State>,
    access: broadcast::Sender<AccessChange>,
}

/// How far things are behind.
#[derive(Debug, Clone, Copy)]
pub struct Lag {
    /// Committed events that wait for their position.
    pub waiting: u64,
    /// Age of the oldest event that waits, or that this node has not handed out.
    pub oldest: Duration,
    /// Age of the oldest event that has its position and was not handed out by this node.
    pub behind: Duration,
}

struct State {
    /// Everything up to here was handed out.
    head: i64,
    channels: HashMap<Key, Arc<Channel>>,
}

/// Whose events a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Everything,
    Account(Uuid),
}

/// The newest events of one account, shared by all of its subscribers.
pub(super) struct Channel {
    recent: Mutex<Recent>,
    news: watch::Sender<i64>,
}

struct Recent {
    /// All events of this channel behind this position are in `events`.
    complete_after: i64,
    events: VecDeque<Arc<event::Model>>,
}

impl Channel {
    /// Events behind `after`, oldest first; `None` where memory does not reach back so far.
    pub(super) fn after(&self, after: Position) -> Option<Vec<Arc<event::Model>>> {
        let recent = lock(&self.recent);
        if after.0 < recent.complete_after {
            return None;
        }
        let start = recent.events.partition_point(|event| event.position <= Some(after.0));
        Some(recent.events.iter().skip(start).cloned().collect())
    }

    fn push(&self, event: &Arc<event::Model>) {
        let mut recent = lock(&self.recent);
        recent.events.push_back(event.clone());
        if recent.events.len() > RECENT_PER_CHANNEL
            && let Some(oldest) = recent.events.pop_front()
        {
            recent.complete_after = oldest.position.unwrap_or(recent.complete_after);
        }
    }
}

/// A panic while one of these locks is held cannot leave the data in halves: each critical section is one push or read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Hub {
    /// A hub that starts at the log's present head.
    pub async fn start(store: Store, settings: &Settings, node: Uuid) -> Result<Arc<Self>, Fault> {
        let head = read::head(store.reader()).await?.last;
        let sequencer = Lease::new(&store, SEQUENCER, node, settings.lease_lifetime());
        Ok(Arc::new(Self {
            wake: Wake::new(&store, settings, node),
            poll: Duration::from_millis(settings.feed_poll_ms),
            store,
            sequencer,
            called: Arc::new(Notify::new()),
            state: Mutex::new(State { head, channels: HashMap::new() }),
            access: broadcast::Sender::new(ACCESS_BACKLOG),
        }))
    }

    /// Sequences where that is this node's duty, and hands out, until the program ends.
    pub async fn run(self: Arc<Self>) {
        let (called, sequencer) = (self.called.clone(), self.sequencer.clone());
        let heard = move |call| {
            if call == Call::Placed || sequencer.fence().is_some() {
                called.notify_one();
            }
        };
        tokio::join!(self.sequencer.keep(), self.wake.run(heard), self.turn_and_turn());
    }

    /// Gives the sequencer's duty back; for the end of [`Hub::run`].
    pub async fn leave(&self) -> Result<(), Fault> {
        Ok(self.sequencer.give_up().await?)
    }

    /// A failure is logged and tried again: the log loses nothing.
    async fn turn_and_turn(&self) {
        let mut duty = self.sequencer.changes();
        loop {
            if let Err(fault) = self.turn().await {
                tracing::error!(fault = %fault.0, "the feed could not be advanced and is tried again");
                tokio::time::sleep(PAUSE).await;
            }
            tokio::select! {
                () = self.store.appended().notified() => {
                    if self.sequencer.fence().is_none() {
                        self.wake.call(Call::Appended);
                    }
                }
                () = self.called.notified() => {}
                _ = duty.changed() => {}
                () = tokio::time::sleep(self.poll) => {}
            }
        }
    }

    /// Takes the sequencer's duty where it is free, places what waits and hands it out: for a program that does not
    /// [run](Hub::run) the hub.
    pub async fn settle(&self) -> Result<(), Fault> {
        self.sequencer.take().await?;
        self.turn().await
    }

    /// One turn: place what waits, if that is this node's duty; hand out what is new.
    async fn turn(&self) -> Result<(), Fault> {
        if let Some(fence) = self.sequencer.fence()
            && in_time(sequence::place_waiting(&self.store, fence)).await?
        {
            self.wake.call(Call::Placed);
        }
        loop {
            let head = lock(&self.state).head;
            let batch = in_time(read::everything_after(self.store.reader(), Position(head), BATCH)).await?;
            if batch.is_empty() {
                return Ok(());
            }
            self.hand_out(batch);
        }
    }

    fn hand_out(&self, batch: Vec<event::Model>) {
        let mut state = lock(&self.state);
        state.channels.retain(|_, channel| channel.news.receiver_count() > 0);
        let mut woken: HashMap<Key, (Arc<Channel>, i64)> = HashMap::new();
        for event in batch {
            let position = event.position.unwrap_or_default();
            if position <= state.head {
                // Two turns at once read the same batch; the first hands it out.
                continue;
            }
            state.head = position;
            figures::handed_out(position, self.store.clock().now().since(event.occurred_at));
            if event.event_type == EventType::AccessChanged {
                self.tell_access(&event);
                continue;
            }
            let event = Arc::new(event);
            for key in keys_of(&event) {
                if let Some(channel) = state.channels.get(&key) {
                    channel.push(&event);
                    woken.insert(key, (channel.clone(), position));
                }
            }
        }
        drop(state);
        for (channel, position) in woken.into_values() {
            channel.news.send_replace(position);
        }
    }

    fn tell_access(&self, event: &event::Model) {
        match serde_json::from_value(event.payload.clone()) {
            // An error means that nobody listens.
            Ok(change) => drop(self.access.send(change)),
            Err(error) => tracing::error!(%error, "an access change could not be read"),
        }
    }

    /// Up to where this node has handed events out.
    pub fn handed_out(&self) -> Position {
        Position(lock(&self.state).head)
    }

    /// Changes of access, from now on.
    pub fn access_changes(&self) -> broadcast::Receiver<AccessChange> {
        self.access.subscribe()
    }

    /// The channel of a viewer, a bell that rings on news, and the position up to which the node has handed out.
    pub(super) fn join(&self, viewer: &Viewer) -> (Arc<Channel>, watch::Receiver<i64>, Position) {
        let key = match viewer.tenant() {
            Tenant::Platform => Key::Everything,
            _ => Key::Account(viewer.account.id.uuid()),
        };
        let mut state = lock(&self.state);
        let head = state.head;
        let channel = state.channels.entry(key).or_insert_with(|| {
            Arc::new(Channel {
                recent: Mutex::new(Recent { complete_after: head, events: VecDeque::new() }),
                news: watch::Sender::new(head),
            })
        });
        (channel.clone(), channel.news.subscribe(), Position(head))
    }

    /// How far the feed is behind the commits, and this node behind the feed.
    pub async fn lag(&self) -> Result<Lag, Fault> {
        let head = lock(&self.state).head;
        let found = read::behind(self.store.reader(), Position(head)).await?;
        let now = self.store.clock().now();
        let age = |since: Option<Timestamp>| since.map(|since| now.since(since)).unwrap_or_default();
        let behind = age(found.next_placed);
        Ok(Lag { waiting: found.waiting, oldest: age(found.oldest_waiting).max(behind), behind })
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }
}

fn keys_of(event: &event::Model) -> impl Iterator<Item = Key> + use<> {
    let accounts = [
        event.to_distributor.map(entities::types::Id::uuid),
        event.to_partner.map(entities::types::Id::uuid),
        event.to_customer.map(entities::types::Id::uuid),
    ];
    std::iter::once(Key::Everything).chain(accounts.into_iter().flatten().map(Key::Account))
}
