//! Following the feed: replay from a cursor, then live, nothing lost or doubled.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use entities::event;
use futures_util::{Stream, stream};
use tokio::{sync::watch, time::timeout};

use super::{CursorError, Hub, Position, Selection, hub::Channel, read};
use crate::{access::Viewer, outcome::Fault};

/// Events read from the log at once while catching up: what bounds a slow reader's memory.
const CATCH_UP: u64 = 200;

/// How long the log may take to answer: longer than the database lets it.
const PATIENCE: Duration = Duration::from_secs(40);

/// Why a stream ended.
#[derive(Debug)]
pub enum Following {
    /// The cursor cannot be used.
    Cursor(CursorError),
    /// The log could not be read.
    Fault(Fault),
}

struct Follower {
    hub: Arc<Hub>,
    viewer: Arc<Viewer>,
    selection: Selection,
    channel: Arc<Channel>,
    news: watch::Receiver<i64>,
    cursor: Position,
    ready: VecDeque<Arc<event::Model>>,
}

/// Starts to follow behind `after`, or from now. The stream never ends by itself; an item that is an error is its last.
pub async fn follow(
    hub: &Arc<Hub>,
    viewer: Arc<Viewer>,
    after: Option<Position>,
    selection: Selection,
) -> Result<impl Stream<Item = Result<Arc<event::Model>, Following>> + use<>, Following> {
    // The bell is taken before the log is read, so that nothing falls between replay and live.
    let (channel, news, handed_out) = hub.join(&viewer);
    if let Some(after) = after {
        let head = read::head(hub.store().reader()).await.map_err(|error| Following::Fault(error.into()))?;
        read::check(after, head).map_err(Following::Cursor)?;
    }
    let follower = Follower {
        hub: hub.clone(),
        viewer,
        selection,
        channel,
        news,
        cursor: after.unwrap_or(handed_out),
        ready: VecDeque::new(),
    };
    Ok(stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        match follower.next().await {
            Ok(event) => Some((Ok(event), Some(follower))),
            Err(fault) => Some((Err(fault), None)),
        }
    }))
}

impl Follower {
    async fn next(&mut self) -> Result<Arc<event::Model>, Following> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            let handed_out = *self.news.borrow_and_update();
            match self.in_memory(handed_out) {
                Some(events) if events.is_empty() => {
                    // An error means that the hub is gone, which is the end of the program.
                    if self.news.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
                Some(events) => self.take(events),
                // Boxed, so that followers who idle do not keep its room.
                None => Box::pin(self.catch_up(Position(handed_out))).await?,
            }
        }
    }

    /// What of the news is at hand; `None` where the log must be asked. It is asked, too, for members who see only what
    /// is assigned to them: the database knows what that is now.
    fn in_memory(&self, handed_out: i64) -> Option<Vec<Arc<event::Model>>> {
        match self.viewer.sees_all() {
            true => self.channel.after(self.cursor),
            false => (handed_out <= self.cursor.0).then(Vec::new),
        }
    }

    fn take(&mut self, events: Vec<Arc<event::Model>>) {
        if let Some(position) = events.last().and_then(|event| event.position) {
            self.cursor = Position(position);
        }
        let wanted = |event: &Arc<event::Model>| self.selection.wants(event.event_type);
        self.ready.extend(events.into_iter().filter(wanted));
    }

    /// Reads on in the log. A short page means that everything up to `handed_out` has been seen.
    async fn catch_up(&mut self, handed_out: Position) -> Result<(), Following> {
        let db = self.hub.store().reader();
        // Where no answer comes, the network may have lost the connection: the log is asked again, by another one.
        let events = loop {
            let read = read::after_position(db, &self.viewer, self.cursor, &self.selection, CATCH_UP);
            if let Ok(read) = timeout(PATIENCE, read).await {
                break read.map_err(|error| Following::Fault(error.into()))?;
            }
        };
        let exhausted = (events.len() as u64) < CATCH_UP;
        self.take(events.into_iter().map(Arc::new).collect());
        if exhausted {
            self.cursor = self.cursor.max(handed_out);
        }
        Ok(())
    }
}
