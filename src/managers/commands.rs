//! Assigning account managers and withdrawing them.

use std::collections::HashMap;

use entities::{
    customer, manager_assignment, member, reseller,
    types::{AccessRecordKind, AccountId, AccountKind, AssignmentId, CustomerId, MemberId, ResellerId, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{
    facts::manager_assigned,
    rules::{self, Refusal, Takeover},
};
use crate::{
    access::{Rows, Viewer},
    access_records::{self, Entry, Subject},
    feed,
    members::commands::Actor,
    outcome::{Error, Outcome, Refusal as Reason},
    store::{Command, Tx},
    trail::Author,
};

/// Customers, or resellers, that somebody looks after.
#[derive(Debug, Clone)]
pub enum Subjects {
    /// Customers of a provider or reseller.
    Customers(Vec<CustomerId>),
    /// Resellers of a distributor.
    Resellers(Vec<ResellerId>),
}

impl Subjects {
    fn ids(&self) -> Vec<AccountId> {
        match self {
            Self::Customers(ids) => ids.iter().map(|id| id.cast()).collect(),
            Self::Resellers(ids) => ids.iter().map(|id| id.cast()).collect(),
        }
    }

    /// What they are.
    fn kind(&self) -> AccountKind {
        match self {
            Self::Customers(_) => AccountKind::Customer,
            Self::Resellers(_) => AccountKind::Reseller,
        }
    }

    fn list(&self) -> &'static str {
        match self {
            Self::Customers(_) => "customerIds",
            Self::Resellers(_) => "resellerIds",
        }
    }

    /// Whether accounts of this kind have such: a distributor's customers are its resellers' business.
    fn check(&self, kind: AccountKind) -> Result<(), Refusal> {
        let given = self.ids().len();
        if !(1..=rules::MAX_BATCH).contains(&given) {
            return Err(Refusal::BatchSize(given));
        }
        let fits = match self {
            Self::Customers(_) => matches!(kind, AccountKind::CloudSolutionProvider | AccountKind::Reseller),
            Self::Resellers(_) => kind == AccountKind::Distributor,
        };
        if fits { Ok(()) } else { Err(Refusal::WrongKind) }
    }

    /// Locks them, in id order; all must be in scope.
    async fn lock_in(&self, tx: &Tx, actor: &Actor) -> Outcome<()> {
        self.check(actor.viewer.account.kind)?;
        let found: Vec<AccountId> = match self {
            Self::Customers(ids) => {
                let rows = tx.lock_customers_in(actor.viewer.customers(), ids).await?;
                rows.into_iter().map(|row| row.id.cast()).collect()
            }
            Self::Resellers(ids) => {
                let rows = reseller::Entity::find()
                    .filter(actor.viewer.resellers())
                    .filter(reseller::Column::Id.is_in(ids.iter().copied()))
                    .order_by_asc(reseller::Column::Id)
                    .lock_exclusive()
                    .all(tx.db())
                    .await?;
                rows.into_iter().map(|row| row.id.cast()).collect()
            }
        };
        let missing = self.ids().into_iter().enumerate().filter(|(_, id)| !found.contains(id));
        let name = |id: AccountId| match self {
            Self::Customers(_) => id.cast::<entities::types::Customer>().to_string(),
            Self::Resellers(_) => id.cast::<entities::types::Reseller>().to_string(),
        };
        let refusals: Vec<_> =
            missing.map(|(index, id)| Reason::not_found(self.list(), &name(id)).at(self.list(), index)).collect();
        if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
    }

    async fn record_in(&self, tx: &Tx, actor: &Actor, kind: AccessRecordKind) -> Outcome<()> {
        let entry = |subject: Subject| Entry::by(&*actor.viewer, kind).about(subject).from(actor.address);
        let entries = match self {
            Self::Customers(ids) => ids.iter().map(|id| entry((*id).into())).collect(),
            Self::Resellers(ids) => ids.iter().map(|id| entry((*id).into())).collect(),
        };
        access_records::append_in(tx, entries).await?;
        Ok(())
    }

    async fn set_manager_in(&self, tx: &Tx, member: Option<MemberId>) -> Outcome<()> {
        match self {
            Self::Customers(ids) => {
                customer::Entity::update_many()
                    .col_expr(customer::Column::AccountManagerId, Expr::value(member))
                    .filter(customer::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx.db())
                    .await?;
            }
            Self::Resellers(ids) => {
                reseller::Entity::update_many()
                    .col_expr(reseller::Column::AccountManagerId, Expr::value(member))
                    .filter(reseller::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx.db())
                    .await?;
            }
        }
        Ok(())
    }
}

/// The assignments that hold now, by customer or reseller.
async fn present_in(
    tx: &Tx,
    account: AccountId,
    subjects: &[AccountId],
) -> Result<HashMap<AccountId, manager_assignment::Model>, DbErr> {
    use manager_assignment::Column;
    let rows = manager_assignment::Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::SubjectId.is_in(subjects.iter().copied()))
        .filter(Condition::any().add(Column::UntilAt.is_null()).add(Column::UntilAt.gt(tx.now())))
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| (row.subject_id, row)).collect())
}

async fn set_end_in(
    tx: &Tx,
    assignments: Vec<AssignmentId>,
    until: Option<Timestamp>,
    by: Option<MemberId>,
) -> Outcome<()> {
    use manager_assignment::Column;
    if !assignments.is_empty() {
        manager_assignment::Entity::update_many()
            .col_expr(Column::UntilAt, Expr::value(until))
            .col_expr(Column::EndedBy, Expr::value(by))
            .filter(Column::Id.is_in(assignments))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// A member whom somebody may make look after others, held until the end, so that it is not deleted meanwhile. A director
/// has its own managers and itself.
///
/// # Refusals, first that holds
/// `NotFound` · `NotAManager` · `NotYours`
pub async fn assignable_in(tx: &Tx, viewer: &Viewer, id: MemberId) -> Outcome<member::Model> {
    let member = member::Entity::find_by_id(id)
        .filter(member::Column::AccountId.eq(viewer.account.id))
        .filter(member::Column::DeletedAt.is_null())
        .lock_shared()
        .one(tx.db())
        .await?
        .ok_or_else(|| Reason::not_found("memberId", &id.to_string()))?;
    if !rules::can_look_after(&member.roles.0) {
        return Err(Refusal::NotAManager.into());
    }
    let own = member.id == viewer.member.id || member.director_id == Some(viewer.member.id);
    if viewer.rows() != Rows::All && !own {
        return Err(Refusal::NotYours.into());
    }
    Ok(member)
}

/// A member who can look after others, held until the transaction ends, so that it is not deleted meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Held(MemberId);

/// Holds a member of an account, before any customer. None where it has gone meanwhile, or does something else now.
pub async fn hold_in(tx: &Tx, account: AccountId, member: MemberId) -> Outcome<Option<Held>> {
    let there = member::Entity::find_by_id(member)
        .filter(member::Column::AccountId.eq(account))
        .filter(member::Column::DeletedAt.is_null())
        .lock_shared();
    let there = there.one(tx.db()).await?.filter(|member| rules::can_look_after(&member.roles.0));
    Ok(there.map(|member| Held(member.id)))
}

/// Says who looks after customers or resellers whom nobody has looked after yet, because they have just come: in the
/// transaction in which they did.
pub async fn begin_in(tx: &mut Tx, by: Author, manager: Held, subjects: &Subjects) -> Outcome<()> {
    let Held(member) = manager;
    let ids = subjects.ids();
    let begun: Vec<_> = ids.iter().map(|id| assignment(tx, by, member, *id).into_active_model()).collect();
    if begun.is_empty() {
        return Ok(());
    }
    manager_assignment::Entity::insert_many(begun).exec_without_returning(tx.db()).await?;
    subjects.set_manager_in(tx, Some(member)).await?;
    tell_in(tx, by.account, subjects.kind(), member, ids).await
}

fn assignment(tx: &Tx, by: Author, member: MemberId, subject: AccountId) -> manager_assignment::Model {
    manager_assignment::Model {
        id: AssignmentId::new(tx.now()),
        subject_id: subject,
        account_id: by.account,
        member_id: member,
        from_at: tx.now(),
        until_at: None,
        assigned_by: by.member,
        ended_by: None,
    }
}

/// Tells managers whom they look after from now on.
async fn tell_in(
    tx: &mut Tx,
    account: AccountId,
    kind: AccountKind,
    member: MemberId,
    subjects: Vec<AccountId>,
) -> Outcome<()> {
    let facts = subjects.into_iter().map(|subject| manager_assigned(account, kind, subject, member)).collect();
    feed::append_in(tx, facts).await?;
    Ok(())
}

/// What becomes of customers and resellers that somebody looks after already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// Whoever did so does no longer.
    AreReplaced,
    /// They are refused (R-CUS-32).
    AreRefused,
}

/// Says who looks after customers or resellers from now on: all of them, or none is changed.
///
/// # Refusals, first kind that holds
/// `NotFound` (member) · `NotAManager` · `NotYours` · `BatchSize` · `WrongKind` · `NotFound` (for each) · `AlreadyAssigned`
/// (for each, where asked for)
pub struct AssignManager {
    /// Who does it.
    pub actor: Actor,
    /// Who looks after them.
    pub member: MemberId,
    /// Whom.
    pub subjects: Subjects,
    /// What becomes of those that somebody looks after.
    pub assigned: Assigned,
}

impl Command for AssignManager {
    /// The assignments that hold now, in the order given.
    type Output = Vec<AssignmentId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let viewer = &self.actor.viewer;
        assignable_in(tx, viewer, self.member).await?;
        self.subjects.lock_in(tx, &self.actor).await?;
        let subjects = self.subjects.ids();
        let mut present = present_in(tx, viewer.account.id, &subjects).await?;
        if self.assigned == Assigned::AreRefused {
            self.check_unassigned(&subjects, &present)?;
        }
        let (mut ended, mut resumed, mut begun, mut holding) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut told = Vec::new();
        for subject in subjects {
            let before = present.remove(&subject);
            match before.as_ref().map(|before| (before.id, rules::take_over(before, self.member))) {
                Some((id, Takeover::Stays)) => holding.push(id),
                Some((id, Takeover::Resumes)) => {
                    resumed.push(id);
                    holding.push(id);
                    told.push(subject);
                }
                other => {
                    ended.extend(other.map(|(id, _)| id));
                    let row = assignment(tx, (&**viewer).into(), self.member, subject);
                    holding.push(row.id);
                    told.push(subject);
                    begun.push(row.into_active_model());
                }
            }
        }
        set_end_in(tx, ended, Some(tx.now()), Some(viewer.member.id)).await?;
        set_end_in(tx, resumed, None, None).await?;
        if !begun.is_empty() {
            manager_assignment::Entity::insert_many(begun).exec_without_returning(tx.db()).await?;
        }
        self.subjects.set_manager_in(tx, Some(self.member)).await?;
        self.subjects.record_in(tx, &self.actor, AccessRecordKind::ManagerAssigned).await?;
        tell_in(tx, viewer.account.id, self.subjects.kind(), self.member, told).await?;
        Ok(holding)
    }
}

impl AssignManager {
    /// Whether nobody looks after any of them (R-CUS-32).
    fn check_unassigned(
        &self,
        subjects: &[AccountId],
        present: &HashMap<AccountId, manager_assignment::Model>,
    ) -> Outcome<()> {
        let taken = subjects.iter().enumerate().filter(|(_, subject)| present.contains_key(subject));
        let refusals: Vec<_> =
            taken.map(|(index, _)| Reason::of(&Refusal::AlreadyAssigned).at(self.subjects.list(), index)).collect();
        if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
    }
}

/// Withdraws whoever looks after customers or resellers: all of them, or none. It counts from the 1st of the next month
/// on; until then the manager sees them, and what they spend counts for it (R-CORE-46).
///
/// # Refusals, first kind that holds
/// `BatchSize` · `WrongKind` · `NotFound`, `NotAssigned`, `EndsAlready` (for each)
pub struct WithdrawManager {
    /// Who does it.
    pub actor: Actor,
    /// From whom.
    pub subjects: Subjects,
}

impl Command for WithdrawManager {
    /// The assignments that end, in the order given.
    type Output = Vec<AssignmentId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let viewer = &self.actor.viewer;
        self.subjects.lock_in(tx, &self.actor).await?;
        let next_month = tx.calendar().start_of(tx.month().next());
        let subjects = self.subjects.ids();
        let present = present_in(tx, viewer.account.id, &subjects).await?;
        let (mut ending, mut refusals) = (Vec::new(), Vec::new());
        for (index, subject) in subjects.iter().enumerate() {
            let decided = present.get(subject).ok_or(Refusal::NotAssigned);
            match decided.and_then(|present| rules::withdraw(present, next_month).map(|_| present.id)) {
                Ok(id) => ending.push(id),
                Err(refusal) => refusals.push(Reason::of(&refusal).at(self.subjects.list(), index)),
            }
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        set_end_in(tx, ending.clone(), Some(next_month), Some(viewer.member.id)).await?;
        self.subjects.record_in(tx, &self.actor, AccessRecordKind::ManagerUnassigned).await?;
        Ok(ending)
    }
}

/// Ends, at once, whoever of an account looks after a customer or reseller that leaves it.
pub async fn end_for_in(tx: &Tx, account: AccountId, subject: AccountId, by: Option<MemberId>) -> Outcome<()> {
    let present = present_in(tx, account, &[subject]).await?;
    set_end_in(tx, present.into_values().map(|assignment| assignment.id).collect(), Some(tx.now()), by).await
}
