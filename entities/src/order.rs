//! Orders: what customers buy, change and give up.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{
        AccountId, Amount, BillingMode, CustomerId, MemberId, OrderId, OrderStatus, OrderType, ProductType, ResourceId,
        Timestamp,
    },
};

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// The number that people call it by.
    #[sea_orm(unique)]
    pub number: String,
    /// Whose.
    pub customer_id: CustomerId,
    /// What it is for.
    pub order_type: OrderType,
    /// Where it stands.
    pub status: OrderStatus,
    /// The product in the catalogue, as it is with this order.
    pub product_id: String,
    /// Its kind.
    pub product_type: ProductType,
    /// Its specification.
    pub specification: String,
    /// Where.
    pub region: String,
    /// Paid how, with this order.
    pub billing_mode: BillingMode,
    /// How many resources.
    pub quantity: i32,
    /// Months that are bought, where time is.
    pub months: Option<i32>,
    /// What new resources are called.
    pub name: Option<String>,
    /// The customer's own word for new resources.
    pub tag: Option<String>,
    /// The resource that it changes; none for something new.
    pub resource_id: Option<ResourceId>,
    /// List price without tax; counts towards the budget once paid (R-CORE-19).
    pub list_price: Amount,
    /// What was paid, all methods together.
    pub amount_paid: Amount,
    /// When it was placed.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub pay_until: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was completed, canceled or unsubscribed.
    pub closed_at: Option<Timestamp>,
    /// By which account: the customer, or its partner on its behalf.
    pub placed_by_account: AccountId,
    /// By which of its members.
    pub placed_by_member: MemberId,
    /// Whether it was the partner, on the customer's behalf (R-CUS-28).
    pub on_behalf: bool,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, number: Number, customer_id: CustomerId, order_type: OrderType, status: Status, product_id: ProductId,
        product_type: ProductType, specification: Specification, region: Region, billing_mode: BillingMode,
        quantity: Quantity, months: Months, name: Name, tag: Tag, resource_id: ResourceId, list_price: ListPrice,
        amount_paid: AmountPaid, created_at: CreatedAt, pay_until: PayUntil, paid_at: PaidAt, closed_at: ClosedAt,
        placed_by_account: PlacedByAccount, placed_by_member: PlacedByMember, on_behalf: OnBehalf,
    }
    asked {}
}
