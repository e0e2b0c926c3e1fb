//! What links there are, how long they are good, and who makes how many.

use std::time::Duration;

use entities::{
    invitation,
    types::{InvitationMethod, InvitationStatus, Timestamp},
};

use crate::{
    contacts,
    outcome::{Refuse, UserErrorCode},
};

#[cfg(test)]
mod tests;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How long an e-mail invitation and a customized link can be followed: longer than the claim behind it holds, so that
/// who comes late still finds its partner.
pub const VALID_FOR: Duration = Duration::from_secs(30 * DAY.as_secs());
/// How long a general-purpose link can be followed; then its maker gets a new one.
pub const GENERAL_FOR: Duration = Duration::from_secs(365 * DAY.as_secs());
/// Longest campaign.
const LONGEST_CAMPAIGN: Duration = GENERAL_FOR;
/// Customized links of a partner (R-CUS-11) …
pub const MAX_CUSTOMIZED: u64 = 100;
/// … within this time.
pub const CUSTOMIZED_WITHIN: Duration = DAY;
/// Most invitations of one call.
pub const MAX_BATCH: usize = 100;
/// Most characters of remarks.
const MAX_REMARKS: usize = 100;
/// Random bytes of a code: nobody finds one by trying.
pub const CODE_BYTES: usize = 18;

/// Why nobody is invited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not well formed.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
    /// R-CUS-11.
    #[error("{MAX_CUSTOMIZED} customized links were made within 24 hours, and that is the most: try again later")]
    LinkLimitReached,
    /// R-CUS-10.
    #[error("{0} is not preregistered by you, or no longer: preregister the customer first")]
    NotPreregistered(String),
    /// There is an invitation.
    #[error("{0} is invited already: send the invitation again with resendInvitations")]
    InvitedAlready(String),
    /// No member who could look after customers.
    #[error("the member is neither account manager nor account director")]
    NotAManager,
    /// Managers invite for themselves, directors for their managers, too.
    #[error("the account manager is not one of yours")]
    NotYours,
    /// Links are not sent.
    #[error("an invitation by {} was not sent by e-mail", .0.word())]
    NotByEmail(InvitationMethod),
    /// It was taken back with its claim.
    #[error(
        "the invitation ended with the preregistration that it was sent for: preregister the customer and invite it anew"
    )]
    Ended,
    /// E-mails are not links, nor are the customers that came by one.
    #[error("this is no link: an e-mail invitation ends when its preregistration is deleted")]
    NotALink,
    /// It has done its work.
    #[error("the customer is associated by this invitation already")]
    Associated,
    /// None, or too many.
    #[error("{1} were given, 1 to {MAX_BATCH} are possible")]
    BatchSize(&'static str, usize),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Invalid(..) | Self::BatchSize(..) => UserErrorCode::InvalidInput,
            Self::LinkLimitReached => UserErrorCode::LinkLimitReached,
            Self::NotPreregistered(_) => UserErrorCode::NotPreregistered,
            Self::InvitedAlready(_) | Self::NotByEmail(_) | Self::Associated | Self::Ended | Self::NotALink => {
                UserErrorCode::Conflict
            }
            Self::NotAManager => UserErrorCode::NotAnAccountManager,
            Self::NotYours => UserErrorCode::Forbidden,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(field, _) | Self::BatchSize(field, _) => Some(field),
            Self::NotAManager | Self::NotYours => Some("accountManagerId"),
            Self::NotPreregistered(_) | Self::InvitedAlready(_) => Some("emails"),
            Self::LinkLimitReached | Self::NotByEmail(_) | Self::Ended | Self::NotALink | Self::Associated => None,
        }
    }
}

/// A link as its maker describes it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Its tag.
    pub tag: Option<String>,
    /// Whether it is dedicated to an account manager.
    pub for_manager: bool,
    /// Words of its maker.
    pub remarks: Option<String>,
    /// Until when it can be followed.
    pub valid_until: Option<Timestamp>,
}

/// A link that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How it invites.
    pub method: InvitationMethod,
    /// Its tag; none for a general-purpose link, which has its maker's account name.
    pub tag: Option<String>,
    /// Words of its maker.
    pub remarks: Option<String>,
    /// Until when it can be followed.
    pub valid_until: Timestamp,
}

/// Decides what kind of link is made.
pub fn link(method: InvitationMethod, asked: &Asked, now: Timestamp) -> Result<Link, Refusal> {
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let text = |field, text: Option<String>, most, wrong| {
        text.map(|text| contacts::text(&text, most).ok_or(Refusal::Invalid(field, wrong))).transpose()
    };
    let tag = text("tag", given(&asked.tag), contacts::MAX_NAME, "a tag has at most 64 characters")?;
    let remarks = text("remarks", given(&asked.remarks), MAX_REMARKS, "remarks have at most 100 characters")?;
    let link = |valid_until| Link { method, tag: tag.clone(), remarks: remarks.clone(), valid_until };
    let at_least_one = Refusal::Invalid("tag", "a customized link has a tag, or is dedicated to an account manager");
    match (method, asked.valid_until) {
        (InvitationMethod::FromPartnerCenter, _) => {
            Err(Refusal::Invalid("method", "e-mail invitations are sent with inviteCustomers"))
        }
        (InvitationMethod::GeneralLink | InvitationMethod::CustomizedLink, Some(_)) => {
            Err(Refusal::Invalid("validUntil", "promotional links only have a time of their own"))
        }
        (InvitationMethod::GeneralLink, None) if tag.is_some() || asked.for_manager => {
            Err(Refusal::Invalid("tag", "a general-purpose link carries the account name of the member that makes it"))
        }
        (InvitationMethod::GeneralLink, None) => Ok(link(now.plus(GENERAL_FOR))),
        (InvitationMethod::CustomizedLink, None) if tag.is_none() && !asked.for_manager => Err(at_least_one),
        (InvitationMethod::CustomizedLink, None) => Ok(link(now.plus(VALID_FOR))),
        (InvitationMethod::PromotionalLink, None) => {
            Err(Refusal::Invalid("validUntil", "say until when a promotional link is good"))
        }
        (InvitationMethod::PromotionalLink, Some(until)) if until <= now || until > now.plus(LONGEST_CAMPAIGN) => {
            Err(Refusal::Invalid("validUntil", "a promotional link ends later than now, and within a year"))
        }
        (InvitationMethod::PromotionalLink, Some(until)) => Ok(link(until)),
    }
}

/// Whether one customer only can come by it.
pub const fn is_for_one(method: InvitationMethod) -> bool {
    match method {
        InvitationMethod::FromPartnerCenter | InvitationMethod::CustomizedLink => true,
        InvitationMethod::GeneralLink | InvitationMethod::PromotionalLink => false,
    }
}

/// Whether an invitation can be sent again. How often is decided with its mailbox.
pub fn check_resending(row: &invitation::Model) -> Result<(), Refusal> {
    match (row.method, row.status) {
        (InvitationMethod::FromPartnerCenter, InvitationStatus::Associated) => Err(Refusal::Associated),
        (InvitationMethod::FromPartnerCenter, _) if row.ended_at.is_some() => Err(Refusal::Ended),
        (InvitationMethod::FromPartnerCenter, _) => Ok(()),
        (other, _) => Err(Refusal::NotByEmail(other)),
    }
}

/// Whether taking a link back changes anything: one whose time is over, or that was taken back before, stays as it is.
pub fn check_ending(row: &invitation::Model) -> Result<bool, Refusal> {
    if row.method == InvitationMethod::FromPartnerCenter || row.link_id.is_some() {
        return Err(Refusal::NotALink);
    }
    match row.status {
        InvitationStatus::Associated => Err(Refusal::Associated),
        InvitationStatus::Expired => Ok(false),
        InvitationStatus::Sent | InvitationStatus::Failed => Ok(row.ended_at.is_none()),
    }
}

/// Where an invitation stands that is taken back: what failed keeps its cause.
pub const fn ended(status: InvitationStatus) -> InvitationStatus {
    match status {
        InvitationStatus::Sent => InvitationStatus::Expired,
        other => other,
    }
}

/// The address that a code is followed at.
pub fn address(public_address: &str, code: &str) -> String {
    format!("{}/invitations/{code}", public_address.trim_end_matches('/'))
}
