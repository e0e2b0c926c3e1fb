//! Adjustment records, which nobody can change, and the event log with its one sequence.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE adjustment_records (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL REFERENCES accounts (id),
    at BIGINT NOT NULL,
    by_account UUID,
    by_member UUID,
    before TEXT,
    after TEXT,
    reason TEXT
);
CREATE INDEX adjustment_records_subject ON adjustment_records (subject_id, at, id);

CREATE TABLE events (
    entry BIGSERIAL PRIMARY KEY,
    event_id UUID NOT NULL,
    position BIGINT,
    event_type TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    to_distributor UUID,
    to_partner UUID,
    to_customer UUID,
    payload JSONB NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (position) WHERE position IS NOT NULL;
CREATE INDEX events_unplaced ON events (entry) WHERE position IS NULL;
CREATE INDEX events_to_distributor ON events (to_distributor, position) WHERE to_distributor IS NOT NULL;
CREATE INDEX events_to_partner ON events (to_partner, position) WHERE to_partner IS NOT NULL;
CREATE INDEX events_to_customer ON events (to_customer, position) WHERE to_customer IS NOT NULL;

CREATE TABLE feed_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    last_position BIGINT NOT NULL,
    trimmed_to BIGINT NOT NULL CHECK (trimmed_to <= last_position)
);
INSERT INTO feed_head (id, last_position, trimmed_to) VALUES (1, 0, 0);
";

const KEEP_ON_POSTGRES: &str = "
CREATE FUNCTION adjustment_records_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'adjustment records cannot be changed';
END $$;
CREATE TRIGGER adjustment_records_are_kept BEFORE UPDATE OR DELETE ON adjustment_records
    FOR EACH ROW EXECUTE FUNCTION adjustment_records_are_kept();
";

const KEEP_ON_SQLITE: &str = "
CREATE TRIGGER adjustment_records_are_not_updated BEFORE UPDATE ON adjustment_records
BEGIN SELECT RAISE(ABORT, 'adjustment records cannot be changed'); END;
CREATE TRIGGER adjustment_records_are_not_deleted BEFORE DELETE ON adjustment_records
BEGIN SELECT RAISE(ABORT, 'adjustment records cannot be changed'); END;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await?;
        ddl::run_either(manager, KEEP_ON_POSTGRES, KEEP_ON_SQLITE).await
    }
}
