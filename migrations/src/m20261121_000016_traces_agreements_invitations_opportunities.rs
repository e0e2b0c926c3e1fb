//! Traces of what was done in a customer's account (docs/decisions/0029).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TRACES: &str = "
CREATE TABLE traces (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT,
    resource_name TEXT,
    status TEXT NOT NULL CHECK (status IN ('NORMAL', 'WARNING', 'INCIDENT')),
    by_account UUID REFERENCES accounts (id),
    by_member UUID REFERENCES members (id),
    on_behalf BOOLEAN NOT NULL,
    address TEXT,
    at BIGINT NOT NULL,
    CHECK ((by_account IS NULL) = (by_member IS NULL)),
    CHECK (by_account IS NOT NULL OR NOT on_behalf),
    CHECK ((resource_id IS NULL) = (resource_name IS NULL))
);
CREATE INDEX traces_customer ON traces (customer_id, at, id);
CREATE INDEX traces_at ON traces (at, id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TRACES).await
    }
}
