//! What is kept of each request to the API: a line in the log, a span of the trace, figures.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::Response,
};
use entities::types::AccountId;
use tracing::{Instrument, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::telemetry::{figures, log};

/// Characters of a text of the client's that a line of the log shows.
const LOGGED: usize = 60;

/// What a handler knows of the request that it answered.
#[derive(Clone, Default)]
pub struct Seen {
    /// The root field, in the schema's words.
    pub operation: String,
    /// What the client calls the operation.
    pub name: String,
    /// Who asked.
    pub account: Option<AccountId>,
}

/// Cuts a text of the client's to what a line of the log may hold.
pub fn cut(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(LOGGED).collect()
}

/// The id that the request goes by in logs and in the answer.
pub fn request_id(headers: &HeaderMap) -> String {
    cut(headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default())
}

/// Observes the requests of a route. Handshakes of sockets are left to the sockets.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let span = tracing::info_span!(
        "request",
        request.id = id,
        otel.kind = "server",
        otel.name = Empty,
        http.response.status_code = Empty
    );
    // An error means that no traces are sent.
    let _ = span.set_parent(log::parent(request.headers()));
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return response;
    }
    let refused = Seen { operation: "refused".to_owned(), ..Seen::default() };
    let seen = response.extensions().get().unwrap_or(&refused);
    span.record("otel.name", &seen.operation);
    span.record("http.response.status_code", status.as_u16());
    figures::request(&seen.operation, status.as_u16(), started.elapsed());
    let _entered = span.enter();
    tracing::info!(
        operation = seen.operation,
        name = cut(&seen.name),
        account.id = seen.account.map(tracing::field::display),
        status = status.as_u16(),
        duration_ms = started.elapsed().as_secs_f64() * 1_000.0,
        "request"
    );
    response
}
