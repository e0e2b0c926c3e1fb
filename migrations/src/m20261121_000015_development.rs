//! Winning customers: what the vendor knows of them, claims, invitations and associations (docs/decisions/0028).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r#"
CREATE TABLE customer_facts (
    customer_id UUID PRIMARY KEY REFERENCES customers (id),
    facts JSONB NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by UUID NOT NULL REFERENCES members (id)
);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
