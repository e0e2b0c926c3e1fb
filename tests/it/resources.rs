//! Resources through the API: operating them, what freezes allow and do, and how prepaid time ends.

use std::{sync::Arc, time::Duration};

use entities::{resource, types::BillingMode};
use futures_util::future::BoxFuture;
use partner_center::{
    access::ClientAddress,
    accounts,
    onbehalf::Operator,
    orders::commands::{PlaceOrder, Purchase, Shop},
    outcome::Fault,
    resources::{self, Provisioner, provisioner::Progress},
};
use serde_json::{Value, json};

use crate::{
    orders::{look, ordered, paid_now, refused, server_for_a_month, server_per_use},
    support::{Client, Server, id, story},
};

/// Does something to a resource; returns the payload.
pub async fn operate(client: &Client, resource: &Value, operation: &str) -> Value {
    let query = "mutation($input: OperateResourceInput!) { operateResource(input: $input) { resource { id name status \
        releasedAt } userErrors { code field message } } }";
    let input = json!({ "resourceId": resource, "operation": operation, "name": "renamed" });
    client.run(query, json!({ "input": input })).await.data()["operateResource"].clone()
}

async fn status(client: &Client, resource: &Value) -> String {
    let query = "query($id: ID!) { resource(id: $id) { status } }";
    let seen = client.run(query, json!({ "id": resource })).await.data();
    seen["resource"]["status"].as_str().unwrap_or_else(|| panic!("{seen}")).to_owned()
}

async fn freeze(server: &Server, mutation: &str, customer: &str) {
    let client = server.sign_in("reseller-1b").await;
    let query = format!(
        "mutation($id: ID!) {{ {mutation}(input: {{ customerIds: [$id], reason: \"test\", agreementAccepted: true }}) \
         {{ userErrors {{ code message }} }} }}"
    );
    let done = client.run(&query, json!({ "id": id(customer) })).await.data();
    assert_eq!(done[mutation]["userErrors"], json!([]), "{done}");
}

async fn bought(client: &Client, input: Value) -> Value {
    ordered(client, "placeOrder", paid_now(input)).await["resources"][0]["id"].clone()
}

/// O-CUS-15: what runs is stopped, started, restarted, renamed and deleted, and is gone then.
#[tokio::test]
async fn resources_are_operated() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        for input in [server_per_use(), server_for_a_month()] {
            let resource = bought(&customer, input).await;
            for (operation, expected) in [
                ("START", Err("CONFLICT")),
                ("STOP", Ok("STOPPED")),
                ("RESTART", Err("CONFLICT")),
                ("START", Ok("RUNNING")),
                ("RESTART", Ok("RUNNING")),
                ("RENAME", Ok("RUNNING")),
                ("DELETE", Ok("RELEASED")),
                ("DELETE", Err("CONFLICT")),
                ("RENAME", Err("CONFLICT")),
            ] {
                let before = look(&customer, "customer-1b1").await;
                let payload = operate(&customer, &resource, operation).await;
                match expected {
                    Ok(status) => assert_eq!(payload["resource"]["status"], status, "{operation}: {payload}"),
                    Err(code) => {
                        assert_eq!(payload["userErrors"][0]["code"], code, "{operation}: {payload}");
                        assert_eq!(look(&customer, "customer-1b1").await, before);
                    }
                }
            }
            let seen = look(&customer, "customer-1b1").await;
            let seen =
                seen["resources"]["nodes"].as_array().unwrap().iter().find(|node| node["id"] == resource).cloned();
            assert_eq!(seen.unwrap()["name"], "renamed");
        }
        let foreign = bought(&server.sign_in("customer-1b4").await, server_per_use()).await;
        for resource in [foreign, json!("rsc_00000000000000000000000000"), json!("x")] {
            let payload = operate(&customer, &resource, "STOP").await;
            assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{payload}");
        }
        server
    })
    .await;
}

/// R-CORE-31, R-CORE-32: at both levels of a freeze, what is prepaid may be unsubscribed from and renamed, what pays per
/// use renamed, and nothing else; afterwards everything again.
#[tokio::test]
async fn a_freeze_allows_what_the_table_says() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        for level in ["freezeAccount", "freezeAccountAndResources"] {
            let prepaid = bought(&customer, server_for_a_month()).await;
            let per_use = bought(&customer, server_per_use()).await;
            let pending = ordered(&customer, "placeOrder", server_for_a_month()).await;
            freeze(&server, level, "customer-1b1").await;
            for resource in [&prepaid, &per_use] {
                let months = json!({ "unit": "MONTH", "count": 1 });
                for operation in ["START", "STOP", "RESTART", "DELETE"] {
                    let payload = operate(&customer, resource, operation).await;
                    assert_eq!(payload["userErrors"][0]["code"], "ACCOUNT_FROZEN", "{level} {operation}: {payload}");
                }
                let renamed = operate(&customer, resource, "RENAME").await;
                assert_eq!(renamed["userErrors"], json!([]), "{level}: {renamed}");
                let specification = json!({ "resourceId": resource, "productId": "ecs.s6.small.1" });
                refused(&customer, "customer-1b1", "changeSpecification", specification, "ACCOUNT_FROZEN").await;
                let mode = if resource == &prepaid { "PAY_PER_USE" } else { "YEARLY_MONTHLY" };
                let other = json!({ "resourceId": resource, "billingMode": mode, "period": months });
                refused(&customer, "customer-1b1", "changeBillingMode", other, "ACCOUNT_FROZEN").await;
            }
            let renewal = json!({ "resourceId": prepaid, "period": { "unit": "MONTH", "count": 1 } });
            refused(&customer, "customer-1b1", "renew", renewal, "ACCOUNT_FROZEN").await;
            refused(&customer, "customer-1b1", "placeOrder", server_per_use(), "ACCOUNT_FROZEN").await;
            refused(&customer, "customer-1b1", "placeOrder", server_for_a_month(), "ACCOUNT_FROZEN").await;
            refused(&customer, "customer-1b1", "payOrder", json!({ "orderId": pending["id"] }), "ACCOUNT_FROZEN").await;
            let per_use_given_up = json!({ "resourceId": per_use });
            refused(&customer, "customer-1b1", "unsubscribe", per_use_given_up, "CONFLICT").await;
            let given_up = ordered(&customer, "unsubscribe", json!({ "resourceId": prepaid })).await;
            assert_eq!(given_up["status"], "COMPLETED", "{level}");
            freeze(&server, &level.replace("freeze", "unfreeze"), "customer-1b1").await;
            assert_eq!(operate(&customer, &per_use, "STOP").await["resource"]["status"], "STOPPED", "{level}");
            ordered(&customer, "cancelOrder", json!({ "orderId": pending["id"] })).await;
        }
        server
    })
    .await;
}

/// R-CORE-33, R-CORE-34, R-CORE-35: freezing the account stops nothing; freezing resources makes those unusable that pay
/// per use, and marketplace images; unfreezing brings them back as they were; the end of the retention releases those
/// that pay per use.
#[tokio::test]
async fn frozen_resources_come_back_or_are_released() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let prepaid = bought(&customer, server_for_a_month()).await;
        let running = bought(&customer, server_per_use()).await;
        let stopped = bought(&customer, server_per_use()).await;
        operate(&customer, &stopped, "STOP").await;
        let mut image = server_for_a_month();
        image["productId"] = json!("market.image.firewall");
        let image = bought(&customer, image).await;
        let all = async |client: &Client| {
            let mut seen = Vec::new();
            for resource in [&prepaid, &running, &stopped, &image] {
                seen.push(status(client, resource).await);
            }
            seen
        };
        freeze(&server, "freezeAccount", "customer-1b1").await;
        assert_eq!(all(&customer).await, ["RUNNING", "RUNNING", "STOPPED", "RUNNING"]);
        freeze(&server, "freezeAccountAndResources", "customer-1b1").await;
        assert_eq!(all(&customer).await, ["RUNNING", "FROZEN", "FROZEN", "FROZEN"]);
        freeze(&server, "unfreezeAccountAndResources", "customer-1b1").await;
        assert_eq!(all(&customer).await, ["RUNNING", "RUNNING", "STOPPED", "RUNNING"]);
        freeze(&server, "freezeAccountAndResources", "customer-1b1").await;
        server.app.store.clock().advance(Duration::from_secs(15 * 24 * 3_600 + 3_600));
        server
            .until("they are released", || async {
                let customer = server.sign_in("customer-1b1").await;
                all(&customer).await == ["RUNNING", "RELEASED", "RELEASED", "FROZEN"]
            })
            .await;
        freeze(&server, "unfreezeAccountAndResources", "customer-1b1").await;
        let customer = server.sign_in("customer-1b1").await;
        assert_eq!(all(&customer).await, ["RUNNING", "RELEASED", "RELEASED", "RUNNING"], "gone for good");
        server
    })
    .await;
}

/// R-CORE-37 for resources: where the sweep restores a freeze of resources, they are unusable again.
#[tokio::test]
async fn the_sweep_freezes_resources_again() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b2").await;
        let resource = bought(&customer, server_per_use()).await;
        freeze(&server, "freezeAccountAndResources", "customer-1b2").await;
        server.charge("customer-1b2", "all-of-it", "400").await;
        freeze(&server, "unfreezeAccountAndResources", "customer-1b2").await;
        assert_eq!(status(&customer, &resource).await, "RUNNING");
        server.app.store.clock().advance(Duration::from_secs(3_600));
        server
            .until("it is frozen again", || async {
                status(&server.sign_in("customer-1b2").await, &resource).await == "FROZEN"
            })
            .await;
        server
    })
    .await;
}

/// The partner is told 30, 15 and 7 days ahead; then the resource expires, and a renewal brings it back.
#[tokio::test]
async fn prepaid_time_ends_and_its_partner_is_told() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let mut input = server_for_a_month();
        input["period"]["count"] = json!(2);
        input["productId"] = json!("evs.sas.100");
        let resource = bought(&customer, input).await;
        let told = async |who: &str| -> Vec<i64> {
            let client = server.sign_in(who).await;
            let query = "{ events(first: 100, types: [RESOURCE_EXPIRING]) { nodes { ... on ResourceExpiring { days name \
                productType customer { accountName } resource { id } } } } }";
            let events = client.ask(query).await["events"]["nodes"].as_array().unwrap().clone();
            assert!(events.iter().all(|event| event["resource"]["id"] == resource), "{events:?}");
            events.iter().map(|event| event["days"].as_i64().unwrap()).collect()
        };
        let day = Duration::from_secs(24 * 3_600);
        for (days, expected) in [(33, &[30][..]), (15, &[30, 15]), (8, &[30, 15, 7])] {
            server.app.store.clock().advance(day * days);
            server.until("the partner is told", || async { told("reseller-1b").await == expected }).await;
        }
        assert_eq!(told("distributor-1").await, [0_i64; 0], "told to the partner");
        server.app.store.clock().advance(day * 8);
        server
            .until("it expires", || async { status(&server.sign_in("customer-1b1").await, &resource).await == "EXPIRED" })
            .await;
        let customer = server.sign_in("customer-1b1").await;
        assert_eq!(operate(&customer, &resource, "STOP").await["userErrors"][0]["code"], "CONFLICT");
        let renewal = json!({ "resourceId": resource, "period": { "unit": "YEAR", "count": 1 }, "payNow": true });
        let renewed = ordered(&customer, "renew", renewal).await;
        assert_eq!((&renewed["months"], &renewed["listPrice"]), (&json!(12), &json!("60.00")));
        assert_eq!(renewed["resources"][0]["status"], "RUNNING");
        server
    })
    .await;
}

/// Orders about a resource that wait for payment are taken back with it, deleted or given up, and block no other order once
/// their time is over.
#[tokio::test]
async fn unpaid_orders_go_with_their_resource() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let unpaid = async |resource: &Value| {
            let renewal = json!({ "resourceId": resource, "period": { "unit": "MONTH", "count": 1 } });
            ordered(&customer, "renew", renewal).await
        };
        for operation in ["DELETE", ""] {
            let resource = bought(&customer, server_for_a_month()).await;
            let order = unpaid(&resource).await;
            assert_eq!(order["status"], "PENDING_PAYMENT");
            match operation {
                "" => drop(ordered(&customer, "unsubscribe", json!({ "resourceId": resource })).await),
                _ => drop(operate(&customer, &resource, operation).await),
            }
            let query = "query($id: ID!) { order(id: $id) { status } }";
            let after = customer.run(query, json!({ "id": order["id"] })).await.data();
            assert_eq!(after["order"]["status"], "CANCELED", "{operation}");
        }
        server
    })
    .await;
}

/// Switching between billing modes: time ahead is paid and counted, per use pays what is left back.
#[tokio::test]
async fn billing_modes_are_switched() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let resource = bought(&customer, server_per_use()).await;
        let per_use = json!({ "resourceId": resource, "billingMode": "PAY_PER_USE" });
        refused(&customer, "customer-1b1", "changeBillingMode", per_use.clone(), "CONFLICT").await;
        let ahead = json!({ "resourceId": resource, "billingMode": "YEARLY_MONTHLY" });
        refused(&customer, "customer-1b1", "changeBillingMode", ahead.clone(), "INVALID_INPUT").await;
        let mut ahead = ahead;
        ahead["period"] = json!({ "unit": "MONTH", "count": 2 });
        let order = ordered(&customer, "changeBillingMode", ahead.clone()).await;
        assert_eq!((&order["type"], &order["listPrice"]), (&json!("BILLING_MODE_CHANGE"), &json!("85.00")));
        assert_eq!(order["resources"][0]["billingMode"], "PAY_PER_USE", "until it is paid");
        let paid = ordered(&customer, "payOrder", json!({ "orderId": order["id"] })).await;
        assert_eq!(paid["resources"][0]["billingMode"], "YEARLY_MONTHLY");
        assert_ne!(paid["resources"][0]["expiresAt"], Value::Null);
        let back = ordered(&customer, "changeBillingMode", per_use).await;
        assert_eq!((&back["status"], &back["transactions"][0]["kind"]), (&json!("COMPLETED"), &json!("REFUND")));
        assert_eq!(back["resources"][0]["expiresAt"], Value::Null);
        server
    })
    .await;
}

/// Q-CUS-05: resources by billing mode, product type, region, status, times and order; what pays per use is shown for the
/// last month unless asked for otherwise.
#[tokio::test]
async fn resources_are_found_by_what_they_are() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let order = ordered(&customer, "placeOrder", paid_now(server_for_a_month())).await;
        let count = async |client: &Client, filter: Value| {
            let query = "query($filter: ResourceFilter) { resources(first: 100, filter: $filter) { totalCount } }";
            client.run(query, json!({ "filter": filter })).await.data()["resources"]["totalCount"].as_i64().unwrap()
        };
        let partner = server.sign_in("reseller-1b").await;
        for (filter, expected) in [
            (Value::Null, 5),
            (json!({ "billingMode": "YEARLY_MONTHLY" }), 1),
            (json!({ "billingMode": "PAY_PER_USE" }), 4),
            (json!({ "customerId": id("customer-1b3") }), 4),
            (json!({ "customer": "customer-1b1" }), 1),
            (json!({ "productType": "ECS" }), 3),
            (json!({ "region": "eu-west-101" }), 0),
            (json!({ "status": ["RUNNING"] }), 5),
            (json!({ "status": ["FROZEN", "EXPIRED"] }), 0),
            (json!({ "orderNumber": order["number"] }), 1),
            (json!({ "search": "web" }), 3),
            (json!({ "search": order["resources"][0]["id"] }), 1),
            (json!({ "expiresAt": { "from": "2020-01-01T00:00:00Z" } }), 1),
            (json!({ "effectiveAt": { "to": "2020-01-01T00:00:00Z" } }), 0),
        ] {
            assert_eq!(count(&partner, filter.clone()).await, expected, "{filter}");
        }
        server.app.store.clock().advance(Duration::from_secs(33 * 24 * 3_600));
        let partner = server.sign_in("reseller-1b").await;
        assert_eq!(count(&partner, json!({ "billingMode": "PAY_PER_USE" })).await, 0);
        let older = json!({ "billingMode": "PAY_PER_USE", "subscribedAt": { "from": "2020-01-01T00:00:00Z" } });
        assert_eq!(count(&partner, older).await, 4);
        server
    })
    .await;
}

/// So many are provided at the same instant, and each may be the last.
const MANY: u32 = 8;

/// A provisioner that takes its time, until it is told to be done.
#[derive(Default)]
struct Slow(std::sync::atomic::AtomicBool);

impl Provisioner for Slow {
    fn takes_time(&self) -> bool {
        true
    }

    fn provide<'a>(&'a self, _: &'a resource::Model) -> BoxFuture<'a, Result<Progress, Fault>> {
        let done = self.0.load(std::sync::atomic::Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(if done { Progress::Running } else { Progress::Waiting })))
    }
}

/// Providing is a port: while it takes time the order is being processed, also over a freeze, and it is complete with its
/// last resource.
#[tokio::test]
async fn an_order_is_complete_once_its_resources_are_provided() {
    story(|server| async move {
        let slow = Arc::new(Slow::default());
        let app = &server.app;
        let found =
            accounts::queries::identity_by_name(app.store.reader(), "customer-1b1", None).await.unwrap().unwrap();
        let viewer = found.into_viewer(&app.sign_in.roles, None, app.store.clock().now()).unwrap();
        let purchase = Purchase {
            product: "ecs.s6.large.2".to_owned(),
            region: "ap-southeast-1".to_owned(),
            billing_mode: BillingMode::PayPerUse,
            quantity: MANY,
            months: None,
            name: "one".to_owned(),
            tag: None,
        };
        let shop = Shop { provisioner: slow.clone(), ..app.shop() };
        let operator = Operator { viewer: Arc::new(viewer), address: ClientAddress::LOCAL };
        let placed =
            PlaceOrder { operator: operator.clone(), shop: shop.clone(), purchase: purchase.clone(), pay_now: false };
        let order = app.store.execute(placed).await.unwrap();
        let customer = server.sign_in("customer-1b1").await;
        let seen = async || {
            let query = "query($id: ID!) { order(id: $id) { status resources { name status } } }";
            customer.run(query, json!({ "id": order.to_string() })).await.data()["order"].clone()
        };
        let all = |status: &str| -> Value {
            (1..=MANY).map(|index| json!({ "name": format!("one-{index}"), "status": status })).collect()
        };
        assert_eq!(seen().await, json!({ "status": "PROCESSING", "resources": all("CREATING") }));
        assert_eq!(resources::jobs::provide(&app.store, &*slow).await.unwrap(), 0);
        freeze(&server, "freezeAccountAndResources", "customer-1b1").await;
        slow.0.store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(resources::jobs::provide(&app.store, &*slow).await.unwrap(), u64::from(MANY));
        assert_eq!(seen().await, json!({ "status": "COMPLETED", "resources": all("FROZEN") }));
        freeze(&server, "unfreezeAccountAndResources", "customer-1b1").await;
        assert_eq!(seen().await, json!({ "status": "COMPLETED", "resources": all("RUNNING") }));

        // What is never provided, because it is released before, keeps no order waiting (R-CORE-34).
        slow.0.store(false, std::sync::atomic::Ordering::SeqCst);
        let purchase = Purchase { name: "late".to_owned(), quantity: 2, ..purchase };
        let order = app.store.execute(PlaceOrder { operator, shop, purchase, pay_now: false }).await.unwrap();
        let query = "query($id: ID!) { order(id: $id) { status resources { status } } }";
        let seen =
            async |client: &Client| client.run(query, json!({ "id": order.to_string() })).await.data()["order"].clone();
        assert_eq!(seen(&customer).await["status"], "PROCESSING");
        freeze(&server, "freezeAccountAndResources", "customer-1b1").await;
        app.store.clock().advance(Duration::from_secs(120 * 24 * 3_600));
        server
            .until("it is released", || async {
                let released = json!([{ "status": "RELEASED" }, { "status": "RELEASED" }]);
                seen(&server.sign_in("customer-1b1").await).await
                    == json!({ "status": "COMPLETED", "resources": released })
            })
            .await;
        server
    })
    .await;
}

/// R-CORE-20: a month of bandwidth becomes one charge at its 95th percentile, once, when it is over; it counts towards no
/// used budget.
#[tokio::test]
async fn a_month_of_bandwidth_is_charged_once() {
    story(|server| async move {
        let month = |ago: u32| {
            let at = server.app.store.calendar().months_before(server.app.store.clock().now(), ago).to_datetime();
            (at + Duration::from_secs(8 * 3_600)).format("%Y-%m").to_string()
        };
        let customer = server.sign_in("customer-csp1-1").await;
        let mut delivery = server_per_use();
        delivery["productId"] = json!("cdn.bandwidth.95");
        let (cdn, web) = (bought(&customer, delivery).await, bought(&customer, server_per_use()).await);
        // A budget that would count a charge of an earlier month.
        let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: ONE_TIME, amount: \"90\", \
            exhaustionPolicy: MANUAL }) { userErrors { code } } }";
        let partner = server.sign_in("csp-1").await;
        let done = partner.run(set, json!({ "id": id("customer-csp1-1") })).await.data();
        assert_eq!(done["setCustomerBudget"]["userErrors"], json!([]), "{done}");
        let record = async |resource: &Value, month: &str, samples: Value| {
            let query = "mutation($input: RecordBandwidthInput!) { recordBandwidth(input: $input) { recorded listPrice \
                userErrors { code field } } }";
            let input = json!({ "resourceId": resource, "month": month, "samples": samples });
            let meter = server.sign_in("platform/meter").await;
            meter.run(query, json!({ "input": input })).await.data()["recordBandwidth"].clone()
        };
        let used = "query($id: ID!) { customer(id: $id) { monthToDateExpenditure budget { type used } } }";
        let spent = async || {
            let partner = server.sign_in("csp-1").await;
            partner.run(used, json!({ "id": id("customer-csp1-1") })).await.data()["customer"].clone()
        };
        let samples = json!(["100", 100, "5", "5"]);
        let present = month(0);
        server.app.store.clock().advance(Duration::from_secs(32 * 24 * 3_600));
        for (resource, of_month, samples, code, field) in [
            (&cdn, month(0), samples.clone(), "INVALID_INPUT", "month"),
            (&cdn, "2026-13".to_owned(), samples.clone(), "INVALID_INPUT", "month"),
            (&cdn, "2020-01".to_owned(), samples.clone(), "INVALID_INPUT", "month"),
            (&cdn, present.clone(), json!([]), "INVALID_INPUT", "samples"),
            (&cdn, present.clone(), json!(["-1"]), "INVALID_INPUT", "samples"),
            (&web, present.clone(), samples.clone(), "INVALID_INPUT", "resourceId"),
            (&json!("nothing"), present.clone(), samples.clone(), "NOT_FOUND", "resourceId"),
        ] {
            let payload = record(resource, &of_month, samples).await;
            assert_eq!(payload["userErrors"], json!([{ "code": code, "field": [field] }]), "{of_month}");
        }
        let before = spent().await;
        assert_eq!(before["budget"]["type"], "ONE_TIME");
        let charged = json!({ "recorded": true, "listPrice": "360.00", "userErrors": [] });
        assert_eq!(record(&cdn, &present, samples.clone()).await, charged);
        let again = json!({ "recorded": false, "listPrice": "360.00", "userErrors": [] });
        assert_eq!(record(&cdn, &present, samples).await, again);
        assert_eq!(record(&cdn, &present, json!(["1"])).await, again, "what was recorded stays, and is what is told");
        assert_eq!(spent().await, before);
        assert_eq!(partner_center::audit::run(&server.app.store).await.unwrap(), []);
        server
    })
    .await;
}
