//! What members are beyond signing in, roles that accounts make, who looks after whom, and what an event tells of.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r#"
ALTER TABLE members ADD COLUMN office_phone TEXT;
ALTER TABLE members ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE members ADD COLUMN director_id UUID REFERENCES members (id);
ALTER TABLE members ADD COLUMN created_by UUID REFERENCES members (id);
ALTER TABLE members ADD COLUMN last_login_at BIGINT;
ALTER TABLE members ADD COLUMN deleted_at BIGINT;
CREATE INDEX members_director ON members (director_id) WHERE director_id IS NOT NULL;

CREATE TABLE roles (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    permissions JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, name_key)
);

CREATE TABLE manager_assignments (
    id UUID PRIMARY KEY,
    subject_id UUID NOT NULL REFERENCES accounts (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    member_id UUID NOT NULL REFERENCES members (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    assigned_by UUID NOT NULL REFERENCES members (id),
    ended_by UUID REFERENCES members (id)
);
CREATE INDEX manager_assignments_subject ON manager_assignments (subject_id, from_at);
CREATE INDEX manager_assignments_member ON manager_assignments (member_id, from_at);
CREATE INDEX manager_assignments_account ON manager_assignments (account_id, from_at, id);
CREATE INDEX manager_assignments_ending ON manager_assignments (until_at) WHERE until_at IS NOT NULL;

ALTER TABLE events ADD COLUMN subject_id UUID;
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
