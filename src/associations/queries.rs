//! Reading association records within the viewer's scope (Q-CUS-03).

use std::sync::Arc;

use entities::{
    association_record,
    types::{AssociationPurpose, AssociationRecordId, AssociationRecordStatus, CustomerId, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, Query},
};

use crate::{
    access::Viewer,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of records.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "association-requested-at", by_text: false, descending: true };

/// Which records a list holds.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Beginning or end.
    pub purpose: Option<AssociationPurpose>,
    /// How far they have come.
    pub statuses: Option<Vec<AssociationRecordStatus>>,
    /// Those of a customer.
    pub customer: Option<CustomerId>,
    /// Asked for at or after this.
    pub from: Option<Timestamp>,
    /// Asked for before this.
    pub to: Option<Timestamp>,
}

/// A page of the records in scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &RecordFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<association_record::Model>>, DbErr> {
    use association_record::{Column, Entity};
    let matching = Condition::all()
        .add_option(filter.purpose.map(|purpose| Column::Purpose.eq(purpose)))
        .add_option(filter.statuses.as_ref().map(|statuses| Column::Status.is_in(statuses.iter().copied())))
        .add_option(filter.customer.map(|customer| Column::CustomerId.eq(customer)))
        .add_option(filter.from.map(|from| Column::RequestedAt.gte(from)))
        .add_option(filter.to.map(|to| Column::RequestedAt.lt(to)));
    let listing = Listing {
        query: Query::select().from(Entity).cond_where(viewer.association_records()).cond_where(matching).take(),
        sort: Expr::col((Entity, Column::RequestedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// A record in scope, by id.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: AssociationRecordId,
) -> Result<Option<Arc<association_record::Model>>, DbErr> {
    let row = association_record::Entity::find_by_id(id).filter(viewer.association_records()).one(db).await?;
    Ok(row.map(Arc::new))
}
