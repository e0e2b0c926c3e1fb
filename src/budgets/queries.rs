//! Reading alerts, within the viewer's scope.

use std::{collections::HashMap, sync::Arc};

use entities::{
    budget_alert, customer,
    narrow::{Columns, Narrow, Values},
    types::{AlertId, AlertStatus, BudgetType, CustomerId, Month},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr},
};

use super::graphql::BudgetAlertFilter;
use crate::{
    access::{Tenant, Viewer},
    store::{
        Store, add_columns,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of alerts.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "alert-raised", by_text: false, descending: true };

/// Alerts of customers in scope. Those from before a customer came to the viewer's account are another partner's affair
/// (R-CORE-01).
fn joined(viewer: &Viewer) -> SelectStatement {
    let raised = Expr::col((budget_alert::Entity, budget_alert::Column::RaisedAt));
    let since = Expr::col((customer::Entity, customer::Column::AssociatedAt));
    let mine = (viewer.tenant() != Tenant::Platform).then(|| raised.gte(since));
    Query::select()
        .from(budget_alert::Entity)
        .inner_join(
            customer::Entity,
            Expr::col((customer::Entity, customer::Column::Id))
                .equals((budget_alert::Entity, budget_alert::Column::CustomerId)),
        )
        .cond_where(viewer.customers().add_option(mine))
        .take()
}

/// Whether an alert is open in `month`: one of an earlier month's budget is not, even before the turn of the month has
/// been written down (R-CORE-17).
fn is_open(month: Month) -> SimpleExpr {
    budget_alert::Column::Status
        .eq(AlertStatus::Open)
        .and(budget_alert::Column::BudgetType.eq(BudgetType::OneTime).or(budget_alert::Column::WindowMonth.gte(month)))
}

/// The same of an alert that was read.
pub fn status_in(alert: &budget_alert::Model, month: Month) -> AlertStatus {
    let turned = alert.budget_type == BudgetType::Monthly && alert.window_month < month;
    if turned { AlertStatus::Cleared } else { alert.status }
}

/// A page of alerts, newest first, and how many there are where that is asked for.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &BudgetAlertFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<budget_alert::Model>>, DbErr> {
    let month = store.calendar().month_of(store.clock().now());
    let mut query = joined(viewer);
    query.cond_where(filter_condition(filter, month));
    let listing = Listing {
        query,
        sort: Expr::col((budget_alert::Entity, budget_alert::Column::RaisedAt)),
        id: Expr::col((budget_alert::Entity, budget_alert::Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read(store.reader(), add_alert, alert).await
}

fn add_alert(query: &mut SelectStatement) {
    add_columns(query, budget_alert::Entity, Columns::<budget_alert::Entity>::ALL);
}

fn alert(values: &mut Values<'_>) -> Result<budget_alert::Model, DbErr> {
    budget_alert::Entity::read(values, Columns::ALL)
}

fn filter_condition(filter: &BudgetAlertFilter, month: Month) -> Condition {
    use budget_alert::Column;
    let mut all = Condition::all();
    match filter.status {
        Some(AlertStatus::Open) => all = all.add(is_open(month)),
        Some(AlertStatus::Cleared) => all = all.add(is_open(month).not()),
        None => {}
    }
    if let Some(reseller) = &filter.reseller_id {
        all = all.add(customer::Column::PartnerId.eq(reseller.0));
    }
    if let Some(customer) = &filter.customer_id {
        all = all.add(Column::CustomerId.eq(customer.0));
    }
    if let Some(threshold) = filter.min_threshold {
        all = all.add(Expr::col((budget_alert::Entity, Column::Threshold)).gte(threshold));
    }
    if let Some(range) = &filter.raised_at {
        if let Some(from) = range.from() {
            all = all.add(Column::RaisedAt.gte(from));
        }
        if let Some(to) = range.to() {
            all = all.add(Column::RaisedAt.lt(to));
        }
    }
    all
}

/// Alerts by id.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[AlertId],
) -> Result<HashMap<AlertId, Arc<budget_alert::Model>>, DbErr> {
    let mut query = joined(viewer);
    query.and_where(budget_alert::Column::Id.is_in(ids.iter().copied()));
    Ok(read(db, query).await?.into_iter().map(|alert| (alert.id, Arc::new(alert))).collect())
}

/// The open alerts of each of several customers, highest threshold last; three at most for each.
pub async fn open_of_customers(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    month: Month,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<Arc<budget_alert::Model>>>, DbErr> {
    let mut query = joined(viewer);
    query
        .and_where(budget_alert::Column::CustomerId.is_in(ids.iter().copied()))
        .and_where(is_open(month))
        .order_by((budget_alert::Entity, budget_alert::Column::Threshold), Order::Asc);
    let mut found: HashMap<CustomerId, Vec<_>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for alert in read(db, query).await? {
        found.entry(alert.customer_id).or_default().push(Arc::new(alert));
    }
    Ok(found)
}

async fn read(db: &impl ConnectionTrait, mut query: SelectStatement) -> Result<Vec<budget_alert::Model>, DbErr> {
    add_alert(&mut query);
    db.query_all(&query).await?.iter().map(|row| alert(&mut Values::of(row))).collect()
}
