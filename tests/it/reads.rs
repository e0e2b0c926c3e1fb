//! Looking ahead: what a query reads of a customer depends on what it asks for, what it says does not.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Client, story};

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

/// Every scalar that a customer or an object beside it has, as a selection of its own.
async fn selections(client: &Client) -> Vec<String> {
    let mut all = Vec::new();
    for (field, kind, of) in fields(client, "Customer").await {
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

fn page(selection: &str) -> String {
    format!(
        "{{ customers(first: 100) {{ nodes {{ {selection} }} edges {{ node {{ {selection} }} }} }} \
         customer(id: \"{}\") {{ {selection} }} }}",
        crate::support::id("customer-1a1")
    )
}

/// All values of the answer that a selection reaches, in order.
fn reached(answer: &Value, selection: &str) -> Vec<Value> {
    let path: Vec<&str> = selection.split(['{', '}', ' ']).filter(|part| !part.is_empty()).collect();
    let of = |customer: &Value| path.iter().fold(customer.clone(), |value, part| value[part].clone());
    let list = answer["customers"]["nodes"].as_array().unwrap().iter();
    let edges = answer["customers"]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]);
    list.chain(edges).chain([&answer["customer"]]).map(of).collect()
}

/// R-CORE-01, R-CORE-45: a field says the same whether it is asked for alone or with all the others, and so whatever else
/// was read of the row.
#[tokio::test]
async fn a_field_says_the_same_alone_and_among_all_others() {
    story(|server| async move {
        // One with open alerts, one that the system froze.
        server.charges(&[("customer-1a1", "reads-1", "260"), ("customer-1a2", "reads-2", "501")]).await;
        let partner = server.sign_in("reseller-1a").await;
        let mut open = Vec::new();
        for selection in selections(&server.sign_in("platform/operator").await).await {
            let alone = partner.run(&page(&selection), Value::Null).await;
            if alone.body.get("errors").is_none() {
                open.push((selection, alone.data()));
            }
        }
        let together = open.iter().map(|(selection, _)| selection.as_str()).collect::<Vec<_>>().join(" ");
        let together = partner.ask(&page(&together)).await;
        let mut told = BTreeSet::new();
        for (selection, alone) in &open {
            let values = reached(alone, selection);
            assert_eq!(values, reached(&together, selection), "{selection}");
            assert!(values.len() > 5, "{selection}");
            if values.iter().any(|value| !value.is_null()) {
                told.insert(selection.as_str());
            }
        }
        for must in [
            "accountName",
            "budget { used }",
            "budget { windowEnd }",
            "freeze { level }",
            "freeze { since }",
            "monthToDateExpenditure",
            "openAlertCount",
            "reseller { accountName }",
            "distributor { accountName }",
        ] {
            assert!(told.contains(must), "{must} was not compared: {told:?}");
        }
        server
    })
    .await;
}
