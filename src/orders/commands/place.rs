//! Placing an order for something new.

use entities::types::{BillingMode, FreezeLevel, OrderId, OrderType};

use super::{super::rules, Draft, Shop, place_in};
use crate::{
    catalogue::{self, Product},
    customers::standing::Standing,
    onbehalf::Operator,
    outcome::{Error, Outcome},
    resources::rules::{self as resources, Action, is_prepaid},
    store::{Command, Tx},
};

/// What is to be bought, well formed.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// The product in the catalogue.
    pub product: String,
    /// Where.
    pub region: String,
    /// Paid how.
    pub billing_mode: BillingMode,
    /// How many; checked by [`catalogue::rules::quantity`].
    pub quantity: u32,
    /// For how long; checked by [`catalogue::rules::months`].
    pub months: Option<u32>,
    /// What the resources are called; checked by [`resources::check_name`].
    pub name: String,
    /// The customer's own word for them; checked by [`rules::check_tag`].
    pub tag: Option<String>,
}

/// Orders something new, for the operator's own account or on behalf of the customer to whose role it switched
/// (O-CUS-13). What pays per use is there at once; what is prepaid waits for its payment, unless it is paid with this.
///
/// # Refusals, first that holds
/// those of [`Operator::acting_in`] · `UnknownProduct`, `Region`, `BillingMode`, `PeriodNeeded`, `NoPeriod` · `Frozen`
/// (R-CORE-31, -32) · `Product` (on behalf; R-CUS-27) · `NoBudget`, `InsufficientBudget` (R-CORE-25, -26)
pub struct PlaceOrder {
    /// Who orders.
    pub operator: Operator,
    /// What orders need.
    pub shop: Shop,
    /// What.
    pub purchase: Purchase,
    /// Whether it is paid at once.
    pub pay_now: bool,
}

impl Command for PlaceOrder {
    type Output = OrderId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<OrderId> {
        let acting = self.operator.acting_in(tx).await?;
        let level = Standing::of(&acting.customer).freeze.level();
        let draft = self.draft(level)?;
        place_in(tx, &self.shop, &self.operator, &acting, draft, self.pay_now).await
    }
}

impl PlaceOrder {
    fn draft(&self, level: FreezeLevel) -> Result<Draft, Error> {
        let wanted = &self.purchase;
        let product = self.shop.product(&wanted.product)?;
        rules::check_product(product, &wanted.region, wanted.billing_mode, wanted.months)?;
        resources::check(level, wanted.billing_mode, Action::Purchase)?;
        Ok(Draft {
            order_type: OrderType::New,
            product_id: product.id.clone(),
            product_type: product.product_type,
            specification: product.specification.clone(),
            region: wanted.region.clone(),
            billing_mode: wanted.billing_mode,
            quantity: wanted.quantity,
            months: wanted.months,
            name: Some(wanted.name.clone()),
            tag: wanted.tag.clone(),
            resource: None,
            price: price(product, wanted.billing_mode, wanted.months, wanted.quantity)?,
        })
    }
}

/// What an order of a product costs now: its prepaid time, and nothing where it pays per use.
pub(super) fn price(
    product: &Product,
    mode: BillingMode,
    months: Option<u32>,
    quantity: u32,
) -> Result<entities::types::Amount, catalogue::rules::Refusal> {
    let monthly = product.monthly.filter(|_| is_prepaid(mode)).unwrap_or_default();
    catalogue::rules::prepaid_price(monthly, months.unwrap_or(0), quantity)
}
