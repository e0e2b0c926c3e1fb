//! Customers: association, freeze, budget and usage in one row, which is also the lock of the customer.
//!
//! One row, because a charge decides on all of it at once (docs/decisions/0004).

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    narrow::narrow,
    types::{
        AccountId, Amount, BudgetId, BudgetType, CustomerId, DistributorId, ExhaustionPolicy, FreezeCause, FreezeLevel,
        MemberId, Month, Thresholds, Timestamp,
    },
};

/// One customer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    /// Key; the account's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// The account's name in lower case, for order and search.
    pub name_key: String,
    /// The reseller or provider it is associated with.
    pub partner_id: Option<AccountId>,
    /// The distributor above that reseller.
    pub distributor_id: Option<DistributorId>,
    /// When it was associated last.
    pub associated_at: Timestamp,
    /// The partner's member that looks after it.
    pub account_manager_id: Option<MemberId>,
    /// The partner's own words for it.
    pub tags: Tags,

    /// How far it is frozen.
    pub freeze_level: FreezeLevel,
    /// Why.
    pub freeze_cause: Option<FreezeCause>,
    /// In whose words.
    pub freeze_reason: Option<String>,
    /// Since when.
    pub frozen_at: Option<Timestamp>,
    /// The partner that froze it; null where the system did.
    pub frozen_by: Option<AccountId>,
    /// When frozen pay-per-use resources are released (R-CORE-34).
    pub retention_deadline: Option<Timestamp>,
    /// When they were released.
    pub released_at: Option<Timestamp>,
    /// What the last unfreeze lifted while the budget was exhausted: what the sweep restores (R-CORE-37).
    pub refreeze_level: Option<FreezeLevel>,

    /// The budget's id; null where there is none, and then all of its columns are.
    pub budget_id: Option<BudgetId>,
    /// Its type.
    pub budget_type: Option<BudgetType>,
    /// Its amount at list price.
    pub budget_amount: Option<Amount>,
    /// Who freezes when it is used up.
    pub exhaustion_policy: Option<ExhaustionPolicy>,
    /// The first month whose charges count; for a monthly budget the month in which it was set.
    pub window_month: Option<Month>,
    /// When it was set last.
    pub budget_set_at: Option<Timestamp>,
    /// By which partner.
    pub budget_set_by: Option<AccountId>,

    /// The month that `expenditure` and `counted` are about.
    pub expenditure_month: Month,
    /// List price of all charges of that month.
    pub expenditure: Amount,
    /// The part of it that counts towards budgets (R-CORE-20).
    pub counted: Amount,
    /// What a one-time budget has used since its window began; 0 for others.
    pub one_time_used: Amount,
    /// used ÷ amount in millionths of a percent, −1 without a budget or with one of 0; for order and filter.
    pub usage_ratio: i64,
    /// Thresholds whose alert is open, in the month of `expenditure_month` for a monthly budget.
    pub open_alerts: Thresholds,
    /// From when on charges count in these sums: the association, where the customer was somebody else's before; 0 else.
    pub counted_since: Timestamp,
    /// The usage up to which charges of `expenditure_month` change nothing but sums; 0 where that is not known.
    pub quiet_below: Amount,
}

/// Free words that a partner gives a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Tags(pub Vec<String>);

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id,
    }
    asked {
        freeze_level: FreezeLevel, name_key: NameKey, partner_id: PartnerId, distributor_id: DistributorId,
        associated_at: AssociatedAt, account_manager_id: AccountManagerId, tags: Tags, freeze_cause: FreezeCause,
        freeze_reason: FreezeReason, frozen_at: FrozenAt, frozen_by: FrozenBy, retention_deadline: RetentionDeadline,
        released_at: ReleasedAt, refreeze_level: RefreezeLevel, budget_id: BudgetId, budget_type: BudgetType,
        budget_amount: BudgetAmount, exhaustion_policy: ExhaustionPolicy, window_month: WindowMonth,
        budget_set_at: BudgetSetAt, budget_set_by: BudgetSetBy, expenditure_month: ExpenditureMonth,
        expenditure: Expenditure, counted: Counted, one_time_used: OneTimeUsed, usage_ratio: UsageRatio,
        open_alerts: OpenAlerts, counted_since: CountedSince, quiet_below: QuietBelow,
    }
}
