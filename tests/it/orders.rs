//! Orders through the API: their life, what freezes and budgets allow, and who sees them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, Server, id, story};

pub const ORDER: &str = "id number type status productType specification billingMode quantity months listPrice \
    amountPaid onBehalf createdAt payUntil paidAt closedAt payments { method amount } \
    transactions { kind method amount chargeId } placedBy { accountName } \
    resources { id name tag status specification billingMode effectiveAt expiresAt subscribedAt releasedAt }";

/// Runs a mutation about orders; returns its payload.
pub async fn order(client: &Client, mutation: &str, input: Value) -> Value {
    let kind = match mutation {
        "payOrder" | "cancelOrder" => "OrderInput".to_owned(),
        _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
    };
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ order {{ {ORDER} }} \
         partnerContact {{ accountName ... on Reseller {{ email(reveal: true) }} }} \
         userErrors {{ code field message }} }} }}"
    );
    client.run(&query, json!({ "input": input })).await.data()[mutation].clone()
}

/// The same of an order that must be granted.
pub async fn ordered(client: &Client, mutation: &str, input: Value) -> Value {
    let payload = order(client, mutation, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["order"].clone()
}

/// A server for a month, which costs 42.50.
pub fn server_for_a_month() -> Value {
    json!({ "productId": "ecs.s6.large.2", "region": "ap-southeast-1", "billingMode": "YEARLY_MONTHLY",
        "period": { "unit": "MONTH", "count": 1 }, "name": "shop" })
}

/// A server that pays per use.
pub fn server_per_use() -> Value {
    json!({ "productId": "ecs.s6.large.2", "region": "ap-southeast-1", "billingMode": "PAY_PER_USE", "name": "hourly" })
}

pub fn paid_now(mut input: Value) -> Value {
    input["payNow"] = json!(true);
    input
}

/// What a customer's budget, freeze and orders are, to see that nothing changed.
pub async fn look(client: &Client, customer: &str) -> Value {
    let query = "query($id: ID!) { customer(id: $id) { budget { used remaining } freeze { level cause } } \
        orders(filter: { customerId: $id }) { totalCount nodes { id status amountPaid } } \
        resources(filter: { customerId: $id }, first: 100) { totalCount nodes { id name status billingMode } } }";
    client.run(query, json!({ "id": id(customer) })).await.data()
}

pub async fn refused(client: &Client, customer: &str, mutation: &str, input: Value, code: &str) -> Value {
    let before = look(client, customer).await;
    let payload = order(client, mutation, input).await;
    assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
    assert_eq!(payload["order"], Value::Null);
    assert_eq!(look(client, customer).await, before);
    payload
}

/// O-CUS-13, O-CUS-14, R-CORE-19: an order waits for its payment, counts once it is paid, is paid once, and what it brought
/// is changed, renewed and given up.
#[tokio::test]
async fn an_order_is_placed_paid_changed_and_given_up() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b4").await;
        let used = async || look(&customer, "customer-1b4").await["customer"]["budget"]["used"].clone();
        assert_eq!(used().await, "12.34");
        let placed = ordered(&customer, "placeOrder", server_for_a_month()).await;
        assert_eq!((&placed["status"], &placed["type"]), (&json!("PENDING_PAYMENT"), &json!("NEW")), "{placed}");
        assert_eq!((&placed["listPrice"], &placed["amountPaid"]), (&json!("42.50"), &json!("0.00")));
        assert_eq!((&placed["resources"], &placed["onBehalf"]), (&json!([]), &json!(false)));
        assert_eq!(placed["placedBy"]["accountName"], "customer-1b4");
        assert_eq!(used().await, "12.34", "nothing counts before it is paid");

        let which = json!({ "orderId": placed["id"] });
        let paid = ordered(&customer, "payOrder", which.clone()).await;
        assert_eq!((&paid["status"], &paid["amountPaid"]), (&json!("COMPLETED"), &json!("42.50")), "{paid}");
        assert_eq!(paid["payments"], json!([{ "method": "CREDIT", "amount": "42.50" }]));
        let charge = paid["transactions"][0]["chargeId"].as_str().unwrap();
        assert_eq!(charge, format!("order-{}", placed["id"].as_str().unwrap()));
        let resource = paid["resources"][0].clone();
        assert_eq!((&resource["status"], &resource["name"]), (&json!("RUNNING"), &json!("shop")));
        assert_ne!(resource["expiresAt"], Value::Null);
        assert_eq!(used().await, "54.84");
        refused(&customer, "customer-1b4", "payOrder", which.clone(), "CONFLICT").await;
        refused(&customer, "customer-1b4", "cancelOrder", which, "CONFLICT").await;

        let resource = resource["id"].clone();
        let better = json!({ "resourceId": resource, "productId": "ecs.c7.xlarge.2" });
        let change = ordered(&customer, "changeSpecification", better.clone()).await;
        assert_eq!((&change["type"], &change["status"]), (&json!("CHANGE"), &json!("PENDING_PAYMENT")), "{change}");
        let price: f64 = change["listPrice"].as_str().unwrap().parse().unwrap();
        assert!((50.0..58.0).contains(&price), "the difference of a month: {price}");
        refused(&customer, "customer-1b4", "changeSpecification", better.clone(), "CONFLICT").await;
        ordered(&customer, "payOrder", json!({ "orderId": change["id"] })).await;
        refused(&customer, "customer-1b4", "changeSpecification", better, "CONFLICT").await;
        let renewal = json!({ "resourceId": resource, "period": { "unit": "MONTH", "count": 1 }, "payNow": true });
        refused(&customer, "customer-1b4", "renew", renewal, "INSUFFICIENT_BUDGET").await;

        let spent = used().await;
        let given_up = ordered(&customer, "unsubscribe", json!({ "resourceId": resource })).await;
        assert_eq!((&given_up["type"], &given_up["status"]), (&json!("UNSUBSCRIPTION"), &json!("COMPLETED")));
        assert_eq!(given_up["resources"][0]["status"], "RELEASED");
        let back = &given_up["transactions"][0];
        assert_eq!((&back["kind"], &back["chargeId"]), (&json!("REFUND"), &Value::Null), "{given_up}");
        let back: f64 = back["amount"].as_str().unwrap().parse().unwrap();
        assert!((42.5 + price - 0.02..=42.5 + price).contains(&back), "nothing was used yet: {back}");
        assert_eq!(used().await, spent, "budgets count what was bought");
        let first = look(&customer, "customer-1b4").await;
        let first = first["orders"]["nodes"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&first["id"], &first["status"]), (&placed["id"], &json!("UNSUBSCRIBED")));
        refused(&customer, "customer-1b4", "unsubscribe", json!({ "resourceId": resource }), "CONFLICT").await;
        server
    })
    .await;
}

/// An order that is not paid can be canceled, and is when its time is over.
#[tokio::test]
async fn orders_that_nobody_pays_are_canceled() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b4").await;
        let first = ordered(&customer, "placeOrder", server_for_a_month()).await;
        let canceled = ordered(&customer, "cancelOrder", json!({ "orderId": first["id"] })).await;
        assert_eq!(canceled["status"], "CANCELED");
        refused(&customer, "customer-1b4", "payOrder", json!({ "orderId": first["id"] }), "CONFLICT").await;
        let second = ordered(&customer, "placeOrder", server_for_a_month()).await;
        server.app.store.clock().advance(Duration::from_secs(7 * 24 * 3_600 + 3_600));
        server
            .until("it is canceled", || async {
                let customer = server.sign_in("customer-1b4").await;
                let query = "query($id: ID!) { order(id: $id) { status closedAt paidAt } }";
                let seen = customer.run(query, json!({ "id": second["id"] })).await.data();
                seen["order"]["status"] == "CANCELED"
            })
            .await;
        server
    })
    .await;
}

/// R-CORE-25, R-CORE-26, R-CUS-30, R-CUS-39: what is prepaid must be covered by what is left of the budget, and a customer
/// that is short is pointed to its partner; what pays per use needs no budget.
#[tokio::test]
async fn prepaid_orders_need_what_is_left_of_a_budget() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let mut large = server_for_a_month();
        large["productId"] = json!("ecs.m7.2xlarge.8");
        large["quantity"] = json!(2);
        let payload = refused(&customer, "customer-1b1", "placeOrder", large.clone(), "INSUFFICIENT_BUDGET").await;
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(
            message.contains("667.20") && message.contains("387.50") && message.contains("reseller-1b"),
            "{message}"
        );
        let contact = &payload["partnerContact"];
        assert_eq!(contact, &json!({ "accountName": "reseller-1b", "email": "office@reseller-1b.example" }));
        large["quantity"] = json!(1);
        ordered(&customer, "placeOrder", paid_now(large.clone())).await;
        assert_eq!(look(&customer, "customer-1b1").await["customer"]["budget"]["remaining"], "53.90");
        let alerts = server.sign_in("reseller-1b").await;
        let query = "query($id: ID!) { customer(id: $id) { openAlerts { threshold } } }";
        let open = alerts.run(query, json!({ "id": id("customer-1b1") })).await.data();
        assert_eq!(open["customer"]["openAlerts"], json!([{ "threshold": 75 }, { "threshold": 90 }]), "it is a charge");

        // MANUAL and used up: what is prepaid is refused whatever it costs, what pays per use is not.
        server.charge("customer-1b1", "rest", "53.90").await;
        let mut small = server_for_a_month();
        small["productId"] = json!("evs.sas.100");
        refused(&customer, "customer-1b1", "placeOrder", small.clone(), "INSUFFICIENT_BUDGET").await;
        let running = ordered(&customer, "placeOrder", server_per_use()).await;
        assert_eq!((&running["status"], &running["listPrice"]), (&json!("COMPLETED"), &json!("0.00")), "{running}");

        let without = server.sign_in("customer-1a5").await;
        refused(&without, "customer-1a5", "placeOrder", small, "INSUFFICIENT_BUDGET").await;
        ordered(&without, "placeOrder", server_per_use()).await;
        server
    })
    .await;
}

/// R-CORE-24: a paid order is a charge: where it uses the budget up under AUTOMATIC, the account freezes with it, and
/// nothing more is sold.
#[tokio::test]
async fn an_order_that_uses_the_budget_up_freezes_the_account() {
    story(|server| async move {
        let reseller = server.sign_in("reseller-1b").await;
        let code = server.code(&reseller, "reseller-1b", "SET_BUDGET").await;
        let set = "mutation($id: ID!, $code: String!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
            amount: \"54.84\", exhaustionPolicy: AUTOMATIC, verificationCode: $code }) { userErrors { code message } } }";
        let set = reseller.run(set, json!({ "id": id("customer-1b4"), "code": code })).await.data();
        assert_eq!(set["setCustomerBudget"]["userErrors"], json!([]), "{set}");
        let customer = server.sign_in("customer-1b4").await;
        ordered(&customer, "placeOrder", paid_now(server_for_a_month())).await;
        let seen = look(&customer, "customer-1b4").await;
        assert_eq!(seen["customer"]["freeze"], json!({ "level": "ACCOUNT", "cause": "BUDGET_EXHAUSTED" }));
        assert_eq!(seen["customer"]["budget"]["remaining"], "0.00");
        refused(&customer, "customer-1b4", "placeOrder", server_per_use(), "ACCOUNT_FROZEN").await;
        refused(&customer, "customer-1b4", "placeOrder", server_for_a_month(), "ACCOUNT_FROZEN").await;
        server
    })
    .await;
}

/// R-CUS-30: of orders that race for what is left of a budget, as many win as it covers: here one. Paying one order twice
/// at once pays it once.
#[tokio::test]
async fn one_of_two_orders_has_what_is_left() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b4").await;
        let mut input = paid_now(server_for_a_month());
        input["productId"] = json!("ecs.c7.xlarge.2");
        let racers = (0..6).map(|_| order(&customer, "placeOrder", input.clone()));
        let payloads = futures_util::future::join_all(racers).await;
        let won = payloads.iter().filter(|payload| payload["order"]["status"] == "COMPLETED").count();
        let lost = payloads.iter().filter(|payload| payload["userErrors"][0]["code"] == "INSUFFICIENT_BUDGET").count();
        assert_eq!((won, lost), (1, 5), "{payloads:?}");
        assert_eq!(look(&customer, "customer-1b4").await["customer"]["budget"]["used"], "109.74");

        let placed = ordered(&customer, "placeOrder", server_for_a_month()).await;
        let which = json!({ "orderId": placed["id"] });
        let racers = (0..6).map(|_| order(&customer, "payOrder", which.clone()));
        let payloads = futures_util::future::join_all(racers).await;
        let won = payloads.iter().filter(|payload| payload["userErrors"] == json!([])).count();
        assert_eq!(won, 1, "{payloads:?}");
        assert_eq!(look(&customer, "customer-1b4").await["customer"]["budget"]["used"], "152.24");
        server
    })
    .await;
}

/// What is not well formed, not sold, or not there is told with its field, and changes nothing.
#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b4").await;
        let but = |field: &str, value: Value| {
            let mut input = server_for_a_month();
            input[field] = value;
            input
        };
        for (input, code, field) in [
            (but("productId", json!("ecs.none")), "NOT_FOUND", "productId"),
            (but("region", json!("the-moon")), "INVALID_INPUT", "region"),
            (but("billingMode", json!("SAVINGS_PLAN")), "INVALID_INPUT", "billingMode"),
            (but("period", Value::Null), "INVALID_INPUT", "period"),
            (but("period", json!({ "unit": "YEAR", "count": 4 })), "INVALID_INPUT", "period"),
            (but("billingMode", json!("PAY_PER_USE")), "INVALID_INPUT", "period"),
            (but("quantity", json!(21)), "INVALID_INPUT", "quantity"),
            (but("name", json!("  ")), "INVALID_INPUT", "name"),
            (but("tag", json!("")), "INVALID_INPUT", "tag"),
        ] {
            let payload = refused(&customer, "customer-1b4", "placeOrder", input, code).await;
            assert_eq!(payload["userErrors"][0]["field"], json!([field]), "{payload}");
        }
        let foreign = ordered(&server.sign_in("customer-1b1").await, "placeOrder", server_for_a_month()).await;
        for order_id in [foreign["id"].clone(), json!("ord_00000000000000000000000000"), json!("x")] {
            let input = json!({ "orderId": order_id });
            let payload = refused(&customer, "customer-1b4", "payOrder", input.clone(), "NOT_FOUND").await;
            assert_eq!(payload["userErrors"][0]["field"], json!(["orderId"]));
            refused(&customer, "customer-1b4", "cancelOrder", input, "NOT_FOUND").await;
        }
        server
    })
    .await;
}

async fn seen(client: &Client, filter: Value) -> Vec<String> {
    let query = "query($filter: OrderFilter) { orders(first: 100, filter: $filter) { totalCount nodes { number \
        customer { accountName } } } }";
    let answer = client.run(query, json!({ "filter": filter })).await.data();
    let nodes = answer["orders"]["nodes"].as_array().unwrap();
    assert_eq!(answer["orders"]["totalCount"], nodes.len());
    let mut names: Vec<String> =
        nodes.iter().map(|node| node["customer"]["accountName"].as_str().unwrap().to_owned()).collect();
    names.dedup();
    names.sort();
    names.dedup();
    names
}

/// R-CORE-01, R-CUS-31: a customer sees its own orders, account managers those of their customers, others of the account
/// all of it, a distributor those of its resellers' customers, and nobody anybody else's.
#[tokio::test]
async fn orders_are_seen_by_whom_their_customers_are_seen_by() {
    story(|server| async move {
        let placed = ordered(&server.sign_in("customer-1a1").await, "placeOrder", server_per_use()).await;
        let resource = placed["resources"][0]["id"].clone();
        for (who, expected) in [
            ("customer-1a1", &["customer-1a1"][..]),
            ("reseller-1a", &["customer-1a1", "customer-1a3", "customer-1a4"]),
            ("reseller-1a/manager", &["customer-1a1"]),
            ("reseller-1a/director", &["customer-1a1"]),
            ("reseller-1a/colleague", &["customer-1a3"]),
            ("distributor-1", &["customer-1a1", "customer-1a3", "customer-1a4", "customer-1b3"]),
            ("distributor-1/manager", &["customer-1a1", "customer-1a3", "customer-1a4"]),
            ("csp-1", &["customer-csp1-3"]),
            ("csp-1/manager", &[]),
            ("distributor-2", &[]),
        ] {
            let client = server.sign_in(who).await;
            assert_eq!(seen(&client, Value::Null).await, expected, "{who}");
            let single = "query($order: ID!, $resource: ID!) { order(id: $order) { id } resource(id: $resource) { id } \
                nodes(ids: [$order, $resource]) { id } }";
            let one = client.run(single, json!({ "order": placed["id"], "resource": resource })).await.data();
            let all = [&one["order"], &one["resource"], &one["nodes"][0], &one["nodes"][1]];
            let sees = expected.contains(&"customer-1a1");
            assert!(all.iter().all(|node| node.is_null() != sees), "{who}: {one}");
        }
        let finance = server.sign_in("reseller-1a/finance").await;
        let query = "{ orders { totalCount } }";
        assert_eq!(finance.run(query, Value::Null).await.code(), "FORBIDDEN", "customer.order.view");
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(finance.run(node, json!({ "id": placed["id"] })).await.data()["node"], Value::Null);
        server
    })
    .await;
}

/// Q-CUS-04: lists are narrowed by customer, reseller, number, product type, type, status and times.
#[tokio::test]
async fn orders_are_found_by_what_they_are() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b4").await;
        let paid = ordered(&customer, "placeOrder", paid_now(server_for_a_month())).await;
        let distributor = server.sign_in("distributor-1").await;
        let all = seen(&distributor, Value::Null).await;
        for (filter, expected) in [
            (json!({ "customerId": id("customer-1b3") }), vec!["customer-1b3"]),
            (json!({ "customer": "CUSTOMER-1a" }), vec!["customer-1a3", "customer-1a4"]),
            (json!({ "resellerId": id("reseller-1b") }), vec!["customer-1b3", "customer-1b4"]),
            (json!({ "number": paid["number"] }), vec!["customer-1b4"]),
            (json!({ "number": paid["number"], "resellerId": id("reseller-1a") }), vec![]),
            (json!({ "productType": "CDN" }), vec!["customer-1a3", "customer-1a4", "customer-1b3"]),
            (json!({ "type": "RENEWAL" }), vec![]),
            (json!({ "status": ["PENDING_PAYMENT"] }), vec!["customer-1a3", "customer-1a4", "customer-1b3"]),
            (json!({ "paidAt": { "from": paid["paidAt"] } }), vec!["customer-1b4"]),
            (json!({ "createdAt": { "to": "2020-01-01T00:00:00Z" } }), vec![]),
            (json!({ "onBehalf": true }), vec![]),
            (json!({ "resellerId": id("reseller-2a") }), vec![]),
            (json!({ "customerId": id("customer-csp1-3") }), vec![]),
        ] {
            assert_eq!(seen(&distributor, filter.clone()).await, expected, "{filter}");
        }
        assert_eq!(all, ["customer-1a3", "customer-1a4", "customer-1b3", "customer-1b4"]);
        server
    })
    .await;
}

/// Orders with their customers, money and resources cost the same statements, however many there are.
#[tokio::test]
async fn a_page_of_orders_costs_one_statement_a_level() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let ask =
            |first: usize| format!("{{ orders(first: {first}) {{ nodes {{ {ORDER} customer {{ accountName }} }} }} }}");
        client.ask(&ask(12)).await;
        let counted = async |first: usize| {
            let client = &client;
            server.statements(|_| async move { drop(client.ask(&ask(first)).await) }).await
        };
        assert_eq!(counted(3).await, counted(12).await);
        server
    })
    .await;
}

/// The events of an order reach the customer and its partner, live and with what a dashboard shows, and nobody else.
#[tokio::test]
async fn orders_are_told_to_the_customer_and_its_partner() {
    story(|server| async move {
        let live = "subscription { events(types: [ORDER_PLACED, ORDER_PAID, ORDER_UNSUBSCRIBED]) { type \
            ... on OrderChanged { customer { accountName } number orderType status productType billingMode listPrice \
            amountPaid onBehalf order { number status } } } }";
        let (customer, partner) = (server.sign_in("customer-1b4").await, server.sign_in("reseller-1b").await);
        let mut sockets = Vec::new();
        for client in
            [&customer, &partner, &server.sign_in("distributor-1").await, &server.sign_in("customer-1b1").await]
        {
            let mut socket = server.socket(client).await;
            socket.subscribe("1", live, Value::Null).await;
            assert!(socket.is_silent().await);
            sockets.push(socket);
        }
        let paid = ordered(&customer, "placeOrder", paid_now(server_for_a_month())).await;
        ordered(&customer, "unsubscribe", json!({ "resourceId": paid["resources"][0]["id"] })).await;
        for socket in &mut sockets[..2] {
            let mut told = Vec::new();
            for _ in 0..3 {
                told.push(socket.event().await["events"].clone());
            }
            let types: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
            assert_eq!(types, ["ORDER_PLACED", "ORDER_PAID", "ORDER_UNSUBSCRIBED"], "{told:?}");
            assert_eq!((&told[1]["number"], &told[1]["amountPaid"]), (&paid["number"], &json!("42.50")));
            assert_eq!(told[1]["order"]["number"], paid["number"]);
        }
        for socket in &mut sockets[2..] {
            assert!(socket.is_silent().await);
        }
        server
    })
    .await;
}

/// Q-CUS-10: what can be bought, with prices; bandwidth at its 95th percentile.
#[tokio::test]
async fn the_catalogue_is_open_to_everybody_who_is_signed_in() {
    story(|server| async move {
        let query = "query($filter: ProductFilter) { productCatalogue(filter: $filter) { id type name specification \
            regions billingModes hourlyPrice monthlyPrice pricePerMbps priceOfBandwidth(samples: [\"1\", \"2.5\"]) } }";
        let asked = async |client: &Client, filter: Value| {
            client.run(query, json!({ "filter": filter })).await.data()["productCatalogue"].as_array().unwrap().clone()
        };
        let mut whole = Vec::new();
        for who in ["platform/operator", "distributor-1", "csp-1/finance", "reseller-1a/analyst", "customer-1a1"] {
            whole = asked(&server.sign_in(who).await, Value::Null).await;
            for kind in ["ECS", "EVS", "EIP", "CDN", "MARKETPLACE_IMAGE"] {
                assert!(whole.iter().any(|product| product["type"] == kind), "{who}: {kind}");
            }
        }
        let customer = server.sign_in("customer-1a1").await;
        let servers = asked(&customer, json!({ "type": "ECS", "search": "memory" })).await;
        assert_eq!((servers.len(), &servers[0]["monthlyPrice"]), (1, &json!("333.60")));
        assert!(asked(&customer, json!({ "region": "eu-west-101" })).await.len() < whole.len());
        let cdn = asked(&customer, json!({ "type": "CDN" })).await;
        assert_eq!((&cdn[0]["pricePerMbps"], &cdn[0]["priceOfBandwidth"]), (&json!("3.60"), &json!("9.00")), "{cdn:?}");
        let stranger = server.stranger().run("{ productCatalogue { id } }", Value::Null).await;
        assert_eq!(stranger.code(), "UNAUTHENTICATED");
        server
    })
    .await;
}

/// A catalogue of a deployment's own replaces the one that is built in.
#[tokio::test]
async fn a_deployment_has_its_own_prices() {
    let file = std::env::temp_dir().join(format!("pc_catalogue_{}.csv", std::process::id()));
    let line = "id,type,name,specification,regions,billing_modes,hourly,monthly,mbps_monthly\n\
        tiny,ECS,Tiny,1 vCPU,ap-southeast-1,YEARLY_MONTHLY PAY_PER_USE,0.01,0.00000001,\n";
    std::fs::write(&file, line).unwrap();
    let own = file.clone();
    crate::support::story_with(
        |settings| settings.catalogue_file = Some(own),
        |server: Server| async move {
            let customer = server.sign_in("customer-1b4").await;
            let mut input = paid_now(server_for_a_month());
            refused(&customer, "customer-1b4", "placeOrder", input.clone(), "NOT_FOUND").await;
            input["productId"] = json!("tiny");
            input["period"] = json!({ "unit": "YEAR", "count": 1 });
            let paid = ordered(&customer, "placeOrder", input).await;
            assert_eq!(paid["amountPaid"], "0.00000012", "exact: {paid}");
            server
        },
    )
    .await;
    std::fs::remove_file(file).unwrap();
}
