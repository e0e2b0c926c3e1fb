//! Pages by keyset: a list has a sort column and the id behind it, a page starts behind a cursor. Never OFFSET.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DbErr, QueryResult, Value,
    sea_query::{Alias, Expr, ExprTrait, Func, Order, SelectStatement, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keep_per_parent;

/// The sort value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortValue {
    /// A number: an instant, an amount, a ratio.
    Number(i64),
    /// A name.
    Text(String),
}

impl From<SortValue> for Value {
    fn from(value: SortValue) -> Self {
        match value {
            SortValue::Number(number) => number.into(),
            SortValue::Text(text) => text.into(),
        }
    }
}

/// A row's place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Which order it is a place of: a cursor of one order is refused by another.
    order: String,
    value: SortValue,
    id: Uuid,
}

/// A cursor that is not of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of this list in this order")]
pub struct NotACursor;

impl Place {
    /// The place of a row with this sort value and id.
    pub fn new(order: &ListOrder, value: SortValue, id: Uuid) -> Self {
        Self { order: order.tag(), value, id }
    }

    /// Whether it is a place of a list in this order.
    pub fn is_of(&self, order: &ListOrder) -> bool {
        self.order == order.tag() && matches!(self.value, SortValue::Text(_)) == order.by_text
    }
}

/// The order of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListOrder {
    /// The name of the order.
    pub name: &'static str,
    /// Whether the sort value is text.
    pub by_text: bool,
    /// Largest first.
    pub descending: bool,
}

impl ListOrder {
    fn tag(&self) -> String {
        format!("{}{}", self.name, if self.descending { "-" } else { "+" })
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// How many rows.
    pub limit: u64,
    /// Counted from the end.
    pub backward: bool,
    /// Behind (or, backward, before) this place.
    pub from: Option<Place>,
}

/// Rows of a page with their cursors.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The rows, in the list's order.
    pub rows: Vec<(Place, T)>,
    /// More rows follow.
    pub has_next: bool,
    /// More rows precede.
    pub has_previous: bool,
}

impl<T> Slice<T> {
    /// No rows.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), has_next: false, has_previous: false }
    }
}

const SORT: &str = "sort_value";
const ID: &str = "sort_id";
/// The name under which a list within lists selects its parent.
pub const PARENT: &str = "parent";

/// Turns a select of all rows into the select of one page: adds the sort columns, the place to start from, order and
/// limit. One row more than the limit is read, to know whether there are more. `per_parent` limits each parent's rows
/// instead of the whole.
pub fn page(
    mut query: SelectStatement,
    sort: SimpleExpr,
    id: SimpleExpr,
    order: &ListOrder,
    window: &Window,
    per_parent: bool,
) -> SelectStatement {
    query.expr_as(sort.clone(), Alias::new(SORT)).expr_as(id.clone(), Alias::new(ID));
    let downward = order.descending != window.backward;
    if let Some(place) = &window.from {
        let row = Expr::tuple([sort, id]);
        let bound = Expr::tuple([Expr::val(place.value.clone()), Expr::val(place.id)]);
        query.and_where(if downward { row.lt(bound) } else { row.gt(bound) });
    }
    let direction = if downward { Order::Desc } else { Order::Asc };
    let columns = [(SORT.to_owned(), direction.clone()), (ID.to_owned(), direction)];
    if per_parent {
        return keep_per_parent(query, &columns, window.limit + 1);
    }
    for (column, direction) in columns {
        query.order_by(Alias::new(column), direction);
    }
    query.limit(window.limit + 1);
    query
}

/// The place of a row that [`page`] selected.
pub fn place_of(row: &QueryResult, order: &ListOrder) -> Result<Place, DbErr> {
    let value =
        if order.by_text { SortValue::Text(row.try_get("", SORT)?) } else { SortValue::Number(row.try_get("", SORT)?) };
    Ok(Place::new(order, value, row.try_get("", ID)?))
}

/// Makes a page of the rows that were read: drops the one too many, and puts a page read backward in order.
pub fn slice<T>(mut rows: Vec<(Place, T)>, window: &Window) -> Slice<T> {
    let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    if window.backward {
        rows.reverse();
    }
    let started = window.from.is_some();
    let (has_next, has_previous) = if window.backward { (started, more) } else { (more, started) };
    Slice { rows, has_next, has_previous }
}

/// A list to be read: all of its rows, without columns yet, and which part of it is wanted.
pub struct Listing<'a> {
    /// Selects the rows, scope and filters applied.
    pub query: SelectStatement,
    /// What it is ordered by.
    pub sort: SimpleExpr,
    /// The id behind it.
    pub id: SimpleExpr,
    /// The order.
    pub order: &'a ListOrder,
    /// The part.
    pub window: &'a Window,
    /// Whether the whole is counted too.
    pub counted: bool,
}

impl Listing<'_> {
    /// Reads the page, and the length of the list where it is counted. `columns` adds what `decode` reads.
    pub async fn read<T>(
        self,
        db: &impl ConnectionTrait,
        columns: impl FnOnce(&mut SelectStatement),
        decode: impl Fn(&QueryResult) -> Result<T, DbErr>,
    ) -> Result<(Slice<Arc<T>>, Option<u64>), DbErr> {
        let Self { mut query, sort, id, order, window, counted } = self;
        let total = if counted {
            let mut count = query.clone();
            count.expr_as(Func::count(id.clone()), Alias::new("total"));
            let row = db.query_one(&count).await?;
            Some(row.map_or(Ok(0), |row| row.try_get::<i64>("", "total"))?.unsigned_abs())
        } else {
            None
        };
        columns(&mut query);
        let query = page(query, sort, id, order, window, false);
        let mut rows = Vec::new();
        for row in db.query_all(&query).await? {
            rows.push((place_of(&row, order)?, Arc::new(decode(&row)?)));
        }
        Ok((slice(rows, window), total))
    }
}
