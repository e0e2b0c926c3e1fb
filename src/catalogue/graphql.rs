//! The catalogue at the API.

use async_graphql::{Context, InputObject, Object};
use entities::types::{Amount, BillingMode, ProductType};

use super::{Product, rules};
use crate::graphql::{
    context::Asking,
    errors::{code, coded},
    scalars::Decimal,
};

/// Something that can be bought, at list price.
pub struct CatalogueProduct(Product);

/// Something that can be bought, at list price in USD without tax.
#[Object]
impl CatalogueProduct {
    /// What `placeOrder` calls it by.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// Its kind.
    #[graphql(name = "type")]
    async fn product_type(&self) -> ProductType {
        self.0.product_type
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What one gets.
    async fn specification(&self) -> &str {
        &self.0.specification
    }

    /// Where it is to be had.
    async fn regions(&self) -> &[String] {
        &self.0.regions
    }

    /// How it can be paid.
    async fn billing_modes(&self) -> &[BillingMode] {
        &self.0.billing_modes
    }

    /// The price of an hour's use; null where it does not pay per hour.
    async fn hourly_price(&self) -> Option<Decimal> {
        self.0.hourly.map(Decimal::from)
    }

    /// The price of a month ahead; null where it cannot be prepaid. A year is twelve of them.
    async fn monthly_price(&self) -> Option<Decimal> {
        self.0.monthly.map(Decimal::from)
    }

    /// The price of a month of one Mbit/s at the 95th percentile, which is settled by month; null for other products.
    async fn price_per_mbps(&self) -> Option<Decimal> {
        self.0.mbps_monthly.map(Decimal::from)
    }

    /// What a month of bandwidth costs: samples in Mbit/s, one for every five minutes, up to 8,928; the largest 5 % do
    /// not count. Null for products that are not settled so.
    async fn price_of_bandwidth(&self, samples: Vec<Decimal>) -> async_graphql::Result<Option<Decimal>> {
        let Some(price) = self.0.mbps_monthly else { return Ok(None) };
        let wrong = |message: String| coded(code::BAD_USER_INPUT, message);
        let price = rules::bandwidth_price(price, &bits_of(&samples).map_err(wrong)?);
        price.map(|price| Some(price.into())).map_err(|refusal| wrong(refusal.to_string()))
    }
}

/// Samples of a month of 31 days, one for every five minutes.
const MAX_SAMPLES: usize = 31 * 24 * 12;

/// A month's samples in Mbit/s, as bits a second.
///
/// # Errors
/// in words, where there are more than a month has, or one is no bandwidth
pub fn bits_of(samples: &[Decimal]) -> Result<Vec<u64>, String> {
    if samples.len() > MAX_SAMPLES {
        return Err(format!("{} samples given, a month has at most {MAX_SAMPLES}", samples.len()));
    }
    samples.iter().map(|sample| bits_a_second(*sample)).collect()
}

/// Bits a second of a sample in Mbit/s, exact to one bit.
fn bits_a_second(sample: Decimal) -> Result<u64, String> {
    let amount = Amount::parse(sample.0, 6).map_err(|error| format!("the sample {} {error}", sample.0))?;
    // An amount has two places more than a Mbit/s has bits.
    Ok(amount.units().unsigned_abs() / 100)
}

/// Which products.
#[derive(InputObject, Default)]
struct ProductFilter {
    /// Of this kind.
    #[graphql(name = "type")]
    product_type: Option<ProductType>,
    /// To be had here.
    region: Option<String>,
    /// That can be paid so.
    billing_mode: Option<BillingMode>,
    /// With this in their id, name or specification, case aside.
    search: Option<String>,
}

impl ProductFilter {
    fn picks(&self, product: &Product) -> bool {
        let has = |text: &str, part: &str| text.to_lowercase().contains(part);
        self.product_type.is_none_or(|kind| kind == product.product_type)
            && self.region.as_ref().is_none_or(|region| product.regions.contains(region))
            && self.billing_mode.is_none_or(|mode| product.billing_modes.contains(&mode))
            && self.search.as_deref().map(|search| search.trim().to_lowercase()).is_none_or(|part| {
                [&product.id, &product.name, &product.specification].iter().any(|text| has(text, &part))
            })
    }
}

/// The catalogue's queries.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// What can be bought, at list price; 500 products at most.
    async fn product_catalogue(&self, ctx: &Context<'_>, filter: Option<ProductFilter>) -> Vec<CatalogueProduct> {
        let filter = filter.unwrap_or_default();
        let products = ctx.app().catalogue.products().iter().filter(|product| filter.picks(product));
        products.cloned().map(CatalogueProduct).collect()
    }
}
