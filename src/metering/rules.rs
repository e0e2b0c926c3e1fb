//! What a charge is, and what it does to a standing.

use std::time::Duration;

use entities::types::{Amount, BillingMode, BudgetType, CustomerId, Month, Threshold, Timestamp};

use crate::{
    budgets::rules::{Settled, settle},
    customers::standing::Standing,
    outcome::{Refuse, UserErrorCode},
};

/// Most lines of one call.
pub const MAX_LINES: usize = 1_000;
/// Longest charge id, in bytes.
pub const MAX_CHARGE_ID: usize = 128;
/// Longest product type, in bytes.
pub const MAX_PRODUCT_TYPE: usize = 64;
/// How far a meter's clock may be ahead of ours.
pub const MAX_AHEAD: Duration = Duration::from_secs(5 * 60);

/// A charge as the meter reports it, well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The meter's own id.
    pub charge_id: String,
    /// Who spent.
    pub customer: CustomerId,
    /// On what.
    pub product_type: String,
    /// Paid how.
    pub billing_mode: BillingMode,
    /// List price.
    pub list_price: Amount,
    /// When the use happened.
    pub occurred_at: Timestamp,
    /// Settled by month: does not count towards used budgets (R-CORE-20).
    pub settled_monthly: bool,
}

/// Why a line is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too short, too long, or with control characters.
    #[error("chargeId must have 1 to {MAX_CHARGE_ID} characters without control characters")]
    ChargeId,
    /// The same.
    #[error("productType must have 1 to {MAX_PRODUCT_TYPE} characters without control characters")]
    ProductType,
    /// It lies in the future.
    #[error("occurredAt lies in the future: a charge tells of what has been used")]
    Future,
    /// It lies before there could be charges.
    #[error("occurredAt lies before the year 2000")]
    TooOld,
    /// No such customer.
    #[error("{0} was not found")]
    UnknownCustomer(String),
    /// The sums of the customer would leave the range of amounts.
    #[error("listPrice is too large: the customer's expenditure would leave the range that can be counted")]
    TooLarge,
    /// Too many or too few lines.
    #[error("{0} charges given, 1 to {MAX_LINES} are possible at once")]
    Lines(usize),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::UnknownCustomer(_) => UserErrorCode::NotFound,
            _ => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::ChargeId => "chargeId",
            Self::ProductType => "productType",
            Self::Future | Self::TooOld => "occurredAt",
            Self::UnknownCustomer(_) => "customerId",
            Self::TooLarge => "listPrice",
            Self::Lines(_) => "charges",
        })
    }
}

/// 2000-01-01T00:00:00Z.
const YEAR_2000: Timestamp = Timestamp::from_micros(946_684_800_000_000);

/// Whether a line can be recorded at `now`, as far as it alone tells.
pub fn check(charge: &Charge, now: Timestamp) -> Result<(), Refusal> {
    let is_word =
        |text: &str, longest: usize| (1..=longest).contains(&text.len()) && !text.chars().any(char::is_control);
    if !is_word(&charge.charge_id, MAX_CHARGE_ID) {
        return Err(Refusal::ChargeId);
    }
    if !is_word(&charge.product_type, MAX_PRODUCT_TYPE) {
        return Err(Refusal::ProductType);
    }
    if charge.occurred_at > now.plus(MAX_AHEAD) {
        return Err(Refusal::Future);
    }
    if charge.occurred_at < YEAR_2000 {
        return Err(Refusal::TooOld);
    }
    Ok(())
}

/// Adds a charge of `occurred_at`, which lies in `month`, to a standing that is in the present month; `false`, and nothing
/// changed, where a sum would leave the range.
///
/// The month's charges make up the expenditure; those not settled monthly count towards the budget (R-CORE-20). A late
/// charge of an earlier month counts for a one-time budget whose window it falls in, and for nothing else. A charge from
/// before the association counts for nothing: no budget of this partner was meant for it.
#[must_use]
pub fn add(
    standing: &mut Standing,
    occurred_at: Timestamp,
    month: Month,
    list_price: Amount,
    settled_monthly: bool,
) -> bool {
    let mut ledger = standing.ledger;
    if occurred_at < ledger.since {
        return true;
    }
    let mut fits = true;
    let mut grow = |sum: &mut Amount| match sum.checked_add(list_price) {
        Some(grown) => *sum = grown,
        None => fits = false,
    };
    if month == ledger.month {
        grow(&mut ledger.expenditure);
        if !settled_monthly {
            grow(&mut ledger.counted);
        }
    }
    let one_time_counts =
        standing.budget.is_some_and(|budget| budget.kind == BudgetType::OneTime && month >= budget.window_month);
    if one_time_counts && !settled_monthly {
        grow(&mut ledger.one_time_used);
    }
    if fits {
        standing.ledger = ledger;
    }
    fits
}

/// The usage up to which charges of the standing's month do no more than add up: below it no threshold is reached and
/// nothing freezes, so that [`settle`] would find nothing. Zero where settling is due whatever comes.
pub fn quiet_below(standing: &Standing) -> Amount {
    let mut settled = standing.clone();
    let nothing_is_due = settle(standing, &mut settled, Timestamp::default()) == Settled::default();
    if !nothing_is_due || settled != *standing {
        return Amount::ZERO;
    }
    let next = standing.budget.and_then(|budget| {
        let reached = budget.reached(standing.used());
        Threshold::ALL.into_iter().filter(|t| !reached.contains(*t)).map(|next| budget.reaches(next)).min()
    });
    next.unwrap_or(Amount::from_units(i64::MAX))
}

#[cfg(test)]
mod tests;
