//! What ends a stream, be it a socket or an event stream: its session, its token, or the server.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::{
    sync::broadcast,
    time::{Sleep, sleep, timeout},
};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::{
    access::{RoleTable, Viewer},
    accounts::queries::{identity_of_member, identity_of_session},
    app::App,
    feed::AccessChange,
    store::Store,
};

/// How long a look at a session may take. A stream whose session cannot be looked at ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is waited for.
pub struct Ending {
    store: Store,
    roles: Arc<RoleTable>,
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
        let (store, roles) = (app.store.clone(), app.sign_in.roles.clone());
        Self { store, roles, viewer, changes: BroadcastStream::new(changes), expiry, shutdown }
    }

    /// Waits for news; may be dropped at any time.
    pub async fn news(&mut self) -> News {
        tokio::select! {
            biased;
            () = &mut self.shutdown => News::Over(Ended::GoingDown),
            () = &mut self.expiry => News::Over(Ended::Session),
            Some(change) = self.changes.next() => News::Changed(change),
        }
    }

    /// Whether news end the stream. Where too many changes came to be kept, the viewer is looked up instead.
    pub async fn judge(&self, news: News) -> Result<(), Ended> {
        let concerns = match news {
            News::Over(ended) => return Err(ended),
            News::Changed(Ok(change)) => change.concerns(&self.viewer),
            News::Changed(Err(BroadcastStreamRecvError::Lagged(_))) => !self.may_the_same().await,
        };
        if concerns { Err(Ended::Session) } else { Ok(()) }
    }

    /// Whether the viewer is still there, and may what it might.
    async fn may_the_same(&self) -> bool {
        let (viewer, db) = (&self.viewer, self.store.reader());
        let identity = timeout(PATIENCE, async {
            match viewer.session {
                Some(session) => identity_of_session(db, session, self.store.clock().now()).await,
                None => identity_of_member(db, viewer.account.id, viewer.member.id).await,
            }
        });
        let Ok(Ok(Some(identity))) = identity.await else { return false };
        let Ok(now) = identity.into_viewer(&self.roles, viewer.session, viewer.expires_at) else { return false };
        let may = |viewer: &Viewer| (viewer.tenant(), viewer.rows(), viewer.permissions());
        may(&now) == may(viewer)
    }
}
