//! Attachments and exports: what is known of files; their bytes lie outside the database (docs/decisions/0026).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// An attachment that an application has is stored and not removed; one that is free says since when.
const UP: &str = "
CREATE TABLE attachments (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    member_id UUID NOT NULL REFERENCES members (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    sha256 BYTEA,
    created_at BIGINT NOT NULL,
    stored_at BIGINT,
    application_id UUID,
    slot TEXT,
    free_since BIGINT,
    removed_at BIGINT,
    CHECK ((stored_at IS NULL) = (sha256 IS NULL)),
    CHECK ((application_id IS NULL) = (slot IS NULL)),
    CHECK ((application_id IS NULL) = (free_since IS NOT NULL)),
    CHECK (application_id IS NULL OR (stored_at IS NOT NULL AND removed_at IS NULL))
);
CREATE INDEX attachments_free ON attachments (account_id) WHERE application_id IS NULL AND removed_at IS NULL;
CREATE INDEX attachments_stale ON attachments (free_since) WHERE application_id IS NULL AND removed_at IS NULL;
CREATE INDEX attachments_removed ON attachments (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX attachments_application ON attachments (application_id, slot, id) WHERE application_id IS NOT NULL;

CREATE TABLE exports (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    member_id UUID NOT NULL REFERENCES members (id),
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    selection JSONB NOT NULL,
    state TEXT NOT NULL,
    rows_done BIGINT NOT NULL,
    rows_total BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    size BIGINT,
    sha256 BYTEA,
    failure TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    expires_at BIGINT,
    removed_at BIGINT,
    CHECK (state IN ('PENDING', 'RUNNING', 'DONE', 'FAILED')),
    CHECK ((state = 'DONE') = (size IS NOT NULL)),
    CHECK ((state = 'DONE') = (sha256 IS NOT NULL)),
    CHECK ((state = 'DONE') = (expires_at IS NOT NULL)),
    CHECK ((state = 'FAILED') = (failure IS NOT NULL)),
    CHECK ((state IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL))
);
CREATE INDEX exports_account ON exports (account_id, created_at, id);
CREATE INDEX exports_open ON exports (due_at, id) WHERE finished_at IS NULL;
CREATE INDEX exports_kept ON exports (finished_at) WHERE finished_at IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
