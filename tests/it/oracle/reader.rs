//! What the policies let a member see: plain SELECTs under row-level security.

use std::collections::{BTreeMap, BTreeSet};

use entities::types::Timestamp;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use uuid::Uuid;

use super::parts::{FILTERS, One};
use crate::support::Server;

/// The policies, written from the specification.
const POLICIES: &str = include_str!("policies.sql");

/// The role that the policies hold for. Roles belong to all databases of a server, where several tests may make it at
/// once.
const ROLE: &str = "DO $$ BEGIN CREATE ROLE oracle_reader NOLOGIN NOSUPERUSER NOBYPASSRLS; \
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";

/// A set that is compared: its name, what is read of it and its column of ids, and the table that it is of.
type Set = (&'static str, &'static str, &'static str, &'static str);

/// All of them.
pub const SETS: [Set; 30] = [
    ("accounts", "accounts", "id", "accounts"),
    ("customers", "customers", "id", "customers"),
    ("resellers", "resellers", "id", "resellers"),
    ("budgets", "customers", "budget_id", "customers"),
    ("adjustmentRecords", "adjustment_records", "id", "adjustment_records"),
    ("budgetAlerts", "budget_alerts", "id", "budget_alerts"),
    ("events", "events", "event_id", "events"),
    ("orders", "orders", "id", "orders"),
    ("resources", "resources", "id", "resources"),
    ("preregistrations", "preregistrations", "id", "preregistrations"),
    ("invitations", "invitations", "id", "invitations"),
    ("associationRecords", "association_records", "id", "association_records"),
    ("authorizations", "authorizations", "id", "authorizations"),
    ("accountManagerAssignments", "manager_assignments", "id", "manager_assignments"),
    ("opportunities", "opportunities", "id", "opportunities"),
    ("opportunityProgress", "opportunity_progress", "id", "opportunity_progress"),
    ("applications", "applications", "id", "applications"),
    ("attachments", "attachments", "id", "attachments"),
    ("members", "oracle.listed_members", "id", "members"),
    ("colleagues", "members", "id", "members"),
    ("namedAccounts", "oracle.named_accounts", "id", "accounts"),
    ("staff", "oracle.staff", "id", "members"),
    ("membersInDetail", "oracle.detailed_members", "id", "members"),
    ("roles", "roles", "id", "roles"),
    ("accessRecords", "access_records", "id", "access_records"),
    ("exports", "exports", "id", "exports"),
    ("traces", "traces", "id", "traces"),
    ("agreements", "agreements", "id", "agreements"),
    ("resellerInvitations", "reseller_invitations", "id", "reseller_invitations"),
    ("webhookEndpoints", "webhook_endpoints", "id", "webhook_endpoints"),
];

/// Ids by the name of their set.
pub type Sets = BTreeMap<&'static str, BTreeSet<Uuid>>;

/// A connection of its own to the server's database, by which policies were installed there.
pub struct Reader {
    db: DatabaseConnection,
}

fn sql(text: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, text)
}

/// What is read of a set, and its rows in it.
fn select((name, from, id, _): Set) -> String {
    format!("SELECT '{name}' AS name, {id} AS id FROM {from} WHERE {id} IS NOT NULL")
}

/// What a member sees, in one statement: it is of one moment. Of everything, or of what is of one table.
fn read(table: Option<&str>) -> String {
    let sets = SETS.into_iter().filter(|set| table.is_none_or(|table| set.1 == table)).map(select);
    let filters = FILTERS.iter().filter(|_| table.is_none());
    let filters = filters.map(|(name, .., rows)| format!("SELECT '{name}' AS name, id FROM ({rows}) AS rows"));
    sets.chain(filters).collect::<Vec<_>>().join(" UNION ALL ")
}

fn collect(rows: &[sea_orm::QueryResult]) -> Sets {
    let names = SETS.iter().map(|set| set.0).chain(FILTERS.iter().map(|filter| filter.0));
    let mut sets: Sets = names.map(|name| (name, BTreeSet::new())).collect();
    for row in rows {
        let name: String = row.try_get("", "name").unwrap();
        sets.get_mut(name.as_str()).expect("one of the sets").insert(row.try_get("", "id").unwrap());
    }
    sets
}

impl Reader {
    /// Installs the policies. The server's own role owns the tables: nothing changes for it.
    #[expect(clippy::disallowed_methods, reason = "policies are many statements without parameters")]
    pub async fn install(server: &Server) -> Self {
        let mut alone = ConnectOptions::new(&server.app.settings.database.url);
        alone.max_connections(1).sqlx_logging(false);
        let db = Database::connect(alone).await.unwrap();
        db.execute_unprepared(ROLE).await.unwrap();
        db.execute_unprepared(POLICIES).await.unwrap();
        Self { db }
    }

    /// Puts another condition in the place of a table's policy; the one that was there.
    #[expect(clippy::disallowed_methods, reason = "DDL takes no parameters")]
    pub async fn put_policy(&self, table: &str, condition: &str) -> String {
        let before = format!("SELECT qual FROM pg_policies WHERE policyname = '{table}_seen'");
        let [[before]] = self.texts(&before).await.try_into().expect("every table has one policy");
        let alter = format!("ALTER POLICY {table}_seen ON {table} USING ({condition})");
        self.db.execute_unprepared(&alter).await.unwrap();
        before
    }

    /// The tables that have a policy.
    pub async fn tables(&self) -> Vec<String> {
        let tables = self.texts("SELECT tablename::text FROM pg_policies ORDER BY 1").await;
        tables.into_iter().map(|[table]| table).collect()
    }

    /// Everything there is.
    pub async fn everything(&self) -> Sets {
        let tables = SETS.into_iter().map(|(name, _, id, table)| select((name, table, id, table)));
        let rows = self.db.query_all_raw(sql(&tables.collect::<Vec<_>>().join(" UNION ALL "))).await.unwrap();
        collect(&rows)
    }

    /// What the policies let a member see at an instant: of all sets, or of those of one table.
    pub async fn seen_by(&self, member: Uuid, now: Timestamp, one: One, table: Option<&str>) -> Sets {
        let tx = self.db.begin().await.unwrap();
        let (now, One { customer, reseller }) = (now.micros(), one);
        let who = format!(
            "SELECT set_config('oracle.member', '{member}', TRUE), set_config('oracle.now', '{now}', TRUE), \
             set_config('oracle.customer', '{customer}', TRUE), set_config('oracle.reseller', '{reseller}', TRUE)"
        );
        tx.query_all_raw(sql(&who)).await.unwrap();
        tx.execute_raw(sql("SET LOCAL ROLE oracle_reader")).await.unwrap();
        // One plan for all who look, and not compiled: making it takes longer than running it.
        tx.execute_raw(sql("SET LOCAL jit = off")).await.unwrap();
        tx.execute_raw(sql("SET LOCAL plan_cache_mode = force_generic_plan")).await.unwrap();
        let seen = collect(&tx.query_all_raw(sql(&read(table))).await.unwrap());
        tx.rollback().await.unwrap();
        seen
    }

    /// The rows of a statement, each as texts.
    pub async fn texts<const N: usize>(&self, statement: &str) -> Vec<[String; N]> {
        let rows = self.db.query_all_raw(sql(statement)).await.unwrap();
        rows.iter().map(|row| std::array::from_fn(|at| row.try_get_by_index(at).unwrap())).collect()
    }

    /// Runs a statement as the owner of the tables.
    pub async fn run(&self, statement: &str) {
        self.db.execute_raw(sql(statement)).await.unwrap();
    }
}
