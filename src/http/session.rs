//! From a token to a viewer.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use entities::types::Timestamp;
use tokio::time::timeout;

use crate::{access::Viewer, accounts::queries, app::App, outcome::Fault};

/// Why there is no viewer.
#[derive(Debug)]
pub enum NoViewer {
    /// No token was given.
    Anonymous,
    /// The token is not good, or its session has ended.
    Refused,
    /// We could not look.
    Fault(Fault),
}

/// The token in `Bearer …`, as headers and `connection_init` carry it.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The viewer of an HTTP request.
pub async fn of_headers(app: &App, headers: &HeaderMap) -> Result<Arc<Viewer>, NoViewer> {
    match headers.get(header::AUTHORIZATION) {
        None => Err(NoViewer::Anonymous),
        Some(value) => of_authorization(app, value.to_str().unwrap_or_default()).await,
    }
}

/// The viewer of an `Authorization` value: one that was read within the last seconds and has not changed since, or the
/// session is looked up.
pub async fn of_authorization(app: &App, value: &str) -> Result<Arc<Viewer>, NoViewer> {
    let token = bearer(value).ok_or(NoViewer::Refused)?;
    let now = app.store.clock().now();
    if let Some(viewer) = app.viewers.get(token, now) {
        return Ok(viewer);
    }
    let looked = timeout(app.settings.limits.request_timeout(), look_up(app, token, now)).await;
    looked.unwrap_or_else(|_| Err(NoViewer::Fault(Fault::because("the session was not found in time"))))
}

async fn look_up(app: &App, token: &str, now: Timestamp) -> Result<Arc<Viewer>, NoViewer> {
    let mark = app.viewers.mark();
    let db = app.store.reader();
    let fault = |error: sea_orm::DbErr| NoViewer::Fault(error.into());
    let viewer = if let Ok(claims) = app.sign_in.keys.verify(token, now) {
        let session = claims.sid.parse().map_err(|_| NoViewer::Refused)?;
        let identity = queries::identity_of_session(db, session, now).await.map_err(fault)?;
        let identity = identity.ok_or(NoViewer::Refused)?;
        let expires_at = Timestamp::from_micros(claims.exp.saturating_mul(1_000_000));
        identity.into_viewer(&app.sign_in.roles, Some(session), expires_at)
    } else {
        let (claims, expires_at) = app.issuers.verify(token, now).await.map_err(|_| NoViewer::Refused)?;
        let member = claims.member_name.as_deref();
        let identity = queries::identity_by_name(db, &claims.account_name, member).await.map_err(fault)?;
        identity.ok_or(NoViewer::Refused)?.into_viewer(&app.sign_in.roles, None, expires_at)
    };
    let viewer = Arc::new(viewer.map_err(NoViewer::Fault)?);
    app.viewers.keep(token, &viewer, now, mark);
    Ok(viewer)
}
