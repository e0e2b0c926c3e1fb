//! What keepers of the program ask: whether it lives, whether it is ready, and its figures.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::{sync::Mutex, time::timeout};

use super::Doors;
use crate::{app::App, feed::Lag, outcome::Fault, telemetry::figures};

/// How far a node may be behind the feed before it should get no requests: its subscribers would hear late.
const MAX_BEHIND: Duration = Duration::from_secs(10);

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long what was seen is good: anybody may ask, and the database is asked no more often than this.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// What was last seen of the database and the feed; whoever asks meanwhile waits for the same look.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Option<Seen>>>);

/// When, and what; nothing where the database did not answer.
type Seen = (Instant, Option<Look>);

/// Whether the program runs.
pub async fn live() -> &'static str {
    "ok"
}

/// Whether requests should come here: the database answers and has our shape, the feed is followed, and the program is
/// not going down.
pub async fn ready(State(doors): State<Doors>) -> Response {
    let going_down = doors.sockets.is_going_down();
    let (status, state) = match doors.health.look(doors.engine.app()).await {
        None => (StatusCode::SERVICE_UNAVAILABLE, json!({ "ready": false, "database": false })),
        Some(Look { pending, lag }) => {
            let ready = !going_down && pending == 0 && lag.behind <= MAX_BEHIND;
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let state = json!({
                "ready": ready, "database": true, "goingDown": going_down, "pendingMigrations": pending,
                "feed": { "behindMs": lag.behind.as_millis(), "waiting": lag.waiting },
            });
            (status, state)
        }
    };
    (status, Json(state)).into_response()
}

#[derive(Clone, Copy)]
struct Look {
    pending: usize,
    lag: Lag,
}

impl Health {
    /// None where the database does not answer.
    async fn look(&self, app: &App) -> Option<Look> {
        let mut last = self.0.lock().await;
        if let Some((at, seen)) = *last
            && at.elapsed() < GOOD_FOR
        {
            return seen;
        }
        let seen = look(app).await.inspect_err(|fault| {
            tracing::error!(fault = %fault.0, "the database does not answer");
        });
        *last = Some((Instant::now(), seen.as_ref().ok().copied()));
        seen.ok()
    }
}

async fn look(app: &App) -> Result<Look, Fault> {
    let look = async {
        let pending = app.store.pending_migrations().await?;
        Ok(Look { pending, lag: app.hub.lag().await? })
    };
    // Whoever asks must hear in time that the database does not answer.
    let looked = timeout(PATIENCE, look).await;
    looked.unwrap_or_else(|_| Err(Fault::because("it did not answer in time")))
}

/// The figures of this node, in the text that Prometheus reads.
pub async fn metrics(State(doors): State<Doors>, headers: HeaderMap) -> Response {
    let app = doors.engine.app();
    if let Some(token) = &app.settings.metrics_token {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let expected = format!("Bearer {token}");
        if aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), expected.as_bytes()).is_err() {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
        }
    }
    for (pool, open, idle) in app.store.pools() {
        figures::pool(pool, open, idle);
    }
    if let Some(Look { lag, .. }) = doors.health.look(app).await {
        figures::feed_lag(lag.waiting, lag.oldest);
    }
    let text = figures::handle().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
