//! Reading authorizations.

use std::sync::Arc;

use entities::{
    authorization,
    types::{AuthorizationStatus, CustomerId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, Query},
};

use crate::{
    access::Viewer,
    store::{
        Store, Tx,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of authorizations.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "requested-at", by_text: false, descending: true };

async fn one_in(
    tx: &Tx,
    customer: CustomerId,
    statuses: &[AuthorizationStatus],
) -> Result<Option<authorization::Model>, DbErr> {
    use authorization::Column;
    authorization::Entity::find()
        .filter(Column::CustomerId.eq(customer))
        .filter(Column::Status.is_in(statuses.iter().copied()))
        .one(tx.db())
        .await
}

/// The authorization that is asked for or holds; there is at most one. Read under the customer's lock.
pub async fn open_in(tx: &Tx, customer: CustomerId) -> Result<Option<authorization::Model>, DbErr> {
    one_in(tx, customer, &[AuthorizationStatus::PendingAcceptance, AuthorizationStatus::Accepted]).await
}

/// The authorization that holds. Read under the customer's lock.
pub async fn in_force_in(tx: &Tx, customer: CustomerId) -> Result<Option<authorization::Model>, DbErr> {
    one_in(tx, customer, &[AuthorizationStatus::Accepted]).await
}

/// The version of the authorization letter that a partner's request asks a customer to accept, of its own; none where no
/// request waits for it.
pub async fn letter_asked_for(db: &impl ConnectionTrait, customer: CustomerId) -> Result<Option<i32>, DbErr> {
    use authorization::Column;
    let version = authorization::Entity::find()
        .select_only()
        .column(Column::LetterVersion)
        .filter(Column::CustomerId.eq(customer))
        .filter(Column::Status.eq(AuthorizationStatus::PendingAcceptance))
        .into_tuple::<String>()
        .one(db)
        .await?;
    Ok(version.and_then(|version| version.parse().ok()))
}

/// A page of authorizations: the customer's own; those that were given to a partner, as far as their customers are in
/// the viewer's scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    customer: Option<CustomerId>,
    statuses: Option<&[AuthorizationStatus]>,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<authorization::Model>>, DbErr> {
    use authorization::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).cond_where(viewer.authorizations()).cond_where(
        Condition::all()
            .add_option(customer.map(|id| Column::CustomerId.eq(id)))
            .add_option(statuses.map(|statuses| Column::Status.is_in(statuses.iter().copied()))),
    );
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::RequestedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}
