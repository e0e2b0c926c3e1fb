//! Pages by keyset: a list has a sort column and the id behind it, a page starts behind a cursor. Never OFFSET.

use std::{collections::HashMap, sync::Arc};

use entities::narrow::{Columns, Narrow, Values};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement, Value,
    sea_query::{
        Alias, ArrayType, Asterisk, Expr, ExprTrait, Func, JoinType, Order, OverStatement, Query, SelectStatement,
        SimpleExpr, Values as BoundValues, WindowStatement,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::add_columns;

/// The sort value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// A row's place in a list. Places of one list compare as the database compares them: names by code point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// What the list is sorted by.
    pub value: SortValue,
    /// Tells rows apart that have the same.
    pub id: Uuid,
}

/// A cursor that is not of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of this list in this order")]
pub struct NotACursor;

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListOrder {
    /// The name of the order.
    pub name: &'static str,
    /// Whether the sort value is text.
    pub by_text: bool,
    /// Largest first.
    pub descending: bool,
}

impl ListOrder {
    /// Tells this order apart from others: a cursor of one is refused by another.
    pub fn tag(self) -> String {
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

/// Rows of a page with their places.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The rows, in the list's order.
    pub rows: Vec<(Place, T)>,
    /// More rows follow.
    pub has_next: bool,
    /// More rows precede.
    pub has_previous: bool,
}

/// A page of a list, and the length of the list where it was asked for.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub slice: Slice<T>,
    /// The length of the whole list.
    pub total: Option<u64>,
}

impl<T> Slice<T> {
    /// Makes a page of the rows that were read: drops the one too many, and puts a page read backward in order.
    fn of(mut rows: Vec<(Place, T)>, window: &Window) -> Self {
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if window.backward {
            rows.reverse();
        }
        let started = window.from.is_some();
        let (has_next, has_previous) = if window.backward { (started, more) } else { (more, started) };
        Self { rows, has_next, has_previous }
    }

    /// Whether these are all rows of the list.
    fn is_all(&self) -> bool {
        !self.has_next && !self.has_previous
    }

    /// The same page of what `to` makes of the rows.
    pub fn map<U>(self, to: impl Fn(T) -> U) -> Slice<U> {
        let Self { rows, has_next, has_previous } = self;
        Slice { rows: rows.into_iter().map(|(place, row)| (place, to(row))).collect(), has_next, has_previous }
    }
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
    pub order: ListOrder,
    /// The part.
    pub window: &'a Window,
    /// Whether the whole is counted too.
    pub counted: bool,
}

impl Listing<'_> {
    /// Reads the page, and the length of the list where it is counted. `columns` adds what `decode` reads.
    pub async fn read<T>(
        mut self,
        db: &impl ConnectionTrait,
        columns: impl FnOnce(&mut SelectStatement),
        decode: impl Fn(&mut Values<'_>) -> Result<T, DbErr>,
    ) -> Result<Page<Arc<T>>, DbErr> {
        let (order, window, counted) = (self.order, self.window, self.counted);
        let id = self.id.clone();
        // A page from a place has a condition more than the list. Others are made to count when they must: copying a
        // statement costs as much as reading some rows.
        let all = (counted && window.from.is_some()).then(|| self.query.clone());
        let mut query = self.behind_start();
        self.keep_first(&mut query);
        columns(&mut query);
        let mut rows = Vec::new();
        for row in db.query_all_raw(with_plain_limit(db, &query)).await? {
            let mut values = Values::of(&row);
            rows.push((place(&mut values, order)?, Arc::new(decode(&mut values)?)));
        }
        let slice = Slice::of(rows, window);
        let total = match counted {
            false => None,
            true if slice.is_all() => Some(slice.rows.len() as u64),
            true => {
                let mut count = all.unwrap_or(query);
                count.clear_selects().clear_order_by().reset_limit().expr(Func::count(id));
                let row = db.query_one(&count).await?;
                Some(row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?.unsigned_abs())
            }
        };
        Ok(Page { slice, total })
    }

    /// Reads the page in whole rows of a table.
    pub async fn read_rows<E: Narrow>(self, db: &impl ConnectionTrait) -> Result<Page<Arc<E::Model>>, DbErr> {
        let columns = |query: &mut SelectStatement| add_columns(query, E::default(), Columns::<E>::ALL);
        self.read(db, columns, |values| E::read(values, Columns::ALL)).await
    }

    /// Reads the same page of the list of each of several parents in one statement, and their lengths in another where
    /// they are counted. `parent` is the column that names a row's parent.
    pub async fn read_each<T>(
        mut self,
        db: &impl ConnectionTrait,
        parent: SimpleExpr,
        parents: &[Uuid],
        columns: impl FnOnce(&mut SelectStatement),
        decode: impl Fn(&mut Values<'_>) -> Result<T, DbErr>,
    ) -> Result<HashMap<Uuid, Page<Arc<T>>>, DbErr> {
        let mut totals: HashMap<Uuid, u64> = HashMap::new();
        if self.counted {
            let mut count = self.query.clone();
            count.expr(parent.clone()).expr(Func::count(self.id.clone()));
            count.and_where(parent.clone().is_in(parents.iter().copied())).add_group_by([parent.clone()]);
            for row in db.query_all(&count).await? {
                totals.insert(row.try_get_by_index(0)?, row.try_get_by_index::<i64>(1)?.unsigned_abs());
            }
        }
        let mut query = self.behind_start();
        query.expr(parent.clone());
        columns(&mut query);
        let query = match db.get_database_backend() {
            DbBackend::Postgres => self.each_by_itself(query, parent, parents),
            _ => self.first_of_each(query, parent, parents),
        };
        let (order, window, counted) = (self.order, self.window, self.counted);
        let downward = self.is_downward();
        let mut found: HashMap<Uuid, Vec<_>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
        for row in db.query_all(&query).await? {
            let mut values = Values::of(&row);
            let place = place(&mut values, order)?;
            let rows = found.entry(values.take()?).or_default();
            rows.push((place, Arc::new(decode(&mut values)?)));
        }
        let pages = found.into_iter().map(|(parent, mut rows)| {
            // They come so already, but the statement does not say that they must.
            rows.sort_by(|(one, _), (other, _)| if downward { other.cmp(one) } else { one.cmp(other) });
            let total = counted.then(|| totals.get(&parent).copied().unwrap_or(0));
            (parent, Page { slice: Slice::of(rows, window), total })
        });
        Ok(pages.collect())
    }

    fn is_downward(&self) -> bool {
        self.order.descending != self.window.backward
    }

    fn direction(&self) -> Order {
        if self.is_downward() { Order::Desc } else { Order::Asc }
    }

    /// The rows from where the page starts, with the columns that tell their places.
    fn behind_start(&mut self) -> SelectStatement {
        let mut query = self.query.take();
        query.expr(self.sort.clone()).expr(self.id.clone());
        if let Some(place) = &self.window.from {
            let row = Expr::tuple([self.sort.clone(), self.id.clone()]);
            let bound = Expr::tuple([Expr::val(place.value.clone()), Expr::val(place.id)]);
            query.and_where(if self.is_downward() { row.lt(bound) } else { row.gt(bound) });
        }
        query
    }

    /// How many rows are read: one more than the page has, to know whether there are more.
    fn limit(&self) -> u64 {
        self.window.limit + 1
    }

    fn keep_first(&self, query: &mut SelectStatement) {
        query.order_by_expr(self.sort.clone(), self.direction()).order_by_expr(self.id.clone(), self.direction());
        query.limit(self.limit());
    }

    /// Runs the select for each parent: an index that is sorted by parent gives each one's first rows without reading
    /// the rest. The ids are hidden in a subquery because PostgreSQL would otherwise count them, and plan the statement
    /// anew for each number.
    fn each_by_itself(&self, mut rows: SelectStatement, parent: SimpleExpr, parents: &[Uuid]) -> SelectStatement {
        const OF: &str = "of_parent";
        const ROWS: &str = "first_rows";
        let ids = Value::Array(ArrayType::Uuid, Some(Box::new(parents.iter().map(|id| (*id).into()).collect())));
        let ids = Func::cust(Alias::new("UNNEST")).arg(Expr::cust_with_values("(SELECT $1::uuid[])", [ids]));
        rows.and_where(parent.eq(Expr::col(Alias::new(OF))));
        self.keep_first(&mut rows);
        Query::select()
            .column((Alias::new(ROWS), Asterisk))
            .from_function(ids, Alias::new(OF))
            .join_lateral(JoinType::InnerJoin, rows, Alias::new(ROWS), Expr::cust("TRUE"))
            .take()
    }

    /// The same where the database has no such joins: numbers the rows of each parent, and keeps the first.
    fn first_of_each(&self, mut rows: SelectStatement, parent: SimpleExpr, parents: &[Uuid]) -> SelectStatement {
        const NUMBER: &str = "number";
        rows.and_where(parent.clone().is_in(parents.iter().copied()));
        let number = WindowStatement::new()
            .add_partition_by(parent)
            .order_by_expr(self.sort.clone(), self.direction())
            .order_by_expr(self.id.clone(), self.direction())
            .take();
        rows.expr_window_as(Func::cust(Alias::new("ROW_NUMBER")), number, Alias::new(NUMBER));
        Query::select()
            .column(Asterisk)
            .from_subquery(rows, Alias::new("numbered"))
            .and_where(Expr::col(Alias::new(NUMBER)).lte(self.limit()))
            .take()
    }
}

/// The statement with its limit, which is the last of its values, as a number in the text. Of a limit that is bound,
/// PostgreSQL's general plan knows nothing, and makes ready for a tenth of all rows: too many of a large list. (In lists
/// for each of several parents that is what makes it walk the index that has them in order.)
fn with_plain_limit(db: &impl ConnectionTrait, query: &SelectStatement) -> Statement {
    let mut statement = db.get_database_backend().build(query);
    let Some(BoundValues(values)) = &mut statement.values else { return statement };
    let bound = format!(" LIMIT ${}", values.len());
    if let (Some(before), Some(Value::BigUnsigned(Some(limit)))) = (statement.sql.strip_suffix(&bound), values.last()) {
        statement.sql = format!("{before} LIMIT {limit}");
        values.pop();
    }
    statement
}

/// The place that the first values of a row tell.
fn place(values: &mut Values<'_>, order: ListOrder) -> Result<Place, DbErr> {
    let value = if order.by_text { SortValue::Text(values.take()?) } else { SortValue::Number(values.take()?) };
    Ok(Place { value, id: values.take()? })
}
