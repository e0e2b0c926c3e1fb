//! Building selects over joined tables and lists within lists.

use sea_orm::{
    EntityTrait, Iden, Iterable,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, WindowStatement},
};

/// The column prefix under which a table's columns are selected, so that several models can be read from one row.
#[derive(Clone, Copy)]
pub struct Prefixed(pub &'static str);

/// Selects all columns of `E` under a prefix.
pub fn add_columns<E: EntityTrait>(query: &mut SelectStatement, prefix: Prefixed) {
    for column in E::Column::iter() {
        let alias = format!("{}{}", prefix.0, column.unquoted());
        query.expr_as(Expr::col((E::default(), column)), Alias::new(alias));
    }
}

/// Limits a select that covers many parents to `limit` rows of each, in one statement.
///
/// `inner` selects its rows with the parent's id under the name `parent` and is not ordered yet; `order` names selected
/// columns.
pub fn keep_per_parent(mut inner: SelectStatement, order: &[(String, Order)], limit: u64) -> SelectStatement {
    let mut window = WindowStatement::partition_by(Alias::new(super::keyset::PARENT));
    for (column, direction) in order {
        window.order_by(Alias::new(column), direction.clone());
    }
    let ranked = Query::select()
        .column(sea_orm::sea_query::Asterisk)
        .expr_window_as(sea_orm::sea_query::Func::cust(Alias::new("ROW_NUMBER")), window, Alias::new("place"))
        .from_subquery(inner.take(), Alias::new("rows"))
        .take();
    let mut outer = Query::select()
        .column(sea_orm::sea_query::Asterisk)
        .from_subquery(ranked, Alias::new("ranked"))
        .and_where(Expr::col(Alias::new("place")).lte(limit))
        .take();
    for (column, direction) in order {
        outer.order_by(Alias::new(column), direction.clone());
    }
    outer
}
