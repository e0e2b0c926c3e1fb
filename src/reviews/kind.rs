//! What a kind of application declares.

use std::{future::Future, marker::PhantomData};

use entities::{
    application,
    types::{
        AccountId, AccountKind, ApplicationAction, ApplicationId, ApplicationKind, CriticalOperation, MemberId,
        Timestamp,
    },
};
use futures_util::future::BoxFuture;
use sea_orm::Iterable;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    commands::{Act, advance_in, expire_in},
    rules::{Cancel, Course, Rework, Term},
};
use crate::{
    access::{ClientAddress, Permission, Viewer},
    attachments::rules::Slot,
    clock::WorkingDays,
    outcome::{Fault, Outcome},
    store::Tx,
    trail::Author,
};

/// Who decides at a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// The platform's reviewers.
    Platform,
    /// The other side, by a member that may do this.
    Counterparty(Permission),
}

/// One stage.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// Its name at the API.
    pub name: &'static str,
    /// Who decides.
    pub decider: Decider,
    /// How fast; without a date where there is none.
    pub term: Option<Term>,
    /// Whether the application ends when nobody has decided in time; else it is shown as overdue.
    pub expires: bool,
}

/// What is the same for all applications of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// The kind.
    pub kind: ApplicationKind,
    /// What a member of the applicant needs to hand in and to take back such.
    pub applicant: Permission,
    /// The stages, in their order.
    pub stages: &'static [Stage],
    /// The places for files.
    pub slots: &'static [Slot],
    /// Whether it may be sent back and handed in again.
    pub rework: Option<Rework>,
    /// Whether it may be taken back.
    pub cancel: Cancel,
}

impl Declaration {
    /// The course that its applications take.
    pub fn course(&self) -> Course {
        let stages = i16::try_from(self.stages.len()).expect("a handful of stages");
        Course { stages, rework: self.rework, cancel: self.cancel }
    }

    /// The stage with this number.
    pub fn stage(&self, number: i16) -> &'static Stage {
        let number = usize::try_from(number).expect("stages are counted from 0");
        &self.stages[number.min(self.stages.len() - 1)]
    }
}

/// An application with its form, as a kind sees it.
#[derive(Debug, Clone)]
pub struct Case<F> {
    /// Its id.
    pub id: ApplicationId,
    /// Whose it is.
    pub account: AccountId,
    /// The member that handed it in.
    pub member: MemberId,
    /// What it is about.
    pub subject: AccountId,
    /// Who decides the stages that are not the platform's.
    pub counterparty: Option<AccountId>,
    /// What the kind asks for.
    pub form: F,
}

impl<F: DeserializeOwned> Case<F> {
    /// From its row.
    pub fn of(row: &application::Model) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id,
            account: row.account_id,
            member: row.member_id,
            subject: row.subject_id,
            counterparty: row.counterparty_id,
            form: F::deserialize(&row.form).map_err(|error| Fault(Box::new(error)))?,
        })
    }
}

/// When a kind is asked whether something stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is handed in, or in again.
    Submission,
    /// Its last stage is passed.
    Approval,
}

/// What happened to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// It was handed in, at first.
    Submitted,
    /// It was handed in again.
    Resubmitted,
    /// A stage was passed, and others follow.
    Passed,
    /// Its last stage was passed.
    Approved,
    /// It was refused.
    Rejected,
    /// It was sent back.
    Returned,
    /// It was taken back.
    Cancelled,
    /// Its time was over.
    Expired,
}

/// What only one open application of all may have, in words.
pub type Claim = String;

/// Who does something with an application, and from which network address.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// The member.
    pub author: Author,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl By {
    /// A viewer, from an address.
    pub fn viewer(viewer: &Viewer, address: ClientAddress) -> Self {
        Self { author: viewer.into(), address }
    }
}

/// A kind of application. Load, decide, apply: as in every command, but that the engine decides where it goes.
pub trait Kind: Send + Sync + 'static {
    /// What it asks for.
    type Form: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// What it decides on.
    type Facts: Send + Sync;

    /// What is the same for all of them.
    const DECLARATION: &'static Declaration;

    /// The stage at which it begins.
    fn first_stage(case: &Case<Self::Form>) -> i16 {
        let _ = case;
        0
    }

    /// What only one open application may have.
    fn claim(case: &Case<Self::Form>) -> Option<Claim> {
        let _ = case;
        None
    }

    /// The critical operation that an action is for members of accounts of a kind: the register says whether it asks
    /// for a verification code.
    fn operation(action: ApplicationAction, by: AccountKind) -> Option<CriticalOperation> {
        let _ = (action, by);
        None
    }

    /// Loads and locks what it decides on and changes.
    fn load_in(tx: &mut Tx, case: &Case<Self::Form>) -> impl Future<Output = Outcome<Self::Facts>> + Send;

    /// What stands in the way: the gates of the kind.
    fn check(case: &Case<Self::Form>, facts: &Self::Facts, moment: Moment) -> Outcome<()>;

    /// What follows from what happened, beside the application's own steps and events.
    fn apply_in(
        tx: &mut Tx,
        case: &Case<Self::Form>,
        facts: &Self::Facts,
        happening: Happening,
        by: Option<By>,
    ) -> impl Future<Output = Outcome<()>> + Send;
}

/// A kind, whatever its form.
pub trait AnyKind: Send + Sync {
    /// See [`Kind::DECLARATION`].
    fn declaration(&self) -> &'static Declaration;
    /// See [`Kind::operation`].
    fn operation(&self, action: ApplicationAction, by: AccountKind) -> Option<CriticalOperation>;
    /// Runs an action of a member on an application of the kind.
    fn act_in<'a>(
        &'a self,
        tx: &'a mut Tx,
        act: &'a Act,
        seen: application::Model,
    ) -> BoxFuture<'a, Outcome<application::Model>>;
    /// Ends an application of the kind whose time is over.
    fn expire_in<'a>(&'a self, tx: &'a mut Tx, seen: application::Model) -> BoxFuture<'a, Outcome<()>>;
}

/// A kind with its form forgotten.
pub struct Erased<K>(PhantomData<fn() -> K>);

impl<K> Erased<K> {
    /// The one value of it.
    pub const NEW: Self = Self(PhantomData);
}

impl<K: Kind> AnyKind for Erased<K> {
    fn declaration(&self) -> &'static Declaration {
        K::DECLARATION
    }

    fn operation(&self, action: ApplicationAction, by: AccountKind) -> Option<CriticalOperation> {
        K::operation(action, by)
    }

    fn act_in<'a>(
        &'a self,
        tx: &'a mut Tx,
        act: &'a Act,
        seen: application::Model,
    ) -> BoxFuture<'a, Outcome<application::Model>> {
        Box::pin(advance_in::<K>(tx, act, seen))
    }

    fn expire_in<'a>(&'a self, tx: &'a mut Tx, seen: application::Model) -> BoxFuture<'a, Outcome<()>> {
        Box::pin(expire_in::<K>(tx, seen))
    }
}

/// The kinds that there are, and the days on which reviewers work.
#[derive(Clone)]
pub struct Reviews {
    kinds: &'static [&'static dyn AnyKind],
    days: WorkingDays,
}

impl Reviews {
    /// The engine with these kinds.
    ///
    /// # Errors
    /// Where a kind of the schema is not among them: a fault of the program, found when it starts.
    pub fn new(kinds: &'static [&'static dyn AnyKind], days: WorkingDays) -> Result<Self, Fault> {
        let missing = |word: &ApplicationKind| !kinds.iter().any(|kind| kind.declaration().kind == *word);
        match ApplicationKind::iter().find(missing) {
            Some(word) => Err(Fault::because(format!("{} is declared nowhere", word.word()))),
            None => Ok(Self { kinds, days }),
        }
    }

    /// The kind behind its word.
    pub fn kind(&self, word: ApplicationKind) -> &'static dyn AnyKind {
        let kind = self.kinds.iter().find(|kind| kind.declaration().kind == word);
        *kind.expect("all of them are there, checked when it was made")
    }

    /// All declarations.
    pub fn declarations(&self) -> impl Iterator<Item = &'static Declaration> {
        self.kinds.iter().map(|kind| kind.declaration())
    }

    /// When a term that begins now is over.
    pub fn end_of(&self, term: Term, from: Timestamp) -> Timestamp {
        const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);
        match term {
            Term::Days(days) => from.plus(DAY * days),
            Term::WorkingDays(days) => self.days.end_after(from, days),
        }
    }
}
