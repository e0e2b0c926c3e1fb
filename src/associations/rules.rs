//! What stands in the way of an association.

use std::time::Duration;

use entities::types::{
    Amount, AssociationFailure as Failure, CustomerFact, CustomerFacts, FreezeCause, InvitationMethod,
    InvitationStatus, Thresholds, Timestamp,
};

use crate::{
    contacts,
    customers::standing::{Freeze, Frozen, Ledger, Reach, Standing},
    invitations::rules::is_for_one,
    outcome::{Refuse, UserErrorCode},
    preregistrations::rules::REGISTERED_LATELY,
};

#[cfg(test)]
mod tests;
mod words;

pub use words::{in_words, suggested_operation};

/// Mailboxes that a link for one customer has codes sent to within an hour.
const MAX_MAILBOXES_FOR_ONE: u64 = 10;
/// Customers that can come by one link for many …
pub const MAX_BY_LINK: u64 = 100;
/// … within this time: what a link that fell into wrong hands can do.
pub const BY_LINK_WITHIN: Duration = Duration::from_secs(3_600);

/// Why nothing is tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// R-CUS-16.
    #[error("the association instructions must be accepted")]
    InstructionsRequired,
    /// Not well formed.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
    /// What came by e-mail shows whose the mailbox is by itself.
    #[error("the invitation came by e-mail, which shows whose the mailbox is: sign up without a code")]
    NoCodeNeeded,
    /// The name is used.
    #[error("there is an account of the name {0}")]
    AccountNameTaken(String),
    /// R-CUS-14, R-CUS-15.
    #[error("{}: {}", in_words(*.0), suggested_operation(*.0))]
    NotAssociated(Failure),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::InstructionsRequired => UserErrorCode::AgreementRequired,
            Self::Invalid(..) => UserErrorCode::InvalidInput,
            Self::NoCodeNeeded => UserErrorCode::Conflict,
            Self::AccountNameTaken(_) => UserErrorCode::AccountNameTaken,
            Self::NotAssociated(_) => UserErrorCode::AssociationRefused,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::InstructionsRequired => Some("instructionsAccepted"),
            Self::Invalid(field, _) => Some(field),
            Self::NoCodeNeeded => Some("code"),
            Self::AccountNameTaken(_) => Some("accountName"),
            Self::NotAssociated(
                Failure::LinkUnknown | Failure::LinkExpired | Failure::LinkUsed | Failure::CodeUsed,
            ) => Some("code"),
            Self::NotAssociated(Failure::EmailMismatch) => Some("email"),
            Self::NotAssociated(_) => None,
        }
    }
}

/// An account name in the form that is kept: 1 to 64 letters, digits, `-`, `_` and `.`, a letter first; in lower case.
pub fn check_account_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim().to_lowercase();
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let holds_well = name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.'));
    if begins_well && holds_well && name.len() <= contacts::MAX_NAME {
        return Ok(name);
    }
    let wrong = "an account name has 1 to 64 letters, digits, -, _ and ., and begins with a letter";
    Err(Refusal::Invalid("accountName", wrong))
}

/// A country or region by its two letters, in upper case.
pub fn check_country(country: &str) -> Result<String, Refusal> {
    let country = country.trim().to_ascii_uppercase();
    let good = country.len() == 2 && country.chars().all(|one| one.is_ascii_alphabetic());
    if good { Ok(country) } else { Err(Refusal::Invalid("countryRegion", "give the two letters of ISO 3166")) }
}

/// An invitation that is followed.
#[derive(Debug, Clone)]
pub struct Followed {
    /// How it was made.
    pub method: InvitationMethod,
    /// Where it stands.
    pub status: InvitationStatus,
    /// Whether it was taken back.
    pub ended: bool,
    /// Until when it can be followed.
    pub valid_until: Timestamp,
    /// The address that it was sent to.
    pub email: Option<String>,
    /// How many came by it within [`BY_LINK_WITHIN`].
    pub lately: u64,
}

/// Whose claim on a customer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nobody's.
    None,
    /// That of the partner whose invitation is followed.
    Own,
    /// Another partner's.
    Others,
}

/// Whoever follows an invitation.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// Whether it has no account yet, and asks for one.
    pub is_new: bool,
    /// Whether somebody who asks for an account has one already, by the address.
    pub has_other_account: bool,
    /// Its address, in lower case.
    pub email: Option<String>,
    /// Whether a partner has it already.
    pub associated: bool,
    /// Whose claim holds.
    pub claim: Claim,
    /// When its account was registered.
    pub registered_at: Timestamp,
    /// Whether it has spent anything, by the charges that were recorded here.
    pub has_spent: bool,
    /// Whether orders recorded here wait for payment.
    pub has_unpaid_orders: bool,
    /// What the vendor knows of it.
    pub facts: CustomerFacts,
}

/// Whether an invitation can be followed, whoever does (R-CUS-14); the first failure that holds.
pub fn check_open(invitation: &Followed, now: Timestamp) -> Result<(), Failure> {
    let by_email = invitation.method == InvitationMethod::FromPartnerCenter;
    if is_for_one(invitation.method) && invitation.status == InvitationStatus::Associated {
        return Err(if by_email { Failure::CodeUsed } else { Failure::LinkUsed });
    }
    if invitation.ended || invitation.status == InvitationStatus::Expired || now >= invitation.valid_until {
        return Err(Failure::LinkExpired);
    }
    if !is_for_one(invitation.method) && invitation.lately >= MAX_BY_LINK {
        return Err(Failure::Busy);
    }
    Ok(())
}

/// Whether whoever follows an invitation shows by it that a mailbox is its own: an e-mail went to one mailbox only, and a
/// link is handed around.
pub const fn shows_mailbox(method: InvitationMethod) -> bool {
    matches!(method, InvitationMethod::FromPartnerCenter)
}

/// To how many mailboxes an invitation has codes sent within an hour: a link for one customer to a few, since the one may
/// mistype.
pub const fn most_mailboxes(method: InvitationMethod) -> u64 {
    if is_for_one(method) { MAX_MAILBOXES_FOR_ONE } else { MAX_BY_LINK }
}

/// Whether an invitation that is open can be followed by this applicant (R-CUS-07, R-CUS-13, R-CUS-14); the first failure
/// that holds.
pub fn check_follower(invitation: &Followed, applicant: &Applicant) -> Result<(), Failure> {
    let by_email = invitation.method == InvitationMethod::FromPartnerCenter;
    // First, so that an invitation by e-mail tells nothing of other addresses.
    if by_email && invitation.email != applicant.email {
        return Err(Failure::EmailMismatch);
    }
    if applicant.has_other_account || !(by_email || applicant.is_new) {
        return Err(Failure::ExistingAccount);
    }
    Ok(())
}

/// What of the applicant stands in the way (R-CUS-14, R-CUS-15), in the order of the enumeration.
pub fn obstacles(applicant: &Applicant, now: Timestamp) -> Vec<Failure> {
    let has = |fact| applicant.facts.has(fact);
    let claimed = applicant.claim == Claim::Own;
    let is_old = now.since(applicant.registered_at) > REGISTERED_LATELY;
    let all = [
        (Failure::PrepaidPartner, has(CustomerFact::PrepaidPartner)),
        (Failure::RegisteredByAnotherPartner, applicant.claim == Claim::Others),
        (Failure::AlreadyPartner, has(CustomerFact::PartnerOrApplying)),
        (Failure::AssociatedElsewhere, applicant.associated),
        (Failure::SpecialContract, has(CustomerFact::SpecialContract)),
        (Failure::InternalAccount, has(CustomerFact::InternalAccount)),
        (Failure::IndependentMembers, has(CustomerFact::IndependentMembers)),
        (Failure::MemberAccount, has(CustomerFact::MemberAccount)),
        (Failure::UnifiedAccountingMember, has(CustomerFact::UnifiedAccountingMember)),
        (Failure::ConsumptionRecord, !claimed && (applicant.has_spent || has(CustomerFact::CashExpenditure))),
        (Failure::RegisteredTooLongAgo, !claimed && is_old),
        (Failure::OutstandingInvoices, has(CustomerFact::OutstandingInvoices)),
        (Failure::OverduePayment, has(CustomerFact::OverduePayment)),
        (Failure::UnpaidBills, has(CustomerFact::UnpaidBills)),
        (Failure::UnpaidOrders, applicant.has_unpaid_orders || has(CustomerFact::UnpaidOrders)),
        (Failure::SupportPlan, has(CustomerFact::PartnerSupportPlan) || has(CustomerFact::ServiceSupportPlan)),
        (Failure::MemberSupportPlan, has(CustomerFact::MemberSupportPlan)),
        (Failure::ProfessionalServiceContract, has(CustomerFact::ProfessionalServiceContract)),
        (Failure::ReservedInstances, has(CustomerFact::ReservedInstances)),
        (Failure::DevelopmentPath, has(CustomerFact::DevelopmentPath)),
        (Failure::StoredValueCards, has(CustomerFact::StoredValueCards)),
        (Failure::MainlandRegistered, has(CustomerFact::MainlandRegistered)),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(failure, _)| failure).collect()
}

/// What becomes of an invitation that was followed in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing: it has been used, or the failure is not the applicant's.
    Nothing,
    /// It ends.
    Ends,
    /// The failure, and it can be followed again.
    Failure,
}

/// Decides it.
pub const fn keep(failure: Failure) -> Kept {
    match failure {
        Failure::Busy | Failure::LinkUnknown | Failure::LinkUsed | Failure::CodeUsed => Kept::Nothing,
        Failure::LinkExpired => Kept::Ends,
        _ => Kept::Failure,
    }
}

/// The standing of a customer that has just been associated: its account is frozen (R-CORE-29) unless it is already, and
/// nothing is left of what an earlier partner allowed it, nor of what it spent then: that is no business of this one, and
/// must not use up its first budget (docs/decisions/0031).
pub fn associated(before: &Standing, now: Timestamp) -> Standing {
    let frozen = Frozen { reach: Reach::Account, cause: FreezeCause::Association, reason: None, since: now, by: None };
    let freeze = match &before.freeze {
        Freeze::None => Freeze::Frozen(frozen),
        already @ Freeze::Frozen(_) => already.clone(),
    };
    let ledger = Ledger {
        month: before.ledger.month,
        expenditure: Amount::ZERO,
        counted: Amount::ZERO,
        one_time_used: Amount::ZERO,
        open_alerts: Thresholds::NONE,
        since: now,
    };
    Standing { budget: None, ledger, freeze, refreeze: None }
}
