//! Resellers with their permissions and quotas, and customers with all that a charge decides on.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r#"
CREATE TABLE resellers (
    id UUID PRIMARY KEY REFERENCES accounts (id),
    distributor_id UUID NOT NULL REFERENCES accounts (id),
    associated_at BIGINT NOT NULL,
    account_manager_id UUID REFERENCES members (id),
    name_key TEXT COLLATE "C" NOT NULL
);
CREATE INDEX resellers_by_name ON resellers (distributor_id, name_key, id);
CREATE INDEX resellers_by_association ON resellers (distributor_id, associated_at, id);

CREATE TABLE reseller_permissions (
    reseller_id UUID PRIMARY KEY REFERENCES resellers (id),
    budget_and_freeze BOOLEAN NOT NULL,
    monthly_quota BIGINT CHECK (monthly_quota >= 0),
    monthly_allotted BIGINT NOT NULL CHECK (monthly_allotted >= 0),
    monthly_budgets BIGINT NOT NULL CHECK (monthly_budgets >= 0),
    one_time_quota BIGINT CHECK (one_time_quota >= 0),
    one_time_allotted BIGINT NOT NULL CHECK (one_time_allotted >= 0),
    one_time_budgets BIGINT NOT NULL CHECK (one_time_budgets >= 0),
    on_behalf BOOLEAN NOT NULL,
    commitment_letter_accepted_at BIGINT,
    CONSTRAINT monthly_quota_holds CHECK (monthly_quota IS NULL OR monthly_allotted <= monthly_quota),
    CONSTRAINT one_time_quota_holds CHECK (one_time_quota IS NULL OR one_time_allotted <= one_time_quota),
    CONSTRAINT monthly_needs_quota
        CHECK (NOT budget_and_freeze OR monthly_quota IS NOT NULL OR monthly_budgets = 0),
    CONSTRAINT one_time_needs_quota
        CHECK (NOT budget_and_freeze OR one_time_quota IS NOT NULL OR one_time_budgets = 0),
    CONSTRAINT quotas_follow_permission
        CHECK (budget_and_freeze = (monthly_quota IS NOT NULL OR one_time_quota IS NOT NULL)),
    CONSTRAINT letter_before_on_behalf CHECK (NOT on_behalf OR commitment_letter_accepted_at IS NOT NULL)
);

CREATE TABLE customers (
    id UUID PRIMARY KEY REFERENCES accounts (id),
    name_key TEXT COLLATE "C" NOT NULL,
    partner_id UUID REFERENCES accounts (id),
    distributor_id UUID REFERENCES accounts (id),
    associated_at BIGINT NOT NULL,
    account_manager_id UUID REFERENCES members (id),
    tags JSONB NOT NULL,
    freeze_level TEXT NOT NULL CHECK (freeze_level IN ('NONE', 'ACCOUNT', 'ACCOUNT_AND_RESOURCES')),
    freeze_cause TEXT CHECK (freeze_cause IN ('ASSOCIATION', 'MANUAL', 'BUDGET_EXHAUSTED')),
    freeze_reason TEXT,
    frozen_at BIGINT,
    frozen_by UUID REFERENCES accounts (id),
    retention_deadline BIGINT,
    released_at BIGINT,
    refreeze_level TEXT CHECK (refreeze_level IN ('ACCOUNT', 'ACCOUNT_AND_RESOURCES')),
    budget_id UUID UNIQUE,
    budget_type TEXT CHECK (budget_type IN ('MONTHLY', 'ONE_TIME')),
    budget_amount BIGINT CHECK (budget_amount >= 0),
    exhaustion_policy TEXT CHECK (exhaustion_policy IN ('AUTOMATIC', 'MANUAL')),
    window_month INTEGER,
    budget_set_at BIGINT,
    budget_set_by UUID REFERENCES accounts (id),
    expenditure_month INTEGER NOT NULL,
    expenditure BIGINT NOT NULL CHECK (expenditure >= 0),
    counted BIGINT NOT NULL CHECK (counted >= 0 AND counted <= expenditure),
    one_time_used BIGINT NOT NULL CHECK (one_time_used >= 0),
    usage_ratio BIGINT NOT NULL CHECK (usage_ratio >= -1),
    open_alerts SMALLINT NOT NULL CHECK (open_alerts BETWEEN 0 AND 7),
    CONSTRAINT budget_is_whole CHECK (
        (budget_id IS NULL) = (budget_type IS NULL) AND (budget_id IS NULL) = (budget_amount IS NULL)
        AND (budget_id IS NULL) = (exhaustion_policy IS NULL) AND (budget_id IS NULL) = (window_month IS NULL)
        AND (budget_id IS NULL) = (budget_set_at IS NULL)),
    CONSTRAINT freeze_is_whole CHECK (
        (freeze_level = 'NONE') = (freeze_cause IS NULL) AND (freeze_level = 'NONE') = (frozen_at IS NULL)),
    CONSTRAINT retention_only_for_resources CHECK (
        (freeze_level = 'ACCOUNT_AND_RESOURCES') = (retention_deadline IS NOT NULL))
);
CREATE INDEX customers_partner_name ON customers (partner_id, name_key, id);
CREATE INDEX customers_partner_association ON customers (partner_id, associated_at, id);
CREATE INDEX customers_partner_usage ON customers (partner_id, usage_ratio, id);
CREATE INDEX customers_partner_expenditure ON customers (partner_id, expenditure, id);
CREATE INDEX customers_distributor_name ON customers (distributor_id, name_key, id);
CREATE INDEX customers_distributor_association ON customers (distributor_id, associated_at, id);
CREATE INDEX customers_distributor_usage ON customers (distributor_id, usage_ratio, id);
CREATE INDEX customers_distributor_expenditure ON customers (distributor_id, expenditure, id);
CREATE INDEX customers_account_manager ON customers (account_manager_id) WHERE account_manager_id IS NOT NULL;
CREATE INDEX customers_month ON customers (expenditure_month, id);
CREATE INDEX customers_to_refreeze ON customers (id) WHERE refreeze_level IS NOT NULL;
CREATE INDEX customers_in_retention ON customers (retention_deadline)
    WHERE retention_deadline IS NOT NULL AND released_at IS NULL;
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
