//! Codes that show whose a mailbox is, and invitations that are taken back (docs/decisions/0034).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE mailboxes (
    key BYTEA PRIMARY KEY,
    invitation_id UUID REFERENCES invitations (id),
    code_hash BYTEA,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries SMALLINT NOT NULL CHECK (tries BETWEEN 0 AND 5),
    counted_since BIGINT NOT NULL,
    sent INTEGER NOT NULL CHECK (sent >= 0),
    wrong INTEGER NOT NULL CHECK (wrong >= 0),
    CHECK (code_hash IS NULL OR invitation_id IS NOT NULL)
);
CREATE INDEX mailboxes_invitation ON mailboxes (invitation_id, sent_at) WHERE invitation_id IS NOT NULL;
CREATE INDEX mailboxes_counted ON mailboxes (counted_since);

ALTER TABLE invitations ADD COLUMN ended_at BIGINT;
ALTER TABLE invitations ADD COLUMN ended_by UUID REFERENCES members (id);
UPDATE invitations SET email = NULL, full_name = NULL, name_key = NULL, customer_id = NULL
    WHERE method = 'CUSTOMIZED_LINK' AND status <> 'ASSOCIATED';
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
