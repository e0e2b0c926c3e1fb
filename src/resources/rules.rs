//! What may be done to a resource: by how its customer is frozen, by how it is paid, and by where it stands.

use std::time::Duration;

use entities::types::{BillingMode, FreezeLevel, ProductType, ResourceOperation, ResourceStatus, Timestamp};

use crate::outcome::{Refuse, UserErrorCode};

/// Longest name of a resource, in characters.
pub const MAX_NAME: usize = 64;
/// Days ahead of its end at which a prepaid resource's partner is told, nearest first.
pub const NOTICES: [i16; 3] = [7, 15, 30];

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Buy something new.
    Purchase,
    /// Buy more time of it.
    Renew,
    /// Give it up before its end.
    Unsubscribe,
    /// Change its specification.
    ChangeSpecification,
    /// Pay for it in another way.
    ChangeBillingMode,
    /// Do something to it.
    Operate(ResourceOperation),
}

impl Action {
    /// In words, behind "may not".
    fn words(self) -> &'static str {
        match self {
            Self::Purchase => "be bought",
            Self::Renew => "be renewed",
            Self::Unsubscribe => "be unsubscribed from",
            Self::ChangeSpecification => "change their specification",
            Self::ChangeBillingMode => "change their billing mode",
            Self::Operate(ResourceOperation::Delete) => "be deleted",
            Self::Operate(ResourceOperation::Rename) => "be renamed",
            Self::Operate(_) => "be operated",
        }
    }
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// R-CORE-31, R-CORE-32.
    #[error("the account is frozen ({}): while it is, {} resources may not {}", .level.word(), .mode.word(), .action.words())]
    Frozen {
        /// How far.
        level: FreezeLevel,
        /// Paid how.
        mode: BillingMode,
        /// What was wanted.
        action: Action,
    },
    /// Not with this billing mode.
    #[error("{} resources cannot {}: only prepaid ones can; what pays per use is deleted", .0.word(), .1.words())]
    NotPrepaid(BillingMode, Action),
    /// Not where it stands.
    #[error("the resource is {}: it cannot {}", .0.word(), .1.words())]
    Status(ResourceStatus, Action),
    /// Too short, too long, or with control characters.
    #[error("a name must have 1 to {MAX_NAME} characters without control characters")]
    Name,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Frozen { .. } => UserErrorCode::AccountFrozen,
            Self::NotPrepaid(..) | Self::Status(..) => UserErrorCode::Conflict,
            Self::Name => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Name => Some("name"),
            Self::Frozen { .. } | Self::NotPrepaid(..) | Self::Status(..) => None,
        }
    }
}

/// Whether a billing mode is time that is paid ahead. What is not, spot instances among it, pays per use.
pub fn is_prepaid(mode: BillingMode) -> bool {
    match mode {
        BillingMode::YearlyMonthly | BillingMode::ReservedInstance | BillingMode::SavingsPlan => true,
        BillingMode::PayPerUse => false,
    }
}

/// The table of freezes: what may be done to a resource that is paid so while its customer is frozen at this level.
///
/// While the account is frozen, alone or with its resources, prepaid resources may be unsubscribed from and renamed
/// (R-CORE-31), and those that pay per use renamed (R-CORE-32); looking is never refused. All else is.
pub fn allows(level: FreezeLevel, mode: BillingMode, action: Action) -> bool {
    match (level, action) {
        (FreezeLevel::None, _) | (_, Action::Operate(ResourceOperation::Rename)) => true,
        (FreezeLevel::Account | FreezeLevel::AccountAndResources, Action::Unsubscribe) => is_prepaid(mode),
        (FreezeLevel::Account | FreezeLevel::AccountAndResources, _) => false,
    }
}

/// Whether it may be done now, as far as freeze and billing mode tell.
pub fn check(level: FreezeLevel, mode: BillingMode, action: Action) -> Result<(), Refusal> {
    if matches!(action, Action::Renew | Action::Unsubscribe) && !is_prepaid(mode) {
        return Err(Refusal::NotPrepaid(mode, action));
    }
    if allows(level, mode, action) { Ok(()) } else { Err(Refusal::Frozen { level, mode, action }) }
}

/// Where a resource stands after an action; for a purchase there is none before.
pub fn decide(status: ResourceStatus, action: Action) -> Result<ResourceStatus, Refusal> {
    use ResourceOperation::{Delete, Rename, Restart, Start, Stop};
    use ResourceStatus::{Expired, Released, Running, Stopped};
    match (status, action) {
        (Released, _) => Err(Refusal::Status(status, action)),
        (_, Action::Operate(Rename)) => Ok(status),
        (Running | Stopped | Expired | ResourceStatus::Frozen, Action::Unsubscribe)
        | (Running | Stopped | Expired, Action::Operate(Delete)) => Ok(Released),
        (Running | Stopped, Action::Renew | Action::ChangeSpecification | Action::ChangeBillingMode) => Ok(status),
        (Expired, Action::Renew) | (Stopped, Action::Operate(Start)) | (Running, Action::Operate(Restart)) => {
            Ok(Running)
        }
        (Running, Action::Operate(Stop)) => Ok(Stopped),
        _ => Err(Refusal::Status(status, action)),
    }
}

/// Whether freezing a customer's resources reaches those of this product that are paid so: all that pay per use
/// (R-CORE-34), and of marketplace products the images, however they are paid (R-CORE-35).
pub fn is_reached_by_freeze(product: ProductType, mode: BillingMode) -> bool {
    product == ProductType::MarketplaceImage || !is_prepaid(mode)
}

/// Trims a name and checks it.
pub fn check_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Refusal::Name) }
}

/// Which notice of its end a prepaid resource is at: 30, 15 or 7 days ahead; none while there is more time, and none once
/// it is over.
pub fn notice(expires_at: Timestamp, now: Timestamp) -> Option<i16> {
    if now >= expires_at {
        return None;
    }
    let left = expires_at.since(now);
    NOTICES.into_iter().find(|days| left <= Duration::from_secs(u64::from(days.unsigned_abs()) * 24 * 3_600))
}

/// The notice to be given now, where `told` was given last: each once, the nearest only.
pub fn notice_due(expires_at: Timestamp, told: Option<i16>, now: Timestamp) -> Option<i16> {
    notice(expires_at, now).filter(|days| told.is_none_or(|told| *days < told))
}

#[cfg(test)]
mod tests;
