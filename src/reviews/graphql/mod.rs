//! Applications at the API.

mod changes;

use std::{ops::Deref, sync::Arc};

use async_graphql::{Context, ID, InputObject, Interface, Object};
use chrono::{DateTime, Utc};
use entities::{
    application, application_step,
    types::{
        self, Account as AccountName, AccountId, ApplicationAction, ApplicationId, ApplicationKind, ApplicationStatus,
        ApplicationStepKind, Timestamp,
    },
};
use serde::de::DeserializeOwned;

pub use changes::{ApplicationPayload, AttachmentInput, ReviewsMutation, answer, files};

use super::{
    commands::{part_of, state_of},
    kind::{Case, Declaration},
    queries::{self, ApplicationFilter as Filter},
    rules,
};
use crate::{
    accounts::graphql::Member,
    attachments::graphql::Attachment,
    authorizations::graphql::AuthorizationRequest,
    disassociations::graphql::DisassociationRequest,
    graphql::{
        connection::{Connection, OrderDirection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        node::{Account, account_by_id},
        plain::Plain,
        scalars::DateTimeRange,
    },
    preregistrations::review_graphql::PreregistrationReview,
};

/// A request that somebody decides.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The global id."),
    field(name = "kind", ty = "ApplicationKind", desc = "What it is for."),
    field(name = "status", ty = "ApplicationStatus", desc = "Where it stands."),
    field(name = "stage", ty = "String", desc = "The stage at which it stands, or stood last."),
    field(name = "stages", ty = "Vec<String>", desc = "All stages of its kind, in their order."),
    field(name = "round", ty = "i32", desc = "How often it was handed in."),
    field(name = "applicant", ty = "Option<Account>", desc = "Whose it is, as far as the viewer may see it."),
    field(
        name = "submitted_by",
        ty = "Option<Member>",
        desc = "The member that handed it in; shown to its own account only."
    ),
    field(
        name = "subject",
        ty = "Option<Account>",
        desc = "The customer, reseller or partner that it is about; null where it is no longer in the viewer's scope."
    ),
    field(name = "counterparty", ty = "Option<Account>", desc = "The other side, where it decides."),
    field(name = "comment", ty = "Option<String>", desc = "The newest words of whoever decided."),
    field(name = "submitted_at", ty = "DateTime<Utc>", desc = "When it was handed in, at first."),
    field(name = "due_at", ty = "Option<DateTime<Utc>>", desc = "Until when whoever has it is to act."),
    field(name = "overdue", ty = "bool", desc = "Whether that time is over."),
    field(name = "closed_at", ty = "Option<DateTime<Utc>>", desc = "When it came to its end."),
    field(name = "allowed_actions", ty = "Vec<ApplicationAction>", desc = "What the viewer may do with it now."),
    field(name = "attachments", ty = "Vec<Attachment>", desc = "Its files, by slot."),
    field(name = "history", ty = "Vec<ApplicationStep>", desc = "What happened to it, oldest first.")
)]
pub enum Application {
    /// Ending an association.
    DisassociationRequest(DisassociationRequest),
    /// Acting on a customer's behalf.
    AuthorizationRequest(AuthorizationRequest),
    /// Claiming a customer that is not claimed at once.
    PreregistrationReview(PreregistrationReview),
}

impl Application {
    /// From its row.
    pub fn of(row: Arc<application::Model>) -> Self {
        let fields = ApplicationFields(row);
        match fields.0.kind {
            ApplicationKind::Disassociation => Self::DisassociationRequest(DisassociationRequest(fields)),
            ApplicationKind::Authorization => Self::AuthorizationRequest(AuthorizationRequest(fields)),
            ApplicationKind::PreregistrationReview => Self::PreregistrationReview(PreregistrationReview(fields)),
        }
    }

    /// An application in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: ApplicationId) -> async_graphql::Result<Option<Self>> {
        Ok(ctx.loaders()?.application(id).await?.map(Self::of))
    }
}

impl Plain for Application {}

/// The fields that all applications share.
#[derive(Debug, Clone)]
pub struct ApplicationFields(pub Arc<application::Model>);

impl Deref for ApplicationFields {
    type Target = application::Model;

    fn deref(&self) -> &application::Model {
        &self.0
    }
}

impl ApplicationFields {
    fn declaration(&self, ctx: &Context<'_>) -> &'static Declaration {
        ctx.app().reviews.kind(self.0.kind).declaration()
    }

    /// What its kind asked for.
    pub fn form<F: DeserializeOwned>(&self) -> async_graphql::Result<F> {
        Case::of(&self.0).map(|case| case.form).map_err(failed)
    }
}

#[Object]
impl ApplicationFields {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.id.into()
    }

    /// What it is for.
    pub async fn kind(&self, _ctx: &Context<'_>) -> ApplicationKind {
        self.0.kind
    }

    /// Where it stands.
    pub async fn status(&self, _ctx: &Context<'_>) -> ApplicationStatus {
        self.0.status
    }

    /// The stage at which it stands, or stood last.
    pub async fn stage(&self, ctx: &Context<'_>) -> String {
        self.declaration(ctx).stage(self.0.stage).name.to_owned()
    }

    /// All stages of its kind, in their order.
    pub async fn stages(&self, ctx: &Context<'_>) -> Vec<String> {
        self.declaration(ctx).stages.iter().map(|stage| stage.name.to_owned()).collect()
    }

    /// How often it was handed in.
    pub async fn round(&self, _ctx: &Context<'_>) -> i32 {
        self.0.round.into()
    }

    /// Whose it is, as far as the viewer may see it.
    pub async fn applicant(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.account_id).await
    }

    /// The member that handed it in; shown to its own account only.
    pub async fn submitted_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.member_id)).await
    }

    /// The customer, reseller or partner that it is about; null where it is no longer in the viewer's scope.
    pub async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.subject_id).await
    }

    /// The other side, where it decides.
    pub async fn counterparty(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        match self.0.counterparty_id {
            Some(id) => account_by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The newest words of whoever decided.
    pub async fn comment(&self, _ctx: &Context<'_>) -> Option<String> {
        self.0.comment.clone()
    }

    /// When it was handed in, at first.
    pub async fn submitted_at(&self, _ctx: &Context<'_>) -> DateTime<Utc> {
        self.0.submitted_at.to_datetime()
    }

    /// Until when whoever has it is to act.
    pub async fn due_at(&self, _ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.0.due_at.map(Timestamp::to_datetime)
    }

    /// Whether that time is over.
    pub async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.due_at.is_some_and(|due| due <= ctx.app().store.clock().now())
    }

    /// When it came to its end.
    pub async fn closed_at(&self, _ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.0.closed_at.map(Timestamp::to_datetime)
    }

    /// What the viewer may do with it now.
    pub async fn allowed_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ApplicationAction>> {
        let declaration = self.declaration(ctx);
        let part = part_of(ctx.viewer()?, &self.0, declaration);
        Ok(rules::allowed(state_of(&self.0), part, declaration.course()))
    }

    /// Its files, by slot.
    pub async fn attachments(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Attachment>> {
        let files = ctx.loaders()?.application_files(self.0.id).await?;
        Ok(files.iter().cloned().map(Attachment::new).collect())
    }

    /// What happened to it, oldest first.
    pub async fn history(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ApplicationStep>> {
        let declaration = self.declaration(ctx);
        let steps = ctx.loaders()?.application_steps(self.0.id).await?;
        Ok(steps.into_iter().map(|row| ApplicationStep { row, declaration }).collect())
    }
}

/// Declares an object of the API for a kind of application: the shared fields, to which the kind adds its own.
macro_rules! application_object {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub $crate::reviews::graphql::ApplicationFields);

        impl std::ops::Deref for $name {
            type Target = $crate::reviews::graphql::ApplicationFields;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}
pub(crate) use application_object;

/// A step in the life of an application.
#[derive(Debug, Clone)]
pub struct ApplicationStep {
    row: Arc<application_step::Model>,
    declaration: &'static Declaration,
}

/// A step in the life of an application.
#[Object]
impl ApplicationStep {
    /// What happened.
    async fn kind(&self) -> ApplicationStepKind {
        self.row.kind
    }

    /// At which stage.
    async fn stage(&self) -> &str {
        self.declaration.stage(self.row.stage).name
    }

    /// In which round.
    async fn round(&self) -> i32 {
        self.row.round.into()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at.to_datetime()
    }

    /// By which account, as far as the viewer may see it; null where it was time that passed.
    async fn by_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        match self.row.by_account {
            Some(id) => account_by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// By which of its members; shown to that account only.
    async fn by_member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.row.by_member).await
    }

    /// In whose words.
    async fn comment(&self) -> Option<&str> {
        self.row.comment.as_deref()
    }
}

/// Picks applications; conditions given together must all hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ApplicationFilter {
    /// Of these kinds.
    kinds: Option<Vec<ApplicationKind>>,
    /// In these states.
    statuses: Option<Vec<ApplicationStatus>>,
    /// About this customer, reseller or partner.
    subject_id: Option<ID>,
    /// Handed in, at first, in this time.
    submitted_at: Option<DateTimeRange>,
    /// Whether their time is over.
    overdue: Option<bool>,
    /// Whether the viewer decides them now: the reviewers' work list.
    to_decide: Option<bool>,
}

impl From<ApplicationFilter> for Filter {
    fn from(filter: ApplicationFilter) -> Self {
        Self {
            kinds: filter.kinds,
            statuses: filter.statuses,
            subject: filter.subject_id.map(|id| subject(&id)),
            from: filter.submitted_at.and_then(|range| range.from()),
            to: filter.submitted_at.and_then(|range| range.to()),
            overdue: filter.overdue,
            to_decide: filter.to_decide,
        }
    }
}

/// Subjects are accounts of any kind; what is no id names nothing.
fn subject(id: &str) -> AccountId {
    types::parse_global_id(id).map_or_else(AccountId::default, |(_, uuid)| types::Id::<AccountName>::from_uuid(uuid))
}

/// The queries of applications.
#[derive(Default)]
pub struct ReviewsQuery;

#[Object]
impl ReviewsQuery {
    /// Applications that the viewer's account handed in or decides, by the time of their submission, newest first; the
    /// platform sees all.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn applications(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<ApplicationFilter>,
        #[graphql(default_with = "Some(OrderDirection::Desc)")] direction: Option<OrderDirection>,
    ) -> async_graphql::Result<Connection<Application>> {
        let order = queries::by_submission(direction != Some(OrderDirection::Asc));
        let window = PageArguments { first, after, last, before }.window(ctx, order)?;
        let (app, filter) = (ctx.app(), filter.unwrap_or_default().into());
        let counted = wants_total(ctx);
        let page = queries::page(&app.store, ctx.viewer()?, &app.reviews, &filter, &window, order, counted);
        Ok(Connection::new(order, page.await.map_err(failed)?, Application::of))
    }

    /// An application that the viewer's account handed in or decides.
    async fn application(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Application>> {
        match id.parse() {
            Ok(id) => Application::by_id(ctx, id).await,
            Err(_) => Ok(None),
        }
    }
}
