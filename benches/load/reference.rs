//! The reference: what a good engineer would write by hand for exactly these requests, without GraphQL, sign-in, scope or
//! limits. Tuned SQL, one statement a request; the answers have the values that ours have, and no others.

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
    routing::{get, post},
};
use entities::types::{CustomerId, DistributorId, Reseller};
use partner_center::demo;
use rust_decimal::Decimal;
use sea_orm::sqlx::{self, PgPool, Row, postgres::PgRow};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;
use uuid::Uuid;

#[derive(Clone)]
struct Reference {
    pool: PgPool,
    broadcast: broadcast::Sender<String>,
}

/// Starts it.
pub async fn start(pool: PgPool) -> (SocketAddr, broadcast::Sender<String>) {
    let broadcast = broadcast::Sender::new(1_024);
    let state = Reference { pool, broadcast: broadcast.clone() };
    let router = Router::new()
        .route("/w1", get(w1))
        .route("/w2/{id}", get(w2))
        .route("/w3", get(w3))
        .route("/w4", post(w4))
        .route("/w5", get(w5))
        .with_state(state);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, broadcast)
}

#[derive(Serialize)]
struct CustomerView {
    id: String,
    account_name: String,
    budget: Option<BudgetView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    freeze: Option<String>,
}

#[derive(Serialize)]
struct BudgetView {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    amount: String,
    used: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_percent: Option<String>,
}

#[derive(Serialize)]
struct ResellerView {
    id: String,
    account_name: String,
    customers: Vec<CustomerView>,
}

fn usd(units: i64) -> String {
    let mut value = Decimal::new(units, 8).normalize();
    if value.scale() < 2 {
        value.rescale(2);
    }
    value.to_string()
}

fn id<K: entities::types::Named>(uuid: Uuid) -> String {
    entities::types::Id::<K>::from_uuid(uuid).to_string()
}

/// A customer with its budget; type, percentage and freeze where they are asked for.
fn customer(row: &PgRow, with_type: bool, with_percent: bool, with_freeze: bool) -> CustomerView {
    let kind: Option<String> = row.get("budget_type");
    let budget = kind.map(|kind| {
        let (amount, used): (i64, i64) = (row.get("budget_amount"), row.get("used"));
        BudgetView {
            kind: with_type.then_some(kind),
            amount: usd(amount),
            used: usd(used),
            usage_percent: with_percent.then(|| percent(used, amount)),
        }
    });
    CustomerView {
        id: id::<entities::types::Customer>(row.get("id")),
        account_name: row.get("account_name"),
        budget,
        freeze: with_freeze.then(|| row.get("freeze_level")),
    }
}

/// With two decimals.
fn percent(used: i64, amount: i64) -> String {
    let mut percent = (Decimal::from(used) * Decimal::ONE_HUNDRED / Decimal::from(amount.max(1))).round_dp(2);
    percent.rescale(2);
    percent.to_string()
}

const CUSTOMER: &str = "c.id, a.account_name, c.freeze_level, c.budget_type, c.budget_amount, \
    CASE c.budget_type WHEN 'MONTHLY' THEN c.counted ELSE c.one_time_used END AS used";

async fn w1(State(reference): State<Reference>) -> Json<Vec<ResellerView>> {
    let sql = format!(
        "SELECT r.id AS reseller_id, ra.account_name AS reseller_name, c.* FROM \
         (SELECT id, name_key FROM resellers WHERE distributor_id = $1 ORDER BY name_key, id LIMIT 20) r \
         JOIN accounts ra ON ra.id = r.id \
         CROSS JOIN LATERAL (SELECT {CUSTOMER}, c.name_key FROM customers c JOIN accounts a ON a.id = c.id \
            WHERE c.partner_id = r.id ORDER BY c.name_key, c.id LIMIT 20) c ORDER BY r.name_key, r.id, c.name_key"
    );
    let distributor: DistributorId = demo::account_id("distributor-1");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(distributor.uuid()).fetch_all(&reference.pool).await.unwrap();
    let mut resellers: Vec<ResellerView> = Vec::new();
    for row in &rows {
        let reseller = id::<Reseller>(row.get("reseller_id"));
        if resellers.last().is_none_or(|last| last.id != reseller) {
            let account_name = row.get("reseller_name");
            resellers.push(ResellerView { id: reseller, account_name, customers: Vec::new() });
        }
        if let Some(last) = resellers.last_mut() {
            last.customers.push(customer(row, true, false, true));
        }
    }
    Json(resellers)
}

async fn w2(State(reference): State<Reference>, Path(uuid): Path<Uuid>) -> Json<(CustomerView, String, String)> {
    let sql = format!(
        "SELECT {CUSTOMER}, c.partner_id, ra.account_name AS reseller_name FROM customers c \
         JOIN accounts a ON a.id = c.id LEFT JOIN accounts ra ON ra.id = c.partner_id WHERE c.id = $1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(uuid).fetch_one(&reference.pool).await.unwrap();
    Json((customer(&row, true, true, false), id::<Reseller>(row.get("partner_id")), row.get("reseller_name")))
}

async fn w3(State(reference): State<Reference>) -> Json<(i64, Vec<CustomerView>)> {
    let sql = format!(
        "SELECT {CUSTOMER}, COUNT(*) OVER () AS total FROM customers c JOIN accounts a ON a.id = c.id \
         WHERE c.partner_id = $1 AND c.usage_ratio >= 80000000 ORDER BY c.usage_ratio DESC, c.id DESC LIMIT 50"
    );
    let reseller: entities::types::ResellerId = demo::account_id("reseller-1a");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(reseller.uuid()).fetch_all(&reference.pool).await.unwrap();
    Json((
        rows.first().map_or(0, |row| row.get("total")),
        rows.iter().map(|row| customer(row, false, true, false)).collect(),
    ))
}

/// One statement: new charges, and what they add to their customers, locked in id order; the arrays are hidden from the
/// planner, as ours are. Alerts are left out, which favours the reference.
async fn w4(State(reference): State<Reference>, Json(lines): Json<Vec<Value>>) -> Json<i64> {
    let text =
        |name: &str| -> Vec<String> { lines.iter().map(|line| line[name].as_str().unwrap().to_owned()).collect() };
    let customers: Vec<Uuid> = text("customerId").iter().map(|id| id.parse::<CustomerId>().unwrap().uuid()).collect();
    let prices: Vec<i64> = text("listPrice")
        .iter()
        .map(|price| {
            let price: Decimal = price.parse().unwrap();
            i64::try_from(price.mantissa() * 10_i128.pow(8 - price.scale())).unwrap()
        })
        .collect();
    let occurred: Vec<i64> = text("occurredAt")
        .iter()
        .map(|at| at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros())
        .collect();
    let recorded: i64 = sqlx::query_scalar(
        "WITH locked AS (SELECT id, expenditure_month FROM customers WHERE id = ANY((SELECT $2::uuid[])::uuid[]) ORDER BY id FOR UPDATE), \
         new AS (INSERT INTO charges (charge_id, customer_id, product_type, billing_mode, list_price, occurred_at, month, \
            settled_monthly, recorded_at) SELECT l.charge_id, l.customer_id, l.product, l.mode, l.price, l.at, \
            locked.expenditure_month, FALSE, l.at FROM UNNEST((SELECT $1::text[]), (SELECT $2::uuid[]), \
            (SELECT $3::text[]), (SELECT $4::text[]), (SELECT $5::bigint[]), (SELECT $6::bigint[])) AS l (charge_id, customer_id, product, mode, price, at) \
            JOIN locked ON locked.id = l.customer_id ON CONFLICT (charge_id) DO NOTHING RETURNING customer_id, list_price), \
         sums AS (SELECT customer_id, CAST(SUM(list_price) AS BIGINT) AS added FROM new GROUP BY customer_id), \
         changed AS (UPDATE customers SET expenditure = expenditure + added, counted = counted + added, \
            one_time_used = CASE budget_type WHEN 'ONE_TIME' THEN one_time_used + added ELSE one_time_used END, \
            usage_ratio = CASE WHEN budget_amount > 0 THEN CAST((CASE budget_type WHEN 'ONE_TIME' THEN one_time_used \
                ELSE counted END + added) * 100000000::numeric / budget_amount AS BIGINT) ELSE usage_ratio END \
            FROM sums WHERE customers.id = sums.customer_id) \
         SELECT COUNT(*) FROM new",
    )
    .bind(text("chargeId"))
    .bind(customers)
    .bind(text("productType"))
    .bind(text("billingMode"))
    .bind(prices)
    .bind(occurred)
    .fetch_one(&reference.pool)
    .await
    .unwrap();
    Json(recorded)
}

async fn w5(State(reference): State<Reference>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols(["graphql-transport-ws"])
        .read_buffer_size(4_096)
        .write_buffer_size(0)
        .on_upgrade(move |socket| push(socket, reference.broadcast.subscribe()))
}

async fn push(mut socket: WebSocket, mut news: broadcast::Receiver<String>) {
    while let Ok(text) = news.recv().await {
        if socket.send(Message::Text(text.into())).await.is_err() {
            return;
        }
    }
}
