//! What the API shows a viewer: every list, walked page by page; and every single row, asked for by its id.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use entities::types::{global_id, parse_global_id};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{parts::One, reader::Sets};
use crate::support::{Answer, Client};

/// Lists that are connections, by their names, which are those of the sets. None has a filter of its own accord but
/// `resources`, and that only with a billing mode.
const CONNECTIONS: [&str; 18] = [
    "accessRecords",
    "accountManagerAssignments",
    "agreements",
    "applications",
    "associationRecords",
    "authorizations",
    "budgetAlerts",
    "customers",
    "events",
    "exports",
    "invitations",
    "members",
    "opportunities",
    "orders",
    "preregistrations",
    "resellerInvitations",
    "resellers",
    "resources",
];

/// Of a customer itself only.
const TRACES: &str = "traces";

/// Lists without pages.
const SHORT: [(&str, &str); 2] = [("roles", "roles { id type }"), ("webhookEndpoints", "webhookEndpoints { id }")];

/// Lists within the rows of another list: the outer one, and what it is a part of.
const RECORDS_OF: [&str; 2] = ["customers", "resellers"];

/// Sets whose rows are nodes, and the prefix of their ids; that of accounts is told by their kind.
const NODES: [(&str, &str); 15] = [
    ("accounts", ""),
    ("adjustmentRecords", "adj"),
    ("accessRecords", "acr"),
    ("agreements", "agr"),
    ("attachments", "att"),
    ("budgetAlerts", "alr"),
    ("budgets", "bud"),
    ("exports", "exp"),
    ("invitations", "inv"),
    ("colleagues", "mem"),
    ("opportunities", "opp"),
    ("orders", "ord"),
    ("preregistrations", "pre"),
    ("resources", "rsc"),
    ("traces", "trc"),
];

/// The members of whom more is told than name and roles.
const DETAILS: &str = "membersInDetail";

/// Fields that find one row: their sets and prefixes.
const LOOKUPS: [(&str, &str, &str); 10] = [
    ("application", "applications", "app"),
    ("attachment", "attachments", "att"),
    ("customer", "customers", "cus"),
    ("export", "exports", "exp"),
    ("member", "members", "mem"),
    ("opportunity", "opportunities", "opp"),
    ("order", "orders", "ord"),
    ("reseller", "resellers", "res"),
    ("resource", "resources", "rsc"),
    ("role", "roles", "rol"),
];

/// As many as `nodes` takes at once, and as are asked for in one document.
const AT_ONCE: usize = 100;

/// The rows of a set that were shown, and how.
pub struct Row {
    pub set: &'static str,
    pub how: &'static str,
    pub ids: BTreeSet<Uuid>,
    /// Whether these are all that are shown this way.
    pub whole: bool,
}

/// What somebody is shown. What is closed to it has no rows.
pub struct Shown {
    pub rows: Vec<Row>,
    /// What is wrong with the lists themselves: a row twice, a count that is another.
    pub wrong: Vec<String>,
}

/// Who asks, and how long its pages are.
pub(super) struct Asker<'c> {
    pub(super) client: &'c Client,
    page: usize,
    wrong: Vec<String>,
}

pub(super) fn uuid(value: &Value) -> Uuid {
    let text = value.as_str().unwrap_or_else(|| panic!("no id: {value}"));
    parse_global_id(text).unwrap_or_else(|| panic!("no id: {text}")).1
}

/// The data of an answer, unless its fields are closed to who asked, or it is signed in no longer.
pub(super) fn open(answer: Answer) -> Option<Value> {
    let closed = answer.body.get("errors").is_some() && matches!(answer.code(), "FORBIDDEN" | "UNAUTHENTICATED");
    (!closed).then(|| answer.data())
}

impl Shown {
    /// Asks as this client, with pages of this length. `all` is what there is, `kinds` are the prefixes of accounts,
    /// `one` is what filters name.
    pub async fn to(client: &Client, page: usize, all: &Sets, kinds: &BTreeMap<Uuid, String>, one: One) -> Self {
        let mut asker = Asker { client, page, wrong: Vec::new() };
        let mut rows = Vec::new();
        let mut add =
            |how, sets: Sets| rows.extend(sets.into_iter().map(|(set, ids)| Row { set, how, ids, whole: true }));
        add("the list", asker.lists().await);
        add("node(id)", asker.nodes(all, kinds).await);
        add("its own field", asker.lookups(all).await);
        add("its own field", Sets::from([("opportunityProgress", asker.progress(&all["opportunities"]).await)]));
        rows.extend(asker.parts(one).await);
        Self { rows, wrong: asker.wrong }
    }
}

impl Asker<'_> {
    /// All lists.
    async fn lists(&mut self) -> Sets {
        let mut sets = Sets::new();
        for name in CONNECTIONS.into_iter().chain([TRACES]) {
            let rows = self.walk(name).await;
            sets.insert(name, rows);
        }
        for (name, selection) in SHORT {
            let rows = open(self.client.run(&format!("{{ {selection} }}"), Value::Null).await);
            let rows = rows.and_then(|data| data[name].as_array().cloned()).unwrap_or_default();
            let own = rows.iter().filter(|row| row["type"] != "SYSTEM_DEFINED");
            sets.insert(name, own.map(|row| uuid(&row["id"])).collect());
        }
        let mut records = BTreeSet::new();
        for outer in RECORDS_OF {
            records.extend(self.records_of(outer).await);
        }
        sets.insert("adjustmentRecords", records);
        sets
    }

    /// The ids of one list, page by page.
    async fn walk(&mut self, name: &'static str) -> BTreeSet<Uuid> {
        let total = if name == "events" { "" } else { "totalCount" };
        let query = format!(
            "query($first: Int!, $after: String) {{ {name}(first: $first, after: $after) {{ {total} \
             nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let (mut found, mut read, mut after) = (BTreeSet::new(), 0, Value::Null);
        loop {
            let variables = json!({ "first": self.page, "after": after });
            let Some(data) = open(self.client.run(&query, variables).await) else { return BTreeSet::new() };
            let list = &data[name];
            let nodes = list["nodes"].as_array().unwrap_or_else(|| panic!("{name}: {data}"));
            found.extend(nodes.iter().map(|node| uuid(&node["id"])));
            read += nodes.len();
            after = list["pageInfo"]["endCursor"].clone();
            if list["pageInfo"]["hasNextPage"] != true {
                if read != found.len() {
                    self.wrong.push(format!("{name}: a row came twice"));
                }
                if !total.is_empty() && list["totalCount"] != read {
                    self.wrong.push(format!("{name}: totalCount is {}, {read} rows came", list["totalCount"]));
                }
                return found;
            }
        }
    }

    /// The adjustment records of each row of a list.
    async fn records_of(&mut self, outer: &str) -> BTreeSet<Uuid> {
        let query = format!(
            "{{ {outer}(first: 100) {{ pageInfo {{ hasNextPage }} nodes {{ adjustmentRecords(first: 100) {{ totalCount \
             nodes {{ id }} }} }} }} }}"
        );
        let Some(data) = open(self.client.run(&query, Value::Null).await) else { return BTreeSet::new() };
        assert_eq!(data[outer]["pageInfo"]["hasNextPage"], false, "one page holds all of them");
        let mut found = BTreeSet::new();
        for row in data[outer]["nodes"].as_array().unwrap() {
            let nodes = row["adjustmentRecords"]["nodes"].as_array().unwrap();
            if row["adjustmentRecords"]["totalCount"] != nodes.len() {
                self.wrong.push(format!("adjustmentRecords of {outer}: {}", row["adjustmentRecords"]));
            }
            found.extend(nodes.iter().map(|node| uuid(&node["id"])));
        }
        found
    }

    /// Which rows are found by `node`, of all that there are, and of which members details are told. `kinds` are the
    /// prefixes of accounts.
    async fn nodes(&self, all: &Sets, kinds: &BTreeMap<Uuid, String>) -> Sets {
        let mut asked: Vec<(&'static str, Uuid, String)> = Vec::new();
        for (set, prefix) in NODES {
            for id in &all[set] {
                let prefix = if prefix.is_empty() { &kinds[id] } else { prefix };
                asked.push((set, *id, global_id(prefix, *id)));
            }
        }
        let mut sets: Sets = NODES.iter().map(|(set, _)| (*set, BTreeSet::new())).collect();
        sets.insert(DETAILS, BTreeSet::new());
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Member { details { username } } } }";
        for some in asked.chunks(AT_ONCE) {
            let ids: Vec<&str> = some.iter().map(|(.., id)| id.as_str()).collect();
            let answer = self.client.run(query, json!({ "ids": ids })).await;
            let Some(data) = open(answer) else { return sets };
            for ((set, id, text), node) in some.iter().zip(data["nodes"].as_array().unwrap()) {
                if !node.is_null() {
                    assert_eq!(&node["id"], text, "what was asked for");
                    sets.get_mut(set).expect("it is a set of nodes").insert(*id);
                    if node["details"].is_object() {
                        sets.get_mut(DETAILS).expect("it is there").insert(*id);
                    }
                }
            }
        }
        sets
    }

    /// Which rows are found by the field that is for one of them.
    async fn lookups(&self, all: &Sets) -> Sets {
        let mut sets = Sets::new();
        for (field, set, prefix) in LOOKUPS {
            sets.insert(set, self.look_up(field, prefix, &all[set], "").await);
        }
        sets
    }

    /// The progress of each opportunity, whoever's it is.
    async fn progress(&self, opportunities: &BTreeSet<Uuid>) -> BTreeSet<Uuid> {
        let rows = self.aliased("opportunityProgress", "opp", opportunities, ", first: 100", "nodes { id }").await;
        rows.iter().flat_map(|(_, row)| row["nodes"].as_array().unwrap()).map(|node| uuid(&node["id"])).collect()
    }

    async fn look_up(&self, field: &str, prefix: &str, ids: &BTreeSet<Uuid>, arguments: &str) -> BTreeSet<Uuid> {
        let rows = self.aliased(field, prefix, ids, arguments, "id").await;
        rows.into_iter().filter(|(_, row)| !row.is_null()).map(|(id, _)| id).collect()
    }

    /// One field for each id, many in a document.
    async fn aliased(
        &self,
        field: &str,
        prefix: &str,
        ids: &BTreeSet<Uuid>,
        arguments: &str,
        selection: &str,
    ) -> Vec<(Uuid, Value)> {
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        let mut rows = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let mut query = String::from("{");
            for (at, id) in some.iter().enumerate() {
                let id = global_id(prefix, *id);
                write!(query, " a{at}: {field}(id: \"{id}\"{arguments}) {{ {selection} }}").unwrap();
            }
            query.push('}');
            let Some(data) = open(self.client.run(&query, Value::Null).await) else { return Vec::new() };
            rows.extend(some.iter().enumerate().map(|(at, id)| (*id, data[format!("a{at}")].clone())));
        }
        rows
    }
}
