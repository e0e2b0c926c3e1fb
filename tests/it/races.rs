//! Quotas under any concurrency: what many writers do at once never exceeds them, and nobody is shown a deadlock.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use entities::reseller_permission;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::support::{Client, Server, id, story_with};

const SET: &str =
    "mutation($input: SetCustomerBudgetInput!) { setCustomerBudget(input: $input) { userErrors { code } } }";
const SET_MANY: &str =
    "mutation($input: SetCustomerBudgetsInput!) { setCustomerBudgets(input: $input) { userErrors { code } } }";
const ADJUST: &str = "mutation($input: AdjustBudgetQuotasInput!) { adjustBudgetQuotas(input: $input) \
    { userErrors { code } } }";
/// Sums and quotas of all resellers, from the rows of their customers and not from the counters, at one moment.
const SUMS: &str = "SELECT COUNT(*) FROM reseller_permissions p JOIN (SELECT partner_id, \
    SUM(CASE budget_type WHEN 'MONTHLY' THEN budget_amount ELSE 0 END) AS monthly, \
    SUM(CASE budget_type WHEN 'ONE_TIME' THEN budget_amount ELSE 0 END) AS one_time \
    FROM customers GROUP BY partner_id) s ON s.partner_id = p.reseller_id \
    WHERE s.monthly > p.monthly_quota OR s.one_time > p.one_time_quota";
const WRITERS: usize = 32;
const EACH: usize = 25;
/// Codes that a member may be sent within an hour, with one to spare.
const MOVES: usize = 8;

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What became of all operations.
#[derive(Default)]
struct Tally {
    done: AtomicU64,
    refused: AtomicU64,
}

impl Tally {
    fn count(&self, payload: &Value) {
        let errors = payload["userErrors"].as_array().unwrap_or_else(|| panic!("{payload}"));
        for error in errors {
            let code = error["code"].as_str().unwrap();
            assert!(["QUOTA_EXCEEDED", "QUOTA_BELOW_BUDGETS"].contains(&code), "a business reason only: {payload}");
        }
        let which = if errors.is_empty() { &self.done } else { &self.refused };
        which.fetch_add(1, Ordering::Relaxed);
    }
}

/// A reseller's member: raises, lowers, switches types, alone and in batches whose customers come in any order.
async fn budgets(client: Client, reseller: &str, seed: u64, tally: &Tally) {
    let mut chance = Chance(seed);
    for _ in 0..EACH {
        let kind = if chance.below(3) == 0 { "ONE_TIME" } else { "MONTHLY" };
        let amount = format!("{}.{:02}", chance.below(45_000), chance.below(100));
        let customer = |number: u64| id(&format!("customer-{reseller}{}", number + 1));
        let mut input = json!({ "type": kind, "amount": amount, "exhaustionPolicy": "MANUAL" });
        let (operation, field) = if chance.below(3) == 0 {
            let first = chance.below(5);
            input["customerIds"] = (0..3).map(|step| json!(customer((first + 4 * step) % 5))).collect();
            (SET_MANY, "setCustomerBudgets")
        } else {
            input["customerId"] = json!(customer(chance.below(5)));
            (SET, "setCustomerBudget")
        };
        tally.count(&client.run(operation, json!({ "input": input })).await.data()[field]);
    }
}

/// A distributor that moves the quotas of its resellers up and down.
async fn quotas(server: &Server, client: Client, tally: &Tally) {
    let mut chance = Chance(99);
    for turn in 0..MOVES {
        let reseller = ["reseller-1a", "reseller-1b"][turn % 2];
        let input = json!({
            "resellerId": id(reseller), "monthlyQuota": (60_000 + chance.below(60_000)).to_string(),
            "oneTimeQuota": (60_000 + chance.below(60_000)).to_string(),
            "verificationCode": server.code(&client, "distributor-1", "BUDGET_PERMISSIONS").await,
        });
        tally.count(&client.run(ADJUST, json!({ "input": input })).await.data()["adjustBudgetQuotas"]);
    }
}

/// R-CORE-07, R-CORE-11: 32 writers set, raise, lower, switch and batch budgets while quotas move; at every moment that is
/// looked at the sums keep within them. The audit at the end compares the counters.
#[tokio::test(flavor = "multi_thread")]
async fn quotas_hold_whatever_32_writers_do() {
    story_with(
        |settings| settings.database.max_connections = 24,
        |server| async move {
            let (tally, over) = (Tally::default(), AtomicBool::new(false));
            let above = server.sign_in("distributor-1").await;
            let prepare = json!({ "resellerId": id("reseller-1b"), "monthlyQuota": "80000", "oneTimeQuota": "80000",
                "verificationCode": server.code(&above, "distributor-1", "BUDGET_PERMISSIONS").await });
            above.run(ADJUST, json!({ "input": prepare })).await.data();
            let resellers = [server.sign_in("reseller-1a").await, server.sign_in("reseller-1b").await];
            let writers = (1..WRITERS).map(|writer| {
                let client = resellers[writer % 2].clone();
                budgets(client, ["1a", "1b"][writer % 2], writer as u64, &tally)
            });
            let writing = async {
                tokio::join!(futures_util::future::join_all(writers), quotas(&server, above.clone(), &tally));
                over.store(true, Ordering::Relaxed);
            };
            let watching = async {
                let mut looks = 0;
                let db = server.app.store.reader();
                while !over.load(Ordering::Relaxed) {
                    let row = db.query_one_raw(Statement::from_string(server.app.store.backend(), SUMS)).await.unwrap();
                    let exceeded: i64 = row.unwrap().try_get_by_index(0).unwrap();
                    assert_eq!(exceeded, 0, "a sum is above its quota");
                    looks += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                looks
            };
            let ((), looks) = tokio::join!(writing, watching);
            assert!(looks > 10, "{looks}");
            let (done, refused) = (tally.done.into_inner(), tally.refused.into_inner());
            assert!(done > 100 && refused > 100, "some pass, some do not: {done}, {refused}");
            assert_eq!(done + refused, ((WRITERS - 1) * EACH + MOVES) as u64, "each was answered");
            let rows = reseller_permission::Entity::find().all(server.app.store.reader()).await.unwrap();
            assert!(rows.iter().any(|row| row.monthly_budgets > 0));
            server
        },
    )
    .await;
}
