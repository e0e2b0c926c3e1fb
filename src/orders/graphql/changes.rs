//! Placing, paying and changing at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::{BillingMode, OrderId, PeriodUnit};

use super::{
    super::{
        commands::{
            About, CancelOrder, ChangeBillingMode, ChangeSpecification, PayOrder, PlaceOrder, Purchase, Renew,
            Unsubscribe,
        },
        rules,
    },
    Order,
};
use crate::{
    access::Tenant,
    catalogue::rules as prices,
    graphql::{
        context::Asking,
        errors::{UserError, settle},
        node::{Partner, partner_by_id},
    },
    onbehalf::graphql::operator,
    outcome::{Error, Outcome, Refusal, UserErrorCode},
    resources::rules as resources,
};

/// Time that is bought ahead.
#[derive(InputObject)]
struct PeriodInput {
    /// Months or years.
    unit: PeriodUnit,
    /// How many; three years at most.
    count: i32,
}

/// What to buy.
#[derive(InputObject)]
struct PlaceOrderInput {
    /// The product, as `productCatalogue` calls it.
    product_id: String,
    /// Where; one of the product's regions.
    region: String,
    /// How it is paid; one of the product's billing modes.
    billing_mode: BillingMode,
    /// For how long; needed where it is prepaid, and only there.
    period: Option<PeriodInput>,
    /// How many, 1 to 20.
    #[graphql(default_with = "Some(1)")]
    quantity: Option<i32>,
    /// What the resource is called: 1 to 64 characters; several get numbers behind it.
    name: String,
    /// A word of one's own for it, 1 to 64 characters.
    tag: Option<String>,
    /// Pay it at once; else it waits for `payOrder`.
    #[graphql(default_with = "Some(false)")]
    pay_now: Option<bool>,
}

/// Which order.
#[derive(InputObject)]
struct OrderInput {
    /// The order.
    order_id: ID,
}

/// Which resource to give up.
#[derive(InputObject)]
struct UnsubscribeInput {
    /// The resource.
    resource_id: ID,
}

/// More time of a resource.
#[derive(InputObject)]
struct RenewInput {
    /// The resource.
    resource_id: ID,
    /// For how long.
    period: PeriodInput,
    /// Pay it at once; else it waits for `payOrder`.
    #[graphql(default_with = "Some(false)")]
    pay_now: Option<bool>,
}

/// Another specification of a resource.
#[derive(InputObject)]
struct ChangeSpecificationInput {
    /// The resource.
    resource_id: ID,
    /// The product whose specification it gets: of the same type, and to be had in its region.
    product_id: String,
    /// Pay it at once; else it waits for `payOrder`.
    #[graphql(default_with = "Some(false)")]
    pay_now: Option<bool>,
}

/// Another way of paying for a resource.
#[derive(InputObject)]
struct ChangeBillingModeInput {
    /// The resource.
    resource_id: ID,
    /// How it is to be paid.
    billing_mode: BillingMode,
    /// For how long; needed where it becomes prepaid, and only there.
    period: Option<PeriodInput>,
    /// Pay it at once; else it waits for `payOrder`.
    #[graphql(default_with = "Some(false)")]
    pay_now: Option<bool>,
}

/// An order that was placed or changed, or why not.
#[derive(SimpleObject, Default)]
struct OrderPayload {
    /// The order as it is now.
    order: Option<Order>,
    /// Whom a customer asks for more budget; given with INSUFFICIENT_BUDGET (R-CUS-39).
    partner_contact: Option<Partner>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

async fn answer(ctx: &Context<'_>, outcome: Outcome<OrderId>) -> async_graphql::Result<OrderPayload> {
    match settle(outcome)? {
        Ok(id) => Ok(OrderPayload { order: Order::by_id(ctx, id).await?, ..Default::default() }),
        Err(user_errors) => {
            let short = user_errors.iter().any(|error| error.code == UserErrorCode::InsufficientBudget);
            let partner_contact = match ctx.viewer()?.tenant() {
                Tenant::Customer(_, Some(partner)) if short => partner_by_id(ctx, partner).await?,
                _ => None,
            };
            Ok(OrderPayload { order: None, partner_contact, user_errors })
        }
    }
}

fn months(period: Option<&PeriodInput>) -> Result<Option<u32>, Error> {
    Ok(period.map(|period| prices::months(period.unit, period.count.into())).transpose()?)
}

async fn place(ctx: &Context<'_>, input: PlaceOrderInput) -> Outcome<OrderId> {
    let purchase = Purchase {
        product: input.product_id,
        region: input.region,
        billing_mode: input.billing_mode,
        quantity: prices::quantity(input.quantity.unwrap_or(1).into())?,
        months: months(input.period.as_ref())?,
        name: resources::check_name(&input.name)?,
        tag: input.tag.as_deref().map(rules::check_tag).transpose()?,
    };
    let app = ctx.app();
    let pay_now = input.pay_now.unwrap_or(false);
    app.store.execute(PlaceOrder { operator: operator(ctx)?, shop: app.shop(), purchase, pay_now }).await
}

fn parse_order(id: &ID) -> Result<OrderId, Refusal> {
    id.parse().map_err(|_| Refusal::not_found("orderId", id))
}

fn about(ctx: &Context<'_>, resource: &ID, pay_now: Option<bool>) -> Outcome<About> {
    let resource = resource.parse().map_err(|_| Refusal::not_found("resourceId", resource))?;
    Ok(About { operator: operator(ctx)?, shop: ctx.app().shop(), resource, pay_now: pay_now.unwrap_or(false) })
}

async fn pay(ctx: &Context<'_>, input: OrderInput) -> Outcome<OrderId> {
    let order = parse_order(&input.order_id)?;
    let app = ctx.app();
    app.store.execute(PayOrder { operator: operator(ctx)?, shop: app.shop(), order }).await
}

async fn cancel(ctx: &Context<'_>, input: OrderInput) -> Outcome<OrderId> {
    let order = parse_order(&input.order_id)?;
    ctx.app().store.execute(CancelOrder { operator: operator(ctx)?, order }).await
}

async fn unsubscribe(ctx: &Context<'_>, input: UnsubscribeInput) -> Outcome<OrderId> {
    let about = about(ctx, &input.resource_id, None)?;
    ctx.app().store.execute(Unsubscribe { about }).await
}

async fn renew(ctx: &Context<'_>, input: RenewInput) -> Outcome<OrderId> {
    let months = prices::months(input.period.unit, input.period.count.into())?;
    let about = about(ctx, &input.resource_id, input.pay_now)?;
    ctx.app().store.execute(Renew { about, months }).await
}

async fn change_specification(ctx: &Context<'_>, input: ChangeSpecificationInput) -> Outcome<OrderId> {
    let about = about(ctx, &input.resource_id, input.pay_now)?;
    ctx.app().store.execute(ChangeSpecification { about, product: input.product_id }).await
}

async fn change_billing_mode(ctx: &Context<'_>, input: ChangeBillingModeInput) -> Outcome<OrderId> {
    let months = months(input.period.as_ref())?;
    let about = about(ctx, &input.resource_id, input.pay_now)?;
    ctx.app().store.execute(ChangeBillingMode { about, billing_mode: input.billing_mode, months }).await
}

/// What can be ordered. A customer's member orders for its account; a partner's member for the customer to whose role it
/// switched with `switchRole`.
#[derive(Default)]
pub struct OrdersMutation;

#[Object]
impl OrdersMutation {
    /// Orders something new. What pays per use is there at once; what is prepaid waits for its payment. Refused while the
    /// account is frozen, and where the budget does not cover what is prepaid (R-CUS-30). On behalf: ECS, EVS and EIP
    /// only (R-CUS-27).
    async fn place_order(&self, ctx: &Context<'_>, input: PlaceOrderInput) -> async_graphql::Result<OrderPayload> {
        let outcome = place(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Pays an order that waits for it, by credit. From then on its list price counts towards the budget, and alerts and
    /// freezes follow from it.
    async fn pay_order(&self, ctx: &Context<'_>, input: OrderInput) -> async_graphql::Result<OrderPayload> {
        let outcome = pay(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Cancels an order that waits for its payment.
    async fn cancel_order(&self, ctx: &Context<'_>, input: OrderInput) -> async_graphql::Result<OrderPayload> {
        let outcome = cancel(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Gives a prepaid resource up before its end, also while the account is frozen (R-CORE-31); what is left of its time
    /// is paid back as credit. The budget counts what was bought, and stays as it is.
    async fn unsubscribe(&self, ctx: &Context<'_>, input: UnsubscribeInput) -> async_graphql::Result<OrderPayload> {
        let outcome = unsubscribe(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Buys more time of a prepaid resource, also of one that has expired.
    async fn renew(&self, ctx: &Context<'_>, input: RenewInput) -> async_graphql::Result<OrderPayload> {
        let outcome = renew(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Changes the specification of a resource. For a prepaid one the difference is paid for the time that is left; a
    /// lesser one pays nothing back.
    async fn change_specification(
        &self,
        ctx: &Context<'_>,
        input: ChangeSpecificationInput,
    ) -> async_graphql::Result<OrderPayload> {
        let outcome = change_specification(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Pays for a resource in another way: for time ahead, from the payment on, or per use, at once, with what is left of
    /// the prepaid time paid back.
    async fn change_billing_mode(
        &self,
        ctx: &Context<'_>,
        input: ChangeBillingModeInput,
    ) -> async_graphql::Result<OrderPayload> {
        let outcome = change_billing_mode(ctx, input).await;
        answer(ctx, outcome).await
    }
}
