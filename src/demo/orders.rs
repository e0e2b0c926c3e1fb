//! Orders of the cast: what pays per use and runs, and something prepaid that waits for its payment. None is paid, so that
//! no budget moves.

use entities::{
    order,
    types::{BillingMode, CustomerId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{account_id, administrator};
use crate::{
    access::ClientAddress,
    app::App,
    onbehalf::Operator,
    orders::commands::{PlaceOrder, Purchase},
    outcome::Outcome,
};

/// Who ordered.
const BUYERS: [&str; 4] = ["customer-1a3", "customer-1a4", "customer-1b3", "customer-csp1-3"];

/// What each of them ordered: the product, how it is paid, how many, for how many months, and the name.
const ORDERS: [(&str, BillingMode, u32, Option<u32>, &str); 4] = [
    ("ecs.s6.large.2", BillingMode::PayPerUse, 2, None, "web"),
    ("evs.sas.100", BillingMode::PayPerUse, 1, None, "web-data"),
    ("cdn.bandwidth.95", BillingMode::PayPerUse, 1, None, "assets"),
    ("eip.bgp.5", BillingMode::YearlyMonthly, 1, Some(1), "entry"),
];

const REGION: &str = "ap-southeast-1";

/// Places them; whoever has an order already has all of them.
pub(super) async fn place(app: &App) -> Outcome<()> {
    for name in BUYERS {
        let customer: CustomerId = account_id(name);
        let has_one = order::Entity::find().filter(order::Column::CustomerId.eq(customer)).one(app.store.reader());
        if has_one.await?.is_some() {
            continue;
        }
        let operator = Operator { viewer: administrator(app, name).await?, address: ClientAddress::LOCAL };
        for (product, billing_mode, quantity, months, name) in ORDERS {
            let purchase = Purchase {
                product: product.to_owned(),
                region: REGION.to_owned(),
                billing_mode,
                quantity,
                months,
                name: name.to_owned(),
                tag: Some("shop".to_owned()),
            };
            let (operator, shop) = (operator.clone(), app.shop());
            app.store.execute(PlaceOrder { operator, shop, purchase, pay_now: false }).await?;
        }
    }
    Ok(())
}
