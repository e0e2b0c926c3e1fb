//! Lists: pages, filters, orders, counts, and how many statements they cost.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Client, id, story};

const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String, $filter: CustomerFilter, \
    $orderBy: CustomerOrder) { customers(first: $first, after: $after, last: $last, before: $before, \
    filter: $filter, orderBy: $orderBy) { totalCount nodes { accountName } edges { cursor } \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn page(client: &Client, variables: Value) -> Value {
    client.run(PAGE, variables).await.data()["customers"].clone()
}

fn names(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["accountName"].as_str().unwrap().to_owned()).collect()
}

/// The pages of a list, walked either way, are the list: nothing missing, nothing twice, whatever the order.
#[tokio::test]
async fn pages_make_up_the_whole_list_in_every_order_and_direction() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        for field in ["NAME", "ASSOCIATED_AT", "USAGE_PERCENT", "MONTH_TO_DATE_EXPENDITURE"] {
            for direction in ["ASC", "DESC"] {
                let order = json!({ "field": field, "direction": direction });
                let whole = names(&page(&client, json!({ "first": 100, "orderBy": order })).await);
                assert_eq!(whole.len(), 15);
                assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 15);
                let (mut forward, mut after) = (Vec::new(), Value::Null);
                loop {
                    let page = page(&client, json!({ "first": 4, "after": after, "orderBy": order })).await;
                    assert_eq!(page["totalCount"], 15);
                    forward.extend(names(&page));
                    after = page["pageInfo"]["endCursor"].clone();
                    if page["pageInfo"]["hasNextPage"] == false {
                        break;
                    }
                }
                assert_eq!(forward, whole, "{field} {direction}");
                let (mut backward, mut before) = (Vec::new(), Value::Null);
                loop {
                    let page = page(&client, json!({ "last": 4, "before": before, "orderBy": order })).await;
                    backward.splice(0..0, names(&page));
                    before = page["pageInfo"]["startCursor"].clone();
                    if page["pageInfo"]["hasPreviousPage"] == false {
                        break;
                    }
                }
                assert_eq!(backward, whole, "{field} {direction} backward");
            }
        }
        server
    })
    .await;
}

#[tokio::test]
async fn customers_are_ordered_by_usage_and_spending() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let order = |field: &str| json!({ "orderBy": { "field": field, "direction": "DESC" } });
        let by_usage = names(&page(&client, order("USAGE_PERCENT")).await);
        assert_eq!(by_usage, ["customer-1a2", "customer-1a1", "customer-1a3", "customer-1a4", "customer-1a5"]);
        let by_spending = names(&page(&client, order("MONTH_TO_DATE_EXPENDITURE")).await);
        assert_eq!(by_spending, ["customer-1a1", "customer-1a2", "customer-1a3", "customer-1a4", "customer-1a5"]);
        server
    })
    .await;
}

/// Q-CORE-02, R-CORE-47.
#[tokio::test]
async fn filters_pick_what_they_say() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        server.charge("customer-1a2", "freeze-it", "1").await;
        let pick = async |filter: Value| -> Vec<String> {
            let mut found = names(&page(&client, json!({ "first": 100, "filter": filter })).await);
            found.sort();
            found
        };
        let of_1a: Vec<String> = (1..=5).map(|number| format!("customer-1a{number}")).collect();
        assert_eq!(pick(json!({ "resellerId": id("reseller-1a") })).await, of_1a);
        assert_eq!(pick(json!({ "search": "customer-1a" })).await, of_1a);
        assert_eq!(pick(json!({ "search": "CUSTOMER-1A3" })).await, ["customer-1a3"]);
        assert_eq!(pick(json!({ "search": id("customer-1a3") })).await, ["customer-1a3"]);
        assert_eq!(pick(json!({ "search": "%" })).await, Vec::<String>::new());
        assert_eq!(pick(json!({ "automaticallyFrozen": true })).await, ["customer-1a2"]);
        assert_eq!(pick(json!({ "automaticallyFrozen": false })).await.len(), 14);
        assert_eq!(pick(json!({ "freezeLevel": ["ACCOUNT"] })).await, ["customer-1a2", "customer-1b5", "customer-1c5"]);
        assert_eq!(pick(json!({ "resellerAuthorized": false })).await.len(), 5);
        assert_eq!(pick(json!({ "budgetType": "ONE_TIME" })).await, ["customer-1a3", "customer-1c3"]);
        assert_eq!(pick(json!({ "usagePercent": { "min": "74.99" } })).await, ["customer-1a1", "customer-1a2"]);
        assert_eq!(pick(json!({ "usagePercent": { "min": "74.991" } })).await, ["customer-1a2"]);
        assert_eq!(pick(json!({ "usagePercent": { "min": "70", "max": "80" } })).await, ["customer-1a1"]);
        assert_eq!(
            pick(json!({ "monthToDateExpenditure": { "min": "500.50" } })).await,
            ["customer-1a1", "customer-1a2", "customer-1b1", "customer-1c1"]
        );
        assert_eq!(pick(json!({ "hasOpenAlerts": true })).await, ["customer-1a2"]);
        assert_eq!(pick(json!({ "hasOpenAlerts": false })).await.len(), 14);
        assert_eq!(pick(json!({ "tag": "key account" })).await, Vec::<String>::new());
        assert_eq!(pick(json!({ "accountManagerId": "mem_00000000000000000000000000" })).await, Vec::<String>::new());
        assert_eq!(pick(json!({ "resellerId": "nonsense" })).await, Vec::<String>::new());
        assert_eq!(pick(json!({ "associatedAt": { "to": "2000-01-01T00:00:00Z" } })).await, Vec::<String>::new());
        assert_eq!(pick(json!({ "associatedAt": { "from": "2000-01-01T00:00:00Z" } })).await.len(), 15);
        assert_eq!(pick(json!({ "resellerId": id("reseller-2a") })).await, Vec::<String>::new(), "out of scope");
        server
    })
    .await;
}

/// Q-CORE-01.
#[tokio::test]
async fn resellers_are_listed_filtered_and_searched() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let pick = async |arguments: &str| -> Vec<String> {
            let query = format!("{{ resellers({arguments}) {{ totalCount nodes {{ accountName }} }} }}");
            let found = client.ask(&query).await["resellers"].clone();
            assert_eq!(found["totalCount"].as_u64().unwrap(), found["nodes"].as_array().unwrap().len() as u64);
            names(&found)
        };
        assert_eq!(pick("filter: { budgetAndFreeze: false }").await, ["reseller-1c"]);
        assert_eq!(pick("filter: { onBehalf: true }").await, ["reseller-1a"]);
        assert_eq!(pick("filter: { search: \"office@reseller-1b\" }").await, ["reseller-1b"]);
        assert_eq!(pick("filter: { search: \"reseller-2\" }").await, Vec::<String>::new());
        assert_eq!(pick("orderBy: { field: ASSOCIATED_AT, direction: DESC }").await.len(), 3);
        server
    })
    .await;
}

#[tokio::test]
async fn bad_pages_are_refused() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let refused = async |arguments: Value, code: &str| {
            let answer = client.run(PAGE, arguments.clone()).await;
            assert_eq!(answer.code(), code, "{arguments}");
        };
        refused(json!({ "first": 101 }), "BAD_USER_INPUT").await;
        refused(json!({ "first": -1 }), "BAD_USER_INPUT").await;
        refused(json!({ "first": 1, "last": 1 }), "BAD_USER_INPUT").await;
        refused(json!({ "after": "nonsense" }), "INVALID_CURSOR").await;
        let by_name = page(&client, json!({ "first": 1 })).await["pageInfo"]["endCursor"].clone();
        let by_usage = json!({ "field": "USAGE_PERCENT", "direction": "ASC" });
        refused(json!({ "after": by_name, "orderBy": by_usage }), "INVALID_CURSOR").await;
        assert_eq!(names(&page(&client, json!({ "first": 0 })).await).len(), 0);
        server
    })
    .await;
}

/// At most four statements, whatever the number of parents; and as many for a list that is counted at every level.
#[tokio::test]
async fn nested_lists_cost_one_statement_a_level() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let count = async |query: &'static str| {
            let ask = |_| async {
                client.ask(query).await;
            };
            (server.statements(ask).await, client.ask(query).await)
        };
        let (statements, data) = count(
            "{ viewer { account { ... on Distributor { accountName resellers(first: 20) { nodes { accountName \
             permissions { quotas { quota allotted } } customers(first: 20) { nodes { accountName name \
             monthToDateExpenditure freeze { level } budget { amount used usagePercent } } } } } } } } }",
        )
        .await;
        let resellers = &data["viewer"]["account"]["resellers"]["nodes"];
        assert_eq!(resellers[2]["customers"]["nodes"].as_array().unwrap().len(), 5, "{data}");
        // Each level costs one.
        assert!(statements <= 4, "{statements} statements");
        let (statements, _) = count(
            "{ resellers { totalCount nodes { customers(first: 2) { totalCount nodes { accountName \
             openAlerts { threshold } reseller { accountName } distributor { accountName } \
             adjustmentRecords(first: 2) { totalCount nodes { kind byAccount { accountName } } } } } } } }",
        )
        .await;
        assert!(statements <= 13, "{statements} statements");
        server
    })
    .await;
}

/// R-CORE-42: masked unless revealed, and a reveal leaves a record.
#[tokio::test]
async fn personal_data_is_masked_and_a_reveal_leaves_a_record() {
    use entities::{
        access_record::{Column, Entity},
        types::AccessRecordKind,
    };
    use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let query = |reveal: bool| {
            format!(
                "{{ customer(id: \"{}\") {{ name(reveal: {reveal}) email(reveal: {reveal}) \
                 mobileNumber(reveal: {reveal}) }} }}",
                id("customer-1a1")
            )
        };
        let masked = client.ask(&query(false)).await["customer"].clone();
        assert_eq!(masked["email"], "off*****@customer-1a1.example");
        for field in ["name", "mobileNumber"] {
            assert!(masked[field].as_str().unwrap().contains("****"), "{masked}");
        }
        let reveals = || Entity::find().filter(Column::Kind.eq(AccessRecordKind::Revealed));
        let records = async || reveals().count(server.app.store.reader()).await.unwrap();
        assert_eq!(records().await, 0);
        let revealed = client.ask(&query(true)).await["customer"].clone();
        assert_eq!(revealed["email"], "office@customer-1a1.example");
        assert_eq!(records().await, 3);
        server
    })
    .await;
}

/// An error in one part of an answer takes what is beside it along, in the middle of its loading; what others were waiting
/// for is loaded again.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_beside_a_batch_is_no_fault() {
    story(|server| async move {
        let client = server.sign_in("distributor-1/finance").await;
        let query = "query($id: ID!) { customer(id: $id) { partner { ... on Reseller { distributor { \
            customers(before: \"<script>\") { totalCount } } accountManager { id name } } } \
            reseller { adjustmentRecords { nodes { byMember { id name } } } } } }";
        for round in 0..200 {
            let customer = id(["customer-1a1", "customer-1b2", "customer-1c3", "customer-1a4"][round % 4]);
            let answer = client.run(query, json!({ "id": customer })).await;
            assert_eq!((answer.status, answer.code()), (200, "INVALID_CURSOR"), "{round}: {}", answer.body);
        }
        server
    })
    .await;
}
