//! Reading attachments: each account its own; those of applications that the caller has been shown.

use std::collections::HashMap;

use entities::{attachment, types::AttachmentId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::access::Viewer;

/// A file of the viewer's account.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: AttachmentId,
) -> Result<Option<attachment::Model>, DbErr> {
    attachment::Entity::find_by_id(id).filter(viewer.attachments()).one(db).await
}

/// The files of applications that the caller has been shown, in one statement: by slot, then in the order in which they
/// were uploaded.
pub async fn of_applications(
    db: &impl ConnectionTrait,
    applications: &[Uuid],
) -> Result<HashMap<Uuid, Vec<attachment::Model>>, DbErr> {
    use attachment::Column;
    let rows = attachment::Entity::find()
        .filter(Column::ApplicationId.is_in(applications.iter().copied()))
        .order_by_asc(Column::ApplicationId)
        .order_by_asc(Column::Slot)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<attachment::Model>> = HashMap::new();
    for row in rows {
        if let Some(application) = row.application_id {
            found.entry(application).or_default().push(row);
        }
    }
    Ok(found)
}

/// The file that a signed link names, as long as it is there.
pub async fn by_link(db: &impl ConnectionTrait, id: AttachmentId) -> Result<Option<attachment::Model>, DbErr> {
    use attachment::Column;
    attachment::Entity::find_by_id(id)
        .filter(Column::StoredAt.is_not_null())
        .filter(Column::RemovedAt.is_null())
        .one(db)
        .await
}

/// Some files that were removed and whose bytes are to go.
pub async fn removed(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<AttachmentId>, DbErr> {
    use attachment::Column;
    attachment::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::RemovedAt.is_not_null())
        .order_by_asc(Column::RemovedAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await
}
