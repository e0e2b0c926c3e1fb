//! Who can be claimed, by whom, and for how long.

use std::time::Duration;

use entities::types::{
    AccountKind, CustomerFact, CustomerFacts, PreregistrationCause as Cause, PreregistrationStatus, Timestamp,
};

use crate::{
    contacts,
    outcome::{Refuse, UserErrorCode},
};

#[cfg(test)]
mod tests;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How long a claim holds (R-CUS-05).
pub const VALID_FOR: Duration = Duration::from_secs(15 * DAY.as_secs());
/// How long before its end the partner is told.
pub const WARNED_BEFORE: Duration = Duration::from_secs(3 * DAY.as_secs());
/// Most claims of a partner that hold (R-CUS-04).
pub const MAX_CLAIMS: u64 = 100;
/// An account that is older has been registered for too long to be taken without a look (R-CUS-02, R-CUS-15).
pub const REGISTERED_LATELY: Duration = Duration::from_secs(7 * DAY.as_secs());
/// Most preregistrations of one deletion.
pub const MAX_BATCH: usize = 100;
/// Most characters of a customer's full name: companies have long ones.
const MAX_NAME: usize = 128;
/// Most characters of remarks.
const MAX_REMARKS: usize = 256;
/// Most characters of what is said of the talks with a customer.
const MAX_COMMUNICATION: usize = 1_000;

/// Why nothing is preregistered or deleted, beside the causes that lie with the customer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not well formed.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
    /// R-CUS-04.
    #[error("you have {MAX_CLAIMS} customers preregistered or under review, and that is the most: wait, or delete one")]
    LimitReached,
    /// R-CUS-06.
    #[error("your account has neither a mobile number nor an e-mail address: put one on file first")]
    ContactRequired,
    /// It is claimed already.
    #[error("you have preregistered this customer already")]
    YoursAlready,
    /// It is associated already.
    #[error("the customer is associated with you already")]
    YourCustomer,
    /// R-CUS-01, R-CUS-02.
    #[error("{}", in_words(*.0))]
    NotAtOnce(Cause),
    /// R-CUS-08.
    #[error("a preregistration that is {} cannot be deleted", .0.word())]
    CannotBeDeleted(PreregistrationStatus),
    /// It needs no review.
    #[error("nothing stands in the way of this customer: preregister it")]
    NothingToReview,
    /// The claim has ended meanwhile.
    #[error("the preregistration is no longer under review")]
    NotUnderReview,
    /// None, or too many.
    #[error("{0} preregistrations were given, 1 to {MAX_BATCH} are possible")]
    BatchSize(usize),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Invalid(..) | Self::BatchSize(_) => UserErrorCode::InvalidInput,
            Self::LimitReached => UserErrorCode::PreregistrationLimitReached,
            Self::ContactRequired => UserErrorCode::ContactRequired,
            Self::YoursAlready
            | Self::YourCustomer
            | Self::CannotBeDeleted(_)
            | Self::NothingToReview
            | Self::NotUnderReview => UserErrorCode::Conflict,
            Self::NotAtOnce(_) => UserErrorCode::PreregistrationRefused,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(field, _) => Some(field),
            Self::YoursAlready | Self::YourCustomer | Self::NotAtOnce(_) => Some("email"),
            Self::BatchSize(_) => Some("preregistrationIds"),
            Self::LimitReached | Self::ContactRequired | Self::CannotBeDeleted(_) => None,
            Self::NothingToReview | Self::NotUnderReview => None,
        }
    }
}

/// A cause as a person is told it.
pub const fn in_words(cause: Cause) -> &'static str {
    match cause {
        Cause::MainlandRegistered => "the customer is registered on the mainland site",
        Cause::AssociatedElsewhere => "the customer is associated with another partner",
        Cause::PreregisteredElsewhere => {
            "another partner has preregistered the customer: try again once its time is over"
        }
        Cause::ConsumerUser => "the customer is a consumer user",
        Cause::VendorContract => "the customer has contracts with the vendor",
        Cause::CashExpenditure => "the customer has cash expenditure, and direct sales have not preregistered it",
        Cause::UnifiedAccountingMember => "the customer is a member of an enterprise master, in unified accounting",
        Cause::DirectSalesClaim => "direct sales have preregistered the customer",
        Cause::OtherCountry => "the customer is registered in another country than you do business in",
        Cause::OnlineSales => "the customer belongs to online sales",
    }
}

/// A potential customer as the partner describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// Its name.
    pub full_name: String,
    /// Its address, in lower case.
    pub email: String,
    /// Its number.
    pub mobile_number: Option<String>,
    /// The partner's own words.
    pub remarks: Option<String>,
}

/// Reads particulars.
pub fn check(
    full_name: &str,
    email: &str,
    mobile_number: Option<&str>,
    remarks: Option<&str>,
) -> Result<Particulars, Refusal> {
    let wrong_name = Refusal::Invalid("fullName", "a full name has 1 to 128 characters");
    let wrong_number = Refusal::Invalid("mobileNumber", "a mobile number has 5 to 20 digits, and may begin with +");
    let wrong_remarks = Refusal::Invalid("remarks", "remarks have at most 256 characters");
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Particulars {
        full_name: contacts::text(full_name, MAX_NAME).ok_or(wrong_name)?,
        email: check_email(email)?,
        mobile_number: given(mobile_number)
            .map(|number| contacts::phone_number(&number, &[' ', '-', '(', ')'], 5..=20).ok_or(wrong_number))
            .transpose()?,
        remarks: given(remarks)
            .map(|remarks| contacts::text(&remarks, MAX_REMARKS).ok_or(wrong_remarks))
            .transpose()?,
    })
}

/// An e-mail address in lower case: letters, digits, `_`, `-` and `.` before and after one `@`.
pub fn check_email(email: &str) -> Result<String, Refusal> {
    let email = email.trim().to_ascii_lowercase();
    let good = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '.' | '@');
    if email.chars().all(good) && email.matches('@').count() == 1 && contacts::is_email(&email) {
        return Ok(email);
    }
    Err(Refusal::Invalid("email", "an e-mail address has letters, digits, _, - and . before and after one @"))
}

/// The partner that claims.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// What it is.
    pub kind: AccountKind,
    /// Where it does business.
    pub country: Option<String>,
}

/// An account that the claimed address belongs to.
#[derive(Debug, Clone)]
pub struct Known {
    /// Whether it is associated with another partner.
    pub associated_elsewhere: bool,
    /// Where it is registered.
    pub country: Option<String>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// Whether it has spent anything, by the charges that were recorded here.
    pub has_spent: bool,
    /// What the vendor knows of it.
    pub facts: CustomerFacts,
}

/// What stands in the way of a claim (R-CUS-01), or can be passed over by a review (R-CUS-02), in the order of the
/// enumeration.
pub fn causes(claimant: &Claimant, known: &[Known], claimed_elsewhere: bool, now: Timestamp) -> Vec<Cause> {
    let any = |holds: &dyn Fn(&Known) -> bool| known.iter().any(holds);
    let has = |fact| any(&|one: &Known| one.facts.has(fact));
    let claimed_by_sales = |one: &Known| one.facts.has(CustomerFact::DirectSalesClaim);
    let has_paid = |one: &Known| one.has_spent || one.facts.has(CustomerFact::CashExpenditure);
    let is_old = |one: &Known| now.since(one.registered_at) > REGISTERED_LATELY;
    let lies_elsewhere = |one: &Known| match (&one.country, &claimant.country) {
        (Some(its), Some(ours)) => !its.eq_ignore_ascii_case(ours),
        _ => false,
    };
    let all = [
        (Cause::MainlandRegistered, has(CustomerFact::MainlandRegistered)),
        (Cause::AssociatedElsewhere, any(&|one| one.associated_elsewhere)),
        (Cause::PreregisteredElsewhere, claimed_elsewhere),
        (Cause::ConsumerUser, has(CustomerFact::ConsumerUser)),
        (Cause::VendorContract, has(CustomerFact::VendorContract)),
        (Cause::CashExpenditure, any(&|one| has_paid(one) && !claimed_by_sales(one))),
        (Cause::UnifiedAccountingMember, has(CustomerFact::UnifiedAccountingMember)),
        (Cause::DirectSalesClaim, any(&|one| claimed_by_sales(one) && (has_paid(one) || is_old(one)))),
        (Cause::OtherCountry, any(&lies_elsewhere)),
        (Cause::OnlineSales, has(CustomerFact::OnlineSales)),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(cause, _)| cause).collect()
}

/// Whether a review may be asked for instead: where nothing but grounds for one stands in the way, and the partner is of
/// a kind that may ask for them (R-CUS-02).
pub fn can_be_reviewed(kind: AccountKind, causes: &[Cause]) -> bool {
    let is_ground = |cause: &Cause| match cause {
        Cause::OtherCountry => matches!(kind, AccountKind::CloudSolutionProvider | AccountKind::Reseller),
        Cause::DirectSalesClaim | Cause::OnlineSales => kind == AccountKind::CloudSolutionProvider,
        Cause::MainlandRegistered
        | Cause::AssociatedElsewhere
        | Cause::PreregisteredElsewhere
        | Cause::ConsumerUser
        | Cause::VendorContract
        | Cause::CashExpenditure
        | Cause::UnifiedAccountingMember => false,
    };
    !causes.is_empty() && causes.iter().all(is_ground)
}

/// Whether a claim holds at an instant: nobody else can claim the customer.
pub fn holds(status: PreregistrationStatus, expires_at: Timestamp, now: Timestamp) -> bool {
    match status {
        PreregistrationStatus::UnderReview => true,
        PreregistrationStatus::Preregistered => now < expires_at,
        PreregistrationStatus::Rejected
        | PreregistrationStatus::Expired
        | PreregistrationStatus::Associated
        | PreregistrationStatus::Deleted => false,
    }
}

/// Whether a preregistration can be deleted (R-CUS-08). One that is deleted stays so.
pub fn check_deletion(status: PreregistrationStatus) -> Result<(), Refusal> {
    match status {
        PreregistrationStatus::Preregistered | PreregistrationStatus::Rejected | PreregistrationStatus::Expired => {
            Ok(())
        }
        PreregistrationStatus::UnderReview | PreregistrationStatus::Associated | PreregistrationStatus::Deleted => {
            Err(Refusal::CannotBeDeleted(status))
        }
    }
}

/// What is said of the talks with a customer, for a review.
pub fn check_communication(words: &str) -> Result<String, Refusal> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > MAX_COMMUNICATION {
        return Err(Refusal::Invalid(
            "communicationProcess",
            "say how you have talked so far, in 1 to 1,000 characters",
        ));
    }
    Ok(words.to_owned())
}
