//! Granting, adjusting and revoking a reseller's permissions, through the API.

use serde_json::{Value, json};

use crate::support::{Client, Server, id, story};

const RESELLER: &str = "query($id: ID!) { reseller(id: $id) { permissions { budgetAndFreeze onBehalf \
    commitmentLetterAcceptedAt quotas { type quota allotted available } } \
    adjustmentRecords(first: 50) { totalCount nodes { kind before after byAccount { accountName } byMember { id } } } } }";

/// Runs a permission mutation as a distributor with a fresh code; returns its payload.
async fn change(server: &Server, who: &str, mutation: &str, mut input: Value) -> Value {
    let client = server.sign_in(who).await;
    let on_behalf = mutation == "setOnBehalfPermission";
    let operation = if on_behalf { "ON_BEHALF_PERMISSION" } else { "BUDGET_PERMISSIONS" };
    input["verificationCode"] = json!(server.code(&client, who, operation).await);
    raw(&client, mutation, input).await
}

async fn raw(client: &Client, mutation: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ reseller {{ permissions {{ budgetAndFreeze \
         quotas {{ type quota }} }} }} adjustmentRecord {{ kind }} userErrors {{ code field message }} }} }}"
    );
    client.run(&query, json!({ "input": input })).await.data()[mutation].clone()
}

async fn permissions(server: &Server, reseller: &str) -> Value {
    let client = server.sign_in("distributor-1").await;
    client.run(RESELLER, json!({ "id": id(reseller) })).await.data()["reseller"].clone()
}

/// A refusal, and that nothing changed.
async fn refused(server: &Server, mutation: &str, reseller: &str, mut input: Value, code: &str) -> Value {
    let before = permissions(server, reseller).await;
    input["resellerId"] = json!(id(reseller));
    let payload = change(server, "distributor-1", mutation, input).await;
    assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
    assert_eq!(payload["reseller"], Value::Null);
    assert_eq!(permissions(server, reseller).await, before);
    payload["userErrors"][0].clone()
}

/// R-CORE-05, R-CORE-06, R-CORE-08: demo reseller 1c has two monthly budgets and one of each other kind.
#[tokio::test]
async fn granting_asks_for_quotas_that_cover_the_budgets_there_are() {
    story(|server| async move {
        let grant = "grantBudgetPermissions";
        refused(&server, grant, "reseller-1c", json!({}), "QUOTA_REQUIRED").await;
        let error = refused(&server, grant, "reseller-1c", json!({ "monthlyQuota": "5000" }), "QUOTA_REQUIRED").await;
        assert_eq!(error["field"], json!(["oneTimeQuota"]));
        let low = json!({ "monthlyQuota": "1699.99", "oneTimeQuota": "300" });
        let error = refused(&server, grant, "reseller-1c", low, "QUOTA_BELOW_BUDGETS").await;
        assert_eq!(error["message"], "MONTHLY quota 1699.99 is below the 1700.00 already allotted to 3 customers");
        let exact = json!({ "resellerId": id("reseller-1c"), "monthlyQuota": "1700.00", "oneTimeQuota": "300" });
        let payload = change(&server, "distributor-1", grant, exact).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(payload["adjustmentRecord"]["kind"], "PERMISSIONS_GRANTED");
        let again = json!({ "monthlyQuota": "1700.00", "oneTimeQuota": "300" });
        refused(&server, grant, "reseller-1c", again, "CONFLICT").await;
        server
    })
    .await;
}

/// R-CORE-08, R-CORE-09.
#[tokio::test]
async fn a_quota_cannot_fall_below_its_budgets_nor_vanish_while_there_are_any() {
    story(|server| async move {
        let adjust = "adjustBudgetQuotas";
        let error = refused(&server, adjust, "reseller-1a", json!({ "monthlyQuota": "2000" }), "QUOTA_REQUIRED").await;
        assert_eq!(error["field"], json!(["oneTimeQuota"]));
        let low = json!({ "monthlyQuota": "1699", "oneTimeQuota": "300" });
        refused(&server, adjust, "reseller-1a", low, "QUOTA_BELOW_BUDGETS").await;
        refused(&server, adjust, "reseller-1c", json!({ "monthlyQuota": "9000" }), "CONFLICT").await;
        let payload = change(
            &server,
            "distributor-1",
            adjust,
            json!({ "resellerId": id("reseller-1a"), "monthlyQuota": "1700", "oneTimeQuota": "300" }),
        )
        .await;
        assert_eq!(payload["adjustmentRecord"]["kind"], "QUOTAS_ADJUSTED", "{payload}");
        server
    })
    .await;
}

/// R-CORE-07: also a right code of another operation, and a used one, are refused.
#[tokio::test]
async fn every_change_of_permissions_needs_a_code_of_its_own() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let revoke = json!({ "resellerId": id("reseller-1a"), "verificationCode": "" });
        let payload = raw(&client, "revokeBudgetPermissions", revoke).await;
        assert_eq!(payload["userErrors"][0]["code"], "VERIFICATION_CODE_REQUIRED");
        let other = server.code(&client, "distributor-1", "SET_BUDGET").await;
        let revoke = json!({ "resellerId": id("reseller-1a"), "verificationCode": other });
        let payload = raw(&client, "revokeBudgetPermissions", revoke).await;
        assert_eq!(payload["userErrors"][0]["code"], "VERIFICATION_CODE_INVALID");
        let right = server.code(&client, "distributor-1", "BUDGET_PERMISSIONS").await;
        let revoke = json!({ "resellerId": id("reseller-1a"), "verificationCode": right });
        let payload = raw(&client, "revokeBudgetPermissions", revoke.clone()).await;
        assert_eq!(payload["userErrors"], json!([]));
        let payload = raw(&client, "revokeBudgetPermissions", revoke).await;
        assert_eq!(payload["userErrors"][0]["code"], "VERIFICATION_CODE_INVALID", "a used code is void");
        server
    })
    .await;
}

/// R-CORE-12, R-CORE-13.
#[tokio::test]
async fn revoking_leaves_budgets_and_freezes_and_the_distributor_takes_over() {
    const CUSTOMER: &str = "query($id: ID!) { customer(id: $id) { budget { amount used setBy { accountName } } \
        freeze { level } managerInCharge { __typename accountName } } }";
    const SET: &str = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \
        \"900\", exhaustionPolicy: MANUAL }) { budget { amount } userErrors { code message } } }";
    story(|server| async move {
        let customer = json!({ "id": id("customer-1a1") });
        let (above, below) = (server.sign_in("distributor-1").await, server.sign_in("reseller-1a").await);
        let before = above.run(CUSTOMER, customer.clone()).await.data()["customer"].clone();
        assert_eq!(before["managerInCharge"]["accountName"], "reseller-1a");
        let payload = above.run(SET, customer.clone()).await.data()["setCustomerBudget"].clone();
        assert_eq!(payload["userErrors"][0]["code"], "NOT_MANAGER_IN_CHARGE");

        let input = json!({ "resellerId": id("reseller-1a") });
        let revoked = change(&server, "distributor-1", "revokeBudgetPermissions", input).await;
        assert_eq!(revoked["reseller"]["permissions"], json!({ "budgetAndFreeze": false, "quotas": [] }));
        let after = above.run(CUSTOMER, customer.clone()).await.data()["customer"].clone();
        assert_eq!((&after["budget"], &after["freeze"]), (&before["budget"], &before["freeze"]));
        assert_eq!(after["managerInCharge"], json!({ "__typename": "Distributor", "accountName": "distributor-1" }));

        let payload = below.run(SET, customer.clone()).await.data()["setCustomerBudget"].clone();
        assert_eq!(payload["userErrors"][0]["code"], "NOT_MANAGER_IN_CHARGE");
        let payload = above.run(SET, customer).await.data()["setCustomerBudget"].clone();
        assert_eq!(payload, json!({ "budget": { "amount": "900.00" }, "userErrors": [] }));
        server
    })
    .await;
}

/// R-CORE-40, R-CORE-44.
#[tokio::test]
async fn the_first_on_behalf_authorization_needs_the_letter_and_all_is_recorded() {
    story(|server| async move {
        let on_behalf = "setOnBehalfPermission";
        refused(&server, on_behalf, "reseller-1b", json!({ "enabled": true }), "AGREEMENT_REQUIRED").await;
        refused(&server, on_behalf, "reseller-1b", json!({ "enabled": false }), "CONFLICT").await;
        let input = |enabled, letter| {
            json!({ "resellerId": id("reseller-1b"), "enabled": enabled, "commitmentLetterAccepted": letter })
        };
        for (enabled, letter) in [(true, true), (false, false), (true, false)] {
            let payload = change(&server, "distributor-1", on_behalf, input(enabled, letter)).await;
            assert_eq!(payload["userErrors"], json!([]), "{enabled} {letter}");
        }
        let reseller = permissions(&server, "reseller-1b").await;
        assert_eq!(reseller["permissions"]["onBehalf"], true);
        assert_ne!(reseller["permissions"]["commitmentLetterAcceptedAt"], Value::Null);
        let records = reseller["adjustmentRecords"]["nodes"].as_array().unwrap();
        assert_eq!(records.len(), 4, "one grant, three changes: {records:?}");
        assert!(records[..3].iter().all(|record| record["kind"] == "ON_BEHALF_CHANGED"));
        assert_eq!(records[0]["byAccount"]["accountName"], "distributor-1");
        server
    })
    .await;
}

/// R-CORE-44: the database itself refuses to change a record.
#[tokio::test]
async fn adjustment_records_cannot_be_changed_or_deleted() {
    use entities::adjustment_record::{Column, Entity};
    use sea_orm::{EntityTrait, TransactionTrait, sea_query::Expr};
    struct Tamper(bool);
    impl partner_center::store::Command for Tamper {
        type Output = ();
        async fn run_in(&self, tx: &mut partner_center::store::Tx) -> partner_center::outcome::Outcome<()> {
            let inner = tx.db().begin().await?;
            if self.0 {
                Entity::update_many().col_expr(Column::Reason, Expr::value("forged")).exec(&inner).await?;
            } else {
                Entity::delete_many().exec(&inner).await?;
            }
            inner.commit().await?;
            Ok(())
        }
    }
    story(|server| async move {
        for update in [true, false] {
            let outcome = server.app.store.execute(Tamper(update)).await;
            assert!(matches!(outcome, Err(partner_center::outcome::Error::Fault(_))), "update: {update}");
        }
        server
    })
    .await;
}

/// R-CORE-01: a distributor cannot touch another's reseller, and is told the same as of one that does not exist.
#[tokio::test]
async fn another_distributors_reseller_does_not_exist() {
    story(|server| async move {
        let foreign = json!({ "resellerId": id("reseller-2a") });
        let foreign = change(&server, "distributor-1", "revokeBudgetPermissions", foreign).await;
        let nowhere = json!({ "resellerId": "res_00000000000000000000000000" });
        let nowhere = change(&server, "distributor-1", "revokeBudgetPermissions", nowhere).await;
        assert_eq!(foreign["userErrors"][0]["code"], "NOT_FOUND");
        assert_eq!(
            foreign["userErrors"][0]["message"].as_str().unwrap().replace(&id("reseller-2a"), "X"),
            nowhere["userErrors"][0]["message"].as_str().unwrap().replace("res_00000000000000000000000000", "X"),
        );
        server
    })
    .await;
}
