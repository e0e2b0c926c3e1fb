//! Freezing and unfreezing, the sweep and the retention, through the API.

use std::time::Duration;

use entities::{account, types::AccountStatus};
use partner_center::{
    outcome::Outcome,
    store::{Command, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::support::{Client, Server, id, story};

const LOOK: &str = "query($id: ID!) { customer(id: $id) { freeze { level cause automatic reason retentionDeadline \
    by { accountName } } adjustmentRecords(first: 100) { nodes { kind after reason byMember { id } } } } }";

async fn change(client: &Client, mutation: &str, customers: &[&str], input: Value) -> Value {
    let mut input = input;
    input["customerIds"] = json!(customers.iter().map(|name| id(name)).collect::<Vec<_>>());
    let query = format!(
        "mutation($input: FreezeInput!) {{ {mutation}(input: $input) {{ customers {{ accountName freeze {{ level }} }} \
         warnings userErrors {{ code field message }} }} }}"
    );
    client.run(&query, json!({ "input": input })).await.data()[mutation].clone()
}

async fn look(client: &Client, customer: &str) -> Value {
    client.run(LOOK, json!({ "id": id(customer) })).await.data()["customer"].clone()
}

async fn refused(client: &Client, mutation: &str, customer: &str, input: Value, code: &str) {
    let before = look(client, customer).await;
    let payload = change(client, mutation, &[customer], input).await;
    assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
    assert_eq!(look(client, customer).await, before);
}

fn why(reason: &str) -> Value {
    json!({ "reason": reason })
}

/// R-CORE-29: demo customer 1b5 was never unfrozen.
#[tokio::test]
async fn a_new_association_is_frozen() {
    story(|server| async move {
        let client = server.sign_in("reseller-1b").await;
        let freeze = look(&client, "customer-1b5").await["freeze"].clone();
        assert_eq!((&freeze["level"], &freeze["cause"]), (&json!("ACCOUNT"), &json!("ASSOCIATION")));
        server
    })
    .await;
}

/// R-CORE-38, R-CORE-44.
#[tokio::test]
async fn freezing_needs_a_reason_and_resources_the_agreement_and_leaves_records() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        for reason in ["", "   ", &"x".repeat(257)] {
            refused(&client, "freezeAccount", "customer-1a4", why(reason), "INVALID_INPUT").await;
        }
        refused(&client, "freezeAccountAndResources", "customer-1a4", why("late"), "AGREEMENT_REQUIRED").await;
        let payload = change(&client, "freezeAccount", &["customer-1a4", "customer-1a5"], why("unpaid")).await;
        assert_eq!(payload["userErrors"], json!([]));
        let longest = "é".repeat(256);
        let input = json!({ "reason": longest, "agreementAccepted": true });
        let payload = change(&client, "freezeAccountAndResources", &["customer-1a4"], input).await;
        assert_eq!(payload["customers"][0]["freeze"]["level"], "ACCOUNT_AND_RESOURCES");
        let customer = look(&client, "customer-1a4").await;
        assert_eq!(customer["freeze"]["by"]["accountName"], "reseller-1a");
        assert_eq!(customer["freeze"]["reason"], longest);
        let records = customer["adjustmentRecords"]["nodes"].as_array().unwrap();
        assert_eq!(records[0]["after"], "ACCOUNT_AND_RESOURCES (MANUAL)");
        assert_eq!((&records[1]["kind"], &records[1]["reason"]), (&json!("FROZEN"), &json!("unpaid")));
        server
    })
    .await;
}

#[tokio::test]
async fn each_level_is_frozen_once_and_lifted_by_its_own_name() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        refused(&client, "unfreezeAccount", "customer-1a4", why("x"), "NOT_FROZEN").await;
        change(&client, "freezeAccount", &["customer-1a4"], why("x")).await;
        refused(&client, "freezeAccount", "customer-1a4", why("x"), "ALREADY_FROZEN").await;
        refused(&client, "unfreezeAccountAndResources", "customer-1a4", why("x"), "NOT_FROZEN").await;
        let payload = change(&client, "unfreezeAccount", &["customer-1a4"], why("paid")).await;
        assert_eq!((&payload["userErrors"], &payload["warnings"]), (&json!([]), &json!([])));
        server
    })
    .await;
}

/// All or nothing: one of two is frozen already, so neither changes.
#[tokio::test]
async fn a_batch_with_one_refusal_changes_nobody() {
    story(|server| async move {
        let client = server.sign_in("reseller-1b").await;
        let payload = change(&client, "freezeAccount", &["customer-1b1", "customer-1b5"], why("x")).await;
        assert_eq!(payload["userErrors"][0]["field"], json!(["customerIds", "1"]), "{payload}");
        assert_eq!(look(&client, "customer-1b1").await["freeze"]["level"], "NONE");
        server
    })
    .await;
}

/// R-CORE-28: distributor 2 and its resellers have the verification function on.
#[tokio::test]
async fn freezing_needs_a_code_where_the_function_is_on() {
    story(|server| async move {
        let client = server.sign_in("reseller-2a").await;
        refused(&client, "freezeAccount", "customer-2a1", why("x"), "VERIFICATION_CODE_REQUIRED").await;
        let code = server.code(&client, "reseller-2a", "FREEZE").await;
        let input = json!({ "reason": "x", "verificationCode": code });
        assert_eq!(change(&client, "freezeAccount", &["customer-2a1"], input).await["userErrors"], json!([]));
        let code = server.code(&client, "reseller-2a", "FREEZE").await;
        let input = json!({ "reason": "x", "verificationCode": code });
        refused(&client, "unfreezeAccount", "customer-2a1", input, "VERIFICATION_CODE_INVALID").await;
        server
    })
    .await;
}

/// R-CORE-12.
#[tokio::test]
async fn only_the_manager_in_charge_freezes() {
    story(|server| async move {
        let (above, below) = (server.sign_in("distributor-1").await, server.sign_in("reseller-1c").await);
        refused(&below, "freezeAccount", "customer-1c1", why("x"), "NOT_MANAGER_IN_CHARGE").await;
        refused(&above, "freezeAccount", "customer-1a1", why("x"), "NOT_MANAGER_IN_CHARGE").await;
        assert_eq!(change(&above, "freezeAccount", &["customer-1c1"], why("x")).await["userErrors"], json!([]));
        server
    })
    .await;
}

/// Freezes a partner's own account as the platform will.
struct FreezePartner(&'static str);

impl Command for FreezePartner {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        account::Entity::update_many()
            .col_expr(account::Column::Status, Expr::value(AccountStatus::Frozen))
            .filter(account::Column::AccountName.eq(self.0))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}

/// R-CORE-36.
#[tokio::test]
async fn a_partner_whose_own_account_is_frozen_cannot_unfreeze() {
    story(|server| async move {
        let client = server.sign_in("reseller-1b").await;
        server.app.store.execute(FreezePartner("reseller-1b")).await.unwrap();
        refused(&client, "unfreezeAccount", "customer-1b5", why("x"), "OWN_ACCOUNT_FROZEN").await;
        assert_eq!(change(&client, "freezeAccount", &["customer-1b1"], why("x")).await["userErrors"], json!([]));
        server
    })
    .await;
}

async fn level(server: &Server, customer: &str) -> Value {
    look(&server.sign_in("reseller-1a").await, customer).await["freeze"]["level"].clone()
}

/// R-CORE-24, R-CORE-37: 499.50 of 500.00 used under AUTOMATIC.
#[tokio::test]
async fn an_exhausted_customer_that_is_unfrozen_freezes_again_within_the_hour() {
    story(|server| async move {
        server.charge("customer-1a2", "last-straw", "0.50").await;
        assert_eq!(level(&server, "customer-1a2").await, "ACCOUNT");
        let client = server.sign_in("reseller-1a").await;
        let payload = change(&client, "unfreezeAccount", &["customer-1a2"], why("promised to pay")).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert!(payload["warnings"][0].as_str().unwrap().contains("within the hour"), "{payload}");
        server.charge("customer-1a2", "meanwhile", "1").await;
        assert_eq!(level(&server, "customer-1a2").await, "NONE", "nothing but the sweep freezes it again");
        server.app.store.clock().advance(Duration::from_secs(3_600));
        server.until("the sweep freezes again", || async { level(&server, "customer-1a2").await == "ACCOUNT" }).await;
        let client = server.sign_in("reseller-1a").await;
        let customer = look(&client, "customer-1a2").await;
        assert_eq!(customer["freeze"]["automatic"], true);
        assert_eq!(customer["adjustmentRecords"]["nodes"][0]["byMember"], Value::Null);
        server
    })
    .await;
}

/// R-CORE-34, R-CORE-37: the level that was lifted is the one that comes back, with a fresh deadline.
#[tokio::test]
async fn frozen_resources_are_released_after_the_retention_and_a_lifted_freeze_comes_back_whole() {
    const TYPES: &str = "{ events(first: 100, types: [RESOURCES_RELEASED, RESOURCES_FROZEN, RESOURCES_UNFROZEN]) \
        { nodes { type } } }";
    story(|server| async move {
        server.charge("customer-1a2", "last-straw", "0.50").await;
        let client = server.sign_in("reseller-1a").await;
        let agreed = json!({ "reason": "unpaid", "agreementAccepted": true });
        change(&client, "freezeAccountAndResources", &["customer-1a2"], agreed.clone()).await;
        change(&client, "unfreezeAccountAndResources", &["customer-1a2"], why("promised")).await;
        server.app.store.clock().advance(Duration::from_secs(3_600));
        server
            .until("the sweep freezes again", || async {
                level(&server, "customer-1a2").await == "ACCOUNT_AND_RESOURCES"
            })
            .await;
        server.app.store.clock().advance(Duration::from_secs(15 * 24 * 3_600 + 3_600));
        let released = || async {
            let events = server.sign_in("reseller-1a").await.ask(TYPES).await;
            events["events"]["nodes"].as_array().unwrap().iter().any(|event| event["type"] == "RESOURCES_RELEASED")
        };
        server.until("the resources are released", released).await;
        let events = server.sign_in("reseller-1a").await.ask(TYPES).await;
        let types: Vec<&str> =
            events["events"]["nodes"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["RESOURCES_FROZEN", "RESOURCES_UNFROZEN", "RESOURCES_FROZEN", "RESOURCES_RELEASED"]);
        server
    })
    .await;
}
