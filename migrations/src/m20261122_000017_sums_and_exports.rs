//! From when on charges count in a customer's sums (docs/decisions/0031), and which exports hold more than a member with
//! a narrow scope may see.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
ALTER TABLE customers ADD COLUMN counted_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exports ADD COLUMN wide BOOLEAN NOT NULL DEFAULT TRUE;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
