//! Placing, paying, canceling and carrying out orders (O-CUS-13, O-CUS-14).
//!
//! Each command acts for one customer, whose row it locks first ([`Operator::acting_in`]), then the order and the resource
//! that it is about.

mod change;
mod fulfil;
mod pay;
mod place;
mod unpaid;

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use entities::{
    account, order,
    types::{AccountId, Amount, BillingMode, EventType, OrderId, OrderStatus, OrderType, ProductType, ResourceId},
};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel};

pub use change::{About, ChangeBillingMode, ChangeSpecification, Renew, Unsubscribe};
pub use pay::{CancelOrder, PayOrder};
pub use place::{PlaceOrder, Purchase};
pub use unpaid::cancel_unpaid;

use super::{
    facts,
    rules::{self, Contact, Refusal, Shortage},
};
use crate::{
    catalogue::{Catalogue, Product},
    customers::standing::Standing,
    feed,
    onbehalf::{self, Acting, Deed, Operator},
    outcome::Outcome,
    resources::Provisioner,
    store::Tx,
};

/// What orders need beside the database. Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    /// What can be bought.
    pub catalogue: Arc<Catalogue>,
    /// What provides it.
    pub provisioner: Arc<dyn Provisioner>,
    /// How long an order waits for its payment.
    pub payment_time: Duration,
}

impl Shop {
    fn product(&self, id: &str) -> Result<&Product, Refusal> {
        self.catalogue.find(id).ok_or_else(|| Refusal::UnknownProduct(id.to_owned()))
    }
}

/// What an order is about, before it is one.
struct Draft {
    order_type: OrderType,
    product_id: String,
    product_type: ProductType,
    specification: String,
    region: String,
    billing_mode: BillingMode,
    quantity: u32,
    months: Option<u32>,
    name: Option<String>,
    tag: Option<String>,
    resource: Option<ResourceId>,
    price: Amount,
}

/// Places an order under the customer's lock, pays it if that is wanted, and carries it out if nothing is to be paid.
/// Freezes were looked at by the caller.
///
/// # Refusals, first that holds
/// `Product`, `BillingMode` (on behalf; R-CUS-27) · `NoBudget`, `InsufficientBudget` · those of a charge
async fn place_in(
    tx: &mut Tx,
    shop: &Shop,
    operator: &Operator,
    acting: &Acting,
    draft: Draft,
    pay_now: bool,
) -> Outcome<OrderId> {
    if acting.on_behalf {
        onbehalf::rules::check_product(draft.product_type, draft.billing_mode)?;
    }
    check_budget_in(tx, acting, draft.order_type, draft.billing_mode, draft.price).await?;
    let mut order = open(tx, shop, operator, acting, draft);
    order::Entity::insert(order.clone().into_active_model()).exec_without_returning(tx.db()).await?;
    let unsubscribes = order.order_type == OrderType::Unsubscription;
    let (name, event) = match unsubscribes {
        true => ("unsubscribe", EventType::OrderUnsubscribed),
        false => ("placeOrder", EventType::OrderPlaced),
    };
    operator.tell_in(tx, acting, vec![deed(name, &order)]).await?;
    if order.status == OrderStatus::Processing {
        fulfil::fulfil_in(tx, shop, operator, &mut order).await?;
    }
    feed::append_in(tx, vec![facts::order_changed(event, &acting.customer, &order)]).await?;
    if pay_now && order.status == OrderStatus::PendingPayment {
        pay::pay_in(tx, shop, operator, acting, &mut order).await?;
    }
    let id = order.id;
    save_in(tx, order).await?;
    Ok(id)
}

/// The row of an order: it waits for its payment, or, where there is nothing to pay, is carried out.
fn open(tx: &Tx, shop: &Shop, operator: &Operator, acting: &Acting, draft: Draft) -> order::Model {
    let id = OrderId::new(tx.now());
    let waits = draft.price > Amount::ZERO;
    let stored = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    order::Model {
        id,
        number: number(id, tx.calendar().day_of(tx.now())),
        customer_id: acting.customer.id,
        order_type: draft.order_type,
        status: if waits { OrderStatus::PendingPayment } else { OrderStatus::Processing },
        product_id: draft.product_id,
        product_type: draft.product_type,
        specification: draft.specification,
        region: draft.region,
        billing_mode: draft.billing_mode,
        quantity: stored(draft.quantity),
        months: draft.months.map(stored),
        name: draft.name,
        tag: draft.tag,
        resource_id: draft.resource,
        list_price: draft.price,
        amount_paid: Amount::ZERO,
        created_at: tx.now(),
        pay_until: waits.then(|| tx.now().plus(shop.payment_time)),
        paid_at: None,
        closed_at: None,
        placed_by_account: operator.viewer.account.id,
        placed_by_member: operator.viewer.member.id,
        on_behalf: acting.on_behalf,
    }
}

/// A number to call an order by: its day, and the random end of its id.
fn number(id: OrderId, day: NaiveDate) -> String {
    let [.., a, b, c, d, e] = *id.uuid().as_bytes();
    format!("CS{}{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}", day.format("%y%m%d"))
}

/// Whether the budget covers an order of a customer in the reseller model: one that has a partner (R-CORE-25, -26).
async fn check_budget_in(
    tx: &Tx,
    acting: &Acting,
    order_type: OrderType,
    mode: BillingMode,
    price: Amount,
) -> Outcome<()> {
    let Some(partner) = acting.customer.partner_id.filter(|_| rules::needs_budget(order_type, mode, price)) else {
        return Ok(());
    };
    let standing = Standing::of(&acting.customer).in_month(tx.month());
    let Err(shortage) = rules::check_budget(&standing, price) else { return Ok(()) };
    let contact = contact_in(tx, acting, partner).await?;
    Err(match shortage {
        Shortage::NoBudget => Refusal::NoBudget(contact).into(),
        Shortage::Left(left) => Refusal::InsufficientBudget { price, left, contact }.into(),
    })
}

/// Whom to ask for more budget (R-CUS-39).
async fn contact_in(tx: &Tx, acting: &Acting, partner: AccountId) -> Result<Contact, DbErr> {
    if acting.on_behalf {
        return Ok(Contact::InCharge);
    }
    let partner = account::Entity::find_by_id(partner).one(tx.db()).await?;
    Ok(partner.map_or(Contact::InCharge, |partner| Contact::Partner(partner.account_name)))
}

fn deed(name: &'static str, order: &order::Model) -> Deed {
    let resource = Some((order.id.to_string(), order.number.clone()));
    Deed { name, source: "orders", resource_type: "order", resource }
}

/// Writes an order that the caller has locked.
async fn save_in(tx: &Tx, order: order::Model) -> Result<(), DbErr> {
    order.into_active_model().reset_all().update(tx.db()).await?;
    Ok(())
}
