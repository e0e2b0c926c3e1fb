//! Endpoints that events are delivered to, and the log of deliveries (docs/decisions/0022).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE webhook_endpoints (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES accounts (id),
    url TEXT NOT NULL,
    types JSONB NOT NULL,
    secret BYTEA NOT NULL,
    old_secret BYTEA,
    old_secret_until BIGINT,
    enabled BOOLEAN NOT NULL,
    disabled_reason TEXT,
    position BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    failing_since BIGINT,
    next_attempt_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX webhook_endpoints_account ON webhook_endpoints (account_id, created_at);
CREATE INDEX webhook_endpoints_due ON webhook_endpoints (next_attempt_at) WHERE enabled;

CREATE TABLE webhook_deliveries (
    id UUID PRIMARY KEY,
    endpoint_id UUID NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    event_id UUID NOT NULL,
    event_type TEXT,
    position BIGINT,
    attempt INTEGER NOT NULL,
    status INTEGER,
    duration_ms INTEGER NOT NULL,
    error TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, at, id);
CREATE INDEX webhook_deliveries_at ON webhook_deliveries (at);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
