//! The playground's files, embedded; and what it needs to know in demonstration mode.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use serde_json::{Value, json};

use super::Doors;
use crate::{accounts::commands::DEMO_PASSWORD, demo, notifications};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Files;

/// Messages that the outbox shows.
const OUTBOX_LENGTH: u64 = 100;

/// The pages.
pub fn routes() -> Router<Doors> {
    Router::new().route("/playground/config.json", get(config)).fallback(file)
}

/// What only demonstration mode has.
pub fn demo_routes() -> Router<Doors> {
    Router::new().route("/demo/outbox", get(outbox))
}

async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let Some(file) = Files::get(path) else { return (StatusCode::NOT_FOUND, "not found").into_response() };
    // The names of assets carry a hash of their content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

async fn config(State(doors): State<Doors>) -> Json<Value> {
    let settings = &doors.engine.app().settings;
    if !settings.demo {
        return Json(json!({ "demo": false, "password": null, "accounts": [] }));
    }
    let accounts: Vec<Value> = demo::cast()
        .into_iter()
        .flat_map(|account| {
            let names: Vec<Option<String>> = account.sign_in_names();
            names.into_iter().map(move |member| {
                json!({
                    "id": account.global_id(),
                    "kind": account.place.kind().word(),
                    "accountName": account.account_name,
                    "memberName": member,
                    "name": account.name,
                })
            })
        })
        .collect();
    Json(json!({ "demo": true, "password": DEMO_PASSWORD, "accounts": accounts }))
}

async fn outbox(State(doors): State<Doors>) -> Response {
    match notifications::newest(&doors.engine.app().store, OUTBOX_LENGTH).await {
        Ok(messages) => {
            let messages: Vec<Value> = messages
                .into_iter()
                .map(|message| {
                    json!({
                        "id": message.id.to_string(),
                        "channel": message.channel.word(),
                        "to": message.recipient,
                        "subject": message.subject,
                        "body": message.body,
                        "createdAt": message.created_at.to_datetime().to_rfc3339(),
                    })
                })
                .collect();
            Json(json!({ "messages": messages })).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the outbox could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
