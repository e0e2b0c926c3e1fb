//! Who is in charge of a customer, and what quotas may become.

use entities::{
    customer, reseller_permission,
    types::{AccountId, Amount, BudgetType, Timestamp},
};

use crate::outcome::{Refuse, UserErrorCode};

/// The permissions and counters of one reseller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Whether it may set budgets and freeze.
    pub budget_and_freeze: bool,
    /// Monthly budgets.
    pub monthly: Allotment,
    /// One-time budgets.
    pub one_time: Allotment,
}

/// A quota and what of it is allotted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotment {
    /// The ceiling; none where the reseller may not set this type.
    pub quota: Option<Amount>,
    /// The sum of the budgets.
    pub allotted: Amount,
    /// How many budgets there are.
    pub budgets: i64,
}

impl Permissions {
    /// Reads them from the row.
    pub fn of(row: &reseller_permission::Model) -> Self {
        Self {
            budget_and_freeze: row.budget_and_freeze,
            monthly: Allotment {
                quota: row.monthly_quota,
                allotted: row.monthly_allotted,
                budgets: row.monthly_budgets,
            },
            one_time: Allotment {
                quota: row.one_time_quota,
                allotted: row.one_time_allotted,
                budgets: row.one_time_budgets,
            },
        }
    }

    /// The allotment of a type.
    pub fn allotment(&self, kind: BudgetType) -> &Allotment {
        match kind {
            BudgetType::Monthly => &self.monthly,
            BudgetType::OneTime => &self.one_time,
        }
    }

    /// In words, for adjustment records.
    pub fn describe(&self) -> String {
        let quota = |allotment: &Allotment| allotment.quota.map_or("none".to_owned(), |quota| format!("{quota} USD"));
        if self.budget_and_freeze {
            format!("monthly quota {}, one-time quota {}", quota(&self.monthly), quota(&self.one_time))
        } else {
            "not authorized".to_owned()
        }
    }
}

/// Quotas as a distributor asks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewQuotas {
    /// For monthly budgets.
    pub monthly: Option<Amount>,
    /// For one-time budgets.
    pub one_time: Option<Amount>,
}

/// Why a permission cannot change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// R-CORE-05.
    #[error("at least one of monthlyQuota and oneTimeQuota is needed")]
    NoQuota,
    /// R-CORE-06, R-CORE-09.
    #[error("{budgets} customers have a {} budget, {allotted} in sum: a quota of at least that is needed", .kind.word())]
    QuotaRequired {
        /// The type.
        kind: BudgetType,
        /// The sum of the budgets.
        allotted: Amount,
        /// How many.
        budgets: i64,
    },
    /// R-CORE-06, R-CORE-08.
    #[error("{} quota {quota} is below the {allotted} already allotted to {budgets} customers", .kind.word())]
    QuotaBelowBudgets {
        /// The type.
        kind: BudgetType,
        /// The quota asked for.
        quota: Amount,
        /// The sum of the budgets.
        allotted: Amount,
        /// How many.
        budgets: i64,
    },
    /// Granting twice.
    #[error("the reseller is authorized already: adjust its quotas instead")]
    AlreadyGranted,
    /// Adjusting or revoking what was never granted.
    #[error("the reseller is not authorized: grant the permissions first")]
    NotGranted,
    /// R-CORE-40.
    #[error("the first authorization needs the commitment letter accepted")]
    LetterRequired,
    /// Setting what is set.
    #[error("the permission is as asked for already")]
    Unchanged,
    /// R-CORE-12.
    #[error("{0}")]
    NotInCharge(&'static str),
    /// A race with an association.
    #[error("the customer's association changed in the meantime: try again")]
    AssociationChanged,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::NoQuota | Self::QuotaRequired { .. } => UserErrorCode::QuotaRequired,
            Self::QuotaBelowBudgets { .. } => UserErrorCode::QuotaBelowBudgets,
            Self::AlreadyGranted | Self::NotGranted | Self::Unchanged | Self::AssociationChanged => {
                UserErrorCode::Conflict
            }
            Self::LetterRequired => UserErrorCode::AgreementRequired,
            Self::NotInCharge(_) => UserErrorCode::NotManagerInCharge,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::QuotaRequired { kind, .. } | Self::QuotaBelowBudgets { kind, .. } => Some(match kind {
                BudgetType::Monthly => "monthlyQuota",
                BudgetType::OneTime => "oneTimeQuota",
            }),
            Self::AlreadyGranted | Self::NotGranted => Some("resellerId"),
            Self::LetterRequired => Some("commitmentLetterAccepted"),
            Self::Unchanged => Some("enabled"),
            Self::NoQuota | Self::NotInCharge(_) | Self::AssociationChanged => None,
        }
    }
}

/// Whether these quotas fit the budgets that there are: one at least (R-CORE-05); one for each type in use (R-CORE-06,
/// -09); none below the sum of its type (R-CORE-06, -08).
pub fn check_quotas(present: &Permissions, new: NewQuotas) -> Result<(), Refusal> {
    if new.monthly.is_none() && new.one_time.is_none() {
        return Err(Refusal::NoQuota);
    }
    for (kind, quota) in [(BudgetType::Monthly, new.monthly), (BudgetType::OneTime, new.one_time)] {
        let Allotment { allotted, budgets, .. } = *present.allotment(kind);
        match quota {
            None if budgets > 0 => return Err(Refusal::QuotaRequired { kind, allotted, budgets }),
            Some(quota) if quota < allotted => {
                return Err(Refusal::QuotaBelowBudgets { kind, quota, allotted, budgets });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Granting: [`check_quotas`], and not granted yet.
pub fn decide_grant(present: &Permissions, new: NewQuotas) -> Result<(), Refusal> {
    if present.budget_and_freeze {
        return Err(Refusal::AlreadyGranted);
    }
    check_quotas(present, new)
}

/// Adjusting: [`check_quotas`], and granted (R-CORE-08, -09).
pub fn decide_adjust(present: &Permissions, new: NewQuotas) -> Result<(), Refusal> {
    if !present.budget_and_freeze {
        return Err(Refusal::NotGranted);
    }
    check_quotas(present, new)
}

/// Revoking leaves budgets and freezes as they are (R-CORE-13).
pub fn decide_revoke(present: &Permissions) -> Result<(), Refusal> {
    if present.budget_and_freeze { Ok(()) } else { Err(Refusal::NotGranted) }
}

/// The on-behalf permission: the letter is needed once, before the first authorization (R-CORE-40). Returns when it
/// was accepted.
pub fn decide_on_behalf(
    present: bool,
    letter: Option<Timestamp>,
    enabled: bool,
    letter_accepted_now: bool,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    if present == enabled {
        return Err(Refusal::Unchanged);
    }
    match (enabled, letter) {
        (true, None) if !letter_accepted_now => Err(Refusal::LetterRequired),
        (true, None) => Ok(Some(now)),
        (_, letter) => Ok(letter),
    }
}

/// The partner that may set this customer's budget and freeze it now (R-CORE-12, -13).
pub fn manager_in_charge(row: &customer::Model, reseller_authorized: bool) -> Option<AccountId> {
    match row.distributor_id {
        Some(distributor) if !reseller_authorized => Some(distributor.cast()),
        _ => row.partner_id,
    }
}

/// Whether `viewer` is in charge; the refusal says who is instead (R-CORE-12).
pub fn check_in_charge(row: &customer::Model, reseller_authorized: bool, viewer: AccountId) -> Result<(), Refusal> {
    if manager_in_charge(row, reseller_authorized) == Some(viewer) {
        return Ok(());
    }
    Err(Refusal::NotInCharge(if row.partner_id == Some(viewer) {
        "your distributor has not authorized you to set budgets and freeze: it is in charge of this customer"
    } else {
        "the reseller is authorized to set budgets and freeze: it is in charge of this customer"
    }))
}

#[cfg(test)]
mod tests;
