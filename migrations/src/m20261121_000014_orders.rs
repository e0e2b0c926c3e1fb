//! Orders with their money, the resources that they bring, consents to act on a customer's behalf, and for whom a session
//! acts (docs/decisions/0027).

use sea_orm_migration::prelude::*;

use crate::ddl;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r#"
CREATE TABLE orders (
    id UUID PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    customer_id UUID NOT NULL REFERENCES customers (id),
    order_type TEXT NOT NULL
        CHECK (order_type IN ('NEW', 'RENEWAL', 'CHANGE', 'UNSUBSCRIPTION', 'BILLING_MODE_CHANGE')),
    status TEXT NOT NULL
        CHECK (status IN ('PENDING_PAYMENT', 'PROCESSING', 'COMPLETED', 'CANCELED', 'UNSUBSCRIBED')),
    product_id TEXT NOT NULL,
    product_type TEXT NOT NULL,
    specification TEXT NOT NULL,
    region TEXT NOT NULL,
    billing_mode TEXT NOT NULL
        CHECK (billing_mode IN ('YEARLY_MONTHLY', 'PAY_PER_USE', 'RESERVED_INSTANCE', 'SAVINGS_PLAN')),
    quantity INTEGER NOT NULL CHECK (quantity >= 1),
    months INTEGER CHECK (months >= 1),
    name TEXT,
    tag TEXT,
    resource_id UUID,
    list_price BIGINT NOT NULL CHECK (list_price >= 0),
    amount_paid BIGINT NOT NULL CHECK (amount_paid >= 0 AND amount_paid <= list_price),
    created_at BIGINT NOT NULL,
    pay_until BIGINT,
    paid_at BIGINT,
    closed_at BIGINT,
    placed_by_account UUID NOT NULL REFERENCES accounts (id),
    placed_by_member UUID NOT NULL REFERENCES members (id),
    on_behalf BOOLEAN NOT NULL,
    CONSTRAINT orders_change_something CHECK ((order_type = 'NEW') = (resource_id IS NULL)),
    CONSTRAINT orders_wait_for_a_time CHECK (status <> 'PENDING_PAYMENT' OR pay_until IS NOT NULL),
    CONSTRAINT orders_unpaid_are_unpaid CHECK (status NOT IN ('PENDING_PAYMENT', 'CANCELED') OR paid_at IS NULL)
);
CREATE INDEX orders_customer ON orders (customer_id, created_at, id);
CREATE INDEX orders_time ON orders (created_at, id);
CREATE INDEX orders_unpaid ON orders (pay_until) WHERE status = 'PENDING_PAYMENT';
CREATE UNIQUE INDEX orders_one_change_at_a_time ON orders (resource_id)
    WHERE status = 'PENDING_PAYMENT' AND resource_id IS NOT NULL;

CREATE TABLE order_transactions (
    id UUID PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES orders (id),
    kind TEXT NOT NULL CHECK (kind IN ('PAYMENT', 'REFUND')),
    method TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    charge_id TEXT UNIQUE REFERENCES charges (charge_id),
    at BIGINT NOT NULL,
    by_member UUID NOT NULL REFERENCES members (id)
);
CREATE INDEX order_transactions_order ON order_transactions (order_id, at);
CREATE UNIQUE INDEX order_transactions_paid_once ON order_transactions (order_id) WHERE kind = 'PAYMENT';

CREATE TABLE resources (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    order_id UUID NOT NULL REFERENCES orders (id),
    name TEXT COLLATE "C" NOT NULL,
    tag TEXT,
    product_id TEXT NOT NULL,
    product_type TEXT NOT NULL,
    specification TEXT NOT NULL,
    region TEXT NOT NULL,
    billing_mode TEXT NOT NULL
        CHECK (billing_mode IN ('YEARLY_MONTHLY', 'PAY_PER_USE', 'RESERVED_INSTANCE', 'SAVINGS_PLAN')),
    status TEXT NOT NULL CHECK (status IN ('CREATING', 'RUNNING', 'STOPPED', 'FROZEN', 'EXPIRED', 'RELEASED')),
    status_before TEXT CHECK (status_before IN ('CREATING', 'RUNNING', 'STOPPED')),
    subscribed_at BIGINT NOT NULL,
    effective_at BIGINT,
    expires_at BIGINT,
    prepaid BIGINT NOT NULL CHECK (prepaid >= 0),
    prepaid_since BIGINT,
    told_days SMALLINT,
    released_at BIGINT,
    CONSTRAINT resources_prepaid_time CHECK ((billing_mode = 'PAY_PER_USE') = (expires_at IS NULL)),
    CONSTRAINT resources_frozen_were_something CHECK ((status = 'FROZEN') = (status_before IS NOT NULL)),
    CONSTRAINT resources_released_at_a_time CHECK ((status = 'RELEASED') = (released_at IS NOT NULL))
);
CREATE INDEX resources_customer ON resources (customer_id, subscribed_at, id);
CREATE INDEX resources_order ON resources (order_id);
CREATE INDEX resources_time ON resources (subscribed_at, id);
CREATE INDEX resources_expiry ON resources (expires_at) WHERE status IN ('RUNNING', 'STOPPED');
CREATE INDEX resources_creating ON resources (subscribed_at, id) WHERE status = 'CREATING';

CREATE TABLE authorizations (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL REFERENCES customers (id),
    partner_id UUID NOT NULL REFERENCES accounts (id),
    requested_at BIGINT NOT NULL,
    requested_by UUID REFERENCES members (id),
    status TEXT NOT NULL CHECK (status IN ('PENDING_ACCEPTANCE', 'ACCEPTED', 'REJECTED', 'REVOKED')),
    effective_at BIGINT,
    ended_at BIGINT,
    letter_version TEXT NOT NULL,
    revoke_reason TEXT CHECK (length(revoke_reason) BETWEEN 1 AND 128),
    application_id UUID,
    CONSTRAINT authorizations_hold_from_a_time
        CHECK ((status IN ('ACCEPTED', 'REVOKED')) = (effective_at IS NOT NULL)),
    CONSTRAINT authorizations_end_at_a_time CHECK ((status IN ('REJECTED', 'REVOKED')) = (ended_at IS NOT NULL)),
    CONSTRAINT authorizations_are_revoked_with_a_reason CHECK ((status = 'REVOKED') = (revoke_reason IS NOT NULL))
);
CREATE UNIQUE INDEX authorizations_one_open ON authorizations (customer_id)
    WHERE status IN ('PENDING_ACCEPTANCE', 'ACCEPTED');
CREATE INDEX authorizations_customer ON authorizations (customer_id, requested_at, id);
CREATE INDEX authorizations_partner ON authorizations (partner_id, requested_at, id);

ALTER TABLE sessions ADD COLUMN acting_for UUID REFERENCES customers (id);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }
}
