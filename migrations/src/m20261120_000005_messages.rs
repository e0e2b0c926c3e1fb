//! Verification codes and the outbox of messages.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE verification_codes (
    id UUID PRIMARY KEY,
    member_id UUID NOT NULL REFERENCES members (id),
    operation TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('EMAIL', 'SMS')),
    code_hash BYTEA NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries SMALLINT NOT NULL CHECK (tries BETWEEN 0 AND 5),
    closed_at BIGINT
);
CREATE UNIQUE INDEX verification_codes_one_live ON verification_codes (member_id, operation) WHERE closed_at IS NULL;
CREATE INDEX verification_codes_member ON verification_codes (member_id, sent_at);

CREATE TABLE messages (
    id UUID PRIMARY KEY,
    channel TEXT NOT NULL CHECK (channel IN ('EMAIL', 'SMS')),
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    secret BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    attempts INTEGER NOT NULL,
    next_attempt_at BIGINT NOT NULL
);
CREATE INDEX messages_due ON messages (next_attempt_at) WHERE sent_at IS NULL;
CREATE INDEX messages_created ON messages (created_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
