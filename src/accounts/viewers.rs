//! Viewers that were read lately, by their tokens: what spares most requests a signature and a statement
//! (docs/decisions/0017).
//!
//! A change of somebody's access is told to every node by the feed, and drops what is kept of it at once. Nothing is kept
//! longer than a few seconds anyway, so that a lost call cannot keep a door open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use entities::types::Timestamp;
use quick_cache::sync::Cache;

use crate::{access::Viewer, feed::AccessChange};

/// Viewers that are kept; the least used make room.
const KEPT: usize = 10_000;
/// How long a viewer is good without being read again.
const FRESH: Duration = Duration::from_secs(5);

/// The viewers of a node.
pub struct Viewers {
    by_token: Cache<String, Known>,
    changes: AtomicU64,
}

#[derive(Clone)]
struct Known {
    viewer: Arc<Viewer>,
    read_at: Timestamp,
}

/// What has been told of access so far, before a viewer is read.
#[derive(Clone, Copy)]
pub struct Mark(u64);

impl Default for Viewers {
    fn default() -> Self {
        Self { by_token: Cache::new(KEPT), changes: AtomicU64::new(0) }
    }
}

impl Viewers {
    /// The viewer of a token, if it was read within the last seconds and its token is good at `now`.
    pub fn get(&self, token: &str, now: Timestamp) -> Option<Arc<Viewer>> {
        let known = self.by_token.get(token)?;
        let fresh = now >= known.read_at && now.since(known.read_at) < FRESH;
        (fresh && now < known.viewer.expires_at).then_some(known.viewer)
    }

    /// Where things stand; to be asked before a viewer is read.
    pub fn mark(&self) -> Mark {
        Mark(self.changes.load(Ordering::SeqCst))
    }

    /// Keeps a viewer that was read at `now`, unless somebody's access has changed meanwhile.
    pub fn keep(&self, token: &str, viewer: &Arc<Viewer>, now: Timestamp, mark: Mark) {
        self.by_token.insert(token.to_owned(), Known { viewer: viewer.clone(), read_at: now });
        // Looked at afterwards: a change that is told now finds the viewer, or is seen here.
        if self.changes.load(Ordering::SeqCst) != mark.0 {
            self.by_token.remove(token);
        }
    }

    /// Drops those whose access has changed.
    pub fn forget(&self, change: &AccessChange) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.by_token.retain(|_, known| !change.concerns(&known.viewer));
    }

    /// Drops all: something may have been missed.
    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.by_token.clear();
    }
}
