//! Reading resources, always within the viewer's scope of customers.

use std::{collections::HashMap, sync::Arc};

use entities::{
    order, resource,
    types::{BillingMode, CustomerId, OrderId, ResourceId, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SimpleExpr},
};

use super::inputs::ResourceFilter;
use crate::{
    access::{Permission, Viewer},
    customers::{begins_with, owners::Owners},
    graphql::scalars::DateTimeRange,
    outcome::{Outcome, Refusal},
    store::{
        Store, Tx,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of resources.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "subscribed-at", by_text: false, descending: true };

/// Months of resources that pay per use that a list shows unless it is asked for others (Q-CUS-05).
const LAST_MONTHS: u32 = 1;

/// A page of the resources in scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &ResourceFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<resource::Model>>, DbErr> {
    use resource::{Column, Entity};
    let since = store.calendar().months_before(store.clock().now(), LAST_MONTHS);
    let mut query = Query::select();
    query.from(Entity).cond_where(matching(filter, viewer, since));
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::SubscribedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

fn matching(filter: &ResourceFilter, viewer: &Viewer, since: Timestamp) -> Condition {
    use resource::Column;
    let owners = Owners {
        id: filter.customer_id.map(|id| id.0),
        search: filter.customer.clone(),
        reseller: filter.reseller_id.map(|id| id.0),
    };
    let recent = filter.billing_mode == Some(BillingMode::PayPerUse) && filter.subscribed_at.is_none();
    let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    owners
        .own(Column::CustomerId, viewer)
        .add_option(search.map(searched))
        .add_option(filter.billing_mode.map(|mode| Column::BillingMode.eq(mode)))
        .add_option(filter.product_type.map(|kind| Column::ProductType.eq(kind)))
        .add_option(filter.region.as_ref().map(|region| Column::Region.eq(region)))
        .add_option(filter.status.as_ref().map(|status| Column::Status.is_in(status.iter().copied())))
        .add(within(Column::EffectiveAt, filter.effective_at.as_ref()))
        .add(within(Column::ExpiresAt, filter.expires_at.as_ref()))
        .add(within(Column::SubscribedAt, filter.subscribed_at.as_ref()))
        .add_option(recent.then(|| Column::SubscribedAt.gte(since)))
        .add_option(filter.order_number.as_ref().map(|number| {
            let orders = Query::select()
                .column(order::Column::Id)
                .from(order::Entity)
                .and_where(order::Column::Number.eq(number.trim()))
                .take();
            Column::OrderId.in_subquery(orders)
        }))
}

fn searched(search: &str) -> SimpleExpr {
    use resource::{Column, Entity};
    let named = begins_with(Expr::col((Entity, Column::Name)), search);
    match search.parse::<ResourceId>() {
        Ok(id) => named.or(Column::Id.eq(id)),
        Err(_) => named,
    }
}

/// Whether a time column lies in a range.
pub fn within(column: impl ColumnTrait, range: Option<&DateTimeRange>) -> Condition {
    Condition::all()
        .add_option(range.and_then(DateTimeRange::from).map(|from| column.gte(from)))
        .add_option(range.and_then(DateTimeRange::to).map(|to| column.lt(to)))
}

/// Resources by id, as far as the viewer may see them.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ResourceId],
) -> Result<HashMap<ResourceId, Arc<resource::Model>>, DbErr> {
    if !viewer.permissions().allow(Permission::CustomerDetails) {
        return Ok(HashMap::new());
    }
    let rows = resource::Entity::find()
        .filter(viewer.of_customers(resource::Column::CustomerId))
        .filter(resource::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// The resources that orders brought, by name; as many as an order has at most, each.
pub async fn of_orders(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<Arc<resource::Model>>>, DbErr> {
    let rows = resource::Entity::find()
        .filter(viewer.of_customers(resource::Column::CustomerId))
        .filter(resource::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(resource::Column::Name)
        .order_by_asc(resource::Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<OrderId, Vec<_>> = HashMap::new();
    for row in rows {
        found.entry(row.order_id).or_default().push(Arc::new(row));
    }
    Ok(found)
}

/// A resource of a customer that the caller has locked, locked itself.
pub async fn lock_in(tx: &Tx, customer: CustomerId, id: ResourceId) -> Outcome<resource::Model> {
    let found = resource::Entity::find_by_id(id)
        .filter(resource::Column::CustomerId.eq(customer))
        .lock_exclusive()
        .one(tx.db())
        .await?;
    Ok(found.ok_or_else(|| Refusal::not_found("resourceId", &id.to_string()))?)
}
