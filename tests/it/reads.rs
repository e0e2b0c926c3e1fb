//! Looking ahead: what a query reads of a row depends on what it asks for, what it says does not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Client, id, story};

const TYPE: &str = "query($name: String!) { __type(name: $name) { fields { name args { name } \
    type { kind name ofType { kind name } } } } }";

/// The fields of a type that take nothing a query must give: their names with what they return.
async fn fields(client: &Client, name: &str) -> Vec<(String, String, String)> {
    let answer = client.run(TYPE, serde_json::json!({ "name": name })).await.data();
    let fields = answer["__type"]["fields"].as_array().unwrap().clone();
    fields
        .iter()
        .map(|field| {
            let kind = &field["type"];
            let of = if kind["kind"] == "NON_NULL" { &kind["ofType"] } else { kind };
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&field["name"]), text(&of["kind"]), text(&of["name"]))
        })
        .collect()
}

/// Every scalar that an object of this type or one beside it has, as a selection of its own.
async fn selections(client: &Client, name: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (field, kind, of) in fields(client, name).await {
        match kind.as_str() {
            "SCALAR" | "ENUM" => all.push(field),
            "OBJECT" if !of.ends_with("Connection") => {
                for (inner, kind, _) in fields(client, &of).await {
                    if matches!(kind.as_str(), "SCALAR" | "ENUM") {
                        all.push(format!("{field} {{ {inner} }}"));
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// Where objects of a type are shown: in a page, and alone.
struct Shown {
    name: &'static str,
    list: &'static str,
    alone: &'static str,
    of: &'static str,
}

impl Shown {
    fn query(&self, selection: &str) -> String {
        let Self { list, alone, of, .. } = self;
        format!(
            "{{ {list}(first: 100) {{ nodes {{ {selection} }} edges {{ node {{ {selection} }} }} }} \
             {alone}(id: \"{}\") {{ {selection} }} }}",
            id(of)
        )
    }

    /// All values of the answer that a selection reaches, in order.
    fn reached(&self, answer: &Value, selection: &str) -> Vec<Value> {
        let path: Vec<&str> = selection.split(['{', '}', ' ']).filter(|part| !part.is_empty()).collect();
        let of = |shown: &Value| path.iter().fold(shown.clone(), |value, part| value[part].clone());
        let list = answer[self.list]["nodes"].as_array().unwrap().iter();
        let edges = answer[self.list]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]);
        list.chain(edges).chain([&answer[self.alone]]).map(of).collect()
    }

    /// Compares every field that is open to a viewer, asked for alone, with itself among all others.
    async fn compare(&self, viewer: &Client, must: &[&str], introspecting: &Client) {
        let mut open = Vec::new();
        for selection in selections(introspecting, self.name).await {
            let alone = viewer.run(&self.query(&selection), Value::Null).await;
            if alone.body.get("errors").is_none() {
                open.push((selection, alone.data()));
            }
        }
        let together = open.iter().map(|(selection, _)| selection.as_str()).collect::<Vec<_>>().join(" ");
        let together = viewer.ask(&self.query(&together)).await;
        let mut told = BTreeSet::new();
        for (selection, alone) in &open {
            let values = self.reached(alone, selection);
            assert_eq!(values, self.reached(&together, selection), "{selection}");
            assert!(values.len() > 5, "{selection}");
            if values.iter().any(|value| !value.is_null()) {
                told.insert(selection.as_str());
            }
        }
        for selection in must {
            assert!(told.contains(selection), "{selection} was not compared: {told:?}");
        }
    }
}

const CUSTOMERS: Shown = Shown { name: "Customer", list: "customers", alone: "customer", of: "customer-1a1" };
const RESELLERS: Shown = Shown { name: "Reseller", list: "resellers", alone: "reseller", of: "reseller-1a" };

/// R-CORE-01, R-CORE-45: a field says the same whether it is asked for alone or with all the others, and so whatever else
/// was read of the row.
#[tokio::test]
async fn a_field_says_the_same_alone_and_among_all_others() {
    story(|server| async move {
        // One with open alerts, one that the system froze, one whose resources are frozen.
        server.charges(&[("customer-1a1", "reads-1", "260"), ("customer-1a2", "reads-2", "501")]).await;
        let freeze = "mutation($id: ID!) { freezeAccountAndResources(input: { customerIds: [$id], reason: \"reads\", \
            agreementAccepted: true }) { userErrors { code } } }";
        let frozen = server.sign_in("reseller-1a").await.run(freeze, json!({ "id": id("customer-1a4") })).await.data();
        assert_eq!(frozen["freezeAccountAndResources"]["userErrors"], json!([]), "{frozen}");
        let operator = server.sign_in("platform/operator").await;
        let of_customers = [
            "accountName",
            "budget { used }",
            "budget { windowEnd }",
            "freeze { level }",
            "freeze { since }",
            "monthToDateExpenditure",
            "openAlertCount",
            "reseller { accountName }",
            "distributor { accountName }",
        ];
        let of_resellers = ["accountName", "status", "associatedAt", "permissions { budgetAndFreeze }", "createdAt"];
        for viewer in ["reseller-1a", "distributor-1"] {
            CUSTOMERS.compare(&server.sign_in(viewer).await, &of_customers, &operator).await;
        }
        RESELLERS.compare(&server.sign_in("distributor-1").await, &of_resellers, &operator).await;
        server
    })
    .await;
}

/// Rows that answer at once say what the engine says, whatever a selection looks like.
#[tokio::test]
async fn rows_that_answer_at_once_say_what_the_engine_says() {
    story(|server| async move {
        let partner = server.sign_in("distributor-1").await;
        let selections = [
            "accountName",
            "__typename id kind name budget { __typename id type amount used remaining usagePercent exhausted }",
            "other: accountName same: accountName budget { a: amount b: amount }",
            "accountName accountName budget { used } budget { amount }",
            "accountName @include(if: true) id @skip(if: true) freeze { level @skip(if: false) }",
            "... on Customer { accountName } ...Names",
            "name(reveal: true)",
            "freeze { level automatic } monthToDateExpenditure openAlertCount",
        ];
        for selection in selections {
            let query = format!(
                "{{ customers(first: 50) {{ nodes {{ {selection} }} edges {{ node {{ {selection} }} }} }} }} {}",
                if selection.contains("Names") { "fragment Names on Customer { id name }" } else { "" }
            );
            let answer = partner.ask(&query).await["customers"].clone();
            let nodes = answer["nodes"].as_array().unwrap();
            let edges: Vec<Value> =
                answer["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect();
            assert!(nodes.len() > 5, "{selection}");
            assert_eq!(*nodes, edges, "{selection}");
        }
        server
    })
    .await;
}

/// A list that stands twice, by itself or in a fragment, is merged as GraphQL wants it; an empty one is empty.
#[tokio::test]
async fn lists_that_stand_twice_are_merged() {
    story(|server| async move {
        let partner = server.sign_in("distributor-1").await;
        let once = partner.ask("{ customers(first: 5) { totalCount nodes { id accountName } } }").await;
        for twice in [
            "{ customers(first: 5) { nodes { id } totalCount } customers(first: 5) { nodes { accountName } } }",
            "{ customers(first: 5) { totalCount nodes { id } nodes { accountName } } }",
            "{ customers(first: 5) { totalCount nodes { id } } ...Rest } \
                fragment Rest on Query { customers(first: 5) { nodes { accountName } } }",
            "{ ... on Query { customers(first: 5) { totalCount nodes { id } } } \
                ... { customers(first: 5) { nodes { accountName } } } }",
            "query One { customers(first: 5) { totalCount nodes { id } nodes { accountName } } }",
        ] {
            assert_eq!(partner.ask(twice).await["customers"], once["customers"], "{twice}");
        }
        let nobody = partner.ask("{ customers(first: 5, filter: { search: \"nobody\" }) { nodes { id } } }").await;
        assert_eq!(nobody, json!({ "customers": { "nodes": [] } }));
        server
    })
    .await;
}
