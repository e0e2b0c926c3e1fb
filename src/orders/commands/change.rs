//! Orders about a resource that is there: renewing, unsubscribing, changing (O-CUS-14).

use entities::{
    order, resource,
    types::{Amount, BillingMode, OrderId, OrderType, ResourceId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    super::{
        queries,
        rules::{self, Refusal},
    },
    Draft, Shop, place, place_in,
};
use crate::{
    catalogue,
    customers::standing::Standing,
    onbehalf::{Acting, Operator},
    outcome::Outcome,
    resources::{
        queries::lock_in,
        rules::{self as resources, is_prepaid},
    },
    store::{Command, Tx},
};

/// Who orders what about which resource.
pub struct About {
    /// Who orders.
    pub operator: Operator,
    /// What orders need.
    pub shop: Shop,
    /// About which.
    pub resource: ResourceId,
    /// Whether it is paid at once.
    pub pay_now: bool,
}

impl About {
    /// The customer and the resource, both locked, if such an order can be placed now.
    ///
    /// # Refusals, first that holds
    /// those of [`Operator::acting_in`] · `NotFound` · `NotPrepaid`, `Frozen` (R-CORE-31, -32) · `Status` · `Pending`
    async fn load_in(&self, tx: &Tx, order_type: OrderType) -> Outcome<(Acting, resource::Model)> {
        let acting = self.operator.acting_in(tx).await?;
        let row = lock_in(tx, acting.customer.id, self.resource).await?;
        let action = rules::action_of(order_type);
        let level = Standing::of(&acting.customer).freeze.level();
        resources::check(level, row.billing_mode, action)?;
        resources::decide(row.status, action)?;
        let pending = order::Entity::find()
            .filter(order::Column::ResourceId.eq(row.id))
            .filter(queries::waits(tx.now()))
            .one(tx.db())
            .await?;
        match pending {
            // Giving it up takes such orders back.
            Some(pending) if order_type != OrderType::Unsubscription => Err(Refusal::Pending(pending.number).into()),
            _ => Ok((acting, row)),
        }
    }

    async fn place_in(&self, tx: &mut Tx, acting: &Acting, draft: Draft) -> Outcome<OrderId> {
        place_in(tx, &self.shop, &self.operator, acting, draft, self.pay_now).await
    }
}

/// An order about a resource that leaves it as it is, and costs nothing.
fn draft(order_type: OrderType, row: &resource::Model) -> Draft {
    Draft {
        order_type,
        product_id: row.product_id.clone(),
        product_type: row.product_type,
        specification: row.specification.clone(),
        region: row.region.clone(),
        billing_mode: row.billing_mode,
        quantity: 1,
        months: None,
        name: None,
        tag: None,
        resource: Some(row.id),
        price: Amount::ZERO,
    }
}

/// Buys more time of a prepaid resource: behind what is left, or from now on where it has expired.
///
/// # Refusals, first that holds
/// those of [`About`] · `UnknownProduct` where it is no longer sold · those of [`PlaceOrder`](super::PlaceOrder)
pub struct Renew {
    /// Which.
    pub about: About,
    /// For how long.
    pub months: u32,
}

impl Command for Renew {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let (acting, row) = self.about.load_in(tx, OrderType::Renewal).await?;
        let product = self.about.shop.product(&row.product_id)?;
        let price = place::price(product, row.billing_mode, Some(self.months), 1)?;
        let draft = Draft { months: Some(self.months), price, ..draft(OrderType::Renewal, &row) };
        self.about.place_in(tx, &acting, draft).await
    }
}

/// Gives a prepaid resource up before its end; what is left of its time is paid back.
///
/// # Refusals
/// those of [`About`]
pub struct Unsubscribe {
    /// Which.
    pub about: About,
}

impl Command for Unsubscribe {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let (acting, row) = self.about.load_in(tx, OrderType::Unsubscription).await?;
        self.about.place_in(tx, &acting, draft(OrderType::Unsubscription, &row)).await
    }
}

/// Changes the specification of a resource to that of another product of its kind. For a prepaid one the difference is
/// paid for the time that is left; a lesser one pays nothing back.
///
/// # Refusals, first that holds
/// those of [`About`] · `UnknownProduct` · `OtherType` · `SameSpecification` · `Region`, `BillingMode` · those of
/// [`PlaceOrder`](super::PlaceOrder)
pub struct ChangeSpecification {
    /// Which.
    pub about: About,
    /// The product to become.
    pub product: String,
}

impl Command for ChangeSpecification {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let (acting, row) = self.about.load_in(tx, OrderType::Change).await?;
        let new = self.about.shop.product(&self.product)?;
        if new.product_type != row.product_type {
            return Err(Refusal::OtherType { present: row.product_type, wanted: new.product_type }.into());
        }
        if new.id == row.product_id {
            return Err(Refusal::SameSpecification.into());
        }
        // No time is bought: the period that the check asks for is the one that runs.
        let running = is_prepaid(row.billing_mode).then_some(1);
        rules::check_product(new, &row.region, row.billing_mode, running)?;
        let price = match row.expires_at {
            None => Amount::ZERO,
            Some(end) => {
                let present = self.about.shop.product(&row.product_id)?.monthly.unwrap_or_default();
                catalogue::rules::upgrade_price(present, new.monthly.unwrap_or_default(), end.since(tx.now()))
            }
        };
        let draft = Draft {
            product_id: new.id.clone(),
            specification: new.specification.clone(),
            price,
            ..draft(OrderType::Change, &row)
        };
        self.about.place_in(tx, &acting, draft).await
    }
}

/// Pays for a resource in another way: for time ahead, from the payment on, or per use, at once, with what is left of the
/// prepaid time paid back.
///
/// # Refusals, first that holds
/// those of [`About`] · `SameBillingMode` · `UnknownProduct` · `BillingMode`, `PeriodNeeded`, `NoPeriod` · those of
/// [`PlaceOrder`](super::PlaceOrder)
pub struct ChangeBillingMode {
    /// Which.
    pub about: About,
    /// How it is to be paid.
    pub billing_mode: BillingMode,
    /// For how long, where that is prepaid.
    pub months: Option<u32>,
}

impl Command for ChangeBillingMode {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let (acting, row) = self.about.load_in(tx, OrderType::BillingModeChange).await?;
        if row.billing_mode == self.billing_mode {
            return Err(Refusal::SameBillingMode(self.billing_mode).into());
        }
        let product = self.about.shop.product(&row.product_id)?;
        rules::check_product(product, &row.region, self.billing_mode, self.months)?;
        let price = place::price(product, self.billing_mode, self.months, 1)?;
        let draft = Draft {
            billing_mode: self.billing_mode,
            months: self.months,
            price,
            ..draft(OrderType::BillingModeChange, &row)
        };
        self.about.place_in(tx, &acting, draft).await
    }
}
