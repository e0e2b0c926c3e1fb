//! Account managers and directors: what they see, and who says so (R-CORE-45, R-CORE-46).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    members::change,
    support::{Client, id, story},
};

async fn member(client: &Client, username: &str) -> String {
    let query = "query($name: String!) { members(filter: { search: $name }) { nodes { id } } }";
    let found = client.run(query, json!({ "name": username })).await.data();
    found["members"]["nodes"][0]["id"].as_str().unwrap_or_else(|| panic!("{username}: {found}")).to_owned()
}

async fn seen(client: &Client) -> Vec<String> {
    let answer = client.ask("{ customers(first: 100) { totalCount nodes { accountName } } }").await;
    let nodes = answer["customers"]["nodes"].as_array().unwrap();
    assert_eq!(answer["customers"]["totalCount"], nodes.len());
    nodes.iter().map(|node| node["accountName"].as_str().unwrap().to_owned()).collect()
}

async fn assign(client: &Client, member: &str, customers: &[&str]) -> Value {
    let customers: Vec<_> = customers.iter().map(|name| id(name)).collect();
    let input = json!({ "memberId": member, "customerIds": customers });
    change(client, "assignAccountManager", input, "assignments { id from until member { id } }").await
}

async fn unassign(client: &Client, customers: &[&str]) -> Value {
    let customers: Vec<_> = customers.iter().map(|name| id(name)).collect();
    change(client, "unassignAccountManager", json!({ "customerIds": customers }), "assignments { id until }").await
}

/// R-CORE-45: a manager sees what is assigned to it, its director that of its managers; a colleague's customer does not
/// exist for either. Assigning counts at once.
#[tokio::test]
async fn managers_see_what_is_assigned_and_directors_what_their_managers_have() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let manager = server.sign_in("reseller-1a/manager").await;
        let director = server.sign_in("reseller-1a/director").await;
        assert_eq!(seen(&manager).await, ["customer-1a1", "customer-1a2"]);
        assert_eq!(seen(&director).await, ["customer-1a1", "customer-1a2"]);
        assert_eq!(seen(&server.sign_in("reseller-1a/finance").await).await.len(), 5);
        let colleagues = json!({ "id": id("customer-1a3") });
        let single = "query($id: ID!) { customer(id: $id) { id } node(id: $id) { id } }";
        assert_eq!(manager.run(single, colleagues.clone()).await.data(), json!({ "customer": null, "node": null }));

        let name = member(&administrator, "manager").await;
        let payload = assign(&administrator, &name, &["customer-1a3", "customer-1a4"]).await;
        assert_eq!(payload["assignments"].as_array().map(Vec::len), Some(2), "{payload}");
        assert_eq!(seen(&manager).await.len(), 4);
        assert_eq!(seen(&director).await.len(), 4);
        assert_eq!(seen(&server.sign_in("reseller-1a/colleague").await).await, Vec::<String>::new());
        assert_ne!(manager.run(single, colleagues).await.data()["customer"], Value::Null);

        let colleague = member(&administrator, "colleague").await;
        let director_id = member(&administrator, "director").await;
        let input = json!({ "memberIds": [colleague], "directorId": director_id });
        let payload = change(&administrator, "assignAccountDirector", input, "members { id }").await;
        assert_eq!(payload["members"][0]["id"], colleague, "{payload}");
        assign(&director, &colleague, &["customer-1a1"]).await;
        assert_eq!(seen(&manager).await.len(), 3);
        assert_eq!(seen(&director).await.len(), 4, "still one of its managers'");
        let members = director.ask("{ members { nodes { details { username } } } }").await;
        assert_eq!(members["members"]["nodes"].as_array().unwrap().len(), 3, "itself and two managers: {members}");
        server
    })
    .await;
}

/// R-ORG-03: what a role does not let a member look up, it does not find by `node` either. The meter records charges, and
/// looks at nobody.
#[tokio::test]
async fn what_a_role_does_not_show_is_not_found_by_its_id() {
    story(|server| async move {
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { name } ... on Reseller { name } } }";
        let ids = json!({ "ids": [id("customer-1a1"), id("reseller-1a")] });
        let found = server.sign_in("platform/operator").await.run(nodes, ids.clone()).await.data();
        assert!(found["nodes"].as_array().unwrap().iter().all(|node| node["name"].is_string()), "{found}");
        let found = server.sign_in("platform/meter").await.run(nodes, ids.clone()).await.data();
        assert_eq!(found["nodes"], json!([null, null]));
        let found = server.sign_in("customer-1a1").await.run(nodes, ids).await.data();
        assert!(
            found["nodes"].as_array().unwrap().iter().all(|node| node["name"].is_string()),
            "itself and its partner"
        );
        server
    })
    .await;
}

/// R-ORG-92: at a distributor, managers look after resellers and see their customers.
#[tokio::test]
async fn a_distributors_manager_sees_its_resellers_and_their_customers() {
    story(|server| async move {
        let administrator = server.sign_in("distributor-1").await;
        let manager = server.sign_in("distributor-1/manager").await;
        let names = async |client: &Client| {
            let answer = client.ask("{ resellers { nodes { accountName customers { totalCount } } } }").await;
            answer["resellers"]["nodes"].clone()
        };
        assert_eq!(names(&manager).await, json!([{ "accountName": "reseller-1a", "customers": { "totalCount": 5 } }]));
        let name = member(&administrator, "manager").await;
        let input = json!({ "memberId": name, "resellerIds": [id("reseller-1b")] });
        let payload = change(&administrator, "assignAccountManager", input, "assignments { id }").await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        assert_eq!(names(&manager).await.as_array().unwrap().len(), 2);
        assert_eq!(seen(&manager).await.len(), 10);
        let wrong = assign(&administrator, &name, &["customer-1a1"]).await;
        assert_eq!(wrong["userErrors"][0]["code"], "INVALID_INPUT", "{wrong}");
        let director = server.sign_in("distributor-1/director").await;
        let query = "mutation { unassignAccountManager(input: { resellerIds: [] }) { userErrors { code } } }";
        assert_eq!(
            director.run(query, Value::Null).await.code(),
            "FORBIDDEN",
            "reseller.assign is the administrator's"
        );
        server
    })
    .await;
}

/// R-CORE-46: a withdrawal counts from the 1st of the next month on, and can be taken back until then.
#[tokio::test]
async fn a_withdrawn_manager_stays_until_the_month_ends() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let payload = unassign(&administrator, &["customer-1a1", "customer-1a2"]).await;
        let calendar = server.app.store.calendar();
        let now = server.app.store.clock().now();
        let first = calendar.start_of(calendar.month_of(now).next());
        let until = payload["assignments"][0]["until"].as_str().unwrap_or_else(|| panic!("{payload}"));
        assert_eq!(until.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), first.to_datetime());
        let manager = server.sign_in("reseller-1a/manager").await;
        assert_eq!(seen(&manager).await.len(), 2, "until the month ends");
        let twice = unassign(&administrator, &["customer-1a1"]).await;
        assert_eq!(twice["userErrors"][0]["code"], "CONFLICT", "{twice}");

        let name = member(&administrator, "manager").await;
        let back = assign(&administrator, &name, &["customer-1a2"]).await;
        assert_eq!(back["assignments"][0]["until"], Value::Null, "taken back: {back}");
        server.app.store.clock().advance(first.since(now) + Duration::from_secs(1));
        server
            .until("the manager is off", || async { seen(&server.sign_in("reseller-1a/manager").await).await.len() == 1 })
            .await;
        let manager = server.sign_in("reseller-1a/manager").await;
        assert_eq!(seen(&manager).await, ["customer-1a2"]);
        let administrator = server.sign_in("reseller-1a").await;
        let history = administrator
            .run(
                "query($id: ID!) { accountManagerAssignments(filter: { customerId: $id }) { totalCount nodes { from until \
                 endedBy { id } subject { accountName } } } }",
                json!({ "id": id("customer-1a1") }),
            )
            .await
            .data();
        let rows = &history["accountManagerAssignments"];
        assert_eq!(rows["totalCount"], 1, "{history}");
        assert_ne!(rows["nodes"][0]["endedBy"], Value::Null, "{history}");
        let none = unassign(&administrator, &["customer-1a1"]).await;
        assert_eq!(none["userErrors"][0]["code"], "CONFLICT", "nobody is assigned: {none}");
        server
    })
    .await;
}

/// What is wrong is told for each, and nothing is changed.
#[tokio::test]
async fn assigning_is_all_or_nothing() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let name = member(&administrator, "manager").await;
        let finance = member(&administrator, "finance").await;
        let foreign = member(&server.sign_in("distributor-1").await, "manager").await;
        let manager = server.sign_in("reseller-1a/manager").await;
        let before = seen(&manager).await;
        for (payload, code) in [
            (assign(&administrator, &name, &["customer-1a4", "customer-1b1"]).await, "NOT_FOUND"),
            (assign(&administrator, &name, &[]).await, "INVALID_INPUT"),
            (assign(&administrator, &name, &["customer-1a4", "customer-1a4"]).await, "INVALID_INPUT"),
            (assign(&administrator, &finance, &["customer-1a4"]).await, "NOT_AN_ACCOUNT_MANAGER"),
            (assign(&administrator, &foreign, &["customer-1a4"]).await, "NOT_FOUND"),
            (assign(&server.sign_in("reseller-1a/director").await, &name, &["customer-1a4"]).await, "NOT_FOUND"),
        ] {
            assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
        }
        assert_eq!(seen(&manager).await, before);
        server
    })
    .await;
}

const ALERTS: &str =
    "subscription($after: String) { budgetAlerts(after: $after) { cursor threshold customer { accountName } } }";

/// R-CORE-45 in the feed: managers and directors get the alerts of what is assigned, live and replayed; nothing else.
#[tokio::test]
async fn alerts_reach_managers_and_directors_of_the_customer_only() {
    story(|server| async move {
        let mut sockets = Vec::new();
        for who in ["manager", "director", "colleague", "finance"] {
            let client = server.sign_in(&format!("reseller-1a/{who}")).await;
            let mut socket = server.socket(&client).await;
            socket.subscribe("1", ALERTS, Value::Null).await;
            assert!(socket.is_silent().await);
            sockets.push((who, client, socket));
        }
        server.charge("customer-1a3", "c-1a3", "110").await;
        server.charge("customer-1a1", "c-1a1", "100").await;
        for (who, client, mut socket) in sockets {
            let expected: &[&str] = match who {
                "manager" | "director" => &["customer-1a1"],
                "colleague" => &["customer-1a3"],
                _ => &["customer-1a3", "customer-1a1"],
            };
            let mut first: Option<Value> = None;
            for name in expected {
                let came = socket.next().await;
                let alert = &came["payload"]["data"]["budgetAlerts"];
                assert_eq!(alert["customer"]["accountName"], *name, "{who}: {came}");
                first.get_or_insert_with(|| alert.clone());
            }
            // All events since the beginning, as a page and replayed over a new socket: none of anybody else's.
            let page = client.ask("{ events(first: 100) { nodes { ... on BudgetThresholdReached { customer { accountName } } \
                ... on BudgetChanged { customer { accountName } } ... on FreezeChanged { customer { accountName } } } } }");
            let page = page.await["events"]["nodes"].as_array().unwrap().clone();
            let told = page.iter().filter_map(|node| node["customer"]["accountName"].as_str());
            let foreign: Vec<_> = told.filter(|name| who != "finance" && !own(who).contains(name)).collect();
            assert!(foreign.is_empty(), "{who} is told of {foreign:?}");
            assert!(!page.is_empty(), "{who} sees its past");
            let mut again = server.socket(&client).await;
            let cursor = page_cursor(&client).await;
            again.subscribe("1", ALERTS, json!({ "after": cursor })).await;
            let came = again.next().await;
            assert!(came["payload"]["data"]["budgetAlerts"]["customer"] != Value::Null, "{who}: {came}");
        }
        server
    })
    .await;
}

fn own(who: &str) -> &'static [&'static str] {
    match who {
        "colleague" => &["customer-1a3"],
        _ => &["customer-1a1", "customer-1a2"],
    }
}

async fn page_cursor(client: &Client) -> Value {
    client.ask("{ events(first: 1) { nodes { cursor } } }").await["events"]["nodes"][0]["cursor"].clone()
}

/// R-CUS-32: whoever is assigned is not offered for assignment and, where it is asked for, refused; all or none. To put
/// somebody else in its place is asked for by itself.
#[tokio::test]
async fn whoever_is_assigned_is_not_assigned_again() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let list = async |unassigned: bool| {
            let query = "query($unassigned: Boolean!) { customers(filter: { unassigned: $unassigned }) { nodes { \
                accountName } } }";
            let answer = administrator.run(query, json!({ "unassigned": unassigned })).await.data();
            let nodes = answer["customers"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| node["accountName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(list(true).await, ["customer-1a4", "customer-1a5"]);
        assert_eq!(list(false).await, ["customer-1a1", "customer-1a2", "customer-1a3"]);
        let name = member(&administrator, "manager").await;
        let assign_new = async |customers: &[&str]| {
            let customers: Vec<_> = customers.iter().map(|name| id(name)).collect();
            let input = json!({ "memberId": name, "customerIds": customers, "replace": false });
            change(&administrator, "assignAccountManager", input, "assignments { id }").await
        };
        let refused = assign_new(&["customer-1a4", "customer-1a3", "customer-1a1"]).await;
        let expected = [json!(["customerIds", "1"]), json!(["customerIds", "2"])];
        for (error, field) in refused["userErrors"].as_array().unwrap().iter().zip(expected) {
            assert_eq!(error["code"], "ALREADY_ASSIGNED", "{refused}");
            assert_eq!(error["field"], field, "{refused}");
        }
        assert_eq!(list(true).await, ["customer-1a4", "customer-1a5"], "nothing was changed");
        let (one, two) = tokio::join!(assign_new(&["customer-1a4"]), assign_new(&["customer-1a4"]));
        let done = [&one, &two].iter().filter(|payload| payload["userErrors"] == json!([])).count();
        assert_eq!(done, 1, "of two at once one is refused: {one} {two}");
        assert_eq!(list(true).await, ["customer-1a5"]);
        let replaced = assign(&administrator, &member(&administrator, "colleague").await, &["customer-1a4"]).await;
        assert_eq!(replaced["userErrors"], json!([]), "{replaced}");

        let distributor = server.sign_in("distributor-1").await;
        let answer = distributor.ask("{ resellers(filter: { unassigned: true }) { nodes { accountName } } }").await;
        assert_eq!(answer["resellers"]["nodes"], json!([{ "accountName": "reseller-1c" }]));
        server
    })
    .await;
}

/// An account manager hears whom it looks after from now on; a colleague does not, and the customer neither.
#[tokio::test]
async fn a_manager_hears_whom_it_looks_after() {
    story(|server| async move {
        let administrator = server.sign_in("reseller-1a").await;
        let name = member(&administrator, "manager").await;
        let manager = server.sign_in("reseller-1a/manager").await;
        let mut socket = server.socket(&manager).await;
        let query = "subscription { events(types: [ACCOUNT_MANAGER_ASSIGNED]) { type ... on AccountManagerAssigned { \
            subject { accountName } member { id } } } }";
        socket.subscribe("1", query, Value::Null).await;
        assert!(socket.is_silent().await);
        assign(&administrator, &name, &["customer-1a4"]).await;
        assign(&administrator, &name, &["customer-1a4"]).await;
        let told = socket.event().await;
        let expected = json!({
            "type": "ACCOUNT_MANAGER_ASSIGNED", "subject": { "accountName": "customer-1a4" }, "member": { "id": name },
        });
        assert_eq!(told["events"], expected);
        assert!(socket.is_silent().await, "assigned again, nothing changes");
        for (who, hears) in [("reseller-1a", true), ("reseller-1a/colleague", false)] {
            let client = server.sign_in(who).await;
            let past = client.ask(
                "{ events(first: 100, types: [ACCOUNT_MANAGER_ASSIGNED]) { nodes { ... on AccountManagerAssigned { \
                 subject { accountName } } } } }",
            );
            let past = past.await["events"]["nodes"].to_string();
            assert_eq!(past.contains("customer-1a4"), hears, "{who}: {past}");
        }
        let customer = server.sign_in("customer-1a4").await;
        let past = customer.ask("{ events(types: [ACCOUNT_MANAGER_ASSIGNED]) { nodes { id } } }").await;
        assert_eq!(past["events"]["nodes"], json!([]));
        server
    })
    .await;
}
