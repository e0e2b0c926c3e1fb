//! The products, as a table that a deployment can replace.

use std::path::Path;

use entities::types::{Amount, BillingMode, ProductType};
use rust_decimal::Decimal;
use sea_orm::Iterable;

use crate::{config::table, outcome::Fault};

const BUILT_IN: &str = include_str!("catalogue.csv");

/// Most products of a catalogue, which is held in memory and answered whole.
const MAX_PRODUCTS: usize = 500;

/// Something that can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// What orders call it by; never given to another product.
    pub id: String,
    /// Its kind.
    pub product_type: ProductType,
    /// Its name.
    pub name: String,
    /// What one gets.
    pub specification: String,
    /// Where it is to be had.
    pub regions: Vec<String>,
    /// How it can be paid.
    pub billing_modes: Vec<BillingMode>,
    /// List price of an hour's use.
    pub hourly: Option<Amount>,
    /// List price of a month ahead.
    pub monthly: Option<Amount>,
    /// List price of a month of one Mbit/s at the 95th percentile.
    pub mbps_monthly: Option<Amount>,
}

/// All products.
#[derive(Debug, Clone)]
pub struct Catalogue(Vec<Product>);

impl Catalogue {
    /// The catalogue in this file, or the one that is built in.
    pub fn load(file: Option<&Path>) -> Result<Self, Fault> {
        table::load(file, BUILT_IN, Self::read)
    }

    /// Reads a catalogue: a line for each product.
    ///
    /// # Errors
    /// Where a word or price cannot be read, an id comes twice, or a way of paying has no price.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let mut products: Vec<Product> = Vec::new();
        for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
            let product = read_line(line).map_err(|what| Fault::because(format!("line {}: {what}", number + 1)))?;
            if products.iter().any(|other| other.id == product.id) {
                return Err(Fault::because(format!("line {}: {} comes twice", number + 1, product.id)));
            }
            products.push(product);
        }
        if products.len() > MAX_PRODUCTS {
            return Err(Fault::because(format!("{} products, at most {MAX_PRODUCTS} are possible", products.len())));
        }
        Ok(Self(products))
    }

    /// All products, in the order of the file.
    pub fn products(&self) -> &[Product] {
        &self.0
    }

    /// The product with this id.
    pub fn find(&self, id: &str) -> Option<&Product> {
        self.0.iter().find(|product| product.id == id)
    }
}

fn read_line(line: &str) -> Result<Product, String> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let [id, product_type, name, specification, regions, modes, hourly, monthly, mbps_monthly] = cells.as_slice()
    else {
        return Err("nine columns are needed".to_owned());
    };
    let kind = ProductType::iter().find(|kind| kind.word() == *product_type);
    let mode = |word: &str| BillingMode::iter().find(|mode| mode.word() == word);
    let product = Product {
        id: (*id).to_owned(),
        product_type: kind.ok_or_else(|| format!("{product_type} is no type of product"))?,
        name: (*name).to_owned(),
        specification: (*specification).to_owned(),
        regions: regions.split_whitespace().map(str::to_owned).collect(),
        billing_modes: modes
            .split_whitespace()
            .map(mode)
            .collect::<Option<_>>()
            .ok_or("there is no such billing mode")?,
        hourly: price(hourly)?,
        monthly: price(monthly)?,
        mbps_monthly: price(mbps_monthly)?,
    };
    if product.id.is_empty() || product.regions.is_empty() || product.billing_modes.is_empty() {
        return Err("an id, a region and a billing mode are needed".to_owned());
    }
    for mode in &product.billing_modes {
        let priced = match mode {
            BillingMode::PayPerUse => product.hourly.or(product.mbps_monthly).is_some(),
            BillingMode::YearlyMonthly | BillingMode::ReservedInstance | BillingMode::SavingsPlan => {
                product.monthly.is_some()
            }
        };
        if !priced {
            return Err(format!("{} has no price for {}", product.id, mode.word()));
        }
    }
    Ok(product)
}

fn price(cell: &str) -> Result<Option<Amount>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let value = Decimal::from_str_exact(cell).map_err(|_| format!("{cell} is no price"))?;
    Amount::parse(value, Amount::SCALE).map(Some).map_err(|error| format!("{cell} {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_has_every_kind_of_product() {
        let catalogue = Catalogue::load(None).unwrap_or_else(|fault| panic!("{}", fault.0));
        for kind in ProductType::iter() {
            assert!(catalogue.products().iter().any(|product| product.product_type == kind), "{}", kind.word());
        }
        let server = catalogue.find("ecs.s6.large.2").map(|product| product.monthly);
        assert_eq!(server, Some(Some(Amount::from_units(4_250_000_000))));
    }

    #[test]
    fn a_wrong_catalogue_is_refused() {
        let line = "id,type,name,specification,regions,billing_modes,hourly,monthly,mbps_monthly\n";
        for (text, why) in [
            ("a,CAR,A,b,r,PAY_PER_USE,1,,\n", "line 2: CAR is no type"),
            ("a,ECS,A,b,r,BARTER,1,,\n", "no such billing mode"),
            ("a,ECS,A,b,r,PAY_PER_USE,,1,\n", "a has no price for PAY_PER_USE"),
            ("a,ECS,A,b,r,YEARLY_MONTHLY,1,,\n", "a has no price for YEARLY_MONTHLY"),
            ("a,ECS,A,b,r,PAY_PER_USE,-1,,\n", "negative"),
            ("a,ECS,A,b,,PAY_PER_USE,1,,\n", "a region"),
            ("a,ECS,A,b,r,PAY_PER_USE,1,,\na,ECS,A,b,r,PAY_PER_USE,1,,\n", "line 3: a comes twice"),
            ("a,ECS\n", "nine columns"),
        ] {
            let fault = Catalogue::read(&format!("{line}{text}")).expect_err("a wrong catalogue");
            assert!(fault.0.to_string().contains(why), "{}", fault.0);
        }
    }
}
