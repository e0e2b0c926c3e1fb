//! Applications and their history.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r#"
CREATE TABLE applications (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    member_id UUID NOT NULL REFERENCES members (id),
    subject_id UUID NOT NULL REFERENCES accounts (id),
    subject_kind TEXT NOT NULL,
    topic_id UUID NOT NULL,
    counterparty_id UUID REFERENCES accounts (id),
    form JSONB NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('UNDER_REVIEW', 'RETURNED', 'APPROVED', 'REJECTED', 'CANCELLED', 'EXPIRED')),
    stage SMALLINT NOT NULL,
    first_stage SMALLINT NOT NULL CHECK (first_stage BETWEEN 0 AND stage),
    round SMALLINT NOT NULL CHECK (round >= 1),
    with_counterparty BOOLEAN NOT NULL,
    comment TEXT,
    submitted_at BIGINT NOT NULL,
    due_at BIGINT,
    expires BOOLEAN NOT NULL,
    closed_at BIGINT,
    claim TEXT UNIQUE,
    to_distributor UUID REFERENCES accounts (id),
    to_partner UUID REFERENCES accounts (id),
    to_customer UUID REFERENCES accounts (id),
    CONSTRAINT counterparty_decides_where_there_is_one CHECK (NOT with_counterparty OR counterparty_id IS NOT NULL),
    CONSTRAINT nothing_is_claimed_for_ever CHECK (closed_at IS NULL OR claim IS NULL),
    CONSTRAINT what_expires_is_due CHECK (NOT expires OR due_at IS NOT NULL)
);
CREATE INDEX applications_of_account ON applications (account_id, submitted_at, id);
CREATE INDEX applications_of_counterparty ON applications (counterparty_id, submitted_at, id)
    WHERE counterparty_id IS NOT NULL;
CREATE INDEX applications_in_time ON applications (submitted_at, id);
CREATE INDEX applications_of_subject ON applications (subject_id, submitted_at, id);
CREATE INDEX applications_to_decide ON applications (submitted_at, id) WHERE status = 'UNDER_REVIEW';
CREATE INDEX applications_that_expire ON applications (due_at) WHERE expires;

CREATE TABLE application_steps (
    id UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    kind TEXT NOT NULL,
    stage SMALLINT NOT NULL,
    round SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    by_account UUID REFERENCES accounts (id),
    by_member UUID REFERENCES members (id),
    comment TEXT
);
CREATE INDEX application_steps_of ON application_steps (application_id, id);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
