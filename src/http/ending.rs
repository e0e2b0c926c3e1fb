//! What ends a stream, be it a socket or an event stream: its session, its token, or the server.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    sync::broadcast,
    time::{Sleep, sleep, timeout},
};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::{access::Viewer, accounts::queries::identity_of_session, app::App, feed::AccessChange, store::Store};

/// How long a look at a session may take. A stream whose session cannot be looked at ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is waited for.
pub struct Ending {
    store: Store,
    viewer: Arc<Viewer>,
    /// As a stream, which keeps its place among those that wait: thousands wait for the same news.
    changes: BroadcastStream<AccessChange>,
    expiry: Pin<Box<Sleep>>,
    shutdown: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server goes down.
    GoingDown,
    /// The session or the token has ended, or the access has changed.
    Session,
}

/// Something happened that may end the stream.
pub enum News {
    Over(Ended),
    Changed(Result<AccessChange, BroadcastStreamRecvError>),
}

impl Ending {
    /// For a viewer; `changes` were asked for before its session was looked at, so that an end in between is not missed.
    pub fn new(
        app: &App,
        viewer: Arc<Viewer>,
        changes: broadcast::Receiver<AccessChange>,
        shutdown: &CancellationToken,
    ) -> Self {
        let left = viewer.expires_at.micros() - app.store.clock().now().micros();
        let expiry = Box::pin(sleep(Duration::from_micros(left.max(0).unsigned_abs())));
        let shutdown = Box::pin(shutdown.clone().cancelled_owned());
        Self { store: app.store.clone(), viewer, changes: BroadcastStream::new(changes), expiry, shutdown }
    }

    /// Waits for news; may be dropped at any time.
    pub async fn news(&mut self) -> News {
        tokio::select! {
            () = &mut self.shutdown => News::Over(Ended::GoingDown),
            () = &mut self.expiry => News::Over(Ended::Session),
            Some(change) = self.changes.next() => News::Changed(change),
        }
    }

    /// Whether news end the stream. Where too many changes came to be kept, the session is looked up instead.
    pub async fn judge(&self, news: News) -> Result<(), Ended> {
        let concerns = match news {
            News::Over(ended) => return Err(ended),
            News::Changed(Ok(change)) => change.concerns(&self.viewer),
            News::Changed(Err(BroadcastStreamRecvError::Lagged(_))) => !self.session_lives().await,
        };
        if concerns { Err(Ended::Session) } else { Ok(()) }
    }

    async fn session_lives(&self) -> bool {
        let Some(session) = self.viewer.session else { return true };
        let now = self.store.clock().now();
        let looked = timeout(PATIENCE, identity_of_session(self.store.reader(), session, now)).await;
        matches!(looked, Ok(Ok(Some(_))))
    }
}
