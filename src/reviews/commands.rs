//! Handing in, deciding and taking back applications.

use std::sync::Arc;

use entities::{
    application, application_step,
    types::{
        AccountId, AccountKind, ApplicationAction, ApplicationId, ApplicationStatus, ApplicationStepId,
        ApplicationStepKind, AttachmentId, ReviewDecision,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, SqlErr};
use uuid::Uuid;

use super::{
    facts::{self, ReviewDecided},
    kind::{By, Case, Decider, Declaration, Happening, Kind, Moment, Reviews, Stage},
    rules::{self, Part, Refusal, State},
};
use crate::{
    access::{ClientAddress, Permission, Viewer},
    attachments,
    feed::{self, Audience},
    outcome::{Error, Outcome, Refusal as Reason},
    store::{Command, Tx},
    trail::Author,
    verification::commands::Checked,
};

/// What is handed in.
pub struct Opening<F> {
    /// The customer, reseller or partner that it is about.
    pub subject: AccountId,
    /// What that is.
    pub subject_kind: AccountKind,
    /// The row behind it, where members who see less than all see it by that; else the subject.
    pub topic: Option<Uuid>,
    /// Who decides the stages that are not the platform's.
    pub counterparty: Option<AccountId>,
    /// Who hears of it.
    pub audience: Audience,
    /// What the kind asks for.
    pub form: F,
    /// The files, each with its slot.
    pub attachments: Files,
    /// Where the request came from.
    pub address: ClientAddress,
}

/// Files that are given with an application, each with the name of its slot.
pub type Files = Vec<(String, AttachmentId)>;

/// Hands in an application within the transaction of a kind's own command, which has found the subject in the viewer's
/// scope.
///
/// # Refusals, first that holds
/// the kind's gates · `OpenAlready` · what is wrong with the files
pub async fn submit_in<K: Kind>(
    tx: &mut Tx,
    reviews: &Reviews,
    viewer: &Viewer,
    opening: Opening<K::Form>,
) -> Outcome<application::Model> {
    let case = Case {
        id: ApplicationId::new(tx.now()),
        account: viewer.account.id,
        member: viewer.member.id,
        subject: opening.subject,
        counterparty: opening.counterparty,
        form: opening.form,
    };
    let facts = K::load_in(tx, &case).await?;
    K::check(&case, &facts, Moment::Submission)?;
    let first_stage = K::first_stage(&case);
    let mut row = application::Model {
        id: case.id,
        kind: K::DECLARATION.kind,
        account_id: case.account,
        member_id: case.member,
        subject_id: case.subject,
        subject_kind: opening.subject_kind,
        topic_id: opening.topic.map_or(case.subject, AccountId::from_uuid),
        counterparty_id: case.counterparty,
        form: serde_json::json!(case.form),
        status: ApplicationStatus::UnderReview,
        stage: first_stage,
        first_stage,
        round: 1,
        with_counterparty: false,
        comment: None,
        submitted_at: tx.now(),
        due_at: None,
        expires: false,
        closed_at: None,
        claim: K::claim(&case),
        to_distributor: opening.audience.distributor,
        to_partner: opening.audience.partner,
        to_customer: opening.audience.customer,
    };
    wait_at(&mut row, K::DECLARATION.stage(first_stage), reviews, tx);
    let by = By::viewer(viewer, opening.address);
    row.clone().into_active_model().insert(tx.db()).await.map_err(open_already)?;
    claim_files_in(tx, viewer, case.id, &opening.attachments, K::DECLARATION).await?;
    log_in(tx, &row, ApplicationStepKind::Submitted, Some(by.author), None).await?;
    K::apply_in(tx, &case, &facts, Happening::Submitted, Some(by)).await?;
    feed::append_in(tx, vec![facts::application_changed(&row, K::DECLARATION.stage(row.stage).name)]).await?;
    Ok(row)
}

/// Claims the files of an application, where its kind has places for any or some are given.
async fn claim_files_in(
    tx: &Tx,
    viewer: &Viewer,
    application: ApplicationId,
    files: &Files,
    declaration: &Declaration,
) -> Outcome<()> {
    if !files.is_empty() || !declaration.slots.is_empty() {
        let given: Vec<(&str, AttachmentId)> = files.iter().map(|(slot, id)| (slot.as_str(), *id)).collect();
        attachments::commands::claim_in(tx, viewer, application.uuid(), &given, declaration.slots).await?;
    }
    Ok(())
}

/// The one thing that is unique besides the id.
fn open_already(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Refusal::OpenAlready.into(),
        _ => error.into(),
    }
}

/// Puts an application before whoever decides at a stage.
fn wait_at(row: &mut application::Model, stage: &Stage, reviews: &Reviews, tx: &Tx) {
    row.with_counterparty = matches!(stage.decider, Decider::Counterparty(_));
    row.due_at = stage.term.map(|term| reviews.end_of(term, tx.now()));
    row.expires = stage.expires && row.due_at.is_some();
}

/// Does something with an application: decides it at its stage, hands it in again, or takes it back.
///
/// # Refusals, first that holds
/// `NotFound` · `NotYours` · `NotNow` · `NoMoreRounds` · `MovedOn` · `CommentRequired` · `CommentTooLong` ·
/// the kind's gates (where it is handed in, or the last stage is passed) · `Required`, `Expired`, `Invalid` (code)
pub struct Act {
    /// Who does it.
    pub viewer: Arc<Viewer>,
    /// The engine.
    pub reviews: Reviews,
    /// With which application.
    pub application: ApplicationId,
    /// What.
    pub action: ApplicationAction,
    /// The stage at which the caller saw it, where it is decided: nobody decides a stage that they have not seen.
    pub stage: Option<String>,
    /// In whose words.
    pub comment: Option<String>,
    /// All files that it is to have from now on, where it is handed in again and they are to change.
    pub files: Option<Files>,
    /// The verification code, where the kind says that the operation is critical.
    pub code: Option<Checked>,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Command for Act {
    type Output = application::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<application::Model> {
        let seen = application::Entity::find_by_id(self.application).filter(self.viewer.applications());
        let seen = seen.one(tx.db()).await?;
        let seen = seen.ok_or_else(|| Reason::not_found("applicationId", &self.application.to_string()))?;
        self.reviews.kind(seen.kind).act_in(tx, self, seen).await
    }
}

/// What a viewer is to an application.
pub fn part_of(viewer: &Viewer, row: &application::Model, declaration: &Declaration) -> Part {
    let allow = |permission| viewer.permissions().allow(permission);
    let decider = match declaration.stage(row.stage).decider {
        Decider::Platform => viewer.account.kind == AccountKind::Platform && allow(Permission::ApplicationReview),
        Decider::Counterparty(permission) => row.counterparty_id == Some(viewer.account.id) && allow(permission),
    };
    Part { applicant: row.account_id == viewer.account.id && allow(declaration.applicant), decider }
}

/// Where an application stands, as the rules see it.
pub fn state_of(row: &application::Model) -> State {
    State { status: row.status, stage: row.stage, first_stage: row.first_stage, round: row.round }
}

fn happening(action: ApplicationAction, status: ApplicationStatus) -> (Happening, ApplicationStepKind) {
    match action {
        ApplicationAction::Approve if status == ApplicationStatus::Approved => {
            (Happening::Approved, ApplicationStepKind::Approved)
        }
        ApplicationAction::Approve => (Happening::Passed, ApplicationStepKind::Approved),
        ApplicationAction::Reject => (Happening::Rejected, ApplicationStepKind::Rejected),
        ApplicationAction::Return => (Happening::Returned, ApplicationStepKind::Returned),
        ApplicationAction::Resubmit => (Happening::Resubmitted, ApplicationStepKind::Resubmitted),
        ApplicationAction::Cancel => (Happening::Cancelled, ApplicationStepKind::Cancelled),
    }
}

/// Runs an action on an application of a kind. What the kind decides on is locked before the application, as where it is
/// handed in.
pub(super) async fn advance_in<K: Kind>(
    tx: &mut Tx,
    act: &Act,
    seen: application::Model,
) -> Outcome<application::Model> {
    let case = Case::<K::Form>::of(&seen)?;
    let facts = K::load_in(tx, &case).await?;
    let mut row = lock_in(tx, seen.id).await?;
    let declaration = K::DECLARATION;

    let before = declaration.stage(row.stage);
    let part = part_of(&act.viewer, &row, declaration);
    let after = rules::decide(state_of(&row), act.action, part, declaration.course())?;
    if act.stage.as_ref().is_some_and(|stage| stage != before.name) {
        return Err(Refusal::MovedOn.into());
    }
    let comment = rules::check_comment(act.action, act.comment.as_deref())?;
    let (happening, step) = happening(act.action, after.status);
    match happening {
        Happening::Approved => K::check(&case, &facts, Moment::Approval)?,
        Happening::Resubmitted => {
            K::check(&case, &facts, Moment::Submission)?;
            if let Some(files) = &act.files {
                claim_files_in(tx, &act.viewer, row.id, files, declaration).await?;
            }
        }
        _ => {}
    }
    if let Some(code) = &act.code {
        code.use_in(tx, false).await?;
    }

    let by = By::viewer(&act.viewer, act.address);
    log_in(tx, &row, step, Some(by.author), comment.clone()).await?;
    (row.status, row.stage, row.round) = (after.status, after.stage, after.round);
    row.comment = comment.or(row.comment);
    row.with_counterparty = false;
    (row.due_at, row.expires) = (None, false);
    match row.status {
        ApplicationStatus::UnderReview => {
            let stage = declaration.stage(row.stage);
            wait_at(&mut row, stage, &act.reviews, tx);
        }
        ApplicationStatus::Returned => {
            let term = declaration.rework.and_then(|rework| rework.term);
            row.due_at = term.map(|term| act.reviews.end_of(term, tx.now()));
            row.expires = row.due_at.is_some();
        }
        _ => {}
    }
    let row = save_in(tx, row, K::claim(&case)).await?;
    K::apply_in(tx, &case, &facts, happening, Some(by)).await?;
    tell_in(tx, &row, declaration, before, act.action).await?;
    Ok(row)
}

/// Ends an application whose time is over.
pub(super) async fn expire_in<K: Kind>(tx: &mut Tx, seen: application::Model) -> Outcome<()> {
    let case = Case::<K::Form>::of(&seen)?;
    let facts = K::load_in(tx, &case).await?;
    let row = lock_in(tx, seen.id).await?;
    // Somebody may have acted since it was found.
    if !row.expires || row.due_at.is_none_or(|due| due > tx.now()) {
        return Ok(());
    }
    let end = (ApplicationStepKind::Expired, ApplicationStatus::Expired, Happening::Expired);
    end_in::<K>(tx, row, &case, &facts, end, None).await
}

/// Takes back an open application of a kind because what it is about has ended; one that is closed stays as it is. The
/// caller holds the locks of what the kind decides on.
pub async fn cancel_in<K: Kind>(tx: &mut Tx, id: ApplicationId, by: Option<By>) -> Outcome<()> {
    let row = lock_in(tx, id).await?;
    if rules::is_closed(row.status) {
        return Ok(());
    }
    let case = Case::<K::Form>::of(&row)?;
    let facts = K::load_in(tx, &case).await?;
    let end = (ApplicationStepKind::Cancelled, ApplicationStatus::Cancelled, Happening::Cancelled);
    end_in::<K>(tx, row, &case, &facts, end, by).await
}

/// Ends an application that nobody decides any more.
async fn end_in<K: Kind>(
    tx: &mut Tx,
    mut row: application::Model,
    case: &Case<K::Form>,
    facts: &K::Facts,
    (step, status, happening): (ApplicationStepKind, ApplicationStatus, Happening),
    by: Option<By>,
) -> Outcome<()> {
    log_in(tx, &row, step, by.map(|by| by.author), None).await?;
    row.status = status;
    (row.due_at, row.expires, row.with_counterparty) = (None, false, false);
    let row = save_in(tx, row, None).await?;
    K::apply_in(tx, case, facts, happening, by).await?;
    feed::append_in(tx, vec![facts::application_changed(&row, K::DECLARATION.stage(row.stage).name)]).await?;
    Ok(())
}

async fn lock_in(tx: &Tx, id: ApplicationId) -> Outcome<application::Model> {
    let row = application::Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?;
    row.ok_or_else(|| Reason::not_found("applicationId", &id.to_string()).into())
}

async fn save_in(tx: &Tx, mut row: application::Model, claim: Option<String>) -> Outcome<application::Model> {
    let closed = rules::is_closed(row.status);
    row.closed_at = closed.then_some(tx.now());
    row.claim = claim.filter(|_| !closed);
    row.clone().into_active_model().reset_all().update(tx.db()).await.map_err(open_already)?;
    Ok(row)
}

async fn log_in(
    tx: &Tx,
    row: &application::Model,
    kind: ApplicationStepKind,
    by: Option<Author>,
    comment: Option<String>,
) -> Outcome<()> {
    let step = application_step::Model {
        id: ApplicationStepId::new(tx.now()),
        application_id: row.id,
        kind,
        stage: row.stage,
        // What is handed in again begins the next round.
        round: row.round + i16::from(kind == ApplicationStepKind::Resubmitted),
        at: tx.now(),
        by_account: by.map(|author| author.account),
        by_member: by.map(|author| author.member),
        comment,
    };
    step.into_active_model().insert(tx.db()).await?;
    Ok(())
}

/// Decisions are outcomes; whatever happened is told too, to whoever has to act next.
async fn tell_in(
    tx: &mut Tx,
    row: &application::Model,
    declaration: &Declaration,
    decided_at: &Stage,
    action: ApplicationAction,
) -> Outcome<()> {
    let decision = match action {
        ApplicationAction::Approve => Some(ReviewDecision::Approved),
        ApplicationAction::Reject => Some(ReviewDecision::Rejected),
        ApplicationAction::Return => Some(ReviewDecision::Returned),
        ApplicationAction::Resubmit | ApplicationAction::Cancel => None,
    };
    let mut told = vec![facts::application_changed(row, declaration.stage(row.stage).name)];
    if let Some(decision) = decision {
        let decided = ReviewDecided {
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            decision,
            comment: row.comment.clone(),
            application_id: Some(row.id),
            stage: Some(decided_at.name.to_owned()),
            is_final: rules::is_closed(row.status),
        };
        told.push(facts::review_decided(facts::audience(row), row.topic_id, &decided));
    }
    feed::append_in(tx, told).await?;
    Ok(())
}

/// Ends one application whose time is over.
pub struct Expire {
    /// The engine.
    pub reviews: Reviews,
    /// Which application.
    pub application: ApplicationId,
}

impl Command for Expire {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let seen = application::Entity::find_by_id(self.application).one(tx.db()).await?;
        match seen {
            Some(seen) => self.reviews.kind(seen.kind).expire_in(tx, seen).await,
            None => Ok(()),
        }
    }
}
