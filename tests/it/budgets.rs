//! Setting budgets, and what follows from them, through the API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Server, id, story};

const SET: &str = "mutation($input: SetCustomerBudgetInput!) { setCustomerBudget(input: $input) { customer { freeze \
    { level cause } openAlertCount } budget { id type amount used remaining usagePercent exhausted exhaustionPolicy \
    windowStart windowEnd setBy { accountName } } adjustmentRecord { kind before after } \
    userErrors { code field message } } }";
const CUSTOMER: &str = "query($id: ID!) { customer(id: $id) { budget { type amount used usagePercent exhausted \
    exhaustionPolicy windowEnd } freeze { level cause automatic } openAlerts { threshold budgetType status } \
    openAlertCount monthToDateExpenditure purchasing { yearlyMonthly reservedInstance payPerUse reasons } \
    adjustmentRecords { totalCount } } }";

pub fn monthly(customer: &str, amount: &str) -> Value {
    json!({ "customerId": id(customer), "type": "MONTHLY", "amount": amount, "exhaustionPolicy": "MANUAL" })
}

pub async fn set(client: &Client, input: Value) -> Value {
    client.run(SET, json!({ "input": input })).await.data()["setCustomerBudget"].clone()
}

async fn look(client: &Client, customer: &str) -> Value {
    client.run(CUSTOMER, json!({ "id": id(customer) })).await.data()["customer"].clone()
}

async fn refused(client: &Client, customer: &str, input: Value, code: &str) -> Value {
    let before = look(client, customer).await;
    let payload = set(client, input).await;
    assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
    assert_eq!(payload["budget"], Value::Null);
    assert_eq!(look(client, customer).await, before, "a refused change changes nothing");
    payload["userErrors"][0].clone()
}

async fn automatic(server: &Server, client: &Client, who: &str, mut input: Value) -> Value {
    input["exhaustionPolicy"] = json!("AUTOMATIC");
    input["verificationCode"] = json!(server.code(client, who, "SET_BUDGET").await);
    set(client, input).await
}

/// R-CORE-48, and what bad amounts get.
#[tokio::test]
async fn amounts_are_exact_with_two_places_and_bad_ones_change_nothing() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        for amount in ["100.005", "-1", "99999999999.00"] {
            let error = refused(&client, "customer-1a4", monthly("customer-1a4", amount), "INVALID_INPUT").await;
            assert_eq!(error["field"], json!(["amount"]), "{amount}");
        }
        for amount in [json!("abc"), json!(1.5), json!(true), json!("")] {
            let mut input = monthly("customer-1a4", "1");
            input["amount"] = amount.clone();
            let answer = client.run(SET, json!({ "input": input })).await;
            assert!(answer.body.get("errors").is_some(), "{amount}");
        }
        let payload = set(&client, monthly("customer-1a4", "1234.50")).await;
        assert_eq!(payload["budget"]["amount"], "1234.50");
        assert_eq!(payload["budget"]["remaining"], "1222.16");
        assert_eq!(payload["budget"]["usagePercent"], "1.00");
        assert_eq!(payload["adjustmentRecord"]["before"], "MONTHLY 200.00 USD, MANUAL");
        assert_eq!(payload["adjustmentRecord"]["after"], "MONTHLY 1234.50 USD, MANUAL");
        server
    })
    .await;
}

/// R-CORE-10: demo reseller 1b holds a monthly quota only.
#[tokio::test]
async fn a_reseller_sets_only_types_for_which_it_holds_a_quota() {
    story(|server| async move {
        let client = server.sign_in("reseller-1b").await;
        let mut input = monthly("customer-1b1", "10");
        input["type"] = json!("ONE_TIME");
        refused(&client, "customer-1b1", input, "BUDGET_TYPE_NOT_GRANTED").await;
        server
    })
    .await;
}

/// R-CORE-11: 1,700.00 of 100,000.00 are allotted, 200.00 of it to customer 1a4.
#[tokio::test]
async fn the_budgets_of_a_reseller_never_exceed_its_quota() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let error = refused(&client, "customer-1a4", monthly("customer-1a4", "98500.01"), "QUOTA_EXCEEDED").await;
        assert!(error["message"].as_str().unwrap().contains("lower the amount to 98500.00 or less"), "{error}");
        assert_eq!(set(&client, monthly("customer-1a4", "98500.00")).await["userErrors"], json!([]));
        refused(&client, "customer-1a5", monthly("customer-1a5", "0.01"), "QUOTA_EXCEEDED").await;
        server
    })
    .await;
}

/// R-CORE-11: writers race for what is left of a quota; the audit at the end of the story sums up.
#[tokio::test]
async fn racing_writers_never_exceed_a_quota() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let wishes = (0..24).map(|turn| {
            let client = client.clone();
            let customer = ["customer-1a1", "customer-1a4", "customer-1a5"][turn % 3];
            async move { set(&client, monthly(customer, "60000")).await["userErrors"].as_array().unwrap().len() }
        });
        let refusals: Vec<usize> = futures_util::future::join_all(wishes).await;
        assert!(refusals.contains(&0) && refusals.contains(&1), "some pass, some do not: {refusals:?}");
        let quota = "query($id: ID!) { reseller(id: $id) { permissions { quotas { type quota allotted } } } }";
        let quota = client.run(quota, json!({ "id": id("reseller-1a") })).await.data();
        let allotted: f64 =
            quota["reseller"]["permissions"]["quotas"][0]["allotted"].as_str().unwrap().parse().unwrap();
        assert!(allotted <= 100_000.0, "{quota}");
        server
    })
    .await;
}

/// R-CORE-12: the one in charge sets; the other is told who is; customers may not at all.
#[tokio::test]
async fn only_the_manager_in_charge_sets_a_budget() {
    story(|server| async move {
        let (above, below) = (server.sign_in("distributor-1").await, server.sign_in("reseller-1c").await);
        let error = refused(&below, "customer-1c1", monthly("customer-1c1", "5"), "NOT_MANAGER_IN_CHARGE").await;
        assert!(error["message"].as_str().unwrap().contains("your distributor"), "{error}");
        assert_eq!(set(&above, monthly("customer-1c1", "1500")).await["userErrors"], json!([]));
        refused(&above, "customer-1a1", monthly("customer-1a1", "5"), "NOT_MANAGER_IN_CHARGE").await;
        let provider = server.sign_in("csp-1").await;
        assert_eq!(set(&provider, monthly("customer-csp1-1", "2000")).await["userErrors"], json!([]));
        let customer = server.sign_in("customer-1a1").await;
        assert_eq!(customer.run(SET, json!({ "input": monthly("customer-1a1", "5") })).await.code(), "FORBIDDEN");
        server
    })
    .await;
}

/// R-CORE-14, R-CORE-15, R-CORE-16: 12.34 were spent this month.
#[tokio::test]
async fn a_switch_of_type_takes_effect_at_once_and_carries_the_months_usage() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut input = monthly("customer-1a4", "500");
        input["type"] = json!("ONE_TIME");
        let payload = set(&client, input).await;
        assert_eq!(payload["budget"]["type"], "ONE_TIME");
        assert_eq!(payload["budget"]["used"], "12.34");
        assert_eq!(payload["budget"]["windowEnd"], Value::Null);
        server.charge("customer-1a4", "switch-1", "100").await;
        let payload = set(&client, monthly("customer-1a4", "500")).await;
        assert_eq!((&payload["budget"]["type"], &payload["budget"]["used"]), (&json!("MONTHLY"), &json!("112.34")));
        server
    })
    .await;
}

/// R-CORE-17, R-CORE-18: after the month has turned a monthly budget is unused, a one-time budget is not.
#[tokio::test]
async fn a_monthly_budget_restores_and_a_one_time_budget_does_not() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        assert_eq!(look(&client, "customer-1a2").await["openAlertCount"], 2);
        server.app.store.clock().advance(Duration::from_secs(31 * 24 * 3_600));
        let client = server.sign_in("reseller-1a").await;
        let monthly = look(&client, "customer-1a2").await;
        assert_eq!((&monthly["budget"]["used"], &monthly["budget"]["usagePercent"]), (&json!("0.00"), &json!("0.00")));
        assert_eq!((&monthly["openAlertCount"], &monthly["openAlerts"]), (&json!(0), &json!([])));
        assert_eq!(monthly["monthToDateExpenditure"], "0.00");
        let one_time = look(&client, "customer-1a3").await;
        assert_eq!(one_time["budget"]["used"], "120.00");
        let open = client.ask("{ budgetAlerts(filter: { status: OPEN }) { totalCount } }").await;
        assert_eq!(open["budgetAlerts"]["totalCount"], 0);
        server.charge("customer-1a2", "next-month", "375").await;
        let used = look(&client, "customer-1a2").await;
        assert_eq!(used["openAlerts"], json!([{ "threshold": 75, "budgetType": "MONTHLY", "status": "OPEN" }]));
        server
    })
    .await;
}

/// R-CORE-23: 499.50 of 500.00 used; alerts at 75 and 90 are open.
#[tokio::test]
async fn raising_a_budget_clears_the_alerts_it_undercuts_and_lowering_raises_anew() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        set(&client, monthly("customer-1a2", "600")).await;
        let thresholds = |customer: &Value| -> Vec<i64> {
            customer["openAlerts"].as_array().unwrap().iter().map(|alert| alert["threshold"].as_i64().unwrap()).collect()
        };
        assert_eq!(thresholds(&look(&client, "customer-1a2").await), [75]);
        set(&client, monthly("customer-1a2", "5000")).await;
        assert!(thresholds(&look(&client, "customer-1a2").await).is_empty());
        set(&client, monthly("customer-1a2", "499.50")).await;
        assert_eq!(thresholds(&look(&client, "customer-1a2").await), [75, 90, 100]);
        let all = client
            .run(
                "query($id: ID!) { budgetAlerts(filter: { customerId: $id }) { nodes { threshold status clearedAt } } }",
                json!({ "id": id("customer-1a2") }),
            )
            .await
            .data();
        assert_eq!(all["budgetAlerts"]["nodes"].as_array().unwrap().len(), 5, "{all}");
        server
    })
    .await;
}

/// R-CORE-27, R-CORE-28: 1a has the verification function off, 2a has it on.
#[tokio::test]
async fn automatic_always_needs_a_code_and_manual_where_the_function_is_on() {
    story(|server| async move {
        let off = server.sign_in("reseller-1a").await;
        let mut input = monthly("customer-1a4", "300");
        input["exhaustionPolicy"] = json!("AUTOMATIC");
        refused(&off, "customer-1a4", input, "VERIFICATION_CODE_REQUIRED").await;
        let payload = automatic(&server, &off, "reseller-1a", monthly("customer-1a4", "300")).await;
        assert_eq!(payload["budget"]["exhaustionPolicy"], "AUTOMATIC", "{payload}");
        let on = server.sign_in("reseller-2a").await;
        refused(&on, "customer-2a4", monthly("customer-2a4", "300"), "VERIFICATION_CODE_REQUIRED").await;
        let mut input = monthly("customer-2a4", "300");
        input["verificationCode"] = json!(server.code(&on, "reseller-2a", "SET_BUDGET").await);
        assert_eq!(set(&on, input).await["userErrors"], json!([]));
        server
    })
    .await;
}

/// R-CORE-24, R-CORE-25, R-CORE-26: 1a1 MANUAL, 1a2 AUTOMATIC, 1a5 without a budget.
#[tokio::test]
async fn what_may_be_bought_follows_budget_and_freeze() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let rights = |customer: &Value| {
            let rights = &customer["purchasing"];
            [&rights["yearlyMonthly"], &rights["reservedInstance"], &rights["payPerUse"]].map(|one| one == &json!(true))
        };
        assert_eq!(rights(&look(&client, "customer-1a1").await), [true, true, true]);
        assert_eq!(rights(&look(&client, "customer-1a5").await), [false, false, true]);
        server.charges(&[("customer-1a1", "full-1", "250.10"), ("customer-1a2", "full-2", "0.50")]).await;
        let manual = look(&client, "customer-1a1").await;
        assert_eq!(manual["budget"]["usagePercent"], "100.00");
        assert_eq!(rights(&manual), [false, false, true]);
        let automatic = look(&client, "customer-1a2").await;
        assert_eq!(automatic["freeze"], json!({ "level": "ACCOUNT", "cause": "BUDGET_EXHAUSTED", "automatic": true }));
        assert_eq!(rights(&automatic), [false, false, false]);
        server
    })
    .await;
}

/// R-CORE-30.
#[tokio::test]
async fn a_new_budget_lifts_an_account_freeze_where_asked_to() {
    story(|server| async move {
        let client = server.sign_in("reseller-1b").await;
        set(&client, monthly("customer-1b5", "50")).await;
        assert_eq!(look(&client, "customer-1b5").await["freeze"]["level"], "ACCOUNT");
        let mut input = monthly("customer-1b5", "60");
        input["unfreezeNow"] = json!(true);
        let payload = set(&client, input).await;
        assert_eq!(payload["customer"]["freeze"]["level"], "NONE");
        assert_eq!(payload["adjustmentRecord"]["kind"], "BUDGET_SET");
        server
    })
    .await;
}

/// R-CORE-24: setting a budget that is used up already freezes at once under AUTOMATIC.
#[tokio::test]
async fn an_exhausted_budget_under_automatic_freezes_at_once_and_a_budget_of_nothing_is_exhausted() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let payload = automatic(&server, &client, "reseller-1a", monthly("customer-1a4", "12.34")).await;
        assert_eq!(payload["customer"]["freeze"]["cause"], "BUDGET_EXHAUSTED", "{payload}");
        assert_eq!(payload["customer"]["openAlertCount"], 3);
        let payload = set(&client, monthly("customer-1a5", "0")).await;
        assert_eq!((&payload["budget"]["exhausted"], &payload["budget"]["usagePercent"]), (&json!(true), &Value::Null));
        assert_eq!(payload["customer"]["openAlertCount"], 1, "4.50 were used of nothing");
        server
    })
    .await;
}

/// R-CORE-39, O-CORE-06: all or nothing, with an error for each customer.
#[tokio::test]
async fn a_batch_replaces_all_budgets_or_none() {
    const BATCH: &str = "mutation($ids: [ID!]!, $amount: Decimal!) { setCustomerBudgets(input: { customerIds: $ids, \
        type: MONTHLY, amount: $amount, exhaustionPolicy: MANUAL }) { customers { accountName budget { amount } } \
        userErrors { code field } } }";
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let batch = async |ids: Vec<String>, amount: &str| {
            client.run(BATCH, json!({ "ids": ids, "amount": amount })).await.data()["setCustomerBudgets"].clone()
        };
        let foreign = vec![id("customer-1a1"), id("customer-1b1"), "nonsense".to_owned(), id("customer-2a1")];
        let payload = batch(foreign[..2].to_vec(), "70").await;
        assert_eq!(payload["customers"], Value::Null);
        assert_eq!(payload["userErrors"], json!([{ "code": "NOT_FOUND", "field": ["customerIds", "1"] }]));
        let payload = batch(foreign, "70").await;
        assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND");
        assert_eq!(look(&client, "customer-1a1").await["budget"]["amount"], "1000.00");
        let all: Vec<String> = (1..=5).rev().map(|number| id(&format!("customer-1a{number}"))).collect();
        let payload = batch(all.clone(), "20000.01").await;
        assert_eq!(payload["userErrors"][0]["code"], "QUOTA_EXCEEDED");
        let payload = batch(all, "20000").await;
        let names: Vec<&str> =
            payload["customers"].as_array().unwrap().iter().map(|one| one["accountName"].as_str().unwrap()).collect();
        assert_eq!(names, ["customer-1a5", "customer-1a4", "customer-1a3", "customer-1a2", "customer-1a1"]);
        assert_eq!(batch(vec![], "1").await["userErrors"][0]["code"], "INVALID_INPUT");
        assert_eq!(batch(vec![id("customer-1a1"); 101], "1").await["userErrors"][0]["code"], "INVALID_INPUT");
        server
    })
    .await;
}
