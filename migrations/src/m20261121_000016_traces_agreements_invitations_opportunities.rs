//! Traces of what was done in a customer's account, what customers signed, invitations of resellers, and opportunities
//! (docs/decisions/0029).

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

const AGREEMENTS: &str = "
CREATE TABLE agreements (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    kind TEXT NOT NULL CHECK (kind IN ('ASSOCIATION_INSTRUCTIONS', 'AUTHORIZATION_LETTER')),
    version INTEGER NOT NULL CHECK (version >= 1),
    by_member UUID NOT NULL REFERENCES members (id),
    signed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX agreements_once ON agreements (customer_id, kind, version);
CREATE INDEX agreements_customer ON agreements (customer_id, signed_at, id);
";

const INVITATIONS: &str = r#"
CREATE TABLE reseller_invitations (
    id UUID PRIMARY KEY,
    distributor_id UUID NOT NULL REFERENCES accounts (id),
    email TEXT COLLATE "C" NOT NULL,
    account_manager_id UUID REFERENCES members (id),
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'EXPIRED', 'JOINED')),
    code_hash BYTEA NOT NULL,
    invited_by UUID NOT NULL REFERENCES members (id),
    invited_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    times_sent INTEGER NOT NULL CHECK (times_sent >= 1),
    expires_at BIGINT NOT NULL,
    joined_at BIGINT,
    reseller_id UUID REFERENCES resellers (id),
    CHECK ((status = 'JOINED') = (reseller_id IS NOT NULL)),
    CHECK ((joined_at IS NULL) = (reseller_id IS NULL))
);
CREATE UNIQUE INDEX reseller_invitations_code ON reseller_invitations (code_hash);
CREATE UNIQUE INDEX reseller_invitations_pending ON reseller_invitations (distributor_id, email)
    WHERE status = 'PENDING';
CREATE UNIQUE INDEX reseller_invitations_joined ON reseller_invitations (email) WHERE status = 'JOINED';
CREATE INDEX reseller_invitations_email ON reseller_invitations (email, id);
CREATE INDEX reseller_invitations_distributor ON reseller_invitations (distributor_id, invited_at, id);
CREATE INDEX accounts_reseller_email ON accounts (lower(email)) WHERE kind = 'RESELLER';
"#;

const OPPORTUNITIES: &str = r#"
CREATE TABLE opportunities (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES accounts (id),
    distributor_id UUID REFERENCES accounts (id),
    customer_id UUID REFERENCES customers (id),
    preregistration_id UUID REFERENCES preregistrations (id),
    owner_id UUID NOT NULL REFERENCES members (id),
    name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    industry TEXT,
    sub_industry TEXT,
    service_system TEXT,
    type TEXT NOT NULL CHECK (type IN ('NEW', 'CONTINUOUS_OPERATIONS')),
    win_probability INTEGER NOT NULL CHECK (win_probability IN (0, 25, 50, 75, 100)),
    phase TEXT NOT NULL CHECK (phase IN ('POTENTIAL_OPPORTUNITY', 'OPPORTUNITY_CONFIRMATION',
        'SOLUTION_COMMUNICATION', 'BUSINESS_NEGOTIATION', 'CONTRACT_SIGNED', 'REVENUE_RECOGNITION')),
    testing_project BOOLEAN NOT NULL,
    bidding_project BOOLEAN NOT NULL,
    estimated_cloud_spend BIGINT CHECK (estimated_cloud_spend >= 0),
    technical_exchange TEXT,
    test_details TEXT,
    peer_vendors JSONB NOT NULL,
    peer_services TEXT,
    background TEXT,
    progress_details TEXT,
    risk_and_request TEXT,
    monthly_revenue BIGINT NOT NULL CHECK (monthly_revenue >= 0),
    revenue_deadline BIGINT NOT NULL,
    service_period_months INTEGER NOT NULL CHECK (service_period_months >= 1),
    major_products JSONB NOT NULL,
    major_products_revenue BIGINT NOT NULL CHECK (major_products_revenue >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT one_customer CHECK ((customer_id IS NULL) <> (preregistration_id IS NULL))
);
CREATE INDEX opportunities_partner ON opportunities (partner_id, created_at, id);
CREATE INDEX opportunities_distributor ON opportunities (distributor_id, created_at, id);
CREATE INDEX opportunities_owner ON opportunities (owner_id, created_at, id);
CREATE INDEX opportunities_customer ON opportunities (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX opportunities_preregistration ON opportunities (preregistration_id) WHERE preregistration_id IS NOT NULL;

CREATE TABLE opportunity_progress (
    id UUID PRIMARY KEY,
    opportunity_id UUID NOT NULL REFERENCES opportunities (id),
    by_member UUID NOT NULL REFERENCES members (id),
    phase_before TEXT,
    phase TEXT NOT NULL,
    win_probability INTEGER NOT NULL,
    details TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX opportunity_progress_list ON opportunity_progress (opportunity_id, at, id);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for text in [TRACES, AGREEMENTS, INVITATIONS, OPPORTUNITIES] {
            ddl::run(manager, text).await?;
        }
        Ok(())
    }
}
