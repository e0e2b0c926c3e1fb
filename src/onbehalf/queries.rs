//! For whom a session acts.

use entities::{session, types::CustomerId};
use sea_orm::{DbErr, EntityTrait, QuerySelect};

use crate::{access::Viewer, store::Store};

/// The customer to whose role the viewer's session was switched. Whether it may still act is asked with each operation.
pub async fn acting_for(store: &Store, viewer: &Viewer) -> Result<Option<CustomerId>, DbErr> {
    let Some(session) = viewer.session else { return Ok(None) };
    let found = session::Entity::find_by_id(session)
        .select_only()
        .column(session::Column::ActingFor)
        .into_tuple::<Option<CustomerId>>()
        .one(store.reader())
        .await?;
    Ok(found.flatten())
}
