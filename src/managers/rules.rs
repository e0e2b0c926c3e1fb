//! What an assignment does to the one before it.

use entities::{
    manager_assignment,
    types::{AssignedRole, MemberId, MemberRole, Timestamp},
};

use crate::outcome::{Refuse, UserErrorCode};

/// Most customers and resellers of one change.
pub const MAX_BATCH: usize = 100;

/// Why nobody is assigned or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not one who could look after anybody.
    #[error("the member is neither account manager nor account director")]
    NotAManager,
    /// A director assigns its own managers, and itself.
    #[error("the account manager is not one of yours")]
    NotYours,
    /// There is nobody to withdraw.
    #[error("no account manager is assigned")]
    NotAssigned,
    /// Somebody looks after it, and is not to be replaced (R-CUS-32).
    #[error("an account manager is assigned already: leave it out, or replace the manager")]
    AlreadyAssigned,
    /// It ends already.
    #[error("the account manager was withdrawn already, and stays until the end of the month")]
    EndsAlready,
    /// Nobody, or too many.
    #[error("{0} customers and resellers were given, 1 to {MAX_BATCH} are possible")]
    BatchSize(usize),
    /// Only distributors have resellers, and only partners that deal with customers have customers.
    #[error("a distributor assigns resellers, other partners assign customers")]
    WrongKind,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::NotAManager => UserErrorCode::NotAnAccountManager,
            Self::NotYours => UserErrorCode::Forbidden,
            Self::AlreadyAssigned => UserErrorCode::AlreadyAssigned,
            Self::NotAssigned | Self::EndsAlready => UserErrorCode::Conflict,
            Self::BatchSize(_) | Self::WrongKind => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAManager | Self::NotYours => Some("memberId"),
            Self::NotAssigned | Self::AlreadyAssigned | Self::EndsAlready | Self::BatchSize(_) | Self::WrongKind => {
                None
            }
        }
    }
}

/// Whether somebody with these roles can look after customers or resellers.
pub fn can_look_after(roles: &[AssignedRole]) -> bool {
    let has = |role| roles.contains(&AssignedRole::System(role));
    has(MemberRole::AccountManager) || has(MemberRole::AccountDirector)
}

/// What becomes of the assignment that holds now, when `member` is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// Nothing: it is this member's.
    Stays,
    /// It is this member's, and its withdrawal is taken back.
    Resumes,
    /// It ends now, and one of the new member begins.
    Ends,
}

/// Decides it.
pub fn take_over(present: &manager_assignment::Model, member: MemberId) -> Takeover {
    match (present.member_id == member, present.until_at) {
        (true, None) => Takeover::Stays,
        (true, Some(_)) => Takeover::Resumes,
        (false, _) => Takeover::Ends,
    }
}

/// Until when a withdrawn manager stays: the beginning of the next month (R-CORE-46).
pub fn withdraw(present: &manager_assignment::Model, next_month: Timestamp) -> Result<Timestamp, Refusal> {
    match present.until_at {
        None => Ok(next_month),
        Some(_) => Err(Refusal::EndsAlready),
    }
}

/// Whether an assignment holds at an instant.
pub fn holds(assignment: &manager_assignment::Model, at: Timestamp) -> bool {
    assignment.from_at <= at && assignment.until_at.is_none_or(|until| at < until)
}

#[cfg(test)]
mod tests {
    use entities::types::{AssignmentId, Id};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id<K>(number: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn assignment(member: u128, from: i64, until: Option<i64>) -> manager_assignment::Model {
        manager_assignment::Model {
            id: AssignmentId::from_uuid(Uuid::from_u128(1)),
            subject_id: id(2),
            account_id: id(3),
            member_id: id(member),
            from_at: Timestamp::from_micros(from),
            until_at: until.map(Timestamp::from_micros),
            assigned_by: id(4),
            ended_by: None,
        }
    }

    proptest! {
        /// R-CORE-46: a manager that is withdrawn looks after its customers until the month ends, and not a moment
        /// longer.
        #[test]
        fn a_withdrawn_manager_stays_until_the_month_ends(from in 0_i64..100, month in 100_i64..200, at in 0_i64..300) {
            let present = assignment(7, from, None);
            let until = withdraw(&present, Timestamp::from_micros(month));
            prop_assert_eq!(until, Ok(Timestamp::from_micros(month)));
            let withdrawn = assignment(7, from, Some(month));
            prop_assert_eq!(withdraw(&withdrawn, Timestamp::from_micros(month)), Err(Refusal::EndsAlready));
            prop_assert_eq!(holds(&withdrawn, Timestamp::from_micros(at)), from <= at && at < month);
        }

        /// At most one assignment holds after a takeover.
        #[test]
        fn whoever_takes_over_is_the_only_one(present in 1_u128..4, new in 1_u128..4, until in proptest::option::of(50_i64..90)) {
            let before = assignment(present, 0, until);
            let decided = take_over(&before, id(new));
            prop_assert_eq!(decided == Takeover::Ends, present != new);
            prop_assert_eq!(decided == Takeover::Resumes, present == new && until.is_some());
        }
    }
}
