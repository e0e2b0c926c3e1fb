//! Attachments at the API. They are uploaded by a door of their own, `POST /attachments`.

use std::time::Duration;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{attachment, types::AttachmentId};

use super::{commands::Remove, jobs, path, queries};
use crate::{
    app::App,
    graphql::{
        context::Asking,
        errors::{UserError, failed, settle},
        plain::Plain,
    },
    outcome::{Outcome, Refusal},
};

/// A file that a member has uploaded for an application.
#[derive(Debug, Clone)]
pub struct Attachment(attachment::Model);

impl Plain for Attachment {}

impl Attachment {
    /// From its row, which the viewer may see.
    pub fn new(row: attachment::Model) -> Self {
        Self(row)
    }

    /// The file with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: AttachmentId) -> async_graphql::Result<Option<Self>> {
        let row = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, id).await.map_err(failed)?;
        Ok(row.map(Self))
    }
}

/// A link to a file of this server that is good for as long as the settings say.
pub fn link(app: &App, path: &str) -> String {
    let lasts = Duration::from_secs(60) * app.settings.files.link_minutes;
    app.links.link(path, app.store.clock().now(), lasts)
}

/// A file that a member has uploaded for an application.
#[Object]
impl Attachment {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is, by its content and its name.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// Its size in bytes.
    async fn size(&self) -> i32 {
        i32::try_from(self.0.size).unwrap_or(i32::MAX)
    }

    /// When it was uploaded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }

    /// For what an application has it; null while none has. Such a file is gone after a day.
    async fn slot(&self) -> Option<&str> {
        self.0.slot.as_deref()
    }

    /// Where it can be fetched without a session, relative to the address of the API. Made anew each time it is asked
    /// for, and good for some minutes: do not keep it.
    async fn download_url(&self, ctx: &Context<'_>) -> String {
        link(ctx.app(), &path(self.0.id))
    }
}

/// The file queries.
#[derive(Default)]
pub struct AttachmentsQuery;

#[Object]
impl AttachmentsQuery {
    /// A file of the account. Members who see only some customers see those of the applications that they see, and free
    /// ones that they uploaded themselves.
    async fn attachment(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Attachment>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        Attachment::by_id(ctx, id).await
    }
}

/// Which file is to go.
#[derive(InputObject)]
struct DeleteAttachmentInput {
    /// The file.
    id: ID,
}

/// What was deleted, or why not.
#[derive(SimpleObject, Default)]
struct DeleteAttachmentPayload {
    /// The id of the file that is gone.
    deleted_id: Option<ID>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

async fn delete(ctx: &Context<'_>, id: &ID) -> Outcome<AttachmentId> {
    let (app, viewer) = (ctx.app(), ctx.acting()?.clone());
    let id = id.parse().map_err(|_| Refusal::not_found("id", id))?;
    app.store.execute(Remove { viewer, id }).await?;
    jobs::remove_now(&app.store, &app.files, id).await;
    Ok(id)
}

/// What can be changed of files.
#[derive(Default)]
pub struct AttachmentsMutation;

#[Object]
impl AttachmentsMutation {
    /// Deletes a file of the account that no application has claimed.
    async fn delete_attachment(
        &self,
        ctx: &Context<'_>,
        input: DeleteAttachmentInput,
    ) -> async_graphql::Result<DeleteAttachmentPayload> {
        Ok(match settle(delete(ctx, &input.id).await)? {
            Ok(id) => DeleteAttachmentPayload { deleted_id: Some(id.into()), user_errors: Vec::new() },
            Err(user_errors) => DeleteAttachmentPayload { user_errors, ..Default::default() },
        })
    }
}
