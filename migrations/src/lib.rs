//! The changes of the database, in order. Each is written once, in PostgreSQL's words; `ddl` says it to SQLite.

mod ddl;
mod m20261120_000001_accounts;
mod m20261120_000002_hierarchy;
mod m20261120_000003_spending;
mod m20261120_000004_records_and_feed;
mod m20261120_000005_messages;
mod m20261121_000006_leases;
mod m20261121_000007_quiet_below;
mod m20261121_000008_members;
mod m20261121_000009_access_records;
mod m20261121_000010_notifications;
mod m20261121_000011_webhooks;
mod m20261121_000012_applications;
mod m20261121_000013_files;
mod m20261121_000014_orders;
mod m20261121_000015_development;
mod m20261121_000016_traces_agreements_invitations_opportunities;
mod m20261122_000017_sums_and_exports;
mod m20261122_000018_idempotency_keys;
mod m20261122_000019_mailboxes_and_ended_invitations;
mod m20261122_000021_tallies;

use sea_orm_migration::prelude::*;

/// Brings a database to the newest shape.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_accounts::Migration),
            Box::new(m20261120_000002_hierarchy::Migration),
            Box::new(m20261120_000003_spending::Migration),
            Box::new(m20261120_000004_records_and_feed::Migration),
            Box::new(m20261120_000005_messages::Migration),
            Box::new(m20261121_000006_leases::Migration),
            Box::new(m20261121_000007_quiet_below::Migration),
            Box::new(m20261121_000008_members::Migration),
            Box::new(m20261121_000009_access_records::Migration),
            Box::new(m20261121_000010_notifications::Migration),
            Box::new(m20261121_000011_webhooks::Migration),
            Box::new(m20261121_000012_applications::Migration),
            Box::new(m20261121_000013_files::Migration),
            Box::new(m20261121_000014_orders::Migration),
            Box::new(m20261121_000015_development::Migration),
            Box::new(m20261121_000016_traces_agreements_invitations_opportunities::Migration),
            Box::new(m20261122_000017_sums_and_exports::Migration),
            Box::new(m20261122_000018_idempotency_keys::Migration),
            Box::new(m20261122_000019_mailboxes_and_ended_invitations::Migration),
            Box::new(m20261122_000021_tallies::Migration),
        ]
    }
}
