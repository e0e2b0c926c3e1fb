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
CREATE INDEX accounts_email ON accounts (lower(email));

CREATE TABLE preregistrations (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES accounts (id),
    customer_id UUID REFERENCES customers (id),
    full_name TEXT NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    mobile_number TEXT COLLATE "C",
    remarks TEXT,
    status TEXT NOT NULL
        CHECK (status IN ('PREREGISTERED', 'UNDER_REVIEW', 'REJECTED', 'EXPIRED', 'ASSOCIATED', 'DELETED')),
    account_manager_id UUID REFERENCES members (id),
    created_by UUID NOT NULL REFERENCES members (id),
    preregistered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    warned_at BIGINT,
    CHECK (status <> 'ASSOCIATED' OR customer_id IS NOT NULL)
);
CREATE UNIQUE INDEX preregistrations_one_claim ON preregistrations (email)
    WHERE status IN ('PREREGISTERED', 'UNDER_REVIEW');
CREATE INDEX preregistrations_partner ON preregistrations (partner_id, preregistered_at, id);
CREATE INDEX preregistrations_time ON preregistrations (preregistered_at, id);
CREATE INDEX preregistrations_ending ON preregistrations (status, expires_at);

CREATE TABLE invitations (
    id UUID PRIMARY KEY,
    partner_id UUID NOT NULL REFERENCES accounts (id),
    method TEXT NOT NULL
        CHECK (method IN ('FROM_PARTNER_CENTER', 'GENERAL_LINK', 'CUSTOMIZED_LINK', 'PROMOTIONAL_LINK')),
    code TEXT COLLATE "C" UNIQUE,
    link_id UUID REFERENCES invitations (id),
    preregistration_id UUID REFERENCES preregistrations (id),
    email TEXT COLLATE "C",
    full_name TEXT,
    name_key TEXT COLLATE "C",
    customer_id UUID REFERENCES customers (id),
    tag TEXT COLLATE "C",
    account_manager_id UUID REFERENCES members (id),
    remarks TEXT COLLATE "C" CHECK (length(remarks) <= 100),
    status TEXT NOT NULL CHECK (status IN ('SENT', 'EXPIRED', 'ASSOCIATED', 'FAILED')),
    failure TEXT,
    invited_by UUID NOT NULL REFERENCES members (id),
    invited_at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    followed_at BIGINT,
    CHECK ((code IS NULL) = (link_id IS NOT NULL)),
    CHECK (status <> 'ASSOCIATED' OR customer_id IS NOT NULL),
    CHECK ((status = 'FAILED') = (failure IS NOT NULL)),
    CHECK (method <> 'FROM_PARTNER_CENTER' OR preregistration_id IS NOT NULL AND email IS NOT NULL)
);
CREATE UNIQUE INDEX invitations_once_by_link ON invitations (link_id, email) WHERE link_id IS NOT NULL;
CREATE INDEX invitations_by_link ON invitations (link_id, followed_at) WHERE link_id IS NOT NULL;
CREATE INDEX invitations_preregistration ON invitations (preregistration_id) WHERE preregistration_id IS NOT NULL;
CREATE INDEX invitations_partner ON invitations (partner_id, invited_at, id);
CREATE INDEX invitations_time ON invitations (invited_at, id);
CREATE INDEX invitations_ending ON invitations (status, valid_until);

CREATE TABLE association_records (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    partner_id UUID NOT NULL REFERENCES accounts (id),
    distributor_id UUID REFERENCES accounts (id),
    account_name TEXT NOT NULL,
    customer_name TEXT NOT NULL,
    mobile_number TEXT,
    association_type TEXT NOT NULL CHECK (association_type = 'RESELLER'),
    purpose TEXT NOT NULL CHECK (purpose IN ('ASSOCIATION', 'DISASSOCIATION')),
    reason TEXT CHECK (length(reason) <= 256),
    initiation TEXT NOT NULL CHECK (initiation IN
        ('INVITED_BY_EMAIL', 'RECOMMENDED', 'REQUESTED_BY_PARTNER', 'REQUESTED_BY_CUSTOMER', 'SYSTEM')),
    status TEXT NOT NULL CHECK (status IN ('PENDING_PRE_REVIEW', 'PENDING_CONFIRMATION', 'COMPLETED', 'REJECTED')),
    requested_at BIGINT NOT NULL,
    requested_by UUID REFERENCES members (id),
    approved_at BIGINT,
    instructions_accepted_at BIGINT,
    letter_accepted_at BIGINT,
    CHECK ((status = 'COMPLETED') = (approved_at IS NOT NULL))
);
CREATE UNIQUE INDEX association_records_one_open ON association_records (customer_id)
    WHERE status IN ('PENDING_PRE_REVIEW', 'PENDING_CONFIRMATION');
CREATE INDEX association_records_partner ON association_records (partner_id, requested_at, id);
CREATE INDEX association_records_distributor ON association_records (distributor_id, requested_at, id);
CREATE INDEX association_records_customer ON association_records (customer_id, requested_at, id);
CREATE INDEX association_records_time ON association_records (requested_at, id);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
