//! Quiet charges: those that do no more than add up, in one statement on PostgreSQL (docs/decisions/0015).
//!
//! Most charges reach no threshold. The [rules](super::rules::quiet_below) say beforehand up to which usage that is so, and
//! the number lies in the customer's row; below it the sums are all there is to write, and one statement in one round trip
//! locks, inserts and adds. Whatever is not quiet for certain goes the full way: another month, another association, an
//! unknown customer, a threshold within reach. SQLite has no round trips to save, and every charge goes the full way there.

use std::collections::HashSet;

use entities::types::CustomerId;
use sea_orm::{DbBackend, Statement, Value, sea_query::ArrayType};

use super::rules::{Charge, check};
use crate::{
    outcome::{Fault, Outcome},
    store::Store,
};

/// Locks the quiet ones among the customers, in id order; inserts their new charges; adds those up. A lock that had to
/// wait decides on the row as it has become. What a duplicate would add is counted when quiet ones are chosen, which
/// errs towards the full way. The arrays are hidden in subqueries because PostgreSQL would otherwise count their elements
/// and plan anew for every call, which takes longer than the statement; and the month is compared in a way that no index
/// serves, because all customers have the same.
///
/// Answers with the customers that were quiet, and how many charges were new.
const RECORD_QUIET: &str = "
WITH lines AS (
    SELECT * FROM UNNEST((SELECT $1::text[]), (SELECT $2::uuid[]), (SELECT $3::text[]), (SELECT $4::text[]),
        (SELECT $5::bigint[]), (SELECT $6::bigint[]), (SELECT $7::bool[]))
        AS l (charge_id, customer_id, product_type, billing_mode, list_price, occurred_at, settled_monthly)
), wanted AS (
    SELECT customer_id, MIN(occurred_at) AS first, SUM(list_price) AS spent,
        SUM(list_price) FILTER (WHERE NOT settled_monthly) AS counted
    FROM lines GROUP BY customer_id
), quiet AS (
    SELECT c.id FROM customers c JOIN wanted w ON w.customer_id = c.id
    WHERE c.expenditure_month IS NOT DISTINCT FROM $8 AND COALESCE(c.window_month, $8) <= $8
        AND c.counted_since <= w.first AND c.expenditure + w.spent <= 9223372036854775807
        AND CASE c.budget_type WHEN 'MONTHLY' THEN c.counted WHEN 'ONE_TIME' THEN c.one_time_used ELSE 0 END
            + COALESCE(w.counted, 0) < c.quiet_below
    ORDER BY c.id FOR UPDATE OF c
), new AS (
    INSERT INTO charges (charge_id, customer_id, product_type, billing_mode, list_price, occurred_at, month,
        settled_monthly, recorded_at)
    SELECT charge_id, customer_id, product_type, billing_mode, list_price, occurred_at, $8, settled_monthly, $9
    FROM lines JOIN quiet ON quiet.id = lines.customer_id
    ON CONFLICT (charge_id) DO NOTHING RETURNING customer_id, list_price, settled_monthly
), sums AS (
    SELECT customer_id, SUM(list_price)::bigint AS spent,
        COALESCE(SUM(list_price) FILTER (WHERE NOT settled_monthly), 0)::bigint AS counted
    FROM new GROUP BY customer_id
), grown AS (
    UPDATE customers c SET
        expenditure = c.expenditure + s.spent,
        counted = c.counted + s.counted,
        one_time_used = CASE c.budget_type WHEN 'ONE_TIME' THEN c.one_time_used + s.counted ELSE c.one_time_used END,
        usage_ratio = CASE WHEN c.budget_amount > 0 THEN LEAST(9223372036854775807, DIV(
            (CASE c.budget_type WHEN 'ONE_TIME' THEN c.one_time_used ELSE c.counted END + s.counted)::numeric
                * 100000000, c.budget_amount))::bigint ELSE c.usage_ratio END
    FROM sums s WHERE c.id = s.customer_id
)
SELECT id, (SELECT COUNT(*) FROM new) FROM quiet";

/// What became of the quiet ones.
#[derive(Default)]
pub struct Quiet {
    /// Lines recorded.
    pub recorded: usize,
    /// Lines whose id was recorded before.
    pub duplicates: usize,
    /// Lines that must go the full way.
    pub rest: Vec<Charge>,
}

/// Records those charges that are quiet.
pub async fn record(store: &Store, lines: Vec<Charge>) -> Outcome<Quiet> {
    if store.backend() != DbBackend::Postgres {
        return Ok(Quiet { rest: lines, ..Quiet::default() });
    }
    let now = store.clock().now();
    let month = store.calendar().month_of(now);
    let mut ids = HashSet::new();
    let (tried, mut rest): (Vec<Charge>, Vec<Charge>) = lines.into_iter().partition(|line| {
        check(line, now).is_ok()
            && store.calendar().month_of(line.occurred_at) >= month
            && ids.insert(line.charge_id.clone())
    });
    if tried.is_empty() {
        return Ok(Quiet { rest, ..Quiet::default() });
    }
    let values = [
        array(ArrayType::String, &tried, |line| line.charge_id.as_str().into()),
        array(ArrayType::Uuid, &tried, |line| line.customer.into()),
        array(ArrayType::String, &tried, |line| line.product_type.as_str().into()),
        array(ArrayType::String, &tried, |line| line.billing_mode.into()),
        array(ArrayType::BigInt, &tried, |line| line.list_price.into()),
        array(ArrayType::BigInt, &tried, |line| line.occurred_at.into()),
        array(ArrayType::Bool, &tried, |line| line.settled_monthly.into()),
        month.into(),
        now.into(),
    ];
    let rows = store.at_once(Statement::from_sql_and_values(DbBackend::Postgres, RECORD_QUIET, values)).await?;

    let mut quiet = HashSet::new();
    let mut recorded = 0;
    for row in rows {
        quiet.insert(row.try_get_by_index::<CustomerId>(0)?);
        recorded = row.try_get_by_index::<i64>(1)?;
    }
    let recorded = usize::try_from(recorded).map_err(|error| Fault(Box::new(error)))?;
    let (done, loud): (Vec<Charge>, Vec<Charge>) = tried.into_iter().partition(|line| quiet.contains(&line.customer));
    rest.extend(loud);
    Ok(Quiet { recorded, duplicates: done.len() - recorded, rest })
}

fn array(kind: ArrayType, lines: &[Charge], value: impl Fn(&Charge) -> Value) -> Value {
    Value::Array(kind, Some(Box::new(lines.iter().map(value).collect())))
}
