//! Exports at the API: the history, one export, and how far it is. Asking for one is a mutation of the list's own area.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entities::{
    export,
    types::{ExportFormat, ExportId, ExportKind, ExportState, Timestamp},
};
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};

use super::{
    commands::Request,
    file_name,
    lists::{self, List, Source},
    path, queries,
};
use crate::{
    access::Viewer,
    accounts::graphql::Member,
    attachments::graphql::link,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, code, coded, failed, settle},
        events::{News, Part},
        plain::Plain,
    },
    outcome::Outcome,
    store::Store,
};

/// A list that is written into a file.
#[derive(Debug, Clone)]
pub struct Export(Arc<export::Model>);

impl Plain for Export {}

impl Export {
    /// The export with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: ExportId) -> async_graphql::Result<Option<Self>> {
        let row = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, id).await.map_err(failed)?;
        Ok(row.map(|row| Self(Arc::new(row))))
    }
}

fn rows(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A list that is written into a file, beside requests.
#[Object]
impl Export {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Which list.
    async fn kind(&self) -> ExportKind {
        self.0.kind
    }

    /// Which kind of file.
    async fn format(&self) -> ExportFormat {
        self.0.format
    }

    /// How far it is.
    async fn state(&self) -> ExportState {
        self.0.state
    }

    /// Rows written so far. They begin again at 0 where the work had to be begun anew.
    async fn rows_done(&self) -> i32 {
        rows(self.0.rows_done)
    }

    /// Rows that there are, as counted when it was asked for or begun.
    async fn rows_total(&self) -> i32 {
        rows(self.0.rows_total)
    }

    /// Bytes of the file; null before it is there.
    async fn size(&self) -> Option<i32> {
        self.0.size.map(|size| i32::try_from(size).unwrap_or(i32::MAX))
    }

    /// Why there is no file, where it failed.
    async fn failure_reason(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Who asked for it.
    async fn requested_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.member_id)).await
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }

    /// When it was done, or failed.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at.map(Timestamp::to_datetime)
    }

    /// Until when the file is kept.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at.map(Timestamp::to_datetime)
    }

    /// What the file is called.
    async fn file_name(&self, ctx: &Context<'_>) -> String {
        file_name(&self.0, ctx.app().store.calendar())
    }

    /// Where the file can be fetched without a session, relative to the address of the API; null where it is not there
    /// yet, or no longer. Made anew each time it is asked for, and good for some minutes: do not keep it.
    async fn download_url(&self, ctx: &Context<'_>) -> Option<String> {
        let app = ctx.app();
        queries::has_file(&self.0, app.store.clock().now()).then(|| link(app, &path(self.0.id)))
    }
}

/// The export that was asked for, or why not.
#[derive(SimpleObject, Default)]
pub struct ExportPayload {
    /// The export, which waits to be begun.
    export: Option<Export>,
    /// What to mend; then nothing was asked for.
    user_errors: Vec<UserError>,
}

async fn ask_for<L: List>(
    ctx: &Context<'_>,
    format: ExportFormat,
    selection: Outcome<L::Selection>,
) -> Outcome<export::Model> {
    let (app, viewer, selection) = (ctx.app(), ctx.acting()?.clone(), selection?);
    let rows = L::count(Source { store: &app.store, viewer: &viewer }, &selection).await?;
    let asked = Request {
        viewer,
        address: ctx.origin().address(),
        kind: L::KIND,
        format,
        selection: lists::kept::<L>(&selection)?,
        rows,
        settings: app.settings.exports,
    };
    let row = app.store.execute(asked).await?;
    app.exports_asked.notify_one();
    Ok(row)
}

/// Asks for an export of a list, for the mutation of the list's area, which has checked what is asked for.
///
/// # Refusals, first that holds
/// those of the area · `TOO_MANY_REQUESTS` · `EXPORT_TOO_LARGE`
pub async fn request<L: List>(
    ctx: &Context<'_>,
    format: ExportFormat,
    selection: Outcome<L::Selection>,
) -> async_graphql::Result<ExportPayload> {
    Ok(match settle(ask_for::<L>(ctx, format, selection).await)? {
        Ok(row) => ExportPayload { export: Some(Export(Arc::new(row))), user_errors: Vec::new() },
        Err(user_errors) => ExportPayload { user_errors, ..Default::default() },
    })
}

/// The export queries.
#[derive(Default)]
pub struct ExportsQuery;

#[Object]
impl ExportsQuery {
    /// The account's exports of the lists that you may export, newest first: the last 90 days. Members who see only some
    /// customers see what they asked for themselves since that is so.
    async fn exports(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<Export>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let page = queries::page(&ctx.app().store, ctx.viewer()?, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, Export))
    }

    /// One of them.
    async fn export(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Export>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        Export::by_id(ctx, id).await
    }
}

/// How often a follower looks at how far an export is, wherever it runs: as often as a person can follow.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Where a follower of an export is.
enum Following {
    Begins(Arc<export::Model>),
    GoesOn(Arc<export::Model>),
    Ends,
}

/// An export as it is now, then each time that it has gone on, to its end.
fn follow(
    store: Store,
    viewer: Arc<Viewer>,
    row: export::Model,
) -> BoxStream<'static, async_graphql::Result<Arc<export::Model>>> {
    let ended = |row: &export::Model| row.finished_at.is_some();
    stream::unfold(Following::Begins(Arc::new(row)), move |following| {
        let (store, viewer) = (store.clone(), viewer.clone());
        async move {
            let shown = match following {
                Following::Ends => return None,
                Following::Begins(row) => Ok(row),
                Following::GoesOn(before) => loop {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    match queries::by_id(store.reader(), &viewer, before.id).await {
                        Ok(None) => return None,
                        Ok(Some(row)) if row == *before => {}
                        Ok(Some(row)) => break Ok(Arc::new(row)),
                        Err(error) => break Err(failed(error)),
                    }
                },
            };
            let next = match &shown {
                Ok(row) if !ended(row) => Following::GoesOn(row.clone()),
                Ok(_) | Err(_) => Following::Ends,
            };
            Some((shown, next))
        }
    })
    .boxed()
}

/// What is pushed of exports.
#[derive(Default)]
pub struct ExportsSubscription;

#[Subscription]
impl ExportsSubscription {
    /// How far an export is: now, then each time that it has gone on, until it is done or failed. Then the subscription
    /// completes. It does not matter on which node it runs.
    async fn export_progress(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Export>>> {
        let tell = match ctx.data::<Part>()? {
            Part::News(News::Export(row)) => return Ok(stream::iter([Ok(Export(row.clone()))]).boxed()),
            Part::News(News::Event(_)) => return Ok(stream::empty().boxed()),
            Part::Follow(tell) => tell,
        };
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let found = match id.parse::<ExportId>() {
            Ok(id) => queries::by_id(store.reader(), viewer, id).await.map_err(failed)?,
            Err(_) => None,
        };
        let row = found.ok_or_else(|| coded(code::BAD_USER_INPUT, format!("{} was not found", id.as_str())))?;
        let news = follow(store.clone(), viewer.clone(), row).map(|row| row.map(News::Export)).boxed();
        tell.hand_over(news);
        Ok(stream::pending().boxed())
    }
}
