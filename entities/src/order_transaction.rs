//! The money that an order moved. Rows only ever grow.

use sea_orm::entity::prelude::*;

use crate::types::{Amount, MemberId, OrderId, OrderTransactionId, PaymentMethod, Timestamp, TransactionKind};

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_transactions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderTransactionId,
    /// Of which order.
    pub order_id: OrderId,
    /// Which way.
    pub kind: TransactionKind,
    /// By what.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Amount,
    /// The charge that counts it towards the budget; none where money went back.
    pub charge_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// By which member.
    pub by_member: MemberId,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
