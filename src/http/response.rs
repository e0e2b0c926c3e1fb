//! Responses as the GraphQL-over-HTTP draft wants them.

use async_graphql::Response as Executed;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::engine::{is_broken, was_not_executed};
use crate::graphql::{
    check::Refused,
    errors::code::{self},
    plain,
};

/// The media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was executed.
    GraphQl,
    /// `application/json`, for older clients: a well-formed request is answered with 200.
    Json,
}

impl Media {
    /// What a client accepts; none where it accepts neither.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut json = false;
        let mut any = false;
        for value in headers.get_all(header::ACCEPT) {
            any = true;
            for range in value.to_str().unwrap_or_default().split(',') {
                let mut parts = range.split(';').map(str::trim);
                let media = parts.next().unwrap_or_default().to_ascii_lowercase();
                let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                match media.as_str() {
                    _ if refused => {}
                    "application/graphql-response+json" => return Some(Self::GraphQl),
                    "application/json" | "application/*" | "*/*" => json = true,
                    _ => {}
                }
            }
        }
        (json || !any).then_some(Self::Json)
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
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

/// The response to a request that was executed, or failed in validation.
pub fn executed(media: Media, executed: &Executed) -> Response {
    if is_broken(executed) {
        let errors = json!({ "errors": executed.errors });
        return body(media, StatusCode::INTERNAL_SERVER_ERROR, errors.to_string().into_bytes());
    }
    if was_not_executed(executed) {
        let status = if media == Media::GraphQl { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let errors = json!({ "errors": executed.errors });
        return body(media, status, errors.to_string().into_bytes());
    }
    match plain::json(executed) {
        Ok(text) => body(media, StatusCode::OK, text.into_bytes()),
        Err(error) => {
            tracing::error!(%error, "a response could not be written");
            failed(media, StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, "something went wrong on our side")
        }
    }
}

/// The response to a document that was refused before it was executed.
pub fn refused(media: Media, refused: &Refused) -> Response {
    let status = match (media, refused.code) {
        (_, code::UNAUTHENTICATED) => StatusCode::UNAUTHORIZED,
        (Media::Json, code::PARSE_FAILED | code::VALIDATION_FAILED) => StatusCode::OK,
        (_, code::FORBIDDEN) => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    failed(media, status, refused.code, &refused.message)
}

/// The response to a request that is none.
pub fn failed(media: Media, status: StatusCode, code: &str, message: &str) -> Response {
    let errors = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    let mut response = body(media, status, errors.to_string().into_bytes());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The response to a client that accepts nothing we have.
pub fn not_acceptable() -> Response {
    let message = "application/graphql-response+json and application/json are possible";
    (StatusCode::NOT_ACCEPTABLE, message).into_response()
}
