//! Resources: what orders brought to customers.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{Amount, BillingMode, CustomerId, OrderId, ProductType, ResourceId, ResourceStatus, Timestamp},
};

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resources")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResourceId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The order that brought it.
    pub order_id: OrderId,
    /// What the customer calls it.
    pub name: String,
    /// The customer's own word for it.
    pub tag: Option<String>,
    /// The product in the catalogue.
    pub product_id: String,
    /// Its kind.
    pub product_type: ProductType,
    /// Its specification.
    pub specification: String,
    /// Where.
    pub region: String,
    /// Paid how.
    pub billing_mode: BillingMode,
    /// Where it stands.
    pub status: ResourceStatus,
    /// Where it stood before it was frozen.
    pub status_before: Option<ResourceStatus>,
    /// Since when it is there.
    pub subscribed_at: Timestamp,
    /// Since when its prepaid time runs; none where it pays per use.
    pub effective_at: Option<Timestamp>,
    /// When that is over.
    pub expires_at: Option<Timestamp>,
    /// What was paid for that time, at list price.
    pub prepaid: Amount,
    /// Since when that counts: what was used up before is not in it.
    pub prepaid_since: Option<Timestamp>,
    /// The last notice given that it expires: 30, 15 or 7 days ahead.
    pub told_days: Option<i16>,
    /// When it went.
    pub released_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, customer_id: CustomerId, order_id: OrderId, name: Name, tag: Tag, product_id: ProductId,
        product_type: ProductType, specification: Specification, region: Region, billing_mode: BillingMode,
        status: Status, status_before: StatusBefore, subscribed_at: SubscribedAt, effective_at: EffectiveAt,
        expires_at: ExpiresAt, prepaid: Prepaid, prepaid_since: PrepaidSince, told_days: ToldDays, released_at: ReleasedAt,
    }
    asked {}
}
