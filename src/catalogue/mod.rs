//! The catalogue: what customers can buy, where, how it is paid, and what it costs at list price.
//!
//! The products are data (`catalogue.csv`), built in and replaceable by a setting. Prices are without tax, which is what
//! budgets count (R-CORE-19). A product is paid ahead by the month, or by the hour of use; content delivery costs by the
//! 95th percentile of a month's bandwidth. Knows nothing of customers and orders.

pub mod graphql;
pub mod policy;
pub mod rules;
pub mod table;

pub use table::{Catalogue, Product};
