//! Reading exports: each account its own, of the lists that the viewer may export.

use std::sync::Arc;

use entities::{
    export,
    types::{ExportId, ExportKind, ExportState, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};

use super::{commands::may_begin, lists};
use crate::{
    access::Viewer,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of exports.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "export-at", by_text: false, descending: true };

/// Those that a viewer may see: whoever may not export a list sees no export of it either (R-CORE-43).
fn visible(viewer: &Viewer) -> Condition {
    let kinds = ExportKind::iter().filter(|kind| lists::of_kind(*kind).needs().met_by(Some(viewer)));
    viewer.exports().add(export::Column::Kind.is_in(kinds))
}

/// A page of the history.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<export::Model>>, DbErr> {
    let listing = Listing {
        query: Query::select().from(export::Entity).cond_where(visible(viewer)).take(),
        sort: Expr::col(export::Column::CreatedAt),
        id: Expr::col(export::Column::Id),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<export::Entity>(store.reader()).await
}

/// An export that the viewer may see.
pub async fn by_id(db: &impl ConnectionTrait, viewer: &Viewer, id: ExportId) -> Result<Option<export::Model>, DbErr> {
    export::Entity::find_by_id(id).filter(visible(viewer)).one(db).await
}

/// Whether the file of an export can be fetched.
pub fn has_file(row: &export::Model, now: Timestamp) -> bool {
    row.state == ExportState::Done && row.expires_at.is_some_and(|until| now < until)
}

/// The export that a signed link names, as long as its file is kept.
pub async fn by_link(db: &impl ConnectionTrait, id: ExportId, now: Timestamp) -> Result<Option<export::Model>, DbErr> {
    let row = export::Entity::find_by_id(id).one(db).await?;
    Ok(row.filter(|row| has_file(row, now)))
}

/// Whether a node has something to begin; the same condition as that of [`Begin`](super::commands::Begin).
pub async fn any_to_begin(
    db: &impl ConnectionTrait,
    epoch: i64,
    running: &[ExportId],
    now: Timestamp,
) -> Result<bool, DbErr> {
    Ok(export::Entity::find().filter(may_begin(epoch, running, now)).limit(1).one(db).await?.is_some())
}

/// Some exports whose files are to go: those kept long enough, and what failed attempts have left.
pub async fn to_remove(db: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<export::Model>, DbErr> {
    use export::Column;
    export::Entity::find()
        .filter(Column::FinishedAt.is_not_null())
        .filter(Column::RemovedAt.is_null())
        .filter(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.lte(now)))
        .order_by_asc(Column::FinishedAt)
        .limit(limit)
        .all(db)
        .await
}
