//! Charges: what a customer's use of a product costs at list price. Never changed once recorded.

use sea_orm::entity::prelude::*;

use crate::types::{Amount, BillingMode, CustomerId, Month, Timestamp};

/// One charge.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "charges")]
pub struct Model {
    /// The meter's own id: the same is recorded once, for ever.
    #[sea_orm(primary_key, auto_increment = false)]
    pub charge_id: String,
    /// Who spent.
    pub customer_id: CustomerId,
    /// On what.
    pub product_type: String,
    /// Paid how.
    pub billing_mode: BillingMode,
    /// List price without tax (R-CORE-19).
    pub list_price: Amount,
    /// When the use happened.
    pub occurred_at: Timestamp,
    /// The business month of `occurred_at`.
    pub month: Month,
    /// Settled by month, so it does not count towards this month's used budget (R-CORE-20).
    pub settled_monthly: bool,
    /// When it reached us.
    pub recorded_at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
