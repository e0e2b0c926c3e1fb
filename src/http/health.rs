//! What keepers of the program ask: whether it lives, whether it is ready, and its figures.

use std::{future::Future, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::Doors;
use crate::{app::App, outcome::Fault, telemetry::figures};

/// How far a node may be behind the feed before it should get no requests: its subscribers would hear late.
const MAX_BEHIND: Duration = Duration::from_secs(10);

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the program runs.
pub async fn live() -> &'static str {
    "ok"
}

/// Whether requests should come here: the database answers and has our shape, the feed is followed, and the program is
/// not going down.
pub async fn ready(State(doors): State<Doors>) -> Response {
    let going_down = doors.sockets.is_going_down();
    let (status, state) = match look(doors.engine.app()).await {
        Err(fault) => {
            tracing::error!(fault = %fault.0, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "ready": false, "database": false }))
        }
        Ok(Look { pending, behind, waiting }) => {
            let ready = !going_down && pending == 0 && behind <= MAX_BEHIND;
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let state = json!({
                "ready": ready, "database": true, "goingDown": going_down, "pendingMigrations": pending,
                "feed": { "behindMs": behind.as_millis(), "waiting": waiting },
            });
            (status, state)
        }
    };
    (status, Json(state)).into_response()
}

struct Look {
    pending: usize,
    behind: Duration,
    waiting: u64,
}

async fn look(app: &App) -> Result<Look, Fault> {
    in_time(async {
        let pending = app.store.pending_migrations().await?;
        let lag = app.hub.lag().await?;
        Ok(Look { pending, behind: lag.behind, waiting: lag.waiting })
    })
    .await
}

/// Whoever asks does not wait for long, and must hear that the database does not answer.
async fn in_time<T>(look: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let looked = tokio::time::timeout(PATIENCE, look).await;
    looked.unwrap_or_else(|_| Err(Fault::because("the database did not answer in time")))
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
    match in_time(app.hub.lag()).await {
        Ok(lag) => figures::feed_lag(lag.waiting, lag.oldest),
        Err(fault) => tracing::warn!(fault = %fault.0, "the feed's lag could not be told"),
    }
    let text = figures::handle().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
