//! Changing many rows, each to values of its own, in one statement.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};

/// What PostgreSQL must be told of a bound value inside VALUES; SQLite needs nothing.
#[derive(Clone, Copy)]
pub enum Cast {
    /// A UUID.
    Uuid,
    /// A 64-bit integer.
    BigInt,
    /// A 32-bit integer.
    Integer,
    /// A 16-bit integer.
    SmallInt,
    /// Text.
    Text,
}

impl Cast {
    const fn postgres(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::BigInt => "bigint",
            Self::Integer => "integer",
            Self::SmallInt => "smallint",
            Self::Text => "text",
        }
    }
}

/// Sets `columns` of the rows of `table` whose `id` is the first value of each row, to the values after it.
///
/// Table and columns are constants of the program; values are bound.
pub async fn update_rows(
    db: &impl ConnectionTrait,
    table: &'static str,
    columns: &'static [(&'static str, Cast)],
    rows: Vec<Vec<Value>>,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let mut bound = 0;
    let mut values = Vec::with_capacity(rows.len());
    for row in &rows {
        let casts = std::iter::once(Cast::Uuid).chain(columns.iter().map(|(_, cast)| *cast));
        let places: Vec<String> = row
            .iter()
            .zip(casts)
            .map(|(_, cast)| {
                bound += 1;
                if postgres { format!("${bound}::{}", cast.postgres()) } else { "?".to_owned() }
            })
            .collect();
        values.push(format!("({})", places.join(", ")));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let set: Vec<String> = names.iter().map(|name| format!("{name} = new_rows.{name}")).collect();
    let sql = format!(
        "WITH new_rows (id, {}) AS (VALUES {}) UPDATE {table} SET {} FROM new_rows WHERE {table}.id = new_rows.id",
        names.join(", "),
        values.join(", "),
        set.join(", "),
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, rows.into_iter().flatten());
    db.execute_raw(statement).await?;
    Ok(())
}
