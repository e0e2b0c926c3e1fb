//! Connections: lists in pages, as the Relay specification says.

use async_graphql::{Context, Enum, OutputType, SimpleObject};

use super::{
    context::Asking,
    errors::{bad_cursor, code, coded},
};
use crate::{
    budgets::graphql::BudgetAlert,
    customers::graphql::Customer,
    records::graphql::AdjustmentRecord,
    resellers::graphql::Reseller,
    store::keyset::{ListOrder, Slice, Window},
};

/// Rows of a page where none are asked for.
pub const DEFAULT_PAGE: u64 = 20;
/// Most rows of a page.
pub const MAX_PAGE: u64 = 100;

/// Which way a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum OrderDirection {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow.
    pub has_next_page: bool,
    /// Whether rows precede.
    pub has_previous_page: bool,
    /// The cursor of the first row.
    pub start_cursor: Option<String>,
    /// The cursor of the last row.
    pub end_cursor: Option<String>,
}

/// A row of a list and its place there.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(concrete(name = "ResellerEdge", params(Reseller)))]
#[graphql(concrete(name = "CustomerEdge", params(Customer)))]
#[graphql(concrete(name = "BudgetAlertEdge", params(BudgetAlert)))]
#[graphql(concrete(name = "AdjustmentRecordEdge", params(AdjustmentRecord)))]
pub struct Edge<T: OutputType> {
    /// Its place, for `after` and `before`.
    pub cursor: String,
    /// The row.
    pub node: T,
}

/// A page of a list.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(concrete(name = "ResellerConnection", params(Reseller)))]
#[graphql(concrete(name = "CustomerConnection", params(Customer)))]
#[graphql(concrete(name = "BudgetAlertConnection", params(BudgetAlert)))]
#[graphql(concrete(name = "AdjustmentRecordConnection", params(AdjustmentRecord)))]
pub struct Connection<T: OutputType>
where
    Edge<T>: OutputType,
{
    /// The rows with their places.
    pub edges: Vec<Edge<T>>,
    /// The rows alone.
    pub nodes: Vec<T>,
    /// Where the page stands.
    pub page_info: PageInfo,
    /// The length of the whole list; counted only when asked for.
    pub total_count: i32,
}

impl<T: OutputType + Clone> Connection<T>
where
    Edge<T>: OutputType,
{
    /// A page of rows, and the length of their list if it was counted.
    pub fn new<R>(ctx: &Context<'_>, slice: Slice<R>, total: Option<u64>, node: impl Fn(R) -> T) -> Self {
        let key = &ctx.app().cursor_key;
        let edges: Vec<Edge<T>> =
            slice.rows.into_iter().map(|(place, row)| Edge { cursor: key.seal(&place), node: node(row) }).collect();
        Self {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_next_page: slice.has_next,
                has_previous_page: slice.has_previous,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
            total_count: i32::try_from(total.unwrap_or(0)).unwrap_or(i32::MAX),
        }
    }
}

/// Whether the field at hand is asked for the length of its list.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// The arguments of a list, as the caller gave them.
#[derive(Debug, Default)]
pub struct PageArguments {
    /// Rows from the start.
    pub first: Option<i32>,
    /// Behind this cursor.
    pub after: Option<String>,
    /// Rows from the end.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

impl PageArguments {
    /// The window that they ask for in a list ordered so.
    pub fn window(self, ctx: &Context<'_>, order: &ListOrder) -> async_graphql::Result<Window> {
        let backward = self.last.is_some() || self.before.is_some();
        if backward && (self.first.is_some() || self.after.is_some()) {
            return Err(coded(code::BAD_USER_INPUT, "give either first and after, or last and before"));
        }
        let (count, cursor, name) =
            if backward { (self.last, self.before, "last") } else { (self.first, self.after, "first") };
        let limit = page_size(count, name)?;
        let key = &ctx.app().cursor_key;
        let from = cursor.map(|cursor| key.open(&cursor, order)).transpose().map_err(bad_cursor)?;
        Ok(Window { limit, backward, from })
    }
}

/// How many rows are asked for.
pub fn page_size(count: Option<i32>, name: &str) -> async_graphql::Result<u64> {
    match count.map(u64::try_from) {
        None => Ok(DEFAULT_PAGE),
        Some(Ok(count)) if count <= MAX_PAGE => Ok(count),
        Some(_) => Err(coded(code::BAD_USER_INPUT, format!("{name} must lie between 0 and {MAX_PAGE}"))),
    }
}
