//! Counts of what must not happen too often (docs/decisions/0037), and an index by which an account's keys of requests are
//! counted.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE tallies (
    tallied TEXT NOT NULL,
    subject BYTEA NOT NULL,
    since BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times INTEGER NOT NULL CHECK (times >= 0),
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tallied, subject)
);
CREATE INDEX tallies_expiry ON tallies (expires_at);
CREATE INDEX idempotency_keys_account ON idempotency_keys (account_id, expires_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
