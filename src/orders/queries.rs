//! Reading orders, always within the viewer's scope of customers (R-CUS-31).

use std::{collections::HashMap, sync::Arc};

use entities::{
    order, order_transaction,
    types::{OrderId, OrderStatus, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, Query},
};

use super::inputs::OrderFilter;
use crate::{
    access::{Permission, Viewer},
    customers::owners::Owners,
    resources::queries::within,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of orders.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "ordered-at", by_text: false, descending: true };

/// Orders that can still be paid.
pub fn waits(now: Timestamp) -> Condition {
    use order::Column;
    Condition::all().add(Column::Status.eq(OrderStatus::PendingPayment)).add(Column::PayUntil.gt(now))
}

/// A page of the orders in scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &OrderFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<order::Model>>, DbErr> {
    use order::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).cond_where(matching(filter, viewer));
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::CreatedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

fn matching(filter: &OrderFilter, viewer: &Viewer) -> Condition {
    use order::Column;
    let owners = Owners {
        id: filter.customer_id.map(|id| id.0),
        search: filter.customer.clone(),
        reseller: filter.reseller_id.map(|id| id.0),
    };
    owners
        .own(Column::CustomerId, viewer)
        .add_option(filter.number.as_ref().map(|number| Column::Number.eq(number.trim())))
        .add_option(filter.product_type.map(|kind| Column::ProductType.eq(kind)))
        .add_option(filter.order_type.map(|kind| Column::OrderType.eq(kind)))
        .add_option(filter.status.as_ref().map(|status| Column::Status.is_in(status.iter().copied())))
        .add_option(filter.on_behalf.map(|on_behalf| Column::OnBehalf.eq(on_behalf)))
        .add(within(Column::CreatedAt, filter.created_at.as_ref()))
        .add(within(Column::PaidAt, filter.paid_at.as_ref()))
}

/// Orders by id, as far as the viewer may see them.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[OrderId],
) -> Result<HashMap<OrderId, Arc<order::Model>>, DbErr> {
    if !viewer.permissions().allow(Permission::CustomerOrderView) {
        return Ok(HashMap::new());
    }
    let rows = order::Entity::find()
        .filter(viewer.of_customers(order::Column::CustomerId))
        .filter(order::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The movements of money of orders that the viewer was shown, oldest first.
pub async fn transactions(
    db: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<order_transaction::Model>>, DbErr> {
    use order_transaction::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(Column::At)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<OrderId, Vec<_>> = HashMap::new();
    for row in rows {
        found.entry(row.order_id).or_default().push(row);
    }
    Ok(found)
}
