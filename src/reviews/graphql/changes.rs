//! Deciding applications, handing them in again and taking them back.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{
    application,
    types::{ApplicationAction, ApplicationId, ReviewDecision},
};

use super::Application;
use crate::{
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
    outcome::{Outcome, Refusal},
    reviews::{
        commands::{Act, Files},
        queries,
    },
};

/// A file for an application, uploaded before by `POST /attachments`.
#[derive(InputObject)]
pub struct AttachmentInput {
    /// The place that it is for.
    slot: String,
    /// The file.
    attachment_id: ID,
}

/// The files that are given with an application.
pub fn files(given: Vec<AttachmentInput>) -> Outcome<Files> {
    let read = |(index, file): (usize, AttachmentInput)| {
        let not_found = |_| Refusal::not_found("attachments", &file.attachment_id).at("attachments", index);
        Ok((file.slot, file.attachment_id.parse().map_err(not_found)?))
    };
    given.into_iter().enumerate().map(read).collect()
}

/// Deciding an application.
#[derive(InputObject)]
struct ReviewApplicationInput {
    /// Which.
    application_id: ID,
    /// The stage that is decided; one that has been passed meanwhile is refused, so that nobody decides another than the
    /// one that they saw.
    stage: String,
    /// How.
    decision: ReviewDecision,
    /// Why; needed where it is refused or sent back. Up to 1,000 characters.
    comment: Option<String>,
    /// Needed where the register of critical operations says so.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// Handing in an application again.
#[derive(InputObject)]
struct ResubmitApplicationInput {
    /// Which.
    application_id: ID,
    /// An answer to whoever sent it back. Up to 1,000 characters.
    comment: Option<String>,
    /// All files that it is to have from now on; left out where they stay as they are.
    attachments: Option<Vec<AttachmentInput>>,
    /// Needed where the register of critical operations says so.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// Taking an application back.
#[derive(InputObject)]
struct CancelApplicationInput {
    /// Which.
    application_id: ID,
    /// Why. Up to 1,000 characters.
    comment: Option<String>,
}

/// An application that has moved on, or why not.
#[derive(SimpleObject, Default)]
pub struct ApplicationPayload {
    /// The application.
    pub application: Option<Application>,
    /// What to mend; then nothing was changed.
    pub user_errors: Vec<UserError>,
}

/// What becomes of the row that a command answers with.
pub fn answer(outcome: Outcome<application::Model>) -> async_graphql::Result<ApplicationPayload> {
    Ok(match settle(outcome)? {
        Ok(row) => ApplicationPayload { application: Some(Application::of(Arc::new(row))), user_errors: Vec::new() },
        Err(user_errors) => ApplicationPayload { application: None, user_errors },
    })
}

struct Asked {
    application_id: ID,
    action: ApplicationAction,
    stage: Option<String>,
    comment: Option<String>,
    attachments: Option<Vec<AttachmentInput>>,
    code: Option<String>,
}

impl Asked {
    fn of(application_id: ID, action: ApplicationAction) -> Self {
        Self { application_id, action, stage: None, comment: None, attachments: None, code: None }
    }
}

async fn act(ctx: &Context<'_>, asked: Asked) -> Outcome<application::Model> {
    let not_found = || Refusal::not_found("applicationId", &asked.application_id);
    let application: ApplicationId = asked.application_id.parse().map_err(|_| not_found())?;
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let found = queries::by_id(app.store.reader(), viewer, &[application]).await?;
    let row = found.get(&application).ok_or_else(not_found)?;
    let operation = app.reviews.kind(row.kind).operation(asked.action, viewer.account.kind);
    let code = match operation {
        Some(operation) => Some(app.codes.check(&app.store, viewer, operation, asked.code, &ctx.origin()).await?),
        None => None,
    };
    let command = Act {
        viewer: viewer.clone(),
        reviews: app.reviews.clone(),
        application,
        action: asked.action,
        stage: asked.stage,
        comment: asked.comment,
        files: asked.attachments.map(files).transpose()?,
        code,
        address: ctx.origin().address(),
    };
    app.store.execute(command).await
}

/// What can be done with applications of all kinds.
#[derive(Default)]
pub struct ReviewsMutation;

#[Object]
impl ReviewsMutation {
    /// Decides an application at its stage: accepts it, refuses it, or sends it back to be completed. The outcome is
    /// pushed to whoever is concerned.
    async fn review_application(
        &self,
        ctx: &Context<'_>,
        input: ReviewApplicationInput,
    ) -> async_graphql::Result<ApplicationPayload> {
        let action = match input.decision {
            ReviewDecision::Approved => ApplicationAction::Approve,
            ReviewDecision::Rejected => ApplicationAction::Reject,
            ReviewDecision::Returned => ApplicationAction::Return,
        };
        let asked = Asked {
            stage: Some(input.stage),
            code: input.verification_code,
            ..Asked::of(input.application_id, action)
        };
        answer(act(ctx, Asked { comment: input.comment, ..asked }).await)
    }

    /// Hands in again an application that was sent back or refused, where its kind allows that.
    async fn resubmit_application(
        &self,
        ctx: &Context<'_>,
        input: ResubmitApplicationInput,
    ) -> async_graphql::Result<ApplicationPayload> {
        let asked = Asked::of(input.application_id, ApplicationAction::Resubmit);
        let (comment, attachments, code) = (input.comment, input.attachments, input.verification_code);
        answer(act(ctx, Asked { comment, attachments, code, ..asked }).await)
    }

    /// Takes back an application, where its kind allows that.
    async fn cancel_application(
        &self,
        ctx: &Context<'_>,
        input: CancelApplicationInput,
    ) -> async_graphql::Result<ApplicationPayload> {
        let asked = Asked::of(input.application_id, ApplicationAction::Cancel);
        answer(act(ctx, Asked { comment: input.comment, ..asked }).await)
    }
}
