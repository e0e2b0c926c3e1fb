//! Building selects.

use entities::narrow::{Columns, Narrow};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, IntoIden, SelectStatement, SimpleExpr};
use serde::Serialize;

/// Selects columns of a joined table, under the name that it is joined by; [`Narrow::read`] reads them in this order.
pub fn add_columns<E: Narrow>(query: &mut SelectStatement, table: impl IntoIden, columns: Columns<E>) {
    let table = table.into_iden();
    for column in E::selected(columns) {
        query.expr(Expr::col((table.clone(), column)));
    }
}

/// Whether a column that holds a JSON list has this value in it: the quotes of its text delimit one.
pub fn json_list_has(list: SimpleExpr, value: &impl Serialize) -> SimpleExpr {
    let quoted = serde_json::to_string(value).unwrap_or_default();
    let text = list.cast_as("text");
    Func::cust(Alias::new("replace")).args([text.clone(), quoted.into(), "".into()]).ne(text)
}
