//! Requests as the GraphQL-over-HTTP draft writes them: POST with a JSON body, GET for queries, and the handshake of
//! sockets on the same path.

use std::{collections::HashMap, net::SocketAddr};

use async_graphql::parser::types::OperationType;
use axum::{
    body::Body,
    extract::{ConnectInfo, Query, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Doors, address,
    bodies::NotRead,
    documents::Params,
    engine::Prepared,
    events, idempotency,
    observe::Seen,
    origin,
    rates::Left,
    response::{self, Accepts, Media},
    session::{self, NoViewer},
    socket,
};
use crate::{
    access::ClientAddress,
    config::Limits,
    graphql::check::Refused,
    graphql::errors::{code, internal},
};

/// `POST /graphql`.
pub async fn post(
    State(doors): State<Doors>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(accepts) = Accepts::of(&headers) else { return response::not_acceptable() };
    let (media, from) = (accepts.single, client(&doors, peer, &headers));
    // Who does not say who it is pays before anything is read.
    let mut paid = None;
    if !headers.contains_key(header::AUTHORIZATION) {
        match doors.engine.budgets().of_address(from) {
            (Ok(()), left) => paid = left,
            (Err(nothing), left) => return told(left, response::refused(media, &nothing)),
        }
    }
    match params(&doors, media, from, &headers, body).await {
        Ok(params) => answer(&doors, accepts, &headers, from, params, Method::POST, paid).await,
        Err(not_taken) if paid.is_some() => told(paid, not_taken),
        // What is not taken cost something, too, whoever sent it.
        Err(not_taken) => match doors.engine.budgets().of_address(from) {
            (Ok(()), left) => told(left, not_taken),
            (Err(nothing), left) => told(left, response::refused(media, &nothing)),
        },
    }
}

fn told(left: Option<Left>, mut response: Response) -> Response {
    left.inspect(|left| left.tell(response.headers_mut()));
    response
}

/// What a body asks for.
async fn params(
    doors: &Doors,
    media: Media,
    from: ClientAddress,
    headers: &HeaderMap,
    body: Body,
) -> Result<Params, Response> {
    if !is_json(headers) {
        let message = "the body must be application/json";
        return Err(response::failed(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, code::BAD_REQUEST, message));
    }
    let limits = &doors.engine.app().settings.limits;
    let held = doors.bodies.read(body, from, limits).await.map_err(|not_read| refusal(media, not_read, limits))?;
    if held.bytes().iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        let message = "arrays of requests are not taken: send one operation a request";
        return Err(response::failed(media, StatusCode::BAD_REQUEST, code::BATCHING_NOT_SUPPORTED, message));
    }
    serde_json::from_slice(held.bytes())
        .map_err(|error| bad_request(media, &format!("the body is not a GraphQL request in JSON: {error}")))
}

fn refusal(media: Media, not_read: NotRead, limits: &Limits) -> Response {
    match not_read {
        NotRead::TooLarge => {
            let message = format!("the body is larger than {} bytes", limits.body_bytes);
            response::failed(media, StatusCode::PAYLOAD_TOO_LARGE, code::PAYLOAD_TOO_LARGE, &message)
        }
        NotRead::TooMany => {
            let message = "this address has too many bytes of requests on their way: wait for some answers first";
            response::refused(media, &Refused::new(code::TOO_MANY_REQUESTS, message).with("retryAfter", 1))
        }
        NotRead::Cut => bad_request(media, "the body ended too soon"),
        NotRead::TooSlow => {
            let message = "the body took too long to come";
            response::failed(media, StatusCode::REQUEST_TIMEOUT, code::TIMEOUT, message)
        }
    }
}

/// `GET /graphql`: a query in the address, or the handshake of a socket.
pub async fn get(
    State(doors): State<Doors>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    query: Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let from = client(&doors, peer, &headers);
    if headers.contains_key(header::UPGRADE) {
        if let (Err(refused), left) = doors.engine.budgets().of_address(from) {
            let mut response = response::refused(Media::Json, &refused);
            left.inspect(|left| left.tell(response.headers_mut()));
            return response;
        }
        return match upgrade {
            Ok(upgrade) if origin::is_allowed(&headers, &doors.engine.app().settings.allowed_origins) => {
                socket::upgrade(doors, upgrade, &headers, from)
            }
            Ok(_) => {
                let message = "pages of this origin may not open sockets here";
                response::failed(Media::Json, StatusCode::FORBIDDEN, code::FORBIDDEN, message)
            }
            Err(rejection) => rejection.into_response(),
        };
    }
    let Some(accepts) = Accepts::of(&headers) else { return response::not_acceptable() };
    match params_of(query.0) {
        Ok(params) => answer(&doors, accepts, &headers, from, params, Method::GET, None).await,
        Err(message) => bad_request(accepts.single, &message),
    }
}

/// Any other method.
pub async fn other_method(method: Method) -> Response {
    let message = format!("{method} is not possible here: POST an operation, or GET a query");
    let mut response = (StatusCode::METHOD_NOT_ALLOWED, message).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

impl Seen {
    /// Notes what is executed, and tells its kind.
    fn note(&mut self, prepared: &Prepared) -> OperationType {
        self.operation.clone_from(&prepared.root);
        prepared.kind
    }
}

fn bad_request(media: Media, message: &str) -> Response {
    response::failed(media, StatusCode::BAD_REQUEST, code::BAD_REQUEST, message)
}

/// Exactly JSON: the other types of a form need no preflight, so a foreign page could send them.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let is_type = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_type && parts.all(|part| part.is_empty() || part.to_ascii_lowercase().replace('"', "") == "charset=utf-8")
}

fn params_of(mut query: HashMap<String, String>) -> Result<Params, String> {
    let object = |name: &str, text: Option<String>| match text {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => serde_json::from_str(&text).map_err(|error| format!("{name} is not a JSON object: {error}")),
    };
    Ok(Params {
        query: query.remove("query"),
        document_id: query.remove("documentId"),
        operation_name: query.remove("operationName"),
        variables: object("variables", query.remove("variables"))?,
        extensions: object("extensions", query.remove("extensions"))?,
    })
}

/// Where a request comes from, behind proxies too.
pub fn client(doors: &Doors, peer: SocketAddr, headers: &HeaderMap) -> ClientAddress {
    address::of_request(peer, headers, &doors.engine.app().settings.trusted_proxies)
}

async fn answer(
    doors: &Doors,
    accepts: Accepts,
    headers: &HeaderMap,
    from: ClientAddress,
    mut params: Params,
    method: Method,
    paid: Option<Left>,
) -> Response {
    let media = accepts.single;
    if let Err(not_run) = idempotency::take_header(headers, &mut params) {
        return response::refused(media, &not_run);
    }
    let app = doors.engine.app();
    // Asked for before the session is looked at, so that an end in between is not missed.
    let changes = accepts.events.then(|| app.hub.access_changes());
    let (viewer, refused) = match session::of_headers(app, headers).await {
        Ok(viewer) => (Some(viewer), false),
        Err(NoViewer::Anonymous) => (None, false),
        Err(NoViewer::Refused) => (None, true),
        Err(NoViewer::Fault(fault)) => {
            let error = internal(&fault);
            return response::failed(media, StatusCode::SERVICE_UNAVAILABLE, code::INTERNAL, &error.message);
        }
    };
    let mut seen = Seen {
        operation: "refused".to_owned(),
        name: params.operation_name.clone().unwrap_or_default(),
        account: viewer.as_ref().map(|viewer| viewer.account.id),
    };
    let (prepared, left) = doors.engine.prepare(params, viewer.clone(), from, paid);
    let mut response = match prepared {
        Err(mut not_run) => {
            if refused && not_run.code == code::UNAUTHENTICATED {
                not_run.message = crate::accounts::tokens::TokenRefused.to_string();
            }
            response::refused(media, &not_run)
        }
        Ok(prepared) => match (seen.note(&prepared), viewer, changes) {
            (OperationType::Subscription, Some(viewer), Some(changes)) => {
                events::follow(doors, prepared, viewer, changes)
            }
            (OperationType::Subscription, ..) => {
                let message = "subscriptions need a socket (graphql-transport-ws on the same path), or events: accept \
                    text/event-stream";
                bad_request(media, message)
            }
            (OperationType::Mutation, ..) if method == Method::GET => {
                let message = "a mutation must be sent by POST";
                let mut response = response::failed(media, StatusCode::METHOD_NOT_ALLOWED, code::BAD_REQUEST, message);
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
                response
            }
            _ => match doors.engine.execute_in_time(prepared).await {
                Ok(executed) => response::executed(media, &executed),
                Err(late) => response::refused(media, &late),
            },
        },
    };
    left.inspect(|left| left.tell(response.headers_mut()));
    response.extensions_mut().insert(seen);
    response
}
