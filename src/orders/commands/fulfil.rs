//! Carrying out orders: what becomes of resources.

use entities::{
    order, resource,
    types::{Amount, BillingMode, OrderStatus, OrderType, ResourceId, ResourceStatus, TransactionKind},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, sea_query::Expr};

use super::{super::rules::action_of, Shop, pay};
use crate::{
    catalogue,
    onbehalf::Operator,
    outcome::{Fault, Outcome},
    resources::{
        commands::{cancel_orders_in, save_in as save_resource_in},
        queries::lock_in,
        rules::{self, notice},
    },
    store::Tx,
};

/// Carries an order out, and completes it unless its resources are still being provided. The caller writes the order.
///
/// # Refusals
/// `NotFound`, `Status` where the resource has changed since the order was placed
pub(super) async fn fulfil_in(tx: &mut Tx, shop: &Shop, operator: &Operator, order: &mut order::Model) -> Outcome<()> {
    let waits = match order.resource_id {
        None => {
            provide_in(tx, shop, order).await?;
            shop.provisioner.takes_time()
        }
        Some(resource) => {
            change_in(tx, operator, order, resource).await?;
            false
        }
    };
    if !waits {
        order.status = OrderStatus::Completed;
        order.closed_at = Some(tx.now());
    }
    Ok(())
}

/// The months that an order buys.
fn months(order: &order::Model) -> u32 {
    order.months.map_or(0, i32::unsigned_abs)
}

/// Makes the resources of an order for something new; several are called by its name and a number.
async fn provide_in(tx: &Tx, shop: &Shop, order: &order::Model) -> Outcome<()> {
    let prepaid = rules::is_prepaid(order.billing_mode);
    let expires_at = prepaid.then(|| tx.calendar().months_after(tx.now(), months(order)));
    let name = order.name.clone().unwrap_or_else(|| order.number.clone());
    let status = if shop.provisioner.takes_time() { ResourceStatus::Creating } else { ResourceStatus::Running };
    let share = order.list_price.units() / i64::from(order.quantity.max(1));
    let rows = (1..=order.quantity).map(|number| {
        let row = resource::Model {
            id: ResourceId::new(tx.now()),
            customer_id: order.customer_id,
            order_id: order.id,
            name: if order.quantity == 1 { name.clone() } else { format!("{name}-{number}") },
            tag: order.tag.clone(),
            product_id: order.product_id.clone(),
            product_type: order.product_type,
            specification: order.specification.clone(),
            region: order.region.clone(),
            billing_mode: order.billing_mode,
            status,
            status_before: None,
            subscribed_at: tx.now(),
            effective_at: prepaid.then(|| tx.now()),
            expires_at,
            prepaid: Amount::from_units(share),
            prepaid_since: prepaid.then(|| tx.now()),
            told_days: expires_at.and_then(|end| notice(end, tx.now())),
            released_at: None,
        };
        row.into_active_model()
    });
    resource::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Changes the resource that an order is about.
async fn change_in(tx: &mut Tx, operator: &Operator, order: &order::Model, id: ResourceId) -> Outcome<()> {
    let mut row = lock_in(tx, order.customer_id, id).await?;
    let before = row.status;
    row.status = rules::decide(before, action_of(order.order_type))?;
    let now = tx.now();
    match order.order_type {
        OrderType::New => return Err(Fault::because("an order for something new is about a resource").into()),
        OrderType::Renewal => {
            let over = before == ResourceStatus::Expired || row.expires_at.is_none_or(|end| end <= now);
            let from = row.expires_at.filter(|_| !over).unwrap_or(now);
            row.effective_at = if over { Some(now) } else { row.effective_at };
            let kept = if over { Amount::ZERO } else { left_of(&row, now) };
            row.prepaid = kept.checked_add(order.list_price).unwrap_or(Amount::MAX);
            row.prepaid_since = Some(now);
            prepay(tx, &mut row, tx.calendar().months_after(from, months(order)));
        }
        OrderType::Change => {
            row.product_id.clone_from(&order.product_id);
            row.specification.clone_from(&order.specification);
            row.prepaid = left_of(&row, now).checked_add(order.list_price).unwrap_or(Amount::MAX);
            row.prepaid_since = Some(now);
        }
        OrderType::BillingModeChange if order.billing_mode == BillingMode::PayPerUse => {
            refund_in(tx, operator, order, &row).await?;
            row.billing_mode = order.billing_mode;
            (row.effective_at, row.expires_at, row.told_days) = (None, None, None);
            row.prepaid = Amount::ZERO;
            row.prepaid_since = None;
        }
        OrderType::BillingModeChange => {
            refund_in(tx, operator, order, &row).await?;
            row.billing_mode = order.billing_mode;
            row.effective_at = Some(now);
            row.prepaid = order.list_price;
            row.prepaid_since = Some(now);
            prepay(tx, &mut row, tx.calendar().months_after(now, months(order)));
        }
        OrderType::Unsubscription => {
            refund_in(tx, operator, order, &row).await?;
            row.released_at = Some(now);
            row.status_before = None;
        }
    }
    let bought_by = row.order_id;
    save_resource_in(tx, row).await?;
    if order.order_type == OrderType::Unsubscription {
        take_back_in(tx, bought_by, id).await?;
    }
    Ok(())
}

/// Sets until when a resource is paid. Notices that lie behind are not given.
fn prepay(tx: &Tx, row: &mut resource::Model, until: entities::types::Timestamp) {
    row.expires_at = Some(until);
    row.told_days = notice(until, tx.now());
}

/// What is left of what was prepaid. It is used up evenly until the end of the time that was bought, a renewal's part
/// together with what was left before it; no change of a resource makes time dearer or cheaper that has gone by.
fn left_of(row: &resource::Model, now: entities::types::Timestamp) -> Amount {
    let (Some(from), Some(until)) = (row.prepaid_since, row.expires_at) else { return Amount::ZERO };
    catalogue::rules::share(row.prepaid, until.since(now), until.since(from))
}

/// Pays back what was prepaid for time that is left. Budgets count what was bought, and stay as they are.
async fn refund_in(tx: &Tx, operator: &Operator, order: &order::Model, row: &resource::Model) -> Outcome<()> {
    let amount = catalogue::rules::to_cents(left_of(row, tx.now()));
    if amount > Amount::ZERO {
        pay::note_in(tx, operator, order.id, (TransactionKind::Refund, amount, None)).await?;
    }
    Ok(())
}

/// What follows from giving a resource up: orders about it that wait for payment are canceled, and the one that brought it
/// is unsubscribed with its last one.
async fn take_back_in(tx: &Tx, bought_by: entities::types::OrderId, resource: ResourceId) -> Outcome<()> {
    use order::Column;
    cancel_orders_in(tx, Column::ResourceId.eq(resource)).await?;
    let left = resource::Entity::find()
        .filter(resource::Column::OrderId.eq(bought_by))
        .filter(resource::Column::Status.ne(ResourceStatus::Released))
        .count(tx.db())
        .await?;
    if left == 0 {
        order::Entity::update_many()
            .col_expr(Column::Status, Expr::value(OrderStatus::Unsubscribed))
            .col_expr(Column::ClosedAt, Expr::value(Some(tx.now())))
            .filter(Column::Id.eq(bought_by))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
