//! Building selects over joined tables.

use entities::narrow::{Columns, Narrow};
use sea_orm::sea_query::{Expr, IntoIden, SelectStatement};

/// Selects columns of a joined table, under the name that it is joined by; [`Narrow::read`] reads them in this order.
pub fn add_columns<E: Narrow>(query: &mut SelectStatement, table: impl IntoIden, columns: Columns<E>) {
    let table = table.into_iden();
    for column in E::selected(columns) {
        query.expr(Expr::col((table.clone(), column)));
    }
}
