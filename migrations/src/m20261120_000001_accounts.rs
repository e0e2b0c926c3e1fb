//! Accounts, members, sessions and the records of who looked at personal data.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r#"
CREATE TABLE accounts (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('PLATFORM', 'DISTRIBUTOR', 'CLOUD_SOLUTION_PROVIDER', 'RESELLER', 'CUSTOMER')),
    account_name TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    email TEXT,
    mobile_number TEXT,
    country_region TEXT,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'FROZEN')),
    verification_enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX accounts_mobile_number ON accounts (mobile_number);

CREATE TABLE members (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    username TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    mobile_number TEXT,
    roles JSONB NOT NULL,
    password_hash TEXT NOT NULL,
    holder BOOLEAN NOT NULL,
    locked BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, username)
);
CREATE UNIQUE INDEX members_one_holder ON members (account_id) WHERE holder;

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    member_id UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    token_hash BYTEA PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE access_records (
    id BIGSERIAL PRIMARY KEY,
    at BIGINT NOT NULL,
    by_account UUID NOT NULL,
    by_member UUID NOT NULL,
    subject UUID NOT NULL,
    field TEXT NOT NULL
);
CREATE INDEX access_records_by_account ON access_records (by_account, id);
CREATE INDEX access_records_subject ON access_records (subject, id);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
