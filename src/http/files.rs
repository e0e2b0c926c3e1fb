//! Files in and out: `POST /attachments` takes one, signed links give them.
//!
//! An upload is the file itself as the body, with its name in the address, and the session's token as `Authorization`:
//! a foreign page cannot send that header without being asked for first, and is refused by its origin anyway. A download
//! asks for no session and leaves nothing to a browser but saving it: no script, no frame, no guess at what it is.

use std::{collections::HashMap, net::SocketAddr};

use axum::{
    body::Body,
    extract::{ConnectInfo, FromRequestParts, Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{
    Doors,
    observe::Seen,
    origin,
    places::NoRoom,
    request::client,
    response::{self, Media},
    session::{self, NoViewer},
};
use crate::{
    access::{ClientAddress, Kinds, Permission},
    app::App,
    attachments::{self, upload::Incoming},
    exports,
    files::{Key, LinkRefused},
    graphql::errors::{UserError, code, internal},
    outcome::{Error, Fault, UserErrorCode},
    store::uncut,
};

/// The types of bodies that a form of a foreign page could send without being asked for first.
const FORMS: [&str; 3] = ["multipart/form-data", "application/x-www-form-urlencoded", "text/plain"];

/// What an upload takes of its account's budget: as much as a page of rows.
const UPLOAD_COST: u32 = 100;

/// `POST /attachments?name=…`.
pub async fn upload(
    State(doors): State<Doors>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
    body: Body,
) -> Response {
    let mut seen = Seen { operation: "upload attachment".to_owned(), ..Seen::default() };
    let mut response = taken_in(&doors, &headers, query, body, &mut seen).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(seen);
    response
}

async fn taken_in(
    doors: &Doors,
    headers: &HeaderMap,
    mut query: HashMap<String, String>,
    body: Body,
    seen: &mut Seen,
) -> Response {
    let app = doors.engine.app();
    if !origin::is_allowed(headers, &app.settings.allowed_origins) {
        return refused(StatusCode::FORBIDDEN, code::FORBIDDEN, "pages of this origin may not upload here");
    }
    let viewer = match session::of_headers(app, headers).await {
        Ok(viewer) => viewer,
        Err(NoViewer::Anonymous | NoViewer::Refused) => {
            return refused(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, "sign in first");
        }
        Err(NoViewer::Fault(fault)) => return broken(&fault),
    };
    seen.account = Some(viewer.account.id);
    if !viewer.has_seat(Kinds::ALL, Permission::ProfileSelf) {
        return refused(StatusCode::FORBIDDEN, code::FORBIDDEN, "uploads are not open to you");
    }
    if let (Err(too_many), left) = doors.engine.budgets().of_account(viewer.account.id, UPLOAD_COST) {
        let mut response = response::refused(Media::Json, &too_many);
        left.inspect(|left| left.tell(response.headers_mut()));
        return response;
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if FORMS.contains(&media.as_str()) {
        let message = "send the file itself as the body, and its name as ?name=";
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, code::BAD_REQUEST, message);
    }
    let Some(name) = query.remove("name") else {
        return refused(StatusCode::BAD_REQUEST, code::BAD_REQUEST, "the name of the file is missing: ?name=");
    };
    let room = match doors.uploads.room(viewer.account.id) {
        Ok(room) => room,
        Err(none) => return later(none),
    };
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let patience = app.settings.limits.request_timeout();
    let incoming = Incoming { viewer, name, length, body: body.into_data_stream(), patience };
    let (store, files, settings) = (app.store.clone(), app.files.clone(), app.settings.attachments);
    // In a task of its own: when the client goes away, what has come is cleared away and nothing is left.
    let received = uncut(async move {
        let received = attachments::upload::receive(&store, &files, settings, incoming).await;
        drop(room);
        received
    });
    match received.await {
        Ok(row) => {
            let attachment = json!({
                "id": row.id.to_string(),
                "name": row.name,
                "mediaType": row.media_type,
                "size": row.size,
                "createdAt": row.created_at.to_datetime().to_rfc3339(),
            });
            answer(StatusCode::CREATED, &json!({ "attachment": attachment, "userErrors": [] }))
        }
        Err(Error::Fault(fault)) => broken(&fault),
        Err(Error::Refused(refusals)) => {
            let status = match refusals.first().map(|refusal| refusal.code) {
                Some(UserErrorCode::AttachmentTooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
                Some(UserErrorCode::TooManyRequests) => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let errors: Vec<Value> = refusals.into_iter().map(|refusal| told(&refusal.into())).collect();
            answer(status, &json!({ "attachment": null, "userErrors": errors }))
        }
    }
}

/// As a payload tells it.
fn told(error: &UserError) -> Value {
    json!({
        "code": async_graphql::resolver_utils::enum_value(error.code),
        "message": error.message,
        "field": error.field,
    })
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))];
    (status, headers, body.to_string()).into_response()
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let mut response = answer(status, &json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn broken(fault: &Fault) -> Response {
    refused(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, &internal(fault).message)
}

/// Says that an upload has no room now.
fn later(none: NoRoom) -> Response {
    let (status, code, message) = match none {
        NoRoom::OfAccount => (
            StatusCode::TOO_MANY_REQUESTS,
            code::TOO_MANY_REQUESTS,
            "too many uploads of your account run: try again soon",
        ),
        NoRoom::OfNode => (StatusCode::SERVICE_UNAVAILABLE, code::TIMEOUT, "too many uploads run: try again soon"),
    };
    let mut response = refused(status, code, message);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Where a request comes from.
#[derive(FromRequestParts)]
pub struct Caller {
    #[from_request(via(ConnectInfo))]
    peer: SocketAddr,
    headers: HeaderMap,
}

impl Caller {
    fn client(&self, doors: &Doors) -> ClientAddress {
        client(doors, self.peer, &self.headers)
    }
}

/// A file that a link names.
struct Found {
    key: Key,
    name: String,
    media_type: String,
    size: i64,
}

/// `GET /attachments/{id}?expires=…&signature=…`.
pub async fn attachment(
    State(doors): State<Doors>,
    from: Caller,
    Path(id): Path<String>,
    Query(link): Query<HashMap<String, String>>,
) -> Response {
    let app = doors.engine.app();
    let find = async || {
        let Ok(id) = id.parse() else { return Ok(None) };
        let row = attachments::queries::by_link(app.store.reader(), id).await?;
        Ok(row.map(|row| Found {
            key: attachments::key(row.id),
            name: row.name,
            media_type: row.media_type,
            size: row.size,
        }))
    };
    give(&doors, from, "download attachment", &format!("/attachments/{id}"), &link, find).await
}

/// `GET /exports/{id}?expires=…&signature=…`.
pub async fn export(
    State(doors): State<Doors>,
    from: Caller,
    Path(id): Path<String>,
    Query(link): Query<HashMap<String, String>>,
) -> Response {
    let app = doors.engine.app();
    let find = async || {
        let Ok(id) = id.parse() else { return Ok(None) };
        let row = exports::queries::by_link(app.store.reader(), id, app.store.clock().now()).await?;
        Ok(row.map(|row| Found {
            key: exports::key(&row),
            name: exports::file_name(&row, app.store.calendar()),
            media_type: exports::media_type(row.format).to_owned(),
            size: row.size.unwrap_or_default(),
        }))
    };
    give(&doors, from, "download export", &format!("/exports/{id}"), &link, find).await
}

/// What a link gives, once it was checked.
async fn give(
    doors: &Doors,
    from: Caller,
    operation: &str,
    path: &str,
    link: &HashMap<String, String>,
    find: impl AsyncFnOnce() -> Result<Option<Found>, Fault>,
) -> Response {
    let app = doors.engine.app();
    if let Err(too_many) = doors.engine.budgets().of_address(from.client(doors)).0 {
        return response::refused(Media::Json, &too_many);
    }
    let part = |name| link.get(name).map_or("", String::as_str);
    let checked = app.links.check(path, part("expires"), part("signature"), app.store.clock().now());
    let mut response = match checked {
        Err(refused @ LinkRefused::Forged) => (StatusCode::NOT_FOUND, refused.to_string()).into_response(),
        Err(refused @ LinkRefused::Expired) => (StatusCode::GONE, refused.to_string()).into_response(),
        Ok(()) => match file(app, find).await {
            Ok(Some(response)) => response,
            Ok(None) => (StatusCode::GONE, "the file is no longer there").into_response(),
            Err(fault) => (StatusCode::INTERNAL_SERVER_ERROR, internal(&fault).message).into_response(),
        },
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.extensions_mut().insert(Seen { operation: operation.to_owned(), ..Seen::default() });
    response
}

async fn file(app: &App, find: impl AsyncFnOnce() -> Result<Option<Found>, Fault>) -> Result<Option<Response>, Fault> {
    let found = tokio::time::timeout(app.settings.limits.request_timeout(), find()).await;
    let Some(found) = found.map_err(|late| Fault(Box::new(late)))?? else { return Ok(None) };
    let Some(bytes) = app.files.get(&found.key).await? else { return Ok(None) };
    let mut response = Response::new(Body::from_stream(bytes));
    let headers = response.headers_mut();
    let mut insert = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    insert(header::CONTENT_TYPE, &found.media_type);
    insert(header::CONTENT_LENGTH, &found.size.to_string());
    insert(header::CONTENT_DISPOSITION, &disposition(&found.name));
    insert(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'");
    Ok(Some(response))
}

/// What stays as it is in an encoded name (RFC 8187).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');
/// What cannot stand between quotes, nor beyond ASCII.
const QUOTED: &AsciiSet = &CONTROLS.add(b'"').add(b'\\').add(b'%');

/// To be saved, under this name; for clients that know ASCII only, with what else there is encoded.
fn disposition(name: &str) -> String {
    let plain = utf8_percent_encode(name, QUOTED);
    let exact = utf8_percent_encode(name, ENCODED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No name breaks out of its header.
        #[test]
        fn a_name_stays_within_its_quotes(name in "\\PC{1,40}") {
            let value = disposition(&name);
            prop_assert!(HeaderValue::from_str(&value).is_ok());
            prop_assert_eq!(value.matches('"').count(), 2);
        }
    }
}
