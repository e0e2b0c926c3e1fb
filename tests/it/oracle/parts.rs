//! Parts of lists: those that a filter leaves, lists within an account, and rows that other rows name.

use std::collections::BTreeSet;

use entities::types::global_id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::lists::{Asker, Row, open, uuid};

/// The customer and the reseller that filters name: anybody's.
#[derive(Debug, Clone, Copy)]
pub struct One {
    pub customer: Uuid,
    pub reseller: Uuid,
}

/// A filter by a customer or reseller: what it is called here, the list, its field and the prefix of the id, and what
/// the policies are asked instead.
type Filter = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// All of them.
pub const FILTERS: [Filter; 12] = [
    (
        "accountManagerAssignments of one",
        "accountManagerAssignments",
        "customerId",
        "cus",
        "SELECT id FROM manager_assignments WHERE subject_id = oracle.one_customer()",
    ),
    (
        "applications about one",
        "applications",
        "subjectId",
        "cus",
        "SELECT id FROM applications WHERE subject_id = oracle.one_customer()",
    ),
    (
        "associationRecords of one",
        "associationRecords",
        "customerId",
        "cus",
        "SELECT id FROM association_records WHERE customer_id = oracle.one_customer()",
    ),
    (
        "authorizations of one",
        "authorizations",
        "customerId",
        "cus",
        "SELECT id FROM authorizations WHERE customer_id = oracle.one_customer()",
    ),
    (
        "budgetAlerts of one",
        "budgetAlerts",
        "customerId",
        "cus",
        "SELECT id FROM budget_alerts WHERE customer_id = oracle.one_customer()",
    ),
    (
        "opportunities of one",
        "opportunities",
        "customerId",
        "cus",
        "SELECT id FROM opportunities WHERE customer_id = oracle.one_customer()",
    ),
    ("orders of one", "orders", "customerId", "cus", "SELECT id FROM orders WHERE customer_id = oracle.one_customer()"),
    (
        "resources of one",
        "resources",
        "customerId",
        "cus",
        "SELECT id FROM resources WHERE customer_id = oracle.one_customer()",
    ),
    (
        "customers of a reseller",
        "customers",
        "resellerId",
        "res",
        "SELECT id FROM customers WHERE partner_id = oracle.one_reseller()",
    ),
    (
        "opportunities of a reseller",
        "opportunities",
        "resellerId",
        "res",
        "SELECT id FROM opportunities WHERE partner_id = oracle.one_reseller()",
    ),
    (
        "orders of a reseller",
        "orders",
        "resellerId",
        "res",
        "SELECT o.id FROM orders o JOIN oracle.associated a ON a.id = o.customer_id \
         WHERE a.partner = oracle.one_reseller()",
    ),
    (
        "budgetAlerts of a reseller",
        "budgetAlerts",
        "resellerId",
        "res",
        "SELECT b.id FROM budget_alerts b JOIN oracle.associated a ON a.id = b.customer_id \
         WHERE a.partner = oracle.one_reseller()",
    ),
];

/// Lists within the viewer's own account: the set, the kind of account, and the field.
const OWN: [(&str, &str, &str); 4] = [
    ("customers", "CloudSolutionProvider", "customers"),
    ("customers", "Distributor", "customers"),
    ("customers", "Reseller", "customers"),
    ("resellers", "Distributor", "resellers"),
];

/// Rows that the rows of a list name, and the sets that they must be of: whatever is shown of another row is in scope,
/// too. Of members, those of the viewer's account that were deleted are named still.
const NAMED: [(&str, &[(&str, &str)]); 12] = [
    ("accessRecords", &[("byAccount", "namedAccounts"), ("byMember", "staff")]),
    (
        "accountManagerAssignments",
        &[("subject", "namedAccounts"), ("member", "staff"), ("assignedBy", "staff"), ("endedBy", "staff")],
    ),
    (
        "applications",
        &[
            ("applicant", "namedAccounts"),
            ("counterparty", "namedAccounts"),
            ("subject", "namedAccounts"),
            ("submittedBy", "staff"),
        ],
    ),
    ("associationRecords", &[("customer", "namedAccounts"), ("partner", "namedAccounts")]),
    ("authorizations", &[("customer", "namedAccounts"), ("partner", "namedAccounts"), ("requestedBy", "staff")]),
    ("budgetAlerts", &[("customer", "namedAccounts")]),
    ("customers", &[("partner", "namedAccounts"), ("distributor", "namedAccounts"), ("accountManager", "staff")]),
    (
        "invitations",
        &[
            ("customer", "namedAccounts"),
            ("preregistration", "preregistrations"),
            ("cameBy", "invitations"),
            ("invitedBy", "staff"),
        ],
    ),
    ("opportunities", &[("customer", "namedAccounts"), ("partner", "namedAccounts"), ("owner", "staff")]),
    ("orders", &[("customer", "namedAccounts"), ("placedBy", "namedAccounts"), ("placedByMember", "staff")]),
    ("preregistrations", &[("customer", "namedAccounts"), ("accountManager", "staff")]),
    ("resources", &[("customer", "namedAccounts"), ("order", "orders")]),
];

impl Asker<'_> {
    /// All of these parts.
    pub async fn parts(&self, one: One) -> Vec<Row> {
        let mut rows = Vec::new();
        for (set, list, filter, prefix, _) in FILTERS {
            let id = if prefix == "cus" { one.customer } else { one.reseller };
            let query =
                format!("query($id: ID!) {{ {list}(first: 100, filter: {{ {filter}: $id }}) {{ nodes {{ id }} }} }}");
            let found = open(self.client.run(&query, json!({ "id": global_id(prefix, id) })).await);
            let nodes = found.map(|data| data[list]["nodes"].clone()).unwrap_or_default();
            rows.push(Row { set, how: "a filter", ids: ids_of(&nodes, "id"), whole: true });
        }
        for (set, kind, field) in OWN {
            let query = format!(
                "{{ viewer {{ account {{ ... on {kind} {{ {field}(first: 100) {{ nodes {{ id }} }} }} }} }} }}"
            );
            let found = open(self.client.run(&query, Value::Null).await);
            let nodes = found.map(|data| data["viewer"]["account"][field]["nodes"].clone()).unwrap_or_default();
            if nodes.is_array() {
                rows.push(Row { set, how: "its own account", ids: ids_of(&nodes, "id"), whole: true });
            }
        }
        for (list, fields) in NAMED {
            rows.extend(self.named(list, fields).await);
        }
        rows
    }

    async fn named(&self, list: &str, fields: &[(&str, &'static str)]) -> Vec<Row> {
        let selection: String =
            fields.iter().map(|(field, _)| format!(" {field} {{ ... on Node {{ id }} }}")).collect();
        let query = format!("{{ {list}(first: 100) {{ nodes {{ {selection} }} }} }}");
        let Some(data) = open(self.client.run(&query, Value::Null).await) else { return Vec::new() };
        let row = |(field, set): &(&str, &'static str)| {
            let ids = data[list]["nodes"].as_array().unwrap().iter().map(|node| &node[*field]["id"]);
            let ids = ids.filter(|id| !id.is_null()).map(uuid).collect();
            Row { set, how: "a row that names it", ids, whole: false }
        };
        fields.iter().map(row).collect()
    }
}

fn ids_of(nodes: &Value, field: &str) -> BTreeSet<Uuid> {
    nodes.as_array().into_iter().flatten().map(|node| uuid(&node[field])).collect()
}
