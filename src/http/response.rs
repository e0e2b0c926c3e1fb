//! Responses as the GraphQL-over-HTTP draft wants them, or as events where the client accepts nothing else.

use async_graphql::Response as Executed;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    engine::{is_broken, was_not_executed},
    rates,
};
use crate::graphql::{check::Refused, errors::code, plain};

/// The media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was executed.
    GraphQl,
    /// `application/json`, for older clients: a well-formed request is answered with 200.
    Json,
    /// `text/event-stream`: what the operation yields comes as events, errors too.
    Events,
}

/// What a client accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts {
    /// For an operation with one answer.
    pub single: Media,
    /// Whether a subscription may be answered with events.
    pub events: bool,
}

/// The type of event streams.
pub const EVENT_STREAM: &str = "text/event-stream";

impl Accepts {
    /// What a client accepts; none where it accepts nothing that we have.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let (mut any, mut graphql, mut json, mut events) = (false, false, false, false);
        for value in headers.get_all(header::ACCEPT) {
            any = true;
            for range in value.to_str().unwrap_or_default().split(',') {
                let mut parts = range.split(';').map(str::trim);
                let media = parts.next().unwrap_or_default().to_ascii_lowercase();
                let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                match media.as_str() {
                    _ if refused => {}
                    "application/graphql-response+json" => graphql = true,
                    "application/json" | "application/*" | "*/*" => json = true,
                    EVENT_STREAM => events = true,
                    _ => {}
                }
            }
        }
        let single = if graphql {
            Media::GraphQl
        } else if json || !any {
            Media::Json
        } else if events {
            Media::Events
        } else {
            return None;
        };
        Some(Self { single, events })
    }
}

impl Media {
    const fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Events => EVENT_STREAM,
        }
    }
}

fn body(media: Media, status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The event that ends the events of an operation. Browsers hear only of events with data.
pub const COMPLETE: &str = "event: complete\ndata: \n\n";

/// An answer as an event. JSON has no line breaks of its own.
pub fn next(json: &str) -> String {
    format!("event: next\ndata: {json}\n\n")
}

/// An answer in its form: with events, the status is that of the stream.
fn told(media: Media, status: StatusCode, bytes: Vec<u8>) -> Response {
    if media != Media::Events {
        return body(media, status, bytes);
    }
    let events = next(&String::from_utf8_lossy(&bytes)) + COMPLETE;
    body(media, StatusCode::OK, events.into_bytes())
}

/// The response to a request that was executed, or failed in validation.
pub fn executed(media: Media, executed: &Executed) -> Response {
    if is_broken(executed) {
        let errors = json!({ "errors": executed.errors });
        return told(media, StatusCode::INTERNAL_SERVER_ERROR, errors.to_string().into_bytes());
    }
    if was_not_executed(executed) {
        let status = if media == Media::GraphQl { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let errors = json!({ "errors": executed.errors });
        return told(media, status, errors.to_string().into_bytes());
    }
    match plain::json(executed) {
        Ok(text) => told(media, StatusCode::OK, text.into_bytes()),
        Err(error) => {
            tracing::error!(%error, "a response could not be written");
            failed(media, StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, "something went wrong on our side")
        }
    }
}

/// The response to an operation that was refused before it was executed, or took too long.
pub fn refused(media: Media, refused: &Refused) -> Response {
    let status = match (media, refused.code) {
        (_, code::TOO_MANY_REQUESTS) => StatusCode::TOO_MANY_REQUESTS,
        (_, code::TIMEOUT) => StatusCode::GATEWAY_TIMEOUT,
        (_, code::UNAUTHENTICATED) => StatusCode::UNAUTHORIZED,
        (_, code::FORBIDDEN | code::DOCUMENT_NOT_TRUSTED) => StatusCode::FORBIDDEN,
        // Older clients of Apollo look into answers with 200 only.
        (
            Media::Json,
            code::PARSE_FAILED
            | code::VALIDATION_FAILED
            | code::PERSISTED_QUERY_NOT_FOUND
            | code::PERSISTED_QUERY_NOT_SUPPORTED,
        ) => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    };
    let errors = json!({ "errors": refused.errors() }).to_string().into_bytes();
    // Whoever asks too much should not take the stream for one that is open.
    let mut response = if status == StatusCode::TOO_MANY_REQUESTS && media == Media::Events {
        body(Media::Json, status, errors)
    } else {
        told(media, status, errors)
    };
    rates::tell_when(refused, response.headers_mut());
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The response to a request that is none. Its status counts in event streams, too.
pub fn failed(media: Media, status: StatusCode, code: &str, message: &str) -> Response {
    let errors = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    let media = if media == Media::Events { Media::Json } else { media };
    body(media, status, errors.to_string().into_bytes())
}

/// When it is worth a try again where all places are taken.
const FULL_PAUSE_SECS: u64 = 5;

/// The response where all places are taken.
pub fn full(message: &str) -> Response {
    let mut response = failed(Media::Json, StatusCode::SERVICE_UNAVAILABLE, code::TOO_MANY_REQUESTS, message);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(FULL_PAUSE_SECS));
    response
}

/// The response to a client that accepts nothing we have.
pub fn not_acceptable() -> Response {
    let message = "application/graphql-response+json, application/json and text/event-stream are possible";
    (StatusCode::NOT_ACCEPTABLE, message).into_response()
}
