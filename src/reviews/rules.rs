//! Where an application may go from where it stands. Pure.

use entities::types::{ApplicationAction, ApplicationStatus};

use crate::outcome::{Refuse, UserErrorCode};

/// Longest comment of a decision or an answer to one.
pub const MAX_COMMENT: usize = 1_000;

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else decides, or it is not one's own to hand in or take back.
    #[error("it is not yours to do this with the application")]
    NotYours,
    /// It stands where this cannot be done.
    #[error("the application does not allow this where it stands now")]
    NotNow,
    /// It has moved on since the caller saw it.
    #[error("the application is no longer at this stage; look at it again")]
    MovedOn,
    /// It was handed in as often as it may be.
    #[error("the application was handed in as often as possible")]
    NoMoreRounds,
    /// Whoever refuses says why.
    #[error("a comment is needed, 1 to {MAX_COMMENT} characters")]
    CommentRequired,
    /// The comment is too long.
    #[error("the comment has more than {MAX_COMMENT} characters")]
    CommentTooLong,
    /// An application like this is open already.
    #[error("an application like this is open already")]
    OpenAlready,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::NotYours => UserErrorCode::Forbidden,
            Self::NotNow | Self::MovedOn | Self::NoMoreRounds | Self::OpenAlready => UserErrorCode::Conflict,
            Self::CommentRequired | Self::CommentTooLong => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::MovedOn => Some("stage"),
            Self::CommentRequired | Self::CommentTooLong => Some("comment"),
            _ => None,
        }
    }
}

/// When the applicant may hand in again what was sent back or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rework {
    /// How often it may be handed in altogether; without bound where there is none.
    pub rounds: Option<i16>,
    /// How long a returned application waits, and then ends.
    pub term: Option<Term>,
    /// Whether one that was refused may be handed in again, not only one that was sent back.
    pub after_rejection: bool,
}

/// When the applicant may take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// Not at all.
    Never,
    /// As long as nobody has passed a stage.
    BeforeFirstDecision,
    /// As long as it is open.
    WhileOpen,
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// Days of 24 hours.
    Days(u32),
    /// Working days; the last one counts to its end.
    WorkingDays(u32),
}

/// The course that applications of a kind take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// How many stages there are.
    pub stages: i16,
    /// Whether it can be sent back, and what then; not at all where there is none.
    pub rework: Option<Rework>,
    /// Whether it can be taken back.
    pub cancel: Cancel,
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Its status.
    pub status: ApplicationStatus,
    /// Its stage, from 0.
    pub stage: i16,
    /// The stage at which it began in this round.
    pub first_stage: i16,
    /// Its round, from 1.
    pub round: i16,
}

/// What somebody is to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// It is theirs, and they may hand in and take back such.
    pub applicant: bool,
    /// They decide at the stage where it stands.
    pub decider: bool,
}

/// What becomes of an application through an action.
///
/// # Errors
/// `NotYours` · `NotNow` · `NoMoreRounds`
pub fn decide(state: State, action: ApplicationAction, part: Part, course: Course) -> Result<State, Refusal> {
    use ApplicationAction::{Approve, Cancel as TakeBack, Reject, Resubmit, Return};
    let entitled = match action {
        Approve | Reject | Return => part.decider,
        Resubmit | TakeBack => part.applicant,
    };
    if !entitled {
        return Err(Refusal::NotYours);
    }
    match (action, state.status) {
        (Approve, ApplicationStatus::UnderReview) if state.stage + 1 < course.stages => {
            Ok(State { stage: state.stage + 1, ..state })
        }
        (Approve, ApplicationStatus::UnderReview) => Ok(State { status: ApplicationStatus::Approved, ..state }),
        (Reject, ApplicationStatus::UnderReview) => Ok(State { status: ApplicationStatus::Rejected, ..state }),
        (Return, ApplicationStatus::UnderReview) => {
            let rework = course.rework.ok_or(Refusal::NotNow)?;
            // Sending back what cannot be handed in again would leave it open for ever.
            round_after(state, rework)?;
            Ok(State { status: ApplicationStatus::Returned, ..state })
        }
        (Resubmit, ApplicationStatus::Returned | ApplicationStatus::Rejected) => {
            let rework = course.rework.ok_or(Refusal::NotNow)?;
            if state.status == ApplicationStatus::Rejected && !rework.after_rejection {
                return Err(Refusal::NotNow);
            }
            let round = round_after(state, rework)?;
            Ok(State { status: ApplicationStatus::UnderReview, stage: state.first_stage, round, ..state })
        }
        (TakeBack, ApplicationStatus::UnderReview | ApplicationStatus::Returned) => {
            let may = match course.cancel {
                Cancel::Never => false,
                Cancel::BeforeFirstDecision => {
                    state.status == ApplicationStatus::UnderReview && state.stage == state.first_stage
                }
                Cancel::WhileOpen => true,
            };
            if may { Ok(State { status: ApplicationStatus::Cancelled, ..state }) } else { Err(Refusal::NotNow) }
        }
        _ => Err(Refusal::NotNow),
    }
}

fn round_after(state: State, rework: Rework) -> Result<i16, Refusal> {
    match rework.rounds {
        Some(most) if state.round >= most => Err(Refusal::NoMoreRounds),
        _ => Ok(state.round + 1),
    }
}

/// What somebody may do with an application now: what [`decide`] does not refuse.
pub fn allowed(state: State, part: Part, course: Course) -> Vec<ApplicationAction> {
    use ApplicationAction::{Approve, Cancel as TakeBack, Reject, Resubmit, Return};
    let all = [Approve, Reject, Return, Resubmit, TakeBack];
    all.into_iter().filter(|action| decide(state, *action, part, course).is_ok()).collect()
}

/// Whether nothing happens to it any more, but for being handed in again.
pub fn is_closed(status: ApplicationStatus) -> bool {
    !matches!(status, ApplicationStatus::UnderReview | ApplicationStatus::Returned)
}

/// The words of a decision: refusing and sending back need some.
pub fn check_comment(action: ApplicationAction, comment: Option<&str>) -> Result<Option<String>, Refusal> {
    let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
    let needed = matches!(action, ApplicationAction::Reject | ApplicationAction::Return);
    match comment {
        None if needed => Err(Refusal::CommentRequired),
        Some(comment) if comment.chars().count() > MAX_COMMENT => Err(Refusal::CommentTooLong),
        comment => Ok(comment.map(str::to_owned)),
    }
}

/// A check of a kind: what stands in the way, if it does. Kinds put them together.
pub type Gate<F, R> = fn(&F) -> Option<R>;

/// All that stands in the way, in the order of the gates.
pub fn reasons<F, R>(facts: &F, gates: &[Gate<F, R>]) -> Vec<R> {
    gates.iter().filter_map(|gate| gate(facts)).collect()
}

#[cfg(test)]
mod tests;
