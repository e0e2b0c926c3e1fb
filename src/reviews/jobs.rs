//! What time does to applications.

use entities::{application, types::ApplicationId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Reviews, commands::Expire};
use crate::{outcome::Outcome, store::Store};

/// Applications that one run looks at; the next run goes on.
const BATCH: u64 = 1_000;

/// Ends applications whose time is over. Returns how many were found.
pub async fn expire(store: &Store, reviews: &Reviews) -> Outcome<u64> {
    use application::Column;
    let due: Vec<ApplicationId> = application::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Expires.eq(true))
        .filter(Column::DueAt.lte(store.clock().now()))
        .order_by_asc(Column::DueAt)
        .limit(BATCH)
        .into_tuple()
        .all(store.reader())
        .await?;
    let mut failed = None;
    for id in &due {
        // One that fails does not hold up the others.
        if let Err(error) = store.execute(Expire { reviews: reviews.clone(), application: *id }).await {
            failed = Some(error);
        }
    }
    failed.map_or(Ok(due.len() as u64), Err)
}
