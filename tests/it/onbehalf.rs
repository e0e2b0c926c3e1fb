//! Acting on behalf through the API: both consents, the switch of roles, what it allows, and what the customer sees of it.

use entities::{
    authorization,
    types::{AuthorizationId, AuthorizationStatus},
};
use partner_center::{
    demo,
    outcome::Outcome,
    store::{Command, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    orders::{look, order, ordered, paid_now, refused, server_for_a_month, server_per_use},
    resources::operate,
    support::{Client, Server, id, story},
};

/// Writes a consent into the database, as the customer's decision does.
struct Consent {
    customer: &'static str,
    partner: &'static str,
}

impl Command for Consent {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let row = authorization::Model {
            id: AuthorizationId::new(tx.now()),
            customer_id: demo::account_id(self.customer),
            partner_id: demo::account_id(self.partner),
            requested_at: tx.now(),
            requested_by: None,
            status: AuthorizationStatus::Accepted,
            effective_at: Some(tx.now()),
            ended_at: None,
            letter_version: "1".to_owned(),
            revoke_reason: None,
            application_id: None,
        };
        authorization::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}

/// Takes it back, as the customer's revocation does.
struct Revocation(&'static str);

impl Command for Revocation {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use authorization::Column;
        let customer: entities::types::CustomerId = demo::account_id(self.0);
        tx.lock_customers_in(sea_orm::Condition::all(), &[customer]).await?;
        authorization::Entity::update_many()
            .col_expr(Column::Status, Expr::value(AuthorizationStatus::Revoked))
            .col_expr(Column::EndedAt, Expr::value(Some(tx.now())))
            .col_expr(Column::RevokeReason, Expr::value(Some("enough")))
            .filter(Column::CustomerId.eq(customer))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}

async fn consent(server: &Server, customer: &'static str, partner: &'static str) {
    server.app.store.execute(Consent { customer, partner }).await.unwrap();
}

async fn switch(client: &Client, customer: &str) -> Value {
    let query = "mutation($id: ID!) { switchRole(input: { customerId: $id }) { actingFor { accountName } \
        userErrors { code field message } } }";
    client.run(query, json!({ "id": id(customer) })).await.data()["switchRole"].clone()
}

async fn acting_for(client: &Client) -> Value {
    client.ask("{ viewer { actingFor { accountName } } }").await["viewer"]["actingFor"].clone()
}

async fn permit(server: &Server, reseller: &str, enabled: bool) {
    let client = server.sign_in("distributor-1").await;
    let code = server.code(&client, "distributor-1", "ON_BEHALF_PERMISSION").await;
    let query = "mutation($id: ID!, $enabled: Boolean!, $code: String!) { setOnBehalfPermission(input: { \
        resellerId: $id, enabled: $enabled, commitmentLetterAccepted: true, verificationCode: $code }) \
        { userErrors { code message } } }";
    let set = client.run(query, json!({ "id": id(reseller), "enabled": enabled, "code": code })).await.data();
    assert_eq!(set["setOnBehalfPermission"]["userErrors"], json!([]), "{set}");
}

const REFRESH: &str = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) { accessToken } }";

/// R-CUS-25, R-CUS-28: with both consents a member switches to the customer's role, over refreshes until it switches back,
/// and what it does is recorded as done by it for the customer, who sees it.
#[tokio::test]
async fn a_member_switches_its_role_and_back() {
    story(|server| async move {
        consent(&server, "customer-1a1", "reseller-1a").await;
        let manager = server.sign_in("reseller-1a/manager").await;
        let other_session = server.sign_in("reseller-1a/manager").await;
        assert_eq!(acting_for(&manager).await, Value::Null);
        refused(&manager, "customer-1a1", "placeOrder", server_per_use(), "FORBIDDEN").await;
        assert_eq!(switch(&manager, "customer-1a1").await["actingFor"], json!({ "accountName": "customer-1a1" }));
        let refreshed = manager.run(REFRESH, json!({ "token": manager.refresh_token })).await.data();
        let manager = manager.with_token(refreshed["refreshSession"]["accessToken"].as_str().unwrap());
        assert_eq!(acting_for(&manager).await, json!({ "accountName": "customer-1a1" }), "over a refresh");
        assert_eq!(acting_for(&other_session).await, Value::Null, "this session only");

        let paid = ordered(&manager, "placeOrder", paid_now(server_for_a_month())).await;
        assert_eq!((&paid["onBehalf"], &paid["placedBy"]["accountName"]), (&json!(true), &json!("reseller-1a")));
        let resource = paid["resources"][0]["id"].clone();
        assert_eq!(operate(&manager, &resource, "STOP").await["resource"]["status"], "STOPPED");
        ordered(&manager, "unsubscribe", json!({ "resourceId": resource })).await;

        let customer = server.sign_in("customer-1a1").await;
        let seen = customer.ask("{ orders { nodes { onBehalf placedBy { accountName } } } }").await;
        assert!(
            seen["orders"]["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .all(|order| order["onBehalf"] == true && order["placedBy"]["accountName"] == "reseller-1a"),
            "{seen}"
        );
        let traces = "{ traces { nodes { name resourceType onBehalf operator { accountName } } } }";
        let traces = customer.ask(traces).await["traces"]["nodes"].as_array().unwrap().clone();
        let mut names: Vec<_> = traces.iter().map(|trace| trace["name"].as_str().unwrap()).collect();
        // What one transaction did has one time, and no order.
        names.sort_unstable();
        assert_eq!(
            names,
            ["applyPartnerPayment", "placeOrder", "stopResource", "switchRole", "unsubscribe"],
            "{traces:?}"
        );
        for trace in &traces {
            assert_eq!((&trace["onBehalf"], &trace["operator"]["accountName"]), (&json!(true), &json!("reseller-1a")));
        }

        let back = manager.ask("mutation { switchBack { actingFor { id } userErrors { code } } }").await;
        assert_eq!(back["switchBack"], json!({ "actingFor": null, "userErrors": [] }));
        assert_eq!(acting_for(&manager).await, Value::Null);
        let payload = refused(&manager, "customer-1a1", "placeOrder", server_per_use(), "FORBIDDEN").await;
        assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains("switchRole"), "{payload}");
        server
    })
    .await;
}

/// R-CUS-25: nobody acts without the distributor's permission and the customer's authorization; a provider needs only the
/// latter, because nobody is above it.
#[tokio::test]
async fn both_consents_are_needed_to_act() {
    story(|server| async move {
        let with_permission = server.sign_in("reseller-1a").await;
        let payload = switch(&with_permission, "customer-1a1").await;
        assert_eq!(payload["userErrors"][0]["code"], "FORBIDDEN", "{payload}");
        assert_eq!(acting_for(&with_permission).await, Value::Null);

        consent(&server, "customer-1b1", "reseller-1b").await;
        let without = server.sign_in("reseller-1b").await;
        let payload = switch(&without, "customer-1b1").await;
        assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains("distributor"), "{payload}");
        permit(&server, "reseller-1b", true).await;
        assert_eq!(switch(&without, "customer-1b1").await["userErrors"], json!([]));

        let provider = server.sign_in("csp-1").await;
        assert_eq!(switch(&provider, "customer-csp1-2").await["userErrors"][0]["code"], "FORBIDDEN");
        consent(&server, "customer-csp1-2", "csp-1").await;
        assert_eq!(switch(&provider, "customer-csp1-2").await["userErrors"], json!([]));
        ordered(&provider, "placeOrder", server_per_use()).await;
        server
    })
    .await;
}

/// R-CORE-41, R-CUS-26: what is withdrawn in the middle stops the next operation, whichever of the two it is, and whatever
/// the session is switched to.
#[tokio::test]
async fn a_consent_that_is_withdrawn_stops_everything_at_once() {
    story(|server| async move {
        consent(&server, "customer-1a1", "reseller-1a").await;
        let partner = server.sign_in("reseller-1a").await;
        assert_eq!(switch(&partner, "customer-1a1").await["userErrors"], json!([]));
        let running = ordered(&partner, "placeOrder", server_per_use()).await["resources"][0]["id"].clone();
        let pending = ordered(&partner, "placeOrder", server_for_a_month()).await;
        let stopped = async |why: &str| {
            refused(&partner, "customer-1a1", "placeOrder", server_per_use(), "FORBIDDEN").await;
            refused(&partner, "customer-1a1", "payOrder", json!({ "orderId": pending["id"] }), "FORBIDDEN").await;
            refused(&partner, "customer-1a1", "cancelOrder", json!({ "orderId": pending["id"] }), "FORBIDDEN").await;
            let payload = operate(&partner, &running, "STOP").await;
            assert_eq!(payload["userErrors"][0]["code"], "FORBIDDEN", "{payload}");
            let message = payload["userErrors"][0]["message"].as_str().unwrap();
            assert!(message.contains(why), "{message}");
            assert_eq!(switch(&partner, "customer-1a1").await["userErrors"][0]["code"], "FORBIDDEN");
        };
        permit(&server, "reseller-1a", false).await;
        stopped("distributor").await;
        permit(&server, "reseller-1a", true).await;
        assert_eq!(operate(&partner, &running, "STOP").await["userErrors"], json!([]));
        server.app.store.execute(Revocation("customer-1a1")).await.unwrap();
        stopped("authoriz").await;
        server
    })
    .await;
}

/// R-CUS-27: on behalf, ECS, EVS and EIP are ordered and nothing else; the customer itself may.
#[tokio::test]
async fn only_servers_disks_and_addresses_are_ordered_on_behalf() {
    story(|server| async move {
        consent(&server, "customer-1a1", "reseller-1a").await;
        let partner = server.sign_in("reseller-1a").await;
        switch(&partner, "customer-1a1").await;
        let of = |product: &str| {
            let mut input = server_per_use();
            input["productId"] = json!(product);
            input
        };
        for product in ["ecs.s6.small.1", "evs.sas.100", "eip.bgp.5"] {
            ordered(&partner, "placeOrder", of(product)).await;
        }
        let customer = server.sign_in("customer-1a1").await;
        for product in ["cdn.bandwidth.95", "market.image.database"] {
            refused(&partner, "customer-1a1", "placeOrder", of(product), "FORBIDDEN").await;
            ordered(&customer, "placeOrder", of(product)).await;
        }
        // R-CORE-25 on behalf: short of budget, the partner has it raised; there is nobody to be pointed to.
        let mut dear = server_for_a_month();
        dear["productId"] = json!("ecs.m7.2xlarge.8");
        let payload = refused(&partner, "customer-1a1", "placeOrder", dear, "INSUFFICIENT_BUDGET").await;
        assert_eq!(payload["partnerContact"], Value::Null, "{payload}");
        server
    })
    .await;
}

/// R-CORE-01, R-CORE-45: the role of a customer that a member does not see does not exist for it; somebody who moved out of
/// its scope cannot be acted for any more. Distributors, platform and customers have no roles to switch to.
#[tokio::test]
async fn a_member_switches_only_to_customers_that_it_sees() {
    story(|server| async move {
        consent(&server, "customer-1a3", "reseller-1a").await;
        let manager = server.sign_in("reseller-1a/manager").await;
        for foreign in ["customer-1a3", "customer-1b1", "customer-csp1-1"] {
            let payload = switch(&manager, foreign).await;
            assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{foreign}: {payload}");
        }
        let administrator = server.sign_in("reseller-1a").await;
        let colleague = server.sign_in("reseller-1a/colleague").await;
        assert_eq!(switch(&colleague, "customer-1a3").await["userErrors"], json!([]));
        let members = "query { members(filter: { search: \"manager\" }) { nodes { id } } }";
        let member = administrator.ask(members).await["members"]["nodes"][0]["id"].clone();
        let assign = "mutation($member: ID!, $id: ID!) { assignAccountManager(input: { memberId: $member, \
            customerIds: [$id] }) { userErrors { code } } }";
        administrator.run(assign, json!({ "member": member, "id": id("customer-1a3") })).await.data();
        let payload = order(&colleague, "placeOrder", server_per_use()).await;
        assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{payload}");
        assert_eq!(acting_for(&colleague).await, Value::Null);

        let query = "mutation($id: ID!) { switchRole(input: { customerId: $id }) { userErrors { code } } }";
        for who in ["platform", "distributor-1", "customer-1a1", "reseller-1a/finance"] {
            let answer = server.sign_in(who).await.run(query, json!({ "id": id("customer-1a1") })).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{who}");
        }
        let before = look(&administrator, "customer-1a3").await;
        assert_eq!(before["orders"]["totalCount"], 4, "the demonstration's alone");
        server
    })
    .await;
}
