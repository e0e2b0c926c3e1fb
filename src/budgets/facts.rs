//! What budgets tell the world.

use entities::{
    budget_alert, customer,
    types::{AlertId, Amount, BudgetType, CustomerId, EventType, Month, ResellerId, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::{
    customers::standing::usage_ratio,
    feed::{Audience, Fact},
    permissions::commands::reseller_of,
};

/// The particulars of a threshold that was reached: the alert as it was raised.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThresholdReached {
    /// The alert.
    pub alert_id: AlertId,
    /// Whose budget.
    pub customer_id: CustomerId,
    /// The customer's reseller.
    pub reseller_id: Option<ResellerId>,
    /// The budget's type.
    pub budget_type: BudgetType,
    /// The month of the alert's window.
    pub window_month: Month,
    /// 75, 90 or 100 percent.
    pub threshold: i16,
    /// The budget.
    pub amount: Amount,
    /// The usage.
    pub used: Amount,
    /// The usage as a ratio, see [`usage_ratio`].
    pub usage_ratio: i64,
    /// When.
    pub raised_at: Timestamp,
}

/// The particulars of a budget that was set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BudgetChanged {
    /// Whose.
    pub customer_id: CustomerId,
    /// Its type.
    pub budget_type: BudgetType,
    /// Its amount.
    pub amount: Amount,
}

/// Who sees what happens to a customer: the customer, its partner, and the distributor above.
pub fn audience(row: &customer::Model) -> Audience {
    Audience { distributor: row.distributor_id, partner: row.partner_id, customer: Some(row.id) }
}

/// An alert was raised: the partners above hear of it, the reseller and the distributor both (R-CORE-21, -22).
pub fn threshold_reached(row: &customer::Model, alert: &budget_alert::Model) -> Fact {
    Fact {
        event_type: EventType::BudgetThresholdReached,
        audience: audience(row).partners_only(),
        subject: Some(row.id.cast()),
        payload: serde_json::json!(ThresholdReached {
            alert_id: alert.id,
            customer_id: alert.customer_id,
            reseller_id: reseller_of(row),
            budget_type: alert.budget_type,
            window_month: alert.window_month,
            threshold: alert.threshold,
            amount: alert.amount,
            used: alert.used,
            usage_ratio: usage_ratio(alert.used, alert.amount),
            raised_at: alert.raised_at,
        }),
    }
}

/// A budget was set.
pub fn budget_changed(row: &customer::Model, budget_type: BudgetType, amount: Amount) -> Fact {
    Fact {
        event_type: EventType::BudgetChanged,
        audience: audience(row),
        subject: Some(row.id.cast()),
        payload: serde_json::json!(BudgetChanged { customer_id: row.id, budget_type, amount }),
    }
}
