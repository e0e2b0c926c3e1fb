//! What an operation can come to: a result, a refusal that a person can mend, or a fault that we must mend.

use std::fmt::Display;

use async_graphql::Enum;
use sea_orm::DbErr;

/// The result of a command.
pub type Outcome<T> = Result<T, Error>;

/// Why a command has no result. Either way nothing was changed.
#[derive(Debug)]
pub enum Error {
    /// The request cannot be granted as it stands; one entry for each reason, one at least.
    Refused(Vec<Refusal>),
    /// Something broke that the caller cannot mend.
    Fault(Fault),
}

/// One reason, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: UserErrorCode,
    /// For people: what was wrong, with the value and the limit, and what to do.
    pub message: String,
    /// The path of the input field that is to blame, empty where it is the whole.
    pub field: Vec<String>,
}

/// Something of ours broke: the database, a bug. Logged once, where it leaves the program. Not `Display`, so that `?`
/// cannot turn it into an error that a caller sees.
#[derive(Debug)]
pub struct Fault(pub Box<dyn std::error::Error + Send + Sync>);

impl Fault {
    /// A fault that is told in words.
    pub fn because(message: impl Into<String>) -> Self {
        Self(message.into().into())
    }
}

/// An area's own enumeration of refusals.
pub trait Refuse: Display {
    /// Its code at the API.
    fn code(&self) -> UserErrorCode;
    /// The input field to blame, if it is one.
    fn field(&self) -> Option<&'static str> {
        None
    }
}

impl Error {
    /// The refusals, blamed on an entry of a list; a fault stays one.
    pub fn at(self, list: &str, index: usize) -> Outcome<Vec<Refusal>> {
        match self {
            Self::Refused(refusals) => Ok(refusals.into_iter().map(|refusal| refusal.at(list, index)).collect()),
            fault @ Self::Fault(_) => Err(fault),
        }
    }
}

impl Refusal {
    /// The refusal of an area as the API tells it.
    pub fn of(reason: &impl Refuse) -> Self {
        Self {
            code: reason.code(),
            message: reason.to_string(),
            field: reason.field().map(|name| vec![name.to_owned()]).unwrap_or_default(),
        }
    }

    /// The same refusal, blamed on an entry of a list.
    #[must_use]
    pub fn at(mut self, list: &str, index: usize) -> Self {
        self.field = vec![list.to_owned(), index.to_string()];
        self
    }

    /// An input that is not well formed.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { code: UserErrorCode::InvalidInput, message: message.into(), field: vec![field.to_owned()] }
    }

    /// An id that the viewer's scope does not hold. The same words, whether it exists elsewhere or not (R-CORE-01).
    pub fn not_found(field: &str, id: &str) -> Self {
        Self { code: UserErrorCode::NotFound, message: format!("{id} was not found"), field: vec![field.to_owned()] }
    }
}

impl<R: Refuse> From<R> for Error {
    fn from(reason: R) -> Self {
        Self::Refused(vec![Refusal::of(&reason)])
    }
}
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
/// For what the program asks of itself: nobody is there to mend what is refused.
impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Fault(fault) => fault,
            Error::Refused(refusals) => {
                let messages: Vec<String> = refusals.into_iter().map(|refusal| refusal.message).collect();
                Self::because(messages.join("; "))
            }
        }
    }
}
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}
impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self(Box::new(error))
    }
}
/// What was wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum UserErrorCode {
    /// The id names nothing that the viewer may see.
    NotFound,
    /// The viewer may not do this.
    Forbidden,
    /// A value is not well formed or out of its bounds.
    InvalidInput,
    /// The account, member or password is wrong, or the refresh token is no longer good.
    SignInFailed,
    /// The operation needs a verification code: ask for one with `sendVerificationCode`.
    VerificationCodeRequired,
    /// The verification code is wrong, was used, or was tried too often.
    VerificationCodeInvalid,
    /// The verification code is too old: ask for a new one.
    VerificationCodeExpired,
    /// Too many requests of this kind in a short time.
    TooManyRequests,
    /// A quota of this type is needed.
    QuotaRequired,
    /// The sum of the budgets would exceed the quota.
    QuotaExceeded,
    /// The quota would fall below the budgets already set.
    QuotaBelowBudgets,
    /// The reseller holds no quota of this budget type.
    BudgetTypeNotGranted,
    /// Somebody else is in charge of this customer now.
    NotManagerInCharge,
    /// The acting partner's own account is frozen.
    OwnAccountFrozen,
    /// The customer is frozen at this level or above already.
    AlreadyFrozen,
    /// The customer is not frozen at this level.
    NotFrozen,
    /// The customer's account is frozen, which does not allow this (R-CORE-31, R-CORE-32).
    AccountFrozen,
    /// An agreement or letter must be accepted first.
    AgreementRequired,
    /// The state of things does not allow it.
    Conflict,
    /// The budget does not cover it.
    InsufficientBudget,
    /// The password is not the member's own choice yet: change it with `changeInitialPassword` first (R-ORG-35).
    PasswordChangeRequired,
    /// The password is not good enough, or is the old one (R-INF-02, R-INF-03).
    WeakPassword,
    /// A member needs a role (R-ORG-07).
    RoleRequired,
    /// A member has at most three roles (R-ORG-08).
    TooManyRoles,
    /// The roles exclude each other, or are not for this account (R-ORG-09, R-ORG-10).
    RoleConflict,
    /// The acting member does not hold what it would give.
    PermissionNotGrantable,
    /// The account has, or had, a member of this username.
    UsernameTaken,
    /// Another member has the e-mail address.
    EmailTaken,
    /// The account has as many roles of its own as it may (R-ORG-16).
    RoleLimitReached,
    /// Roles of the system cannot be changed (R-ORG-19).
    SystemRole,
    /// Members have the role (R-ORG-18).
    RoleInUse,
    /// The member is no account director.
    NotADirector,
    /// The member is no account manager.
    NotAnAccountManager,
    /// The customer cannot be preregistered, or not without a review; the payload says why (R-CUS-01, R-CUS-02).
    PreregistrationRefused,
    /// As many customers are preregistered or under review as a partner may have (R-CUS-04).
    PreregistrationLimitReached,
    /// The account needs a mobile number or an e-mail address on file (R-CUS-06).
    ContactRequired,
    /// The customer is not preregistered by the viewer's account, or no longer (R-CUS-10).
    NotPreregistered,
    /// As many customized links were made within 24 hours as a partner may make (R-CUS-11).
    LinkLimitReached,
    /// The customer cannot be associated; the payload says why and what to do (R-CUS-14, R-CUS-15).
    AssociationRefused,
    /// Somebody looks after the customer or reseller already (R-CUS-32).
    AlreadyAssigned,
    /// The text has a newer version: read and sign that one.
    OutdatedVersion,
    /// An invitation to this address is pending: resend it (R-CORE-04).
    InvitationPending,
    /// The code names no invitation that is pending.
    InvitationInvalid,
    /// Only enterprises can be resellers (R-CORE-03).
    EnterpriseRequired,
    /// The distributor may not recruit resellers there (R-CORE-03).
    RegionNotAuthorized,
    /// Whoever is invited is a reseller already (R-CORE-03).
    AlreadyAReseller,
    /// Another account has this name.
    AccountNameTaken,
    /// The file is not what its name says, its name or kind is not taken, or it does not fit its place.
    InvalidAttachment,
    /// The file is larger than it may be.
    AttachmentTooLarge,
    /// The list has more rows than one export holds.
    ExportTooLarge,
}
