//! Recipients of messages by type, and messages that no carrier takes.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// What was tried twelve times before there was a list of dead messages belongs on it.
const UP: &str = "
CREATE TABLE message_recipients (
    account_id UUID NOT NULL REFERENCES accounts (id),
    message_type TEXT NOT NULL,
    place SMALLINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    mobile_number TEXT,
    by_email BOOLEAN NOT NULL,
    by_sms BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, message_type, place),
    CHECK (NOT by_email OR email IS NOT NULL),
    CHECK (NOT by_sms OR mobile_number IS NOT NULL),
    CHECK (by_email OR by_sms)
);
ALTER TABLE messages ADD COLUMN failure TEXT;
ALTER TABLE messages ADD COLUMN dead_at BIGINT;
UPDATE messages SET dead_at = next_attempt_at WHERE sent_at IS NULL AND attempts >= 12;
DROP INDEX messages_due;
CREATE INDEX messages_due ON messages (channel, next_attempt_at) WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX messages_dead ON messages (dead_at, id) WHERE dead_at IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
