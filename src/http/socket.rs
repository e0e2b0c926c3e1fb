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
    response::Response,
};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    stream::{self, BoxStream},
};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_stream::StreamMap;
use tracing::Instrument;

use super::{
    Doors,
    documents::Params,
    ending::{Ended, Ending},
    live::Pushed,
    observe::{cut, request_id},
    places::Seat,
    protocol::{
        BAD_MESSAGE, BROKEN, Close, DUPLICATE, FORBIDDEN, FromClient, IDLE, INIT_TIMEOUT, NORMAL, NOT_INITIALISED,
        SECOND_INIT, SESSION_ENDED, TOO_MANY_BYTES, TOO_SLOW, ToClient, going_away, refusal, too_many_sockets,
    },
    response::full,
    session::{self, NoViewer},
};
use crate::{
    access::{ClientAddress, Viewer},
    config::Limits,
    graphql::{check::Refused, errors::code, plain},
    telemetry::figures,
};

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long the goodbye may take to leave.
const FAREWELL_DEADLINE: Duration = Duration::from_secs(5);
/// How long the client may take to answer it.
const ANSWER_DEADLINE: Duration = Duration::from_secs(2);
/// Bytes read at once: messages of clients are small, sockets are many.
const READ_BUFFER: usize = 4 * 1024;
/// Bytes that wait to be written together.
const WRITE_BUFFER: usize = 8 * 1024;
/// Messages that are written together.
const MOST_AT_ONCE: usize = 32;
/// Bytes that may wait to be written before a write fails.
const MAX_WRITE_BUFFER: usize = 1024 * 1024;
/// What a message counts at least among the bytes of a minute: handling it costs, however short it is.
const LEAST_COUNTED: usize = 64;
/// Bytes of a message of somebody who has not said who it is.
const MOST_BEFORE_INIT: usize = 16 * 1024;
/// Bytes of what comes with a ping, and goes back.
const MOST_ECHOED: usize = 1024;
/// Bytes of the id of an operation, which comes with each event.
const MOST_ID: usize = 128;
const MINUTE: Duration = Duration::from_secs(60);

/// Accepts a handshake.
pub fn upgrade(doors: Doors, upgrade: WebSocketUpgrade, headers: &HeaderMap, from: ClientAddress) -> Response {
    let Some(place) = doors.sockets.place() else { return full("too many sockets are open") };
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
        close(socket, Some(Close(4406, Cow::Borrowed("Subprotocol not acceptable")))).await;
        return;
    }
    // Taken before the session is looked at, so that an end in between is not missed.
    let changes = doors.engine.app().hub.access_changes();
    let shutdown = doors.sockets.shutdown().clone();
    let deadline = doors.engine.app().settings.limits.init_timeout();
    let initialised = tokio::select! {
        () = shutdown.cancelled() => Err(Some(going_away())),
        initialised = timeout(deadline, initialise(&doors, &mut socket)) => {
            initialised.unwrap_or(Err(Some(INIT_TIMEOUT)))
        }
    };
    let started = Instant::now();
    let (account, reason) = match initialised {
        Ok((viewer, seat)) => {
            figures::sockets(1.0);
            let account = viewer.account.id;
            let ending = Ending::new(doors.engine.app(), viewer.clone(), changes, &shutdown);
            let reason = Connection::new(doors, viewer, seat, from, ending).serve(&mut socket).await;
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
    close(socket, reason).await;
}

/// Says goodbye and hears the client's: what it sent and nobody read would reset the connection, and with it what the
/// client has not read yet.
async fn close(mut socket: WebSocket, reason: Option<Close>) {
    let farewell = async {
        let _ = match reason {
            Some(Close(code, reason)) => {
                let frame = CloseFrame { code, reason: reason.into_owned().into() };
                socket.send(Message::Close(Some(frame))).await
            }
            // The client said it first: its own goodbye is answered.
            None => socket.flush().await,
        };
    };
    if timeout(FAREWELL_DEADLINE, farewell).await.is_ok() {
        let _ = timeout(ANSWER_DEADLINE, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
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

fn written(message: &ToClient<'_>) -> Result<Message, Option<Close>> {
    match plain::json(message) {
        Ok(text) => Ok(Message::Text(text.into())),
        Err(error) => {
            tracing::error!(%error, "a message could not be written");
            Err(Some(BROKEN))
        }
    }
}

async fn send(socket: &mut WebSocket, limits: &Limits, message: &ToClient<'_>) -> Result<(), Option<Close>> {
    in_time(limits, socket.send(written(message)?)).await
}

/// Answers a ping, with what came along where that is little.
async fn pong(
    socket: &mut WebSocket,
    limits: &Limits,
    payload: Option<serde_json::Value>,
    size: usize,
) -> Result<(), Option<Close>> {
    let payload = payload.filter(|_| size <= MOST_ECHOED);
    send(socket, limits, &ToClient::Pong { payload }).await
}

/// Writes, with a deadline for the client to read.
async fn in_time(limits: &Limits, writing: impl Future<Output = Result<(), axum::Error>>) -> Result<(), Option<Close>> {
    match timeout(limits.write_timeout(), writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some(TOO_SLOW)),
    }
}

/// Waits for `connection_init` and its token, and finds a seat.
async fn initialise(doors: &Doors, socket: &mut WebSocket) -> Result<(Arc<Viewer>, Seat), Option<Close>> {
    let app = doors.engine.app();
    let limits = &app.settings.limits;
    loop {
        let Some(text) = text(socket.recv().await)? else { continue };
        if text.len() > MOST_BEFORE_INIT {
            return Err(Some(BAD_MESSAGE));
        }
        match parse(&text)? {
            FromClient::ConnectionInit { payload } => {
                let token = payload.and_then(|payload| payload.authorization).ok_or(Some(FORBIDDEN))?;
                let viewer = session::of_authorization(app, &token).await.map_err(|error| match error {
                    NoViewer::Anonymous | NoViewer::Refused => Some(FORBIDDEN),
                    NoViewer::Fault(fault) => {
                        tracing::error!(fault = %fault.0, "a session could not be looked up");
                        Some(BROKEN)
                    }
                })?;
                let most = limits.sockets_per_account;
                let seat = doors.sockets.seat(viewer.account.id, most).ok_or_else(|| Some(too_many_sockets(most)))?;
                send(socket, limits, &ToClient::ConnectionAck).await?;
                return Ok((viewer, seat));
            }
            FromClient::Ping { payload } => pong(socket, limits, payload, text.len()).await?,
            FromClient::Pong { .. } => {}
            FromClient::Subscribe { .. } | FromClient::Complete { .. } => return Err(Some(NOT_INITIALISED)),
        }
    }
}

/// An initialised socket.
struct Connection {
    doors: Doors,
    viewer: Arc<Viewer>,
    /// Held as long as the socket is open.
    _seat: Seat,
    from: ClientAddress,
    ending: Ending,
    operations: StreamMap<String, Operation>,
    heard: bool,
    /// When something last ran.
    ran: Instant,
    received: Received,
}

/// What came within the minute that runs.
struct Received {
    since: Instant,
    bytes: usize,
}

impl Connection {
    fn new(doors: Doors, viewer: Arc<Viewer>, seat: Seat, from: ClientAddress, ending: Ending) -> Self {
        let now = Instant::now();
        let received = Received { since: now, bytes: 0 };
        let operations = StreamMap::new();
        Self { doors, viewer, _seat: seat, from, ending, operations, heard: true, ran: now, received }
    }

    fn limits(&self) -> &Limits {
        &self.doors.engine.app().settings.limits
    }

    /// Serves until one side ends it; returns what to tell the client.
    async fn serve(mut self, socket: &mut WebSocket) -> Option<Close> {
        let every = self.limits().ping_every();
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let step = tokio::select! {
                // What ends the stream comes before what it would still tell.
                biased;
                news = self.ending.news() => self.ending.judge(news).await.map_err(|ended| Some(farewell(ended))),
                _ = ping.tick() => self.on_tick(socket).await,
                message = socket.recv() => self.on_received(socket, message).await,
                Some((id, item)) = self.operations.next(), if !self.operations.is_empty() => {
                    self.on_items(socket, &id, item).await
                }
            };
            if let Err(reason) = step {
                return reason;
            }
        }
    }

    async fn on_received(
        &mut self,
        socket: &mut WebSocket,
        message: Option<Result<Message, axum::Error>>,
    ) -> Result<(), Option<Close>> {
        self.heard = true;
        if let Some(Ok(message)) = &message {
            self.count(size(message))?;
        }
        match text(message)? {
            Some(text) => self.on_message(socket, &text).await,
            None => Ok(()),
        }
    }

    /// Counts what came within the minute.
    fn count(&mut self, bytes: usize) -> Result<(), Option<Close>> {
        let now = Instant::now();
        if now - self.received.since >= MINUTE {
            self.received = Received { since: now, bytes: 0 };
        }
        self.received.bytes += bytes.max(LEAST_COUNTED);
        if self.received.bytes > self.limits().socket_bytes_per_minute { Err(Some(TOO_MANY_BYTES)) } else { Ok(()) }
    }

    async fn on_tick(&mut self, socket: &mut WebSocket) -> Result<(), Option<Close>> {
        if !std::mem::take(&mut self.heard) {
            return Err(Some(NORMAL));
        }
        if self.operations.is_empty() && self.ran.elapsed() >= self.limits().idle_timeout() {
            return Err(Some(IDLE));
        }
        send(socket, self.limits(), &ToClient::Ping).await
    }

    async fn on_message(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), Option<Close>> {
        match parse(text)? {
            FromClient::ConnectionInit { .. } => Err(Some(SECOND_INIT)),
            FromClient::Ping { payload } => pong(socket, self.limits(), payload, text.len()).await,
            FromClient::Pong { .. } => Ok(()),
            FromClient::Complete { id } => {
                self.forget(&id);
                Ok(())
            }
            FromClient::Subscribe { id, .. } if id.len() > MOST_ID => Err(Some(BAD_MESSAGE)),
            FromClient::Subscribe { id, .. } if self.operations.contains_key(&id) => Err(Some(DUPLICATE)),
            FromClient::Subscribe { payload, .. } if !payload.has_document() => Err(Some(BAD_MESSAGE)),
            FromClient::Subscribe { id, payload } => self.subscribe(socket, id, payload).await,
        }
    }

    async fn subscribe(&mut self, socket: &mut WebSocket, id: String, params: Params) -> Result<(), Option<Close>> {
        let engine = self.doors.engine.clone();
        let limit = self.limits().operations_per_socket;
        if self.operations.len() >= limit {
            let message = format!("{limit} operations run on this socket already: complete one first");
            let refused = Refused::new(code::TOO_COMPLEX, message).with("limit", limit as u64);
            return send(socket, self.limits(), &refusal(&id, &refused)).await;
        }
        let name = cut(params.operation_name.as_deref().unwrap_or_default());
        match engine.prepare(params, Some(self.viewer.clone()), self.from, None).0 {
            Ok(prepared) => {
                tracing::info!(operation = prepared.root, name, account.id = %self.viewer.account.id, "subscribed");
                figures::subscriptions(1.0);
                let responses = engine.clone().stream(prepared).map(Some);
                let operation: Operation = responses.chain(stream::once(std::future::ready(None))).boxed();
                self.operations.insert(id, operation);
                Ok(())
            }
            Err(refused) => send(socket, self.limits(), &refusal(&id, &refused)).await,
        }
    }

    fn forget(&mut self, id: &str) {
        if self.operations.remove(id).is_some() {
            self.ran = Instant::now();
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
        in_time(self.limits(), socket.flush()).await
    }

    /// Writes an item; what is short waits to be sent with others.
    async fn on_item(&mut self, socket: &mut WebSocket, id: &str, item: Option<Pushed>) -> Result<(), Option<Close>> {
        match item {
            None => {
                self.forget(id);
                send(socket, self.limits(), &ToClient::Complete { id }).await
            }
            Some(Pushed::Text(payload)) => {
                let id = json!(id);
                let text = format!(r#"{{"type":"next","id":{id},"payload":{payload}}}"#);
                in_time(self.limits(), socket.feed(Message::Text(text.into()))).await?;
                figures::delivered();
                Ok(())
            }
            Some(Pushed::Response(response)) if never_began(&response) => {
                self.forget(id);
                send(socket, self.limits(), &ToClient::Error { id, payload: json!(response.errors) }).await
            }
            Some(Pushed::Response(response)) => {
                send(socket, self.limits(), &ToClient::Next { id, payload: &response }).await?;
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

/// Bytes of a message.
fn size(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

/// What a client is told when its stream ends.
fn farewell(ended: Ended) -> Close {
    match ended {
        Ended::GoingDown => going_away(),
        Ended::Session => SESSION_ENDED,
    }
}

/// Whether a response tells that there is nothing to subscribe to: an error of the whole, not of a field within an
/// event.
fn never_began(response: &Executed) -> bool {
    response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.len() <= 1)
}
