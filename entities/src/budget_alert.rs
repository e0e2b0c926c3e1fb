//! Budget alerts: each tells once that a threshold of a customer's budget was reached.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AlertId, AlertStatus, Amount, BudgetType, CustomerId, Month, Timestamp},
};

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "budget_alerts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AlertId,
    /// Whose budget.
    pub customer_id: CustomerId,
    /// Its type then.
    pub budget_type: BudgetType,
    /// For a monthly budget the month, for a one-time budget the month in which its window began.
    pub window_month: Month,
    /// 75, 90 or 100 percent.
    pub threshold: i16,
    /// The budget then.
    pub amount: Amount,
    /// The usage then.
    pub used: Amount,
    /// When.
    pub raised_at: Timestamp,
    /// Open until the budget is raised or replaced, or the month ends.
    pub status: AlertStatus,
    /// When it was cleared.
    pub cleared_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, customer_id: CustomerId, budget_type: BudgetType, window_month: WindowMonth, threshold: Threshold,
        amount: Amount, used: Used, raised_at: RaisedAt, status: Status, cleared_at: ClearedAt,
    }
    asked {}
}
