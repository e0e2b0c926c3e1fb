//! The workloads, as our clients and the reference's send them.

use std::sync::Arc;

use partner_center::demo;
use serde_json::{Value, json};

use super::{drive::Requests, setting::Setting};

pub const W1: &str = "{ resellers(first: 20) { nodes { id accountName customers(first: 20) { nodes { id accountName \
    budget { type amount used } freeze { level } } } } } }";
const W2: &str = "query($id: ID!) { customer(id: $id) { id accountName budget { type amount used usagePercent } \
    reseller { id accountName } } }";
const W3: &str = "{ customers(first: 50, filter: { usagePercent: { min: \"80\" } }, orderBy: { field: USAGE_PERCENT, \
    direction: DESC }) { totalCount nodes { id accountName budget { amount used usagePercent } } } }";
pub const W4: &str = "mutation($charges: [ChargeInput!]!) { recordCharges(input: { charges: $charges }) \
    { recorded duplicates rejected { chargeId } userErrors { code } } }";

/// One workload on both sides.
pub struct Workload {
    pub name: &'static str,
    pub ours: Requests,
    pub reference: Requests,
}

/// A charge of a customer that changes with the number.
pub fn charge(charge_id: &str, number: u64, now: &str) -> Value {
    let reseller = char::from(b'a' + u8::try_from(number % 20).unwrap());
    let account = format!("customer-1{reseller}{}", number / 20 % 35 + 1);
    let id = entities::types::global_id("cus", demo::account_id::<entities::types::Customer>(&account).uuid());
    json!({
        "chargeId": charge_id, "customerId": id, "productType": "ECS", "billingMode": "PAY_PER_USE",
        "listPrice": "0.00000100", "occurredAt": now,
    })
}

/// All but the fan-out.
pub fn all(setting: &Setting) -> Vec<Workload> {
    let tokens = tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current().block_on(async {
            [
                setting.token("distributor-1", None).await,
                setting.token("reseller-1a", None).await,
                setting.token("platform", Some("meter")).await,
            ]
        })
    });
    let [distributor, reseller, meter] = tokens;
    let (ours, reference) = (format!("http://{}/graphql", setting.ours), format!("http://{}", setting.reference));
    let now = setting.app.store.clock().now().to_datetime().to_rfc3339();
    let customer = demo::account_id::<entities::types::Customer>("customer-1a1");
    let gets = |path: String| {
        let url = format!("{reference}{path}");
        Requests { make: Arc::new(move |client, _| client.get(&url)) }
    };
    let charges = |lines: u64, ours_side: bool| {
        let (url, token, now) = (ours.clone(), meter.clone(), now.clone());
        let reference = format!("{reference}/w4");
        let side = if ours_side { "o" } else { "r" };
        Requests {
            make: Arc::new(move |client, number| {
                let lines: Vec<Value> = (0..lines)
                    .map(|line| charge(&format!("{side}-{number}-{line}"), number * 7 + line, &now))
                    .collect();
                if side == "o" {
                    let body = json!({ "query": W4, "variables": { "charges": lines } });
                    client.post(&url).bearer_auth(&token).json(&body)
                } else {
                    client.post(&reference).json(&lines)
                }
            }),
        }
    };
    vec![
        Workload { name: "w1", ours: setting.asks(&distributor, W1, &Value::Null), reference: gets("/w1".to_owned()) },
        Workload {
            name: "w2",
            ours: setting.asks(&reseller, W2, &json!({ "id": customer.to_string() })),
            reference: gets(format!("/w2/{}", customer.uuid())),
        },
        Workload { name: "w3", ours: setting.asks(&reseller, W3, &Value::Null), reference: gets("/w3".to_owned()) },
        Workload { name: "w4", ours: charges(1, true), reference: charges(1, false) },
        Workload { name: "w4x100", ours: charges(100, true), reference: charges(100, false) },
    ]
}
