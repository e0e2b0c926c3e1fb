//! Access records of every kind, by ids that a list can be paged by; and what failed lately at the door
//! (docs/decisions/0023).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const MAKE: &str = r#"
ALTER TABLE access_records RENAME TO reveals;
DROP INDEX access_records_by_account;
DROP INDEX access_records_subject;

CREATE TABLE access_records (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_account UUID,
    by_member UUID,
    subject_prefix TEXT,
    subject_id UUID,
    field TEXT,
    detail TEXT,
    address TEXT,
    CHECK ((subject_prefix IS NULL) = (subject_id IS NULL))
);
CREATE INDEX access_records_by_account ON access_records (by_account, at, id);
CREATE INDEX access_records_at ON access_records (at, id);

CREATE TABLE failed_tries (
    key BYTEA PRIMARY KEY,
    tries BIGINT NOT NULL CHECK (tries >= 0),
    counted_until BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE INDEX failed_tries_counted_until ON failed_tries (counted_until);
"#;

const MOVE_ON_POSTGRES: &str = "
INSERT INTO access_records (id, kind, at, by_account, by_member, subject_prefix, subject_id, field)
SELECT gen_random_uuid(), 'REVEALED', r.at, r.by_account, r.by_member,
    CASE a.kind WHEN 'PLATFORM' THEN 'plt' WHEN 'DISTRIBUTOR' THEN 'dis' WHEN 'CLOUD_SOLUTION_PROVIDER' THEN 'csp'
        WHEN 'RESELLER' THEN 'res' WHEN 'CUSTOMER' THEN 'cus' ELSE 'mem' END,
    r.subject, r.field
FROM reveals r LEFT JOIN accounts a ON a.id = r.subject
";

const MOVE_ON_SQLITE: &str = "
INSERT INTO access_records (id, kind, at, by_account, by_member, subject_prefix, subject_id, field)
SELECT randomblob(16), 'REVEALED', r.at, r.by_account, r.by_member,
    CASE a.kind WHEN 'PLATFORM' THEN 'plt' WHEN 'DISTRIBUTOR' THEN 'dis' WHEN 'CLOUD_SOLUTION_PROVIDER' THEN 'csp'
        WHEN 'RESELLER' THEN 'res' WHEN 'CUSTOMER' THEN 'cus' ELSE 'mem' END,
    r.subject, r.field
FROM reveals r LEFT JOIN accounts a ON a.id = r.subject
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, MAKE).await?;
        ddl::run_either(manager, MOVE_ON_POSTGRES, MOVE_ON_SQLITE).await?;
        ddl::run(manager, "DROP TABLE reveals").await
    }
}
