//! Who may be a member, which roles go together, and who may give them.

use entities::types::{AccountKind, AssignedRole, MemberRole};

use crate::{
    access::{Permission, Permissions, RoleTable},
    contacts,
    outcome::{Refuse, UserErrorCode},
};

#[cfg(test)]
mod tests;

/// Most roles of a member (R-ORG-08).
pub const MAX_ROLES: usize = 3;
/// Fewest characters of a password (R-INF-02).
pub const MIN_PASSWORD: usize = 8;
/// Most bytes of a password: hashing takes as long as the text.
pub const MAX_PASSWORD: usize = 128;
/// Most characters of a name, a username or a role's name.
pub const MAX_TEXT: usize = contacts::MAX_NAME;
/// Most characters of a description.
pub const MAX_DESCRIPTION: usize = 256;

/// Why something about members or roles is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No role (R-ORG-07).
    #[error("a member needs at least one role")]
    RoleRequired,
    /// Too many (R-ORG-08).
    #[error("{0} roles were given, a member has at most {MAX_ROLES}")]
    TooManyRoles(usize),
    /// They exclude each other (R-ORG-09, R-ORG-10), or one comes twice.
    #[error("{0}")]
    RoleConflict(&'static str),
    /// Members of this kind of account do not have it.
    #[error("members of this account cannot have the role {}", .0.word())]
    NotForThisAccount(MemberRole),
    /// The actor does not hold what it would give.
    #[error("you can give only what you may yourself, and administrators are made by administrators: {0}")]
    NotGrantable(String),
    /// Nobody but the holder changes the holder.
    #[error("the account's holder cannot be changed by a member")]
    Holder,
    /// Not to oneself.
    #[error("you cannot do this to yourself")]
    Yourself,
    /// The name is used, or was (R-ORG-06).
    #[error("the account has, or had, a member with the username {0}")]
    UsernameTaken(String),
    /// Members sign in with their e-mail addresses, so each has its own (R-ORG-34).
    #[error("another member of the account has the e-mail address")]
    EmailTaken,
    /// Not well formed.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
    /// R-INF-02, R-INF-03.
    #[error("a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, letters and digits among them, and no spaces")]
    WeakPassword,
    /// A new password must be new.
    #[error("the new password is the old one")]
    SamePassword,
    /// The name is used.
    #[error("the account has a role of the name {0}")]
    RoleNameTaken(String),
    /// R-ORG-16.
    #[error("an account has at most {0} roles of its own")]
    RoleLimit(u32),
    /// R-ORG-19.
    #[error("a role of the system cannot be changed")]
    SystemRole,
    /// R-ORG-18.
    #[error("{0} members have the role: give them others first")]
    RoleInUse(u64),
    /// No director.
    #[error("the member is no account director")]
    NotADirector,
    /// No manager.
    #[error("the member is no account manager")]
    NotAManager,
    /// A director takes no managers from another one.
    #[error("the account manager has another director")]
    AnothersManager,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::RoleRequired => UserErrorCode::RoleRequired,
            Self::TooManyRoles(_) => UserErrorCode::TooManyRoles,
            Self::RoleConflict(_) | Self::NotForThisAccount(_) => UserErrorCode::RoleConflict,
            Self::NotGrantable(_) => UserErrorCode::PermissionNotGrantable,
            Self::Holder | Self::Yourself | Self::AnothersManager => UserErrorCode::Forbidden,
            Self::UsernameTaken(_) => UserErrorCode::UsernameTaken,
            Self::EmailTaken => UserErrorCode::EmailTaken,
            Self::Invalid(..) => UserErrorCode::InvalidInput,
            Self::WeakPassword | Self::SamePassword => UserErrorCode::WeakPassword,
            Self::RoleNameTaken(_) => UserErrorCode::Conflict,
            Self::RoleLimit(_) => UserErrorCode::RoleLimitReached,
            Self::SystemRole => UserErrorCode::SystemRole,
            Self::RoleInUse(_) => UserErrorCode::RoleInUse,
            Self::NotADirector => UserErrorCode::NotADirector,
            Self::NotAManager => UserErrorCode::NotAnAccountManager,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::RoleRequired
            | Self::TooManyRoles(_)
            | Self::RoleConflict(_)
            | Self::NotForThisAccount(_)
            | Self::NotGrantable(_) => Some("roles"),
            Self::UsernameTaken(_) => Some("username"),
            Self::EmailTaken => Some("email"),
            Self::Invalid(field, _) => Some(field),
            Self::WeakPassword | Self::SamePassword => Some("password"),
            Self::RoleNameTaken(_) => Some("name"),
            Self::NotADirector => Some("directorId"),
            Self::Holder
            | Self::Yourself
            | Self::RoleLimit(_)
            | Self::SystemRole
            | Self::RoleInUse(_)
            | Self::NotAManager
            | Self::AnothersManager => None,
        }
    }
}

/// Whether a member of an account of this kind can hold these roles together (R-ORG-07 … R-ORG-11).
pub fn check_roles(kind: AccountKind, roles: &[AssignedRole]) -> Result<(), Refusal> {
    if roles.is_empty() {
        return Err(Refusal::RoleRequired);
    }
    if roles.len() > MAX_ROLES {
        return Err(Refusal::TooManyRoles(roles.len()));
    }
    if roles.iter().enumerate().any(|(index, role)| roles[..index].contains(role)) {
        return Err(Refusal::RoleConflict("a role is given twice"));
    }
    let has = |role| roles.contains(&AssignedRole::System(role));
    if has(MemberRole::Administrator) && roles.len() > 1 {
        return Err(Refusal::RoleConflict("an administrator has no other role"));
    }
    if has(MemberRole::AccountManager) && has(MemberRole::AccountDirector) {
        return Err(Refusal::RoleConflict("nobody is account manager and account director at once"));
    }
    let foreign = roles.iter().find_map(|role| match role {
        AssignedRole::System(role) if !RoleTable::system_roles(kind).contains(role) => Some(*role),
        _ => None,
    });
    foreign.map_or(Ok(()), |role| Err(Refusal::NotForThisAccount(role)))
}

/// Who gives permissions.
#[derive(Debug, Clone, Copy)]
pub struct Giver {
    /// Whether it is an administrator.
    pub administrator: bool,
    /// What it may.
    pub permissions: Permissions,
}

/// Whether permissions may be given, in a role or to a member: nobody gives what it does not hold.
pub fn check_gift(giver: Giver, given: Permissions) -> Result<(), Refusal> {
    if giver.administrator || giver.permissions.include(given) {
        return Ok(());
    }
    let missing = given.iter().filter(|permission| !giver.permissions.allow(*permission));
    Err(Refusal::NotGrantable(missing.map(Permission::code).collect::<Vec<_>>().join(", ")))
}

/// Whether a member's roles may be touched at all: administrators are made, changed and unmade by administrators.
pub fn check_rank(giver: Giver, roles: &[AssignedRole]) -> Result<(), Refusal> {
    if giver.administrator || !roles.contains(&AssignedRole::System(MemberRole::Administrator)) {
        return Ok(());
    }
    Err(Refusal::NotGrantable(MemberRole::Administrator.word().to_owned()))
}

/// A username in the form that is kept: 1 to 64 letters, digits, `-`, `_` and `.`, a letter first; in lower case.
pub fn check_username(username: &str) -> Result<String, Refusal> {
    let name = username.trim().to_lowercase();
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let holds_well = name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.'));
    if begins_well && holds_well && name.len() <= MAX_TEXT {
        return Ok(name);
    }
    Err(Refusal::Invalid("username", "a username has 1 to 64 letters, digits, -, _ and ., and begins with a letter"))
}

/// A text that must be there.
pub fn check_text(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    contacts::text(text, most).ok_or(Refusal::Invalid(field, "it is empty, too long or has control characters"))
}

/// An e-mail address, in lower case.
pub fn check_email(email: &str) -> Result<String, Refusal> {
    let email = email.trim().to_lowercase();
    if contacts::is_email(&email) { Ok(email) } else { Err(Refusal::Invalid("email", "this is no e-mail address")) }
}

/// A phone number: digits, with a `+` before the country code.
pub fn check_phone(field: &'static str, number: &str) -> Result<String, Refusal> {
    let number = contacts::phone_number(number, &[' ', '-', '(', ')'], 5..=20);
    number.ok_or(Refusal::Invalid(field, "a phone number has 5 to 20 digits, and may begin with +"))
}

/// Whether a password is good enough (R-INF-02, R-INF-03).
pub fn check_password(password: &str) -> Result<(), Refusal> {
    let long = password.chars().count() >= MIN_PASSWORD && password.len() <= MAX_PASSWORD;
    let mixed = password.chars().any(char::is_alphabetic) && password.chars().any(char::is_numeric);
    if long && mixed && !password.chars().any(char::is_whitespace) { Ok(()) } else { Err(Refusal::WeakPassword) }
}
