//! Charges and the alerts that they raise.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = "
CREATE TABLE charges (
    charge_id TEXT PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    product_type TEXT NOT NULL,
    billing_mode TEXT NOT NULL
        CHECK (billing_mode IN ('YEARLY_MONTHLY', 'PAY_PER_USE', 'RESERVED_INSTANCE', 'SAVINGS_PLAN')),
    list_price BIGINT NOT NULL CHECK (list_price >= 0),
    occurred_at BIGINT NOT NULL,
    month INTEGER NOT NULL,
    settled_monthly BOOLEAN NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX charges_customer_month ON charges (customer_id, month);

CREATE TABLE budget_alerts (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    budget_type TEXT NOT NULL CHECK (budget_type IN ('MONTHLY', 'ONE_TIME')),
    window_month INTEGER NOT NULL,
    threshold SMALLINT NOT NULL CHECK (threshold IN (75, 90, 100)),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    used BIGINT NOT NULL CHECK (used >= 0),
    raised_at BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'CLEARED')),
    cleared_at BIGINT,
    CONSTRAINT cleared_has_a_time CHECK ((status = 'CLEARED') = (cleared_at IS NOT NULL))
);
CREATE UNIQUE INDEX budget_alerts_once_open ON budget_alerts (customer_id, budget_type, window_month, threshold)
    WHERE status = 'OPEN';
CREATE INDEX budget_alerts_customer ON budget_alerts (customer_id, raised_at, id);
CREATE INDEX budget_alerts_time ON budget_alerts (raised_at, id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
