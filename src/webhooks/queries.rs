//! Reading endpoints and the log of their deliveries, each account its own; and which endpoints have something to get.

use std::sync::Arc;

use entities::{
    event,
    types::{Timestamp, WebhookEndpointId},
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    access::Viewer,
    feed::Position,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// The viewer's endpoints, oldest first.
pub async fn list(db: &impl ConnectionTrait, viewer: &Viewer) -> Result<Vec<webhook_endpoint::Model>, DbErr> {
    webhook_endpoint::Entity::find()
        .filter(viewer.webhook_endpoints())
        .order_by_asc(webhook_endpoint::Column::CreatedAt)
        .order_by_asc(webhook_endpoint::Column::Id)
        .all(db)
        .await
}

/// One of them.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: WebhookEndpointId,
) -> Result<Option<webhook_endpoint::Model>, DbErr> {
    webhook_endpoint::Entity::find_by_id(id).filter(viewer.webhook_endpoints()).one(db).await
}

/// Newest first, the one order of deliveries.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "delivery-at", by_text: false, descending: true };

/// A page of the log of an endpoint that the caller has been shown.
pub async fn deliveries(
    store: &Store,
    endpoint: WebhookEndpointId,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<webhook_delivery::Model>>, DbErr> {
    use webhook_delivery::Column;
    let of_endpoint = Condition::all().add(Column::EndpointId.eq(endpoint));
    let listing = Listing {
        query: Query::select().from(webhook_delivery::Entity).cond_where(of_endpoint).take(),
        sort: Expr::col(Column::At),
        id: Expr::col(Column::Id),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<webhook_delivery::Entity>(store.reader()).await
}

/// Pings of an endpoint since an instant.
pub async fn pings_since(
    db: &impl ConnectionTrait,
    endpoint: WebhookEndpointId,
    since: Timestamp,
) -> Result<u64, DbErr> {
    use webhook_delivery::Column;
    webhook_delivery::Entity::find()
        .filter(Column::EndpointId.eq(endpoint))
        .filter(Column::EventType.is_null())
        .filter(Column::At.gt(since))
        .count(db)
        .await
}

/// The endpoints that may go on now and have events before them, those first that waited longest. One statement; each
/// endpoint costs a look into an index. Whether its account wants those events is seen when they are read.
pub async fn due(
    db: &impl ConnectionTrait,
    head: Position,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<webhook_endpoint::Model>, DbErr> {
    use webhook_endpoint::Column;
    webhook_endpoint::Entity::find()
        .filter(Column::Enabled.eq(true))
        .filter(Column::NextAttemptAt.lte(now))
        .filter(Column::Position.lt(head.0))
        .filter(
            Condition::any()
                .add(Expr::exists(before_it(event::Column::ToDistributor)))
                .add(Expr::exists(before_it(event::Column::ToPartner))),
        )
        .order_by_asc(Column::NextAttemptAt)
        .limit(limit)
        .all(db)
        .await
}

fn before_it(to: event::Column) -> SelectStatement {
    use webhook_endpoint::{Column, Entity};
    Query::select()
        .expr(Expr::val(1))
        .from(event::Entity)
        .and_where(Expr::col((event::Entity, to)).equals((Entity, Column::AccountId)))
        .and_where(Expr::col((event::Entity, event::Column::Position)).gt(Expr::col((Entity, Column::Position))))
        .take()
}

/// Whether there are endpoints at all.
pub async fn any_enabled(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let one = webhook_endpoint::Entity::find().filter(webhook_endpoint::Column::Enabled.eq(true)).limit(1);
    Ok(one.one(db).await?.is_some())
}
