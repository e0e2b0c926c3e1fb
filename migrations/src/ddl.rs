//! One text of DDL for both databases.
//!
//! The text is PostgreSQL's. SQLite gets the same with its own type names and STRICT tables, so that an amount can never
//! turn into a float. What has no common words (triggers) is given per database.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// PostgreSQL's type names and what SQLite's STRICT tables call them; longest first.
const SQLITE_TYPES: [(&str, &str); 8] = [
    // Names sort and compare by code point in both; SQLite does so anyway.
    ("TEXT COLLATE \"C\"", "TEXT"),
    ("BIGSERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    ("SMALLINT", "INTEGER"),
    ("BOOLEAN", "INTEGER"),
    ("BIGINT", "INTEGER"),
    ("BYTEA", "BLOB"),
    ("JSONB", "TEXT"),
    ("UUID", "BLOB"),
];

#[expect(clippy::disallowed_methods, reason = "constant text; DDL takes no parameters")]
/// Runs the statements of `text`, separated by semicolons at line ends.
pub async fn run(manager: &SchemaManager<'_>, text: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let sqlite = db.get_database_backend() == DbBackend::Sqlite;
    for statement in text.split(";\n").map(str::trim).filter(|s| !s.is_empty()) {
        let statement = if sqlite { for_sqlite(statement) } else { statement.to_owned() };
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "constant text; DDL takes no parameters")]
/// Runs the text of the database at hand as one statement.
pub async fn run_either(manager: &SchemaManager<'_>, postgres: &str, sqlite: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let text = if db.get_database_backend() == DbBackend::Sqlite { sqlite } else { postgres };
    db.execute_unprepared(text).await?;
    Ok(())
}

fn for_sqlite(statement: &str) -> String {
    let mut text = statement.to_owned();
    for (postgres, sqlite) in SQLITE_TYPES {
        text = text.replace(postgres, sqlite);
    }
    if text.starts_with("CREATE TABLE") {
        text.push_str(" STRICT");
    }
    text
}
