//! Who can be invited, which invitations are sent again, and who can join.

use entities::types::{ResellerInvitationStatus, Timestamp};

use crate::outcome::{Refuse, UserErrorCode};

/// Most invitations of one change: each is an e-mail.
pub const MAX_BATCH: usize = 100;
/// Most characters of the name of a country or region.
pub const MAX_REGION: usize = 64;

/// Why nobody is invited, or nobody joins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody, or too many.
    #[error("{0} were given, 1 to {MAX_BATCH} are possible")]
    BatchSize(usize),
    /// Not an address.
    #[error("this is no e-mail address")]
    NotAnEmail,
    /// The same twice.
    #[error("it is given twice")]
    GivenTwice,
    /// One at a time (R-CORE-04).
    #[error("an invitation to this address is pending: resend it with resendResellerInvitations")]
    Pending,
    /// R-CORE-03.
    #[error("a reseller has this e-mail address already")]
    AlreadyAReseller,
    /// It was used.
    #[error("the invitation was used: the reseller has joined")]
    Joined,
    /// There is a newer one to the same address.
    #[error("a newer invitation to the same address replaced this one")]
    Replaced,
    /// Not known, used, replaced or over: one answer for all of them.
    #[error("the code names no invitation that is pending: ask the distributor to send it again")]
    CodeInvalid,
    /// R-CORE-03.
    #[error("only enterprises can become resellers")]
    EnterpriseRequired,
    /// R-CORE-03.
    #[error("the distributor cannot have resellers in {0}")]
    RegionNotAuthorized(String),
    /// The login name is used.
    #[error("there is an account with the name {0}: choose another one")]
    AccountNameTaken(String),
    /// Not well formed.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::BatchSize(_) | Self::NotAnEmail | Self::GivenTwice | Self::Invalid(..) => UserErrorCode::InvalidInput,
            Self::Pending => UserErrorCode::InvitationPending,
            Self::AlreadyAReseller => UserErrorCode::AlreadyAReseller,
            Self::Joined | Self::Replaced => UserErrorCode::Conflict,
            Self::CodeInvalid => UserErrorCode::InvitationInvalid,
            Self::EnterpriseRequired => UserErrorCode::EnterpriseRequired,
            Self::RegionNotAuthorized(_) => UserErrorCode::RegionNotAuthorized,
            Self::AccountNameTaken(_) => UserErrorCode::AccountNameTaken,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::CodeInvalid => Some("code"),
            Self::EnterpriseRequired => Some("enterprise"),
            Self::RegionNotAuthorized(_) => Some("countryRegion"),
            Self::AccountNameTaken(_) => Some("accountName"),
            Self::Invalid(field, _) => Some(field),
            Self::BatchSize(_)
            | Self::NotAnEmail
            | Self::GivenTwice
            | Self::Pending
            | Self::AlreadyAReseller
            | Self::Joined
            | Self::Replaced => None,
        }
    }
}

/// How many may be given.
pub fn check_batch(given: usize) -> Result<(), Refusal> {
    if (1..=MAX_BATCH).contains(&given) { Ok(()) } else { Err(Refusal::BatchSize(given)) }
}

/// Where an invitation stands now: one that is past its time is expired, whatever was stored.
pub fn status_at(stored: ResellerInvitationStatus, expires_at: Timestamp, now: Timestamp) -> ResellerInvitationStatus {
    match stored {
        ResellerInvitationStatus::Pending if expires_at <= now => ResellerInvitationStatus::Expired,
        other => other,
    }
}

/// Whether an address can be invited, where `present` is the invitation of it that holds the place of the pending one.
pub fn check_invite(present: Option<ResellerInvitationStatus>, is_reseller: bool) -> Result<(), Refusal> {
    if is_reseller {
        return Err(Refusal::AlreadyAReseller);
    }
    match present {
        Some(ResellerInvitationStatus::Pending) => Err(Refusal::Pending),
        Some(ResellerInvitationStatus::Expired | ResellerInvitationStatus::Joined) | None => Ok(()),
    }
}

/// Whether an invitation can be sent again. One that was not replaced can, though its time is over. How often is decided
/// with its mailbox.
pub fn check_resend(stored: ResellerInvitationStatus) -> Result<(), Refusal> {
    match stored {
        ResellerInvitationStatus::Joined => Err(Refusal::Joined),
        ResellerInvitationStatus::Expired => Err(Refusal::Replaced),
        ResellerInvitationStatus::Pending => Ok(()),
    }
}

/// What decides whether somebody can join, beside its code.
#[derive(Debug, Clone)]
pub struct Joining<'a> {
    /// Whether it says that it is an enterprise.
    pub enterprise: bool,
    /// Where it does business.
    pub region: &'a str,
    /// Where the distributor may have resellers.
    pub authorized: &'a [String],
    /// Whether there is a reseller with its e-mail address, of this distributor or another.
    pub is_reseller: bool,
}

/// Decides it (R-CORE-03).
pub fn check_join(joining: &Joining<'_>) -> Result<(), Refusal> {
    if joining.is_reseller {
        return Err(Refusal::AlreadyAReseller);
    }
    if !joining.enterprise {
        return Err(Refusal::EnterpriseRequired);
    }
    let same = |region: &String| region.trim().eq_ignore_ascii_case(joining.region.trim());
    if joining.authorized.iter().any(same) {
        return Ok(());
    }
    Err(Refusal::RegionNotAuthorized(joining.region.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;
    use ResellerInvitationStatus::{Expired, Joined, Pending};

    proptest! {
        /// R-CORE-04: while an invitation is pending its address is not invited again; afterwards it is.
        #[test]
        fn one_invitation_of_an_address_is_pending(
            stored in proptest::option::of(select(vec![Pending, Expired, Joined])),
            expires in 0_i64..100,
            now in 0_i64..100,
        ) {
            let (expires, now) = (Timestamp::from_micros(expires), Timestamp::from_micros(now));
            let status = stored.map(|stored| status_at(stored, expires, now));
            let pending = stored == Some(Pending) && expires > now;
            prop_assert_eq!(status == Some(Pending), pending);
            prop_assert_eq!(check_invite(status, false) == Err(Refusal::Pending), pending);
            prop_assert_eq!(check_invite(status, true), Err(Refusal::AlreadyAReseller));
        }

        /// R-CORE-03: an enterprise of an authorized region that is no reseller yet, and nobody else.
        #[test]
        fn enterprises_of_authorized_regions_join(
            enterprise: bool,
            is_reseller: bool,
            region in select(vec!["SG", "sg ", "TH", ""]),
            authorized in proptest::collection::vec(select(vec!["SG".to_owned(), "TH".to_owned()]), 0..3),
        ) {
            let joining = Joining { enterprise, region, authorized: &authorized, is_reseller };
            let there = authorized.iter().any(|one| one.eq_ignore_ascii_case(region.trim()));
            prop_assert_eq!(check_join(&joining).is_ok(), enterprise && !is_reseller && there);
        }
    }

    /// R-CORE-04: what is pending is sent again, and nothing else.
    #[test]
    fn a_pending_invitation_is_sent_again() {
        assert_eq!(check_resend(Pending), Ok(()));
        assert_eq!(check_resend(Expired), Err(Refusal::Replaced));
        assert_eq!(check_resend(Joined), Err(Refusal::Joined));
    }
}
