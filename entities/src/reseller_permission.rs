//! What a distributor lets a reseller do, and the guarded counters of what the reseller's customers were allotted.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{Amount, ResellerId, Timestamp},
};

/// The permissions of one reseller. This row is the lock of its quotas: it is taken before any of its customers'.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reseller_permissions")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reseller_id: ResellerId,
    /// Whether it may set budgets and freeze.
    pub budget_and_freeze: bool,
    /// Ceiling for the sum of monthly budgets; null where it may not set that type.
    pub monthly_quota: Option<Amount>,
    /// Sum of the monthly budgets of its customers, whoever set them.
    pub monthly_allotted: Amount,
    /// How many of its customers have a monthly budget.
    pub monthly_budgets: i64,
    /// Ceiling for the sum of one-time budgets; null where it may not set that type.
    pub one_time_quota: Option<Amount>,
    /// Sum of the one-time budgets of its customers, whoever set them.
    pub one_time_allotted: Amount,
    /// How many of its customers have a one-time budget.
    pub one_time_budgets: i64,
    /// Whether it may order and operate for customers that authorized it.
    pub on_behalf: bool,
    /// When the distributor accepted the commitment letter; needed once (R-CORE-40).
    pub commitment_letter_accepted_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        reseller_id: ResellerId,
    }
    asked {
        budget_and_freeze: BudgetAndFreeze, monthly_quota: MonthlyQuota, monthly_allotted: MonthlyAllotted,
        monthly_budgets: MonthlyBudgets, one_time_quota: OneTimeQuota, one_time_allotted: OneTimeAllotted,
        one_time_budgets: OneTimeBudgets, on_behalf: OnBehalf,
        commitment_letter_accepted_at: CommitmentLetterAcceptedAt,
    }
}
