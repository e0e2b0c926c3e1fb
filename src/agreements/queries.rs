//! Reading what a customer signed: its own.

use std::sync::Arc;

use entities::{
    agreement,
    types::{AgreementId, AgreementKind, CustomerId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    access::Viewer,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of agreements.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "signed-at", by_text: false, descending: true };

/// A page of what the viewer's account signed.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    kind: Option<AgreementKind>,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<agreement::Model>>, DbErr> {
    use agreement::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).cond_where(viewer.agreements());
    if let Some(kind) = kind {
        query.and_where(Column::Kind.eq(kind));
    }
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::SignedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// Something that the viewer's account signed.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: AgreementId,
) -> Result<Option<agreement::Model>, DbErr> {
    agreement::Entity::find_by_id(id).filter(viewer.agreements()).one(db).await
}

/// The newest version of a text that a customer signed, of its own.
pub async fn newest_signed(
    db: &impl ConnectionTrait,
    customer: CustomerId,
    kind: AgreementKind,
) -> Result<Option<i32>, DbErr> {
    use agreement::Column;
    let newest = agreement::Entity::find()
        .select_only()
        .column_as(Expr::col(Column::Version).max(), "newest")
        .filter(Column::CustomerId.eq(customer))
        .filter(Column::Kind.eq(kind))
        .into_tuple::<Option<i32>>()
        .one(db)
        .await?;
    Ok(newest.flatten())
}
