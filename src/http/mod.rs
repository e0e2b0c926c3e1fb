//! The doors: GraphQL over HTTP, graphql-transport-ws, event streams, files, health, and the playground's files.
//!
//! The engine executes; everything that guards it is here: content types, sizes, status codes, sessions, deadlines,
//! origins, connections.

mod address;
mod bodies;
mod documents;
mod ending;
mod engine;
mod events;
mod files;
mod health;
mod idempotency;
mod live;
mod observe;
mod origin;
mod patience;
mod places;
mod playground;
mod protocol;
mod rates;
mod request;
mod response;
mod serve;
mod session;
mod socket;

use std::sync::Arc;

use axum::{
    Router,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
    middleware::from_fn,
    routing::{get, post},
};
use tower_http::{
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate},
    },
    cors::{AllowOrigin, CorsLayer},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
};

pub use engine::Engine;
pub use serve::{Server, bind};

use self::bodies::Bodies;
use crate::app::App;

/// What pages of ours may load and ask: nothing elsewhere. The editor of the playground needs inline styles, and images in
/// addresses.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What pages of ours may use of the machine: nothing but the clipboard, to copy from the editor.
const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), usb=(), clipboard-read=(self), clipboard-write=(self)";

/// What the handlers share.
#[derive(Clone)]
pub struct Doors {
    engine: Arc<Engine>,
    sockets: Arc<places::Sockets>,
    uploads: places::Uploads,
    bodies: Bodies,
    health: health::Health,
}

/// Builds the router.
pub fn router(app: App, sockets: places::Sockets) -> Router {
    let settings = app.settings.clone();
    let doors = Doors {
        engine: Arc::new(Engine::new(app)),
        sockets: Arc::new(sockets),
        uploads: places::Uploads::default(),
        bodies: Bodies::default(),
        health: health::Health::default(),
    };
    let mut router = Router::new()
        .route("/graphql", get(request::get).post(request::post).fallback(request::other_method))
        .route("/attachments", post(files::upload))
        .route("/attachments/{id}", get(files::attachment))
        .route("/exports/{id}", get(files::export))
        .route_layer(from_fn(observe::observe))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    if settings.playground() {
        router = router.merge(playground::routes());
    }
    if settings.demo {
        router = router.merge(playground::demo_routes());
    }
    let fixed = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    // The outermost first. One layer of many: the router boxes what each layer makes, and copies it for each request.
    router.with_state(doors).layer((
        SetRequestIdLayer::x_request_id(MakeRequestUuid),
        PropagateRequestIdLayer::x_request_id(),
        // Files that are given out have one of their own.
        SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ),
        fixed(header::X_FRAME_OPTIONS, "DENY"),
        fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        fixed(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
        fixed(header::REFERRER_POLICY, "no-referrer"),
        fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        cors(&settings.allowed_origins),
        CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_no_file)),
    ))
}

/// Reads bytes as the doors do, for the fuzzer.
pub(crate) fn try_messages(data: &[u8]) {
    let _ = serde_json::from_slice::<protocol::FromClient>(data);
    if let Ok(params) = serde_json::from_slice::<documents::Params>(data) {
        let _ = idempotency::Given::by(&params, "");
    }
}

/// Files are sent as they are stored: with their length, and most of them are compressed already.
fn is_no_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, idempotency::KEY])
        .expose_headers([
            header::RETRY_AFTER,
            idempotency::REPLAYED,
            HeaderName::from_static("ratelimit"),
            HeaderName::from_static("ratelimit-policy"),
            HeaderName::from_static("x-request-id"),
        ])
}
