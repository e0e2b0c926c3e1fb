//! The audit: recomputes every derived figure from what it is derived from, and lists what disagrees.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::store::Store;

/// A figure that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Which check.
    pub check: &'static str,
    /// Which row, with the figures.
    pub detail: String,
}

/// Disagreements told of one check.
const MOST: usize = 100;

/// The checks: each selects one text for each row that disagrees.
const CHECKS: &[(&str, &str)] = &[
    (
        "a customer's month is the sum of its charges",
        "SELECT 'expenditure ' || c.expenditure || ', counted ' || c.counted || ', charges ' || \
            COALESCE(s.expenditure, 0) || ' and ' || COALESCE(s.counted, 0) || ' of ' || a.account_name \
         FROM customers c JOIN accounts a ON a.id = c.id \
         LEFT JOIN (SELECT customer_id, month, CAST(SUM(list_price) AS BIGINT) AS expenditure, \
            CAST(SUM(CASE WHEN settled_monthly THEN 0 ELSE list_price END) AS BIGINT) AS counted \
            FROM charges ch JOIN customers cu ON cu.id = ch.customer_id AND ch.occurred_at >= cu.counted_since \
            GROUP BY customer_id, month) s ON s.customer_id = c.id AND s.month = c.expenditure_month \
         WHERE c.expenditure <> COALESCE(s.expenditure, 0) OR c.counted <> COALESCE(s.counted, 0)",
    ),
    (
        "a one-time budget's usage is the sum of the charges since its window began",
        "SELECT 'used ' || c.one_time_used || ', charges ' || COALESCE(s.used, 0) || ' of ' || a.account_name \
         FROM customers c JOIN accounts a ON a.id = c.id \
         LEFT JOIN (SELECT ch.customer_id, CAST(SUM(ch.list_price) AS BIGINT) AS used FROM charges ch \
            JOIN customers cu ON cu.id = ch.customer_id \
            WHERE cu.budget_type = 'ONE_TIME' AND ch.month >= cu.window_month AND NOT ch.settled_monthly \
                AND ch.occurred_at >= cu.counted_since \
            GROUP BY ch.customer_id) s ON s.customer_id = c.id \
         WHERE c.one_time_used <> COALESCE(s.used, 0)",
    ),
    (
        "a customer's usage ratio is used divided by amount",
        "SELECT 'ratio ' || c.usage_ratio || ' of ' || a.account_name FROM customers c \
         JOIN accounts a ON a.id = c.id WHERE c.usage_ratio <> -1 AND (c.budget_id IS NULL OR c.budget_amount = 0) \
            OR c.usage_ratio = -1 AND c.budget_amount > 0 \
            OR c.budget_amount > 0 AND c.usage_ratio < 9000000000000000000 AND ABS( \
                CAST(CASE c.budget_type WHEN 'MONTHLY' THEN c.counted ELSE c.one_time_used END AS DOUBLE PRECISION) \
                * 100000000.0 / c.budget_amount - c.usage_ratio) > 1.0 + c.usage_ratio / 1000000000.0",
    ),
    (
        "a customer's open alerts are the open rows",
        "SELECT 'bits ' || c.open_alerts || ', rows ' || COALESCE(s.bits, 0) || ' of ' || a.account_name \
         FROM customers c JOIN accounts a ON a.id = c.id \
         LEFT JOIN (SELECT customer_id, CAST(SUM(CASE threshold WHEN 75 THEN 1 WHEN 90 THEN 2 ELSE 4 END) AS BIGINT) \
            AS bits FROM budget_alerts WHERE status = 'OPEN' GROUP BY customer_id) s ON s.customer_id = c.id \
         WHERE c.open_alerts <> COALESCE(s.bits, 0)",
    ),
    (
        "an alert is open exactly where the usage reaches its threshold",
        "SELECT 'threshold ' || t.percent || ' of ' || a.account_name FROM customers c \
         JOIN accounts a ON a.id = c.id \
         CROSS JOIN (SELECT 75 AS percent, 1 AS bit UNION ALL SELECT 90, 2 UNION ALL SELECT 100, 4) t \
         WHERE c.budget_amount > 0 AND (c.usage_ratio >= t.percent * 1000000) <> \
            ((c.open_alerts / t.bit) % 2 = 1)",
    ),
    (
        "no charge is taken for quiet that reaches a threshold",
        "SELECT 'quiet below ' || c.quiet_below || ', threshold ' || t.percent || ' of ' || a.account_name \
         FROM customers c JOIN accounts a ON a.id = c.id \
         CROSS JOIN (SELECT 75 AS percent UNION ALL SELECT 90 UNION ALL SELECT 100) t \
         WHERE c.budget_amount > 0 \
            AND CASE c.budget_type WHEN 'MONTHLY' THEN c.counted ELSE c.one_time_used END \
                < c.budget_amount / 100 * t.percent + c.budget_amount % 100 * t.percent / 100 \
            AND c.quiet_below > c.budget_amount / 100 * t.percent + c.budget_amount % 100 * t.percent / 100 + 1",
    ),
    (
        "a reseller's counters are the sums of its customers' budgets",
        "SELECT 'monthly ' || p.monthly_allotted || ' in ' || p.monthly_budgets || ', one-time ' || \
            p.one_time_allotted || ' in ' || p.one_time_budgets || ' of ' || a.account_name \
         FROM reseller_permissions p JOIN accounts a ON a.id = p.reseller_id \
         LEFT JOIN (SELECT partner_id, \
            CAST(SUM(CASE budget_type WHEN 'MONTHLY' THEN budget_amount ELSE 0 END) AS BIGINT) AS monthly, \
            CAST(SUM(CASE budget_type WHEN 'MONTHLY' THEN 1 ELSE 0 END) AS BIGINT) AS monthly_count, \
            CAST(SUM(CASE budget_type WHEN 'ONE_TIME' THEN budget_amount ELSE 0 END) AS BIGINT) AS one_time, \
            CAST(SUM(CASE budget_type WHEN 'ONE_TIME' THEN 1 ELSE 0 END) AS BIGINT) AS one_time_count \
            FROM customers GROUP BY partner_id) s ON s.partner_id = p.reseller_id \
         WHERE p.monthly_allotted <> COALESCE(s.monthly, 0) OR p.monthly_budgets <> COALESCE(s.monthly_count, 0) \
            OR p.one_time_allotted <> COALESCE(s.one_time, 0) OR p.one_time_budgets <> COALESCE(s.one_time_count, 0)",
    ),
    (
        "what an order was paid is its payment, and a charge of its list price",
        "SELECT 'paid ' || o.amount_paid || ', payments ' || COALESCE(p.amount, 0) || ', charged ' || \
            COALESCE(p.charged, 0) || ' of ' || o.number FROM orders o \
         LEFT JOIN (SELECT t.order_id, CAST(SUM(t.amount) AS BIGINT) AS amount, \
            CAST(SUM(c.list_price) AS BIGINT) AS charged FROM order_transactions t \
            LEFT JOIN charges c ON c.charge_id = t.charge_id WHERE t.kind = 'PAYMENT' GROUP BY t.order_id) p \
            ON p.order_id = o.id \
         WHERE o.amount_paid <> COALESCE(p.amount, 0) \
            OR o.paid_at IS NOT NULL AND (p.charged IS NULL OR p.charged <> o.list_price)",
    ),
    (
        "the feed has no gap",
        "SELECT 'head ' || h.last_position || ', trimmed to ' || h.trimmed_to || ', events ' || s.events || \
            ' up to ' || s.last FROM feed_head h \
         CROSS JOIN (SELECT COUNT(*) AS events, COALESCE(MAX(position), 0) AS last FROM events \
            WHERE position IS NOT NULL) s \
         WHERE s.events > 0 AND (s.last <> h.last_position OR s.events <> h.last_position - h.trimmed_to) \
            OR s.events = 0 AND h.last_position <> h.trimmed_to",
    ),
    (
        "every alert was told in the feed once",
        "SELECT 'alerts ' || s.alerts || ', events ' || e.events FROM \
            (SELECT COUNT(*) AS alerts FROM budget_alerts) s CROSS JOIN \
            (SELECT COUNT(*) AS events FROM events WHERE event_type = 'BUDGET_THRESHOLD_REACHED') e \
            CROSS JOIN feed_head h WHERE s.alerts <> e.events AND h.trimmed_to = 0",
    ),
];

/// Runs all checks.
pub async fn run(store: &Store) -> Result<Vec<Disagreement>, DbErr> {
    let mut found = Vec::new();
    for (check, sql) in CHECKS {
        let limited = format!("{sql} LIMIT {MOST}");
        let rows = store.reader().query_all_raw(Statement::from_string(store.backend(), limited)).await?;
        for row in rows {
            found.push(Disagreement { check, detail: row.try_get_by_index(0)? });
        }
    }
    Ok(found)
}
