//! Paying and canceling orders.

use entities::{
    order, order_transaction,
    types::{Amount, CustomerId, EventType, OrderId, OrderStatus, OrderTransactionId, PaymentMethod, TransactionKind},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::{
    super::{facts, rules},
    Shop, check_budget_in, deed, fulfil, save_in,
};
use crate::{
    customers::standing::Standing,
    feed,
    metering::{commands::record_one_in, rules::Charge},
    onbehalf::{self, Acting, Operator},
    outcome::{Outcome, Refusal as Reason},
    resources::rules as resources,
    store::{Command, Tx},
    traces::names,
};

/// Pays an order that waits for it, by credit: from then on it is a charge at list price.
///
/// # Refusals, first that holds
/// those of [`Operator::acting_in`] · `NotFound` · `NotPending`, also where it is paid already · `Overdue` · `Frozen` ·
/// `Product` (on behalf; R-CUS-27) · `NoBudget`, `InsufficientBudget` · where its resource has changed meanwhile, `Status`
pub struct PayOrder {
    /// Who pays.
    pub operator: Operator,
    /// What orders need.
    pub shop: Shop,
    /// Which.
    pub order: OrderId,
}

impl Command for PayOrder {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let acting = self.operator.acting_in(tx).await?;
        let mut order = lock_in(tx, acting.customer.id, self.order).await?;
        rules::check_pending(order.status)?;
        rules::check_in_time(order.pay_until, tx.now())?;
        let level = Standing::of(&acting.customer).freeze.level();
        resources::check(level, order.billing_mode, payment_of(&order))?;
        if acting.on_behalf {
            onbehalf::rules::check_product(order.product_type, order.billing_mode)?;
        }
        check_budget_in(tx, &acting, order.order_type, order.billing_mode, order.list_price).await?;
        pay_in(tx, &self.shop, &self.operator, &acting, &mut order).await?;
        save_in(tx, order).await?;
        Ok(self.order)
    }
}

/// What paying an order does, for the table of freezes.
fn payment_of(order: &order::Model) -> resources::Action {
    rules::action_of(order.order_type)
}

/// Takes the money of an order, counts it towards the budget, and carries the order out. The caller holds the customer's
/// lock, has checked, and writes the order.
pub(super) async fn pay_in(
    tx: &mut Tx,
    shop: &Shop,
    operator: &Operator,
    acting: &Acting,
    order: &mut order::Model,
) -> Outcome<()> {
    let charge_id = format!("order-{}", order.id);
    let charge = Charge {
        charge_id: charge_id.clone(),
        customer: order.customer_id,
        product_type: order.product_type.word().to_owned(),
        billing_mode: order.billing_mode,
        list_price: order.list_price,
        occurred_at: tx.now(),
        settled_monthly: false,
    };
    record_one_in(tx, charge).await?;
    let payment = (TransactionKind::Payment, order.list_price, Some(charge_id));
    note_in(tx, operator, order.id, payment).await?;
    order.amount_paid = order.list_price;
    order.paid_at = Some(tx.now());
    order.status = OrderStatus::Processing;
    let name = if acting.on_behalf { names::PAYMENT_REQUESTED } else { "payOrder" };
    operator.tell_in(tx, acting, vec![deed(name, order)]).await?;
    fulfil::fulfil_in(tx, shop, operator, order).await?;
    feed::append_in(tx, vec![facts::order_changed(EventType::OrderPaid, &acting.customer, order)]).await?;
    Ok(())
}

/// Notes a movement of an order's money.
pub(super) async fn note_in(
    tx: &Tx,
    operator: &Operator,
    order: OrderId,
    (kind, amount, charge_id): (TransactionKind, Amount, Option<String>),
) -> Result<(), DbErr> {
    let row = order_transaction::Model {
        id: OrderTransactionId::new(tx.now()),
        order_id: order,
        kind,
        method: PaymentMethod::Credit,
        amount,
        charge_id,
        at: tx.now(),
        by_member: operator.viewer.member.id,
    };
    order_transaction::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Cancels an order that waits for its payment.
///
/// # Refusals, first that holds
/// those of [`Operator::acting_in`] · `NotFound` · `NotPending`
pub struct CancelOrder {
    /// Who cancels.
    pub operator: Operator,
    /// Which.
    pub order: OrderId,
}

impl Command for CancelOrder {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let acting = self.operator.acting_in(tx).await?;
        let mut order = lock_in(tx, acting.customer.id, self.order).await?;
        rules::check_pending(order.status)?;
        order.status = OrderStatus::Canceled;
        order.closed_at = Some(tx.now());
        self.operator.tell_in(tx, &acting, vec![deed("cancelOrder", &order)]).await?;
        save_in(tx, order).await?;
        Ok(self.order)
    }
}

/// An order of a customer that the caller has locked, locked itself.
async fn lock_in(tx: &Tx, customer: CustomerId, id: OrderId) -> Outcome<order::Model> {
    let found = order::Entity::find_by_id(id)
        .filter(order::Column::CustomerId.eq(customer))
        .lock_exclusive()
        .one(tx.db())
        .await?;
    Ok(found.ok_or_else(|| Reason::not_found("orderId", &id.to_string()))?)
}
