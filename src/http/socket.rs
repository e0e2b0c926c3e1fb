//! graphql-transport-ws: the protocol of sockets, with our own deadlines and bounds.
//!
//! One task owns a socket. It reads messages, runs up to a bounded number of operations fairly, and writes with a
//! deadline. A subscription is a cursor over the feed, so a reader that is slow holds nothing up and loses nothing: its
//! events wait in the log, not in a queue. The stream ends when the session does.

use std::{borrow::Cow, sync::Arc, time::Duration};

use async_graphql::Response as Executed;
use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    stream::{self, BoxStream},
};
use serde_json::json;
use tokio::{
    sync::{Semaphore, broadcast},
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tokio_stream::{
    StreamMap,
    wrappers::{BroadcastStream, errors::BroadcastStreamRecvError},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::{
    Doors,
    engine::{Engine, Params},
    live::Pushed,
    observe::{cut, request_id},
    protocol::{
        BAD_MESSAGE, BROKEN, Close, DUPLICATE, FORBIDDEN, FromClient, INIT_TIMEOUT, NORMAL, NOT_INITIALISED,
        SECOND_INIT, SESSION_ENDED, TOO_SLOW, ToClient, going_away, refusal,
    },
    session::{self, NoViewer},
};
use crate::{
    access::{ClientAddress, Viewer},
    feed::AccessChange,
    graphql::{errors::code, plain},
    telemetry::figures,
};

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to introduce itself.
const INIT_DEADLINE: Duration = Duration::from_secs(5);
/// How often the server asks whether the client is there.
const PING_EVERY: Duration = Duration::from_secs(25);
/// How long one message may take to leave.
const WRITE_DEADLINE: Duration = Duration::from_secs(10);
/// Bytes read at once: messages of clients are small, sockets are many.
const READ_BUFFER: usize = 4 * 1024;
/// Bytes that wait to be written together.
const WRITE_BUFFER: usize = 8 * 1024;
/// Messages that are written together.
const MOST_AT_ONCE: usize = 32;
/// Bytes that may wait to be written before a write fails.
const MAX_WRITE_BUFFER: usize = 1024 * 1024;

/// The sockets of a server: how many there may be, and how they are told to end.
#[derive(Clone)]
pub struct Sockets {
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Sockets {
    /// Room for `limit` sockets, which end with `shutdown`.
    pub fn new(limit: usize, shutdown: CancellationToken) -> Self {
        Self { places: Arc::new(Semaphore::new(limit)), tasks: TaskTracker::new(), shutdown }
    }

    /// Whether the server goes down.
    pub fn is_going_down(&self) -> bool {
        self.shutdown.is_cancelled()
    }

    /// Waits until all have ended.
    pub async fn drained(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Accepts a handshake.
pub fn upgrade(doors: Doors, upgrade: WebSocketUpgrade, headers: &HeaderMap, from: ClientAddress) -> Response {
    let Ok(place) = doors.sockets.places.clone().try_acquire_owned() else {
        return (axum::http::StatusCode::SERVICE_UNAVAILABLE, "too many sockets").into_response();
    };
    let limit = doors.engine.app().settings.limits.body_bytes;
    let span = tracing::info_span!("socket", request.id = request_id(headers));
    upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER.max(limit))
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(move |socket| async move {
            let tasks = doors.sockets.tasks.clone();
            tasks
                .spawn(
                    async move {
                        run(doors, socket, from).await;
                        drop(place);
                    }
                    .instrument(span),
                )
                .await
                .unwrap_or_else(|error| tracing::error!(%error, "a socket's task failed"));
        })
}

/// What an operation yields: responses, then its end.
type Operation = BoxStream<'static, Option<Pushed>>;

async fn run(doors: Doors, mut socket: WebSocket, from: ClientAddress) {
    if socket.protocol().is_none_or(|protocol| protocol.as_bytes() != PROTOCOL.as_bytes()) {
        close(socket, Close(4406, Cow::Borrowed("Subprotocol not acceptable"))).await;
        return;
    }
    // Taken before the session is looked at, so that an end in between is not missed.
    let changes = doors.engine.app().hub.access_changes();
    let shutdown = doors.sockets.shutdown.clone();
    let initialised = tokio::select! {
        () = shutdown.cancelled() => Err(Some(going_away())),
        initialised = timeout(INIT_DEADLINE, initialise(&doors.engine, &mut socket)) => {
            initialised.unwrap_or(Err(Some(INIT_TIMEOUT)))
        }
    };
    let started = Instant::now();
    let (account, reason) = match initialised {
        Ok(viewer) => {
            figures::sockets(1.0);
            let account = viewer.account.id;
            let reason = Connection::new(doors, viewer, from, changes).serve(&mut socket).await;
            figures::sockets(-1.0);
            (Some(account), reason)
        }
        Err(reason) => (None, reason),
    };
    tracing::info!(
        account.id = account.map(tracing::field::display),
        code = reason.as_ref().map(|Close(code, _)| code),
        duration_ms = started.elapsed().as_secs_f64() * 1_000.0,
        "socket closed"
    );
    if let Some(reason) = reason {
        close(socket, reason).await;
    }
}

async fn close(mut socket: WebSocket, Close(code, reason): Close) {
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into_owned().into() }));
    let _ = timeout(WRITE_DEADLINE, socket.send(frame)).await;
}

/// The next text; `Err(None)` where the client has gone.
fn text(message: Option<Result<Message, axum::Error>>) -> Result<Option<String>, Option<Close>> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text.to_string())),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(Some(BAD_MESSAGE)),
        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(None),
    }
}

fn parse(text: &str) -> Result<FromClient, Option<Close>> {
    serde_json::from_str(text).map_err(|_| Some(BAD_MESSAGE))
}

async fn send(socket: &mut WebSocket, message: &ToClient<'_>) -> Result<(), Option<Close>> {
    let text = plain::json(message).map_err(|error| {
        tracing::error!(%error, "a message could not be written");
        Some(BROKEN)
    })?;
    in_time(socket.send(Message::Text(text.into()))).await
}

/// Writes, with a deadline for the client to read.
async fn in_time(writing: impl Future<Output = Result<(), axum::Error>>) -> Result<(), Option<Close>> {
    match timeout(WRITE_DEADLINE, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some(TOO_SLOW)),
    }
}

/// Waits for `connection_init` and its token.
async fn initialise(engine: &Engine, socket: &mut WebSocket) -> Result<Arc<Viewer>, Option<Close>> {
    loop {
        let Some(text) = text(socket.recv().await)? else { continue };
        match parse(&text)? {
            FromClient::ConnectionInit { payload } => {
                let token = payload.and_then(|payload| payload.authorization).ok_or(Some(FORBIDDEN))?;
                let viewer = session::of_authorization(engine.app(), &token).await.map_err(|error| match error {
                    NoViewer::Anonymous | NoViewer::Refused => Some(FORBIDDEN),
                    NoViewer::Fault(fault) => {
                        tracing::error!(fault = %fault.0, "a session could not be looked up");
                        Some(BROKEN)
                    }
                })?;
                send(socket, &ToClient::ConnectionAck).await?;
                return Ok(viewer);
            }
            FromClient::Ping { payload } => send(socket, &ToClient::Pong { payload }).await?,
            FromClient::Pong { .. } => {}
            FromClient::Subscribe { .. } | FromClient::Complete { .. } => return Err(Some(NOT_INITIALISED)),
        }
    }
}

/// An initialised socket.
struct Connection {
    doors: Doors,
    viewer: Arc<Viewer>,
    from: ClientAddress,
    /// As a stream, which keeps its place among those that wait: thousands wait for the same news.
    changes: BroadcastStream<AccessChange>,
    operations: StreamMap<String, Operation>,
    heard: bool,
}

impl Connection {
    fn new(doors: Doors, viewer: Arc<Viewer>, from: ClientAddress, changes: broadcast::Receiver<AccessChange>) -> Self {
        let changes = BroadcastStream::new(changes);
        Self { doors, viewer, from, changes, operations: StreamMap::new(), heard: true }
    }

    /// Serves until one side ends it; returns what to tell the client.
    async fn serve(mut self, socket: &mut WebSocket) -> Option<Close> {
        let app = self.doors.engine.app();
        let left = self.viewer.expires_at.micros() - app.store.clock().now().micros();
        let expiry = sleep(Duration::from_micros(left.max(0).unsigned_abs()));
        tokio::pin!(expiry);
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = self.doors.sockets.shutdown.clone().cancelled_owned();
        tokio::pin!(shutdown);
        loop {
            let step = tokio::select! {
                () = &mut shutdown => Err(Some(going_away())),
                () = &mut expiry => Err(Some(SESSION_ENDED)),
                Some(change) = self.changes.next() => self.on_change(change).await,
                message = socket.recv() => match text(message) {
                    Ok(Some(text)) => self.on_message(socket, &text).await,
                    Ok(None) => { self.heard = true; Ok(()) }
                    Err(reason) => Err(reason),
                },
                Some((id, item)) = self.operations.next(), if !self.operations.is_empty() => {
                    self.on_items(socket, &id, item).await
                }
                _ = ping.tick() => self.on_tick(socket).await,
            };
            if let Err(reason) = step {
                return reason;
            }
        }
    }

    /// Ends with the session. A receiver that fell behind looks the session up instead.
    async fn on_change(&mut self, change: Result<AccessChange, BroadcastStreamRecvError>) -> Result<(), Option<Close>> {
        let concerns = match change {
            Ok(change) => change.concerns(&self.viewer),
            Err(BroadcastStreamRecvError::Lagged(_)) => !self.session_lives().await,
        };
        if concerns { Err(Some(SESSION_ENDED)) } else { Ok(()) }
    }

    async fn session_lives(&mut self) -> bool {
        let Some(session) = self.viewer.session else { return true };
        let store = &self.doors.engine.app().store;
        let now = store.clock().now();
        let found = crate::accounts::queries::identity_of_session(store.reader(), session, now).await;
        matches!(found, Ok(Some(_)))
    }

    async fn on_tick(&mut self, socket: &mut WebSocket) -> Result<(), Option<Close>> {
        if !std::mem::take(&mut self.heard) {
            return Err(Some(NORMAL));
        }
        send(socket, &ToClient::Ping).await
    }

    async fn on_message(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), Option<Close>> {
        self.heard = true;
        match parse(text)? {
            FromClient::ConnectionInit { .. } => Err(Some(SECOND_INIT)),
            FromClient::Ping { payload } => send(socket, &ToClient::Pong { payload }).await,
            FromClient::Pong { .. } => Ok(()),
            FromClient::Complete { id } => {
                self.forget(&id);
                Ok(())
            }
            FromClient::Subscribe { id, .. } if self.operations.contains_key(&id) => Err(Some(DUPLICATE)),
            FromClient::Subscribe { id, payload } => self.subscribe(socket, id, payload).await,
        }
    }

    async fn subscribe(&mut self, socket: &mut WebSocket, id: String, params: Params) -> Result<(), Option<Close>> {
        let engine = self.doors.engine.clone();
        let limit = engine.app().settings.limits.operations_per_socket;
        if self.operations.len() >= limit {
            let message = format!("{limit} operations run on this socket already: complete one first");
            return send(socket, &refusal(&id, code::TOO_COMPLEX, &message)).await;
        }
        let name = cut(params.operation_name.as_deref().unwrap_or_default());
        match engine.prepare(params, Some(self.viewer.clone()), self.from) {
            Ok(prepared) => {
                tracing::info!(operation = prepared.root, name, account.id = %self.viewer.account.id, "subscribed");
                figures::subscriptions(1.0);
                let responses = engine.clone().stream(prepared).map(Some);
                let operation: Operation = responses.chain(stream::once(std::future::ready(None))).boxed();
                self.operations.insert(id, operation);
                Ok(())
            }
            Err(refused) => send(socket, &refusal(&id, refused.code, &refused.message)).await,
        }
    }

    fn forget(&mut self, id: &str) {
        if self.operations.remove(id).is_some() {
            figures::subscriptions(-1.0);
        }
    }

    /// Sends an item, and with it those that are ready too, in one write where they fit. A bounded number, so that the
    /// client is heard and the session's end is noticed meanwhile.
    async fn on_items(&mut self, socket: &mut WebSocket, id: &str, item: Option<Pushed>) -> Result<(), Option<Close>> {
        self.on_item(socket, id, item).await?;
        for _ in 1..MOST_AT_ONCE {
            let Some(Some((id, item))) = self.operations.next().now_or_never() else { break };
            self.on_item(socket, &id, item).await?;
        }
        in_time(socket.flush()).await
    }

    /// Writes an item; what is short waits to be sent with others.
    async fn on_item(&mut self, socket: &mut WebSocket, id: &str, item: Option<Pushed>) -> Result<(), Option<Close>> {
        match item {
            None => {
                self.forget(id);
                send(socket, &ToClient::Complete { id }).await
            }
            Some(Pushed::Text(payload)) => {
                let id = json!(id);
                let text = format!(r#"{{"type":"next","id":{id},"payload":{payload}}}"#);
                in_time(socket.feed(Message::Text(text.into()))).await?;
                figures::delivered();
                Ok(())
            }
            Some(Pushed::Response(response)) if never_began(&response) => {
                self.forget(id);
                send(socket, &ToClient::Error { id, payload: json!(response.errors) }).await
            }
            Some(Pushed::Response(response)) => {
                send(socket, &ToClient::Next { id, payload: &response }).await?;
                figures::delivered();
                Ok(())
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        figures::subscriptions(-(self.operations.len() as f64));
    }
}

/// Whether a response tells that there is nothing to subscribe to: an error of the whole, not of a field within an
/// event.
fn never_began(response: &Executed) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.len() <= 1)
}
