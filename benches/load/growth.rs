//! What grows with what: the same requests of the same partners, while the tables around them grow.

use std::time::{Duration, Instant};

use partner_center::{app::App, clock::Clock, config::WakeBy, demo, feed::Position, http};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    drive::{Measured, Requests, closed_loop, loop_of},
    setting::{Setting, analyze, caught_up},
    workloads,
};

/// Customers of each reseller that is added. All of these resellers are below distributor-2.
const OF_ONE_RESELLER: u32 = 1_000;
/// How long each request is measured.
const TIME: Duration = Duration::from_secs(3);

const RESELLERS: &str = "
WITH new AS (
    INSERT INTO accounts (id, kind, account_name, name, status, verification_enabled, created_at)
    SELECT gen_random_uuid(), 'RESELLER', 'filler-reseller-' || n, 'Filler ' || n, 'ACTIVE', FALSE, $3
    FROM generate_series($1, $2 - 1) AS n RETURNING id, name
)
INSERT INTO resellers (id, distributor_id, associated_at, name_key) SELECT id, $4, $3, LOWER(name) FROM new";

/// With monthly budgets of 1,000 USD of which anything up to 75 % is used.
const CUSTOMERS: &str = "
WITH new AS (
    INSERT INTO accounts (id, kind, account_name, name, status, verification_enabled, created_at)
    SELECT gen_random_uuid(), 'CUSTOMER', 'filler-customer-' || n, 'Filler ' || n, 'ACTIVE', FALSE, $3
    FROM generate_series($1, $2 - 1) AS n RETURNING id, account_name, name
), placed AS (
    SELECT new.id, LOWER(new.name) AS name_key, r.id AS partner_id,
        (RANDOM() * 74000000000)::bigint AS used
    FROM new JOIN accounts r ON r.account_name = 'filler-reseller-'
        || (REPLACE(new.account_name, 'filler-customer-', '')::int / $5)
)
INSERT INTO customers (id, name_key, partner_id, distributor_id, associated_at, tags, freeze_level, budget_id,
    budget_type, budget_amount, exhaustion_policy, window_month, budget_set_at, expenditure_month, expenditure, counted,
    one_time_used, usage_ratio, open_alerts, quiet_below)
SELECT id, name_key, partner_id, $4, $3, '[]', 'NONE', gen_random_uuid(), 'MONTHLY', 100000000000, 'MANUAL', $6, $3, $6,
    used, used, 0, used / 1000, 0, 75000000000
FROM placed";

/// Events for reseller-1a and its distributor, as long ago as they are old.
const EVENTS: &str = "
WITH template AS (
    SELECT event_type, to_distributor, to_partner, to_customer, payload, occurred_at FROM events
    WHERE to_partner = $3 ORDER BY position DESC LIMIT 1
), placed AS (
    INSERT INTO events (event_id, position, event_type, occurred_at, to_distributor, to_partner, to_customer, payload)
    SELECT gen_random_uuid(), n, event_type, occurred_at, to_distributor, to_partner, to_customer, payload
    FROM template CROSS JOIN generate_series($1, $2) AS n
)
UPDATE feed_head SET last_position = $2";

/// Events that wait for their position.
const WAITING_EVENTS: i64 = 100_000;
const WAITING: &str = "
INSERT INTO events (event_id, event_type, occurred_at, to_distributor, to_partner, to_customer, payload)
SELECT gen_random_uuid(), event_type, occurred_at, to_distributor, to_partner, to_customer, payload
FROM (SELECT * FROM events WHERE to_partner = $2 ORDER BY position DESC LIMIT 1) AS template
CROSS JOIN generate_series(1, $1)";

const BY_USAGE: &str = "orderBy: { field: USAGE_PERCENT, direction: DESC }";

/// Lists of the distributor who has all, by what is asked for and whether they are counted.
const LISTS: [(&str, &str, bool); 9] = [
    ("by usage", BY_USAGE, false),
    ("by usage, counted", BY_USAGE, true),
    ("by name", "", false),
    ("name begins with `filler 7`", "filter: { search: \"filler 7\" }", false),
    ("nobody's name", "filter: { search: \"nobody\" }", false),
    ("half spent, by name", "filter: { usagePercent: { min: \"50\" } }", false),
    ("frozen, of whom there are none", "filter: { freezeLevel: [ACCOUNT_AND_RESOURCES] }", false),
    ("with open alerts, of whom there are none", "filter: { hasOpenAlerts: true }", false),
    ("tagged, of whom there are none", "filter: { tag: \"rare\" }", false),
];

fn list(arguments: &str, counted: bool) -> String {
    let count = if counted { "totalCount" } else { "" };
    format!("{{ customers(first: 50 {arguments}) {{ {count} nodes {{ id accountName budget {{ amount used }} }} }} }}")
}

const PAGE_OF_EVENTS: &str = "query($after: String) { events(first: 50, after: $after) { nodes { id cursor } } }";

/// Grows the customers, then the events, and prints a table of each.
pub async fn run(most: u32) {
    let setting = Setting::prepare(WakeBy::Database).await;
    customers(&setting, most).await;
    sequencer(&setting).await;
    events(&setting, most).await;
    setting.end().await;
}

async fn customers(setting: &Setting, most: u32) {
    println!(
        "| customers | w1 ms | w2 ms | w3 ms | w4 ms | w4x100 ms | start-up ms | database MB |\n\
         |---|---|---|---|---|---|---|---|"
    );
    let token = setting.token("distributor-2", None).await;
    let mut there = 0;
    for size in [1_000, 10_000, 100_000, 1_000_000] {
        if size > most {
            break;
        }
        add_customers(setting, there, size).await;
        there = size;
        let mut row = format!("| {size} |");
        for workload in workloads::all(setting) {
            row += &format!(" {:.2} |", cost(&workload.ours).await);
        }
        let began = Instant::now();
        let app = App::start((*setting.app.settings).clone(), setting.app.sign_in.keys.clone(), Clock::default());
        let app = app.await.unwrap();
        let _server = http::bind(app.clone(), CancellationToken::new()).await.unwrap();
        row += &format!(" {} | {} |", began.elapsed().as_millis(), megabytes(setting).await);
        println!("{row}");
    }
    println!("\n| first 50 of all {there} customers | ms |\n|---|---|");
    for (name, arguments, counted) in LISTS {
        let asked = setting.asks(&token, &list(arguments, counted), &Value::Null);
        // One client: some of these read all rows.
        loop_of(1, &asked, TIME / 3).await;
        println!("| {name} | {:.2} |", loop_of(1, &asked, TIME).await.p50_ms);
    }
}

async fn events(setting: &Setting, most: u32) {
    println!(
        "\n| events | 50 behind the oldest, ms | 50 behind the newest cursor but 50, ms | old ÷ new |\n|---|---|---|---|"
    );
    let token = setting.token("reseller-1a", None).await;
    let reseller = demo::account_id::<entities::types::Reseller>("reseller-1a").uuid();
    let mut last = number(setting, "SELECT last_position FROM feed_head").await;
    for size in [200_000, 1_000_000] {
        if size > most.max(200_000) {
            break;
        }
        let size = i64::from(size);
        execute(setting, EVENTS, vec![(last + 1).into(), size.into(), reseller.into()]).await;
        analyze(&setting.app).await;
        last = size;
        let mut took = Vec::new();
        for position in [1, last - 51] {
            let after = json!({ "after": Position(position).to_cursor() });
            took.push(cost(&setting.asks(&token, PAGE_OF_EVENTS, &after)).await);
        }
        println!("| {size} | {:.2} | {:.2} | {:.2} |", took[0], took[1], took[0] / took[1]);
    }
}

/// Many transactions commit at once: how fast the one sequencer gives their events positions.
async fn sequencer(setting: &Setting) {
    let reseller = demo::account_id::<entities::types::Reseller>("reseller-1a").uuid();
    let began = Instant::now();
    execute(setting, WAITING, vec![WAITING_EVENTS.into(), reseller.into()]).await;
    let inserted = began.elapsed();
    setting.app.store.appended().notify_one();
    caught_up(&setting.app).await;
    let placed = began.elapsed().saturating_sub(inserted);
    let per_second = i128::from(WAITING_EVENTS) * 1_000 / placed.as_millis().max(1).cast_signed();
    println!(
        "\n{WAITING_EVENTS} events inserted in {} ms, in order and handed out {} ms later: {per_second} a second",
        inserted.as_millis(),
        placed.as_millis()
    );
}

/// What a request costs: the time that passes for each while 32 clients ask without a pause.
async fn cost(requests: &Requests) -> f64 {
    closed_loop(requests, TIME / 3).await;
    let Measured { per_second, .. } = closed_loop(requests, TIME).await;
    1_000.0 / per_second
}

async fn add_customers(setting: &Setting, there: u32, size: u32) {
    let now = setting.app.store.clock().now();
    let month = setting.app.store.calendar().month_of(now);
    let distributor = demo::account_id::<entities::types::Distributor>("distributor-2").uuid();
    let resellers = (there.div_ceil(OF_ONE_RESELLER), size.div_ceil(OF_ONE_RESELLER));
    let range = |from: u32, to: u32| [i64::from(from).into(), i64::from(to).into(), now.into(), distributor.into()];
    execute(setting, RESELLERS, range(resellers.0, resellers.1).to_vec()).await;
    // What the server allows a statement is not what loading takes.
    for from in (there..size).step_by(50_000) {
        let to = size.min(from + 50_000);
        let mut values = range(from, to).to_vec();
        values.extend([i64::from(OF_ONE_RESELLER).into(), month.into()]);
        execute(setting, CUSTOMERS, values).await;
    }
    // Charges of the smaller sizes have moved rows about, which is not what grows here.
    rewrite(setting).await;
}

#[expect(clippy::disallowed_methods, reason = "takes no parameters")]
async fn rewrite(setting: &Setting) {
    setting.app.store.reader().execute_unprepared("VACUUM (FULL, ANALYZE)").await.unwrap();
    // Index-only scans need to know which pages are visible to all.
    analyze(&setting.app).await;
}

async fn execute(setting: &Setting, sql: &str, values: Vec<sea_orm::Value>) {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    setting.app.store.reader().execute_raw(statement).await.unwrap();
}

async fn number(setting: &Setting, sql: &str) -> i64 {
    let row = setting.app.store.reader().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn megabytes(setting: &Setting) -> i64 {
    number(setting, "SELECT pg_database_size(current_database()) / 1000000").await
}
