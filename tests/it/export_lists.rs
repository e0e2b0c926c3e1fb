//! The lists that are exported beside customers: invitations, orders and resources. Each has what its members see.

use std::time::Duration;

use entities::types::{CustomerId, InvitationStatus, MemberRole};
use partner_center::accounts;
use serde_json::{Value, json};

use crate::{
    exports::{Demote, count, csv_rows, ended, history},
    invitations::{Links, code_by_mail, customized, link},
    members::{ann, change, created, first_sign_in, make_role},
    orders::{ordered, paid_now, server_for_a_month, server_per_use},
    support::{Client, Server, id, story},
};

async fn ask(client: &Client, mutation: &str, input: Value) -> Value {
    change(client, mutation, input, "export { id kind }").await
}

/// Exports and returns the rows, headings first.
async fn rows(server: &Server, client: &Client, mutation: &str, mut input: Value) -> Vec<Vec<String>> {
    input["format"] = json!("CSV");
    let asked = ask(client, mutation, input).await;
    assert_eq!(asked["userErrors"], json!([]), "{asked}");
    let done = ended(server, client, asked["export"]["id"].as_str().unwrap()).await;
    let rows = csv_rows(server, &done).await;
    assert_eq!((&done["state"], &done["rowsDone"]), (&json!("DONE"), &json!(rows.len() - 1)), "{done}");
    rows
}

/// The cells under a heading.
fn column<'r>(rows: &'r [Vec<String>], heading: &str) -> Vec<&'r str> {
    let at = rows[0].iter().position(|one| one == heading).unwrap_or_else(|| panic!("{heading}: {:?}", rows[0]));
    rows[1..].iter().map(|row| row[at].as_str()).collect()
}

async fn refused(server: &Server, client: &Client, mutation: &str, input: Value) -> Value {
    let before = count(server).await;
    let payload = ask(client, mutation, input).await;
    assert_eq!((&payload["export"], count(server).await), (&Value::Null, before), "{payload}");
    payload["userErrors"].clone()
}

async fn is_forbidden(server: &Server, who: &str, mutation: &str, input: Value) {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ export {{ id }} }} }}");
    let answer = server.sign_in(who).await.run(&query, json!({ "input": input })).await;
    assert_eq!(answer.code(), "FORBIDDEN", "{who}");
}

/// O-CUS-19, Q-CUS-04, R-CORE-42: orders with their customers and transactions, all of a filter or those chosen.
#[tokio::test]
async fn orders_are_exported_by_filter_or_chosen() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b4").await;
        let paid = ordered(&customer, "placeOrder", paid_now(server_for_a_month())).await;
        let client = server.sign_in("distributor-1").await;
        let listed = client
            .ask("{ orders(first: 100) { nodes { id number customer { id name(reveal: true) } } } }")
            .await["orders"]["nodes"]
            .clone();
        let listed = listed.as_array().unwrap();

        let all = rows(&server, &client, "exportOrders", json!({})).await;
        let numbers: Vec<_> = listed.iter().rev().map(|order| order["number"].as_str().unwrap()).collect();
        assert_eq!(column(&all, "Number"), numbers, "oldest first");
        let last = all.len() - 2;
        let billed = paid["createdAt"].as_str().unwrap();
        for (heading, expected) in [
            ("Order ID", paid["id"].as_str().unwrap()),
            ("Customer ID", &id("customer-1b4")),
            ("Account", "c****4"),
            ("Type", "NEW"),
            ("Status", "COMPLETED"),
            ("Product", "ecs.s6.large.2"),
            ("Product type", "ECS"),
            ("Region", "ap-southeast-1"),
            ("Billing mode", "YEARLY_MONTHLY"),
            ("Quantity", "1"),
            ("Months", "1"),
            ("List price (USD)", "42.50"),
            ("Amount paid (USD)", "42.50"),
            ("On behalf", "no"),
        ] {
            assert_eq!(column(&all, heading)[last], expected, "{heading}");
        }
        assert_eq!(column(&all, "Placed at")[last][..19], billed[..19]);
        assert!(column(&all, "Transactions")[last].starts_with("PAYMENT CREDIT 42.50 "), "{all:?}");
        assert!(column(&all, "Reseller").iter().all(|name| name.contains("****")), "{all:?}");
        for order in listed {
            assert!(all.iter().flatten().all(|cell| order["customer"]["name"] != cell.as_str()), "{order}");
        }

        let some = json!({ "filter": { "status": ["PENDING_PAYMENT"], "resellerId": id("reseller-1a") } });
        let some = rows(&server, &client, "exportOrders", some).await;
        assert!(
            some.len() > 2 && column(&some, "Status").iter().all(|status| *status == "PENDING_PAYMENT"),
            "{some:?}"
        );

        let pick = |index: usize| listed[index]["id"].as_str().unwrap();
        let ids = [pick(2), pick(0), pick(2)];
        let chosen = rows(&server, &client, "exportOrders", json!({ "ids": ids })).await;
        assert_eq!(column(&chosen, "Order ID"), ids[..2]);
        server
    })
    .await;
}

/// R-CORE-01: another tenant's order is like none; what is asked for is asked for in one way.
#[tokio::test]
async fn orders_of_others_cannot_be_chosen() {
    story(|server| async move {
        let foreign =
            ordered(&server.sign_in("customer-1b4").await, "placeOrder", server_per_use()).await["id"].clone();
        let own = ordered(&server.sign_in("customer-1a1").await, "placeOrder", server_per_use()).await["id"].clone();
        let client = server.sign_in("reseller-1a").await;
        let ids = json!([own, foreign, "nonsense"]);
        let errors = refused(&server, &client, "exportOrders", json!({ "format": "CSV", "ids": ids })).await;
        let told: Vec<_> = errors.as_array().unwrap().iter().map(|one| (&one["code"], &one["field"])).collect();
        let missing = json!("NOT_FOUND");
        assert_eq!(told, [(&missing, &json!(["ids", "1"])), (&missing, &json!(["ids", "2"]))]);
        for input in [
            json!({ "format": "CSV", "ids": [] }),
            json!({ "format": "CSV", "ids": vec![own.clone(); 1_001] }),
            json!({ "format": "CSV", "ids": [own], "filter": {} }),
        ] {
            assert_eq!(refused(&server, &client, "exportOrders", input).await[0]["code"], "INVALID_INPUT");
        }
        let elsewhere = json!({ "filter": { "customerId": id("customer-1b4") } });
        assert_eq!(rows(&server, &client, "exportOrders", elsewhere).await.len(), 1);
        server
    })
    .await;
}

/// R-CUS-31, R-ORG-26: account managers export the orders of their own customers, directors those of their managers, and
/// see no file that holds more.
#[tokio::test]
async fn managers_export_what_they_see_of_orders() {
    story(|server| async move {
        ordered(&server.sign_in("customer-1a1").await, "placeOrder", server_per_use()).await;
        for (who, expected) in [
            ("reseller-1a", &["customer-1a1", "customer-1a3", "customer-1a4"][..]),
            ("reseller-1a/manager", &["customer-1a1"]),
            ("reseller-1a/director", &["customer-1a1"]),
            ("reseller-1a/colleague", &["customer-1a3"]),
            ("distributor-2", &[]),
        ] {
            let all = rows(&server, &server.sign_in(who).await, "exportOrders", json!({})).await;
            let mut found = column(&all, "Customer ID");
            found.sort_unstable();
            found.dedup();
            let mut expected: Vec<_> = expected.iter().map(|customer| id(customer)).collect();
            expected.sort_unstable();
            assert_eq!(found, expected, "{who}");
        }
        for who in ["reseller-1a/finance", "platform", "customer-1a1"] {
            is_forbidden(&server, who, "exportOrders", json!({ "format": "CSV" })).await;
        }
        for (who, expected) in [("reseller-1a", 4), ("reseller-1a/manager", 1), ("reseller-1a/finance", 0)] {
            assert_eq!(history(&server.sign_in(who).await).await["totalCount"], expected, "{who}");
        }
        // What an administrator asked for holds more than it may see once it is none any more.
        let db = server.app.store.reader();
        let former = accounts::queries::identity_by_name(db, "reseller-1a", None).await.unwrap().unwrap().member.id;
        server
            .app
            .store
            .execute(Demote(former, MemberRole::AccountManager))
            .await
            .unwrap_or_else(|_| panic!("refused"));
        let former = server.sign_in("reseller-1a").await;
        assert_eq!(history(&former).await["totalCount"], 0);
        assert_eq!(rows(&server, &former, "exportOrders", json!({})).await.len(), 1, "it has no customers");
        assert_eq!(history(&former).await["totalCount"], 1);
        server
    })
    .await;
}

/// O-CUS-19, Q-CUS-05: resources by billing mode, those that pay per use of the last month unless asked for others.
#[tokio::test]
async fn resources_are_exported_by_billing_mode() {
    story(|server| async move {
        let customer = server.sign_in("customer-1b1").await;
        let order = ordered(&customer, "placeOrder", paid_now(server_for_a_month())).await;
        let client = server.sign_in("reseller-1b").await;
        let prepaid = json!({ "filter": { "billingMode": "YEARLY_MONTHLY" } });
        let found = rows(&server, &client, "exportResources", prepaid.clone()).await;
        let resource = &order["resources"][0];
        for (heading, expected) in [
            ("Resource ID", resource["id"].as_str().unwrap()),
            ("Name", resource["name"].as_str().unwrap()),
            ("Customer ID", &id("customer-1b1")),
            ("Account", "c****1"),
            ("Status", "RUNNING"),
            ("Billing mode", "YEARLY_MONTHLY"),
            ("Payer ID", ""),
            ("Released at", ""),
            ("Order number", order["number"].as_str().unwrap()),
        ] {
            assert_eq!(column(&found, heading), [expected], "{heading}");
        }
        assert_eq!(column(&found, "Expires at")[0][..19], resource["expiresAt"].as_str().unwrap()[..19]);

        let per_use = json!({ "filter": { "billingMode": "PAY_PER_USE" } });
        let found = rows(&server, &client, "exportResources", per_use.clone()).await;
        assert_eq!((found.len(), column(&found, "Payer ID")), (5, column(&found, "Customer ID")));
        assert!(column(&found, "Expires at").iter().all(|at| at.is_empty()));

        for filter in
            [json!({}), json!({ "billingMode": "RESERVED_INSTANCE" }), json!({ "billingMode": "SAVINGS_PLAN" })]
        {
            let input = json!({ "format": "CSV", "filter": filter });
            let errors = refused(&server, &client, "exportResources", input).await;
            assert_eq!((&errors[0]["code"], &errors[0]["field"]), (&json!("INVALID_INPUT"), &json!(["filter"])));
        }
        let other = server.sign_in("reseller-1a").await;
        let elsewhere = json!({ "filter": { "billingMode": "PAY_PER_USE", "customerId": id("customer-1b3") } });
        assert_eq!(rows(&server, &other, "exportResources", elsewhere).await.len(), 1);

        server.app.store.clock().advance(Duration::from_secs(33 * 24 * 3_600));
        let client = server.sign_in("reseller-1b").await;
        assert_eq!(rows(&server, &client, "exportResources", per_use).await.len(), 1);
        let older = json!({ "billingMode": "PAY_PER_USE", "subscribedAt": { "from": "2020-01-01T00:00:00Z" } });
        assert_eq!(rows(&server, &client, "exportResources", json!({ "filter": older })).await.len(), 5);
        server
    })
    .await;
}

/// R-CUS-31, R-ORG-26: managers export the resources of their own customers; others of the account have no right to.
#[tokio::test]
async fn managers_export_what_they_see_of_resources() {
    story(|server| async move {
        ordered(&server.sign_in("customer-1a1").await, "placeOrder", server_per_use()).await;
        let input = json!({ "filter": { "billingMode": "PAY_PER_USE" } });
        for (who, expected) in [("reseller-1a/manager", 1), ("reseller-1a/director", 1), ("distributor-2", 0)] {
            let found = rows(&server, &server.sign_in(who).await, "exportResources", input.clone()).await;
            let mine = column(&found, "Customer ID").iter().filter(|one| **one == id("customer-1a1")).count();
            assert_eq!((found.len() - 1, mine), (expected, expected), "{who}");
        }
        let input = json!({ "format": "CSV", "filter": { "billingMode": "PAY_PER_USE" } });
        for who in ["reseller-1a/finance", "platform", "customer-1a1"] {
            is_forbidden(&server, who, "exportResources", input.clone()).await;
        }
        // Who sees orders but may not list resources exports none, nor sees what others exported.
        let administrator = server.sign_in("reseller-1a").await;
        let made = make_role(&administrator, "Orders", &["customer.order.view"]).await;
        created(&administrator, ann(&[made["role"]["id"].as_str().unwrap_or_else(|| panic!("{made}"))])).await;
        let ann = first_sign_in(&server, "reseller-1a", "ann", "first-password-1", "second-password-2").await;
        let refused = "mutation($input: ExportResourcesInput!) { exportResources(input: $input) { export { id } } }";
        assert_eq!(ann.run(refused, json!({ "input": input })).await.code(), "FORBIDDEN");
        rows(&server, &administrator, "exportResources", input.clone()).await;
        rows(&server, &administrator, "exportOrders", json!({})).await;
        let seen = ann.ask("{ exports(first: 10) { nodes { kind } } }").await;
        let kinds = seen["exports"]["nodes"].as_array().unwrap();
        assert!(kinds.iter().all(|one| one["kind"] == "ORDERS"), "{seen}");
        assert_eq!(kinds.len(), 1, "of the administrator's two: {seen}");
        server
    })
    .await;
}

/// O-CUS-19, Q-CUS-02, R-CORE-42, R-CORE-45: the history of invitations, masked and without codes; managers export their
/// own. No cell is a formula, and a customer that has left is not told.
#[tokio::test]
async fn the_history_of_invitations_is_exported() {
    story(|server| async move {
        let (client, manager) = (server.sign_in("csp-1").await, server.sign_in("csp-1/manager").await);
        let code = code_by_mail(&server, &client, "mail@x.example").await;
        code_by_mail(&server, &manager, "managers@x.example").await;
        let tagged = json!({ "method": "CUSTOMIZED_LINK", "tag": "Fair", "remarks": "=1+1" });
        let tagged = link(&client, tagged).await["invitation"].clone();
        link(&manager, json!({ "method": "GENERAL_LINK" })).await;
        let mut links = Vec::new();
        for (number, customer) in [(1, "customer-csp1-1"), (2, "customer-1a1")] {
            let mut one = customized(&server, "csp-1", number).await;
            (one.status, one.customer_id) =
                (InvitationStatus::Associated, Some(id(customer).parse::<CustomerId>().unwrap()));
            links.push(one);
        }
        server.app.store.execute(Links(links)).await.unwrap_or_else(|_| panic!("refused"));

        let all = rows(&server, &client, "exportInvitations", json!({})).await;
        assert_eq!(all.len(), 7);
        let row = |tag: &str| &all[1 + column(&all, "Tag").iter().position(|one| *one == tag).unwrap()];
        let cell = |tag: &str, heading: &str| column(&[all[0].clone(), row(tag).clone()], heading)[0].to_owned();
        assert_eq!(cell("Fair", "Invitation ID"), tagged["id"].as_str().unwrap());
        assert_eq!((cell("Fair", "Remarks"), cell("Fair", "Status")), ("'=1+1".to_owned(), "SENT".to_owned()));
        assert_eq!(cell("Fair", "Method"), "CUSTOMIZED_LINK");
        assert_eq!(cell("tag 1", "Customer ID"), id("customer-csp1-1"));
        assert_eq!((cell("tag 1", "Account"), cell("tag 2", "Customer ID")), ("c****1".to_owned(), String::new()));
        let text = all.iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n");
        for secret in [&code, tagged["code"].as_str().unwrap(), "mail@x.example", "csp-1/manager", "csp-1-1"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(column(&all, "Invited by").iter().all(|name| name.contains("****")), "{all:?}");

        let links = json!({ "filter": { "method": ["GENERAL_LINK", "CUSTOMIZED_LINK"], "tag": "fair" } });
        assert_eq!(column(&rows(&server, &client, "exportInvitations", links).await, "Tag"), ["Fair"]);
        for (who, expected) in [("csp-1/manager", 2), ("csp-1/director", 2), ("csp-1/colleague", 0), ("reseller-1a", 0)]
        {
            let found = rows(&server, &server.sign_in(who).await, "exportInvitations", json!({})).await;
            assert_eq!(found.len() - 1, expected, "{who}");
        }
        for who in ["csp-1/finance", "distributor-1", "platform", "customer-1a1"] {
            is_forbidden(&server, who, "exportInvitations", json!({ "format": "CSV" })).await;
        }
        server
    })
    .await;
}
