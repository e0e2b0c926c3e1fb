//! The state machine of freezes.

use entities::types::{AccountId, FreezeCause, FreezeLevel, Month, Timestamp};

use crate::{
    budgets::rules::{Settled, frozen_by_exhaustion, must_freeze, settle},
    customers::standing::{Freeze, Frozen, Reach, Standing},
    outcome::{Refuse, UserErrorCode},
};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `freezeAccount`.
    FreezeAccount,
    /// `freezeAccountAndResources`.
    FreezeResources,
    /// `unfreezeAccount`.
    UnfreezeAccount,
    /// `unfreezeAccountAndResources`.
    UnfreezeResources,
}

impl Change {
    /// Whether it freezes.
    pub const fn freezes(self) -> bool {
        matches!(self, Self::FreezeAccount | Self::FreezeResources)
    }
}

/// Who does it, why and when.
#[derive(Debug, Clone)]
pub struct Act {
    /// The partner.
    pub by: AccountId,
    /// Its reason, checked.
    pub reason: String,
    /// The instant.
    pub at: Timestamp,
    /// When frozen resources are released.
    pub retention_deadline: Timestamp,
}

/// Longest reason, in characters (R-CORE-38).
pub const MAX_REASON: usize = 256;

/// Why a freeze or unfreeze is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// R-CORE-38.
    #[error("a reason of 1 to {MAX_REASON} characters is needed, {0} were given")]
    Reason(usize),
    /// R-CORE-38.
    #[error("freezing resources needs the customer budget agreement accepted")]
    AgreementRequired,
    /// Nothing to freeze.
    #[error("the customer is frozen already ({})", .0.word())]
    AlreadyFrozen(FreezeLevel),
    /// Nothing to unfreeze.
    #[error("the customer is not frozen at this level (it is {})", .0.word())]
    NotFrozen(FreezeLevel),
    /// R-CORE-36.
    #[error("your own account is frozen: while it is, you cannot unfreeze customers")]
    OwnAccountFrozen,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Reason(_) => UserErrorCode::InvalidInput,
            Self::AgreementRequired => UserErrorCode::AgreementRequired,
            Self::AlreadyFrozen(_) => UserErrorCode::AlreadyFrozen,
            Self::NotFrozen(_) => UserErrorCode::NotFrozen,
            Self::OwnAccountFrozen => UserErrorCode::OwnAccountFrozen,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Reason(_) => Some("reason"),
            Self::AgreementRequired => Some("agreementAccepted"),
            Self::AlreadyFrozen(_) | Self::NotFrozen(_) => Some("customerIds"),
            Self::OwnAccountFrozen => None,
        }
    }
}

/// Trims a reason and checks its length (R-CORE-38).
pub fn check_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    match reason.chars().count() {
        1..=MAX_REASON => Ok(reason.to_owned()),
        length => Err(Refusal::Reason(length)),
    }
}

/// Applies a freeze or an unfreeze to a standing.
///
/// An unfreeze lifts exactly the level that it names. Lifting the freeze of an exhausted AUTOMATIC budget notes the
/// level, for the sweep to restore it (R-CORE-37).
pub fn decide(standing: &mut Standing, change: Change, act: &Act) -> Result<(), Refusal> {
    let level = standing.freeze.level();
    let frozen = |reach| {
        Freeze::Frozen(Frozen {
            reach,
            cause: FreezeCause::Manual,
            reason: Some(act.reason.clone()),
            since: act.at,
            by: Some(act.by),
        })
    };
    let resources = Reach::Resources { deadline: act.retention_deadline, released_at: None };
    match (change, level) {
        (Change::FreezeAccount, FreezeLevel::None) => standing.freeze = frozen(Reach::Account),
        (Change::FreezeResources, FreezeLevel::None | FreezeLevel::Account) => standing.freeze = frozen(resources),
        (Change::FreezeAccount | Change::FreezeResources, level) => return Err(Refusal::AlreadyFrozen(level)),
        (Change::UnfreezeAccount, FreezeLevel::Account)
        | (Change::UnfreezeResources, FreezeLevel::AccountAndResources) => {
            standing.freeze = Freeze::None;
            standing.refreeze = must_freeze(standing).then_some(level);
            return Ok(());
        }
        (Change::UnfreezeAccount | Change::UnfreezeResources, level) => return Err(Refusal::NotFrozen(level)),
    }
    standing.refreeze = None;
    Ok(())
}

/// What the hourly sweep makes of a standing in `month`: frozen again at the level that was lifted, where the budget is
/// still used up under AUTOMATIC (R-CORE-37); else nothing is put off any more.
pub fn sweep(before: &Standing, month: Month, now: Timestamp, retention_deadline: Timestamp) -> (Standing, Settled) {
    let mut after = before.clone().in_month(month);
    let level = after.refreeze.take();
    if must_freeze(&after) {
        let reach = match level {
            Some(FreezeLevel::AccountAndResources) => {
                Reach::Resources { deadline: retention_deadline, released_at: None }
            }
            _ => Reach::Account,
        };
        after.freeze = frozen_by_exhaustion(now, reach);
    }
    let settled = settle(before, &mut after, now);
    let froze = after.freeze != before.freeze;
    (after, Settled { froze, ..settled })
}

/// The level in words, for adjustment records.
pub fn describe(freeze: &Freeze) -> String {
    match freeze {
        Freeze::None => FreezeLevel::None.word().to_owned(),
        Freeze::Frozen(frozen) => format!("{} ({})", freeze.level().word(), frozen.cause.word()),
    }
}

#[cfg(test)]
mod tests;
