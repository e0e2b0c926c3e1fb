//! The lists that can be exported. An area adds one in a file of its own: a [`List`] with its columns and its pages, and
//! a mutation that hands what is asked for to [`graphql::request`](super::graphql::request). Then it has a word in
//! `ExportKind` and a line in [`of_kind`].

use std::{marker::PhantomData, sync::Arc};

use async_graphql::{InputType, Value};
use entities::types::{ExportKind, Timestamp};
use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{DbErr, JsonValue};

use crate::{
    access::{Needs, Viewer},
    customers, invitations, orders,
    outcome::Fault,
    resources,
    store::{
        Store,
        keyset::{Page, Place, Window},
    },
};

/// Rows that are read and written at once; progress is told after each such page.
pub const PAGE: u64 = 1_000;

/// A list.
pub trait List: Send + Sync + 'static {
    /// Which.
    const KIND: ExportKind;
    /// Who may export it; looked at when it is asked for, at each page, and when the file is shown.
    const NEEDS: Needs;
    /// The headings.
    const COLUMNS: &'static [&'static str];
    /// What is asked for: the input of the mutation, which is kept as it was given.
    type Selection: InputType + Send + Sync;

    /// How many rows there are.
    fn count(source: Source<'_>, selection: &Self::Selection) -> impl Future<Output = Result<u64, DbErr>> + Send;

    /// Some rows, in an order that does not change meanwhile, with a cell for each heading. Personal data is masked
    /// (R-CORE-42).
    fn page(
        source: Source<'_>,
        selection: &Self::Selection,
        window: &Window,
    ) -> impl Future<Output = Result<Chunk, DbErr>> + Send;
}

/// Where rows are read, and for whom: in the viewer's scope.
#[derive(Clone, Copy)]
pub struct Source<'s> {
    /// The database.
    pub store: &'s Store,
    /// Who asked, with the rights of now.
    pub viewer: &'s Viewer,
}

/// Some rows.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Their cells. What begins like a formula is made harmless when it is written.
    pub rows: Vec<Vec<String>>,
    /// Where the next page begins; none after the last one.
    pub next: Option<Place>,
}

/// The window that has no rows: of a list that is only counted.
pub const NO_ROWS: Window = Window { limit: 0, backward: false, from: None };

/// The same window of a list that is newest first, from its end on: rows that come, or are moved to the front, while pages
/// are read are told behind those that were there, and none is left out.
pub fn from_the_end(window: &Window) -> Window {
    Window { backward: true, ..window.clone() }
}

/// The rows of a page that was read so, oldest first, and where the next one begins.
pub fn oldest_first<T>(page: Page<Arc<T>>) -> (Vec<Arc<T>>, Option<Place>) {
    let slice = page.slice;
    let next = slice.rows.first().filter(|_| slice.has_previous).map(|(place, _)| place.clone());
    (slice.rows.into_iter().rev().map(|(_, row)| row).collect(), next)
}

/// A time as a cell.
pub fn time(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A list, whatever it is asked for with.
pub trait AnyList: Send + Sync {
    /// Who may export it.
    fn needs(&self) -> Needs;
    /// The headings.
    fn columns(&self) -> &'static [&'static str];
    /// How many rows there are.
    fn count<'a>(&self, source: Source<'a>, selection: &'a JsonValue) -> BoxFuture<'a, Result<u64, Fault>>;
    /// Some rows.
    fn page<'a>(
        &self,
        source: Source<'a>,
        selection: &'a JsonValue,
        window: &'a Window,
    ) -> BoxFuture<'a, Result<Chunk, Fault>>;
}

struct Of<L>(PhantomData<fn() -> L>);

impl<L: List> AnyList for Of<L> {
    fn needs(&self) -> Needs {
        L::NEEDS
    }

    fn columns(&self) -> &'static [&'static str] {
        L::COLUMNS
    }

    fn count<'a>(&self, source: Source<'a>, selection: &'a JsonValue) -> BoxFuture<'a, Result<u64, Fault>> {
        async move { Ok(L::count(source, &recalled::<L>(selection)?).await?) }.boxed()
    }

    fn page<'a>(
        &self,
        source: Source<'a>,
        selection: &'a JsonValue,
        window: &'a Window,
    ) -> BoxFuture<'a, Result<Chunk, Fault>> {
        async move { Ok(L::page(source, &recalled::<L>(selection)?, window).await?) }.boxed()
    }
}

/// What was asked for, to be kept.
pub fn kept<L: List>(selection: &L::Selection) -> Result<JsonValue, Fault> {
    selection.to_value().into_json().map_err(|error| Fault(Box::new(error)))
}

/// What was asked for, as it was kept.
fn recalled<L: List>(selection: &JsonValue) -> Result<L::Selection, Fault> {
    let value = Value::from_json(selection.clone()).map_err(|error| Fault(Box::new(error)))?;
    L::Selection::parse(Some(value)).map_err(|_| Fault::because("what an export was asked for cannot be read any more"))
}

/// The list of a kind.
pub fn of_kind(kind: ExportKind) -> &'static dyn AnyList {
    match kind {
        ExportKind::Customers => &const { Of::<customers::export::Customers>(PhantomData) },
        ExportKind::Invitations => &const { Of::<invitations::export::Invitations>(PhantomData) },
        ExportKind::Orders => &const { Of::<orders::export::Orders>(PhantomData) },
        ExportKind::Resources => &const { Of::<resources::export::Resources>(PhantomData) },
    }
}
