//! GraphQL over Server-Sent Events, with a connection for each operation: for clients behind proxies that let no socket
//! through.
//!
//! An operation is sent as any other, by a client that accepts `text/event-stream`. What it yields comes as events `next`,
//! its end as `complete`. An event stream ends as a socket does: with its session or token it is told so and completes,
//! with the server it breaks off, and the client comes back after the time that it is told and resumes by its cursor.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{
    Doors,
    ending::{Ended, Ending},
    engine::Prepared,
    live::Pushed,
    places::Seat,
    protocol::{SESSION_ENDED, return_in_ms},
    response::{COMPLETE, EVENT_STREAM, Media, full, next, refused},
};
use crate::{
    access::Viewer,
    feed::AccessChange,
    graphql::{check::Refused, errors::code, plain},
    telemetry::figures,
};

/// A comment: it begins the stream, and keeps it alive through proxies while nothing happens.
const COMMENT: &str = ":\n\n";
/// When an account that has as many streams as it may should try again.
const SEAT_PAUSE_SECS: u64 = 5;

/// Answers a subscription with its events.
pub fn follow(
    doors: &Doors,
    prepared: Prepared,
    viewer: Arc<Viewer>,
    changes: broadcast::Receiver<AccessChange>,
) -> Response {
    let app = doors.engine.app();
    let limits = &app.settings.limits;
    let Some(place) = doors.sockets.place() else { return full("too many sockets and event streams are open") };
    let most = limits.sockets_per_account;
    let Some(seat) = doors.sockets.seat(viewer.account.id, most) else {
        let message = format!("this account has {most} sockets and event streams already: close one first");
        let told = Refused::new(code::TOO_MANY_REQUESTS, message).with("retryAfter", SEAT_PAUSE_SECS);
        return refused(Media::Events, &told);
    };
    let every = limits.ping_every();
    let open = Open::new(&prepared, &viewer, place, seat);
    let follower = Follower {
        ending: Ending::new(app, viewer, changes, doors.sockets.shutdown()),
        operation: doors.engine.clone().stream(prepared),
        alive: beats(every),
        over: false,
        _open: open,
    };
    let events = stream::unfold(follower, Follower::step);
    let begun = stream::once(std::future::ready(Ok::<_, Infallible>(Bytes::from_static(COMMENT.as_bytes()))));
    let mut response = Response::new(Body::from_stream(begun.chain(events)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What nginx would otherwise do: wait until there is enough of it.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn beats(every: Duration) -> Interval {
    let mut beats = interval_at(Instant::now() + every, every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}

/// A subscription that is followed by events.
struct Follower {
    ending: Ending,
    operation: BoxStream<'static, Pushed>,
    alive: Interval,
    over: bool,
    _open: Open,
}

impl Follower {
    /// What is sent next.
    async fn step(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let text = loop {
            tokio::select! {
                // What ends the stream comes before what it would still tell.
                biased;
                news = self.ending.news() => match self.ending.judge(news).await {
                    Ok(()) => {}
                    Err(ended) => break self.end(ended),
                },
                _ = self.alive.tick() => break COMMENT.to_owned(),
                pushed = self.operation.next() => break self.tell(pushed),
            }
        };
        Some((Ok(text.into()), self))
    }

    fn tell(&mut self, pushed: Option<Pushed>) -> String {
        let json = match pushed {
            None => {
                self.over = true;
                return COMPLETE.to_owned();
            }
            Some(Pushed::Text(json)) => next(&json),
            Some(Pushed::Response(response)) => next(&plain::json(&response).unwrap_or_default()),
        };
        figures::delivered();
        json
    }

    fn end(&mut self, ended: Ended) -> String {
        self.over = true;
        match ended {
            Ended::GoingDown => format!("retry: {}\n\n", return_in_ms()),
            Ended::Session => {
                let told = Refused::new(code::UNAUTHENTICATED, SESSION_ENDED.1);
                next(&serde_json::json!({ "errors": told.errors() }).to_string()) + COMPLETE
            }
        }
    }
}

/// What an open stream holds, and what is noted when it is closed.
struct Open {
    account: String,
    since: Instant,
    _place: OwnedSemaphorePermit,
    _seat: Seat,
}

impl Open {
    fn new(prepared: &Prepared, viewer: &Viewer, place: OwnedSemaphorePermit, seat: Seat) -> Self {
        let account = viewer.account.id.to_string();
        tracing::info!(operation = prepared.root, account.id = account, "following");
        figures::subscriptions(1.0);
        Self { account, since: Instant::now(), _place: place, _seat: seat }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        figures::subscriptions(-1.0);
        let duration_ms = self.since.elapsed().as_secs_f64() * 1_000.0;
        tracing::info!(account.id = self.account, duration_ms, "event stream closed");
    }
}
