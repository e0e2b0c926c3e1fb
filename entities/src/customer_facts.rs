//! What only the vendor knows of customers. A customer without a row has none of the facts.

use sea_orm::entity::prelude::*;

use crate::types::{CustomerFacts, CustomerId, MemberId, Timestamp};

/// What is known of one customer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_facts")]
pub struct Model {
    /// Key; the customer's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The facts.
    pub facts: CustomerFacts,
    /// When they were set last.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: MemberId,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
