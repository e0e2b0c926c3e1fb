//! Keys of mutations that may be repeated, with the answers that were given first.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE idempotency_keys (
    account_id UUID NOT NULL REFERENCES accounts (id),
    key_hash BYTEA NOT NULL,
    request_hash BYTEA NOT NULL,
    attempt UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('RUNNING', 'CHANGED', 'ANSWERED')),
    leased_until BIGINT NOT NULL,
    answer BYTEA,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key_hash),
    CONSTRAINT answered_at_the_end CHECK (answer IS NULL OR state = 'ANSWERED')
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
