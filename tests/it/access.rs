//! Authorization, generated from the schema by introspection: every field for every kind of viewer, and nobody sees what
//! is somebody else's (R-CORE-01).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fmt::Write,
};

use partner_center::{demo, graphql};
use serde_json::{Value, json};

use crate::{
    attachments::{PDF, upload},
    invitations::code_by_mail,
    members::change,
    schema::golden,
    support::{Client, Server, id, story, story_with},
};

/// The viewers, from outside in.
pub const VIEWERS: [&str; 22] = [
    "",
    "platform",
    "platform/operator",
    "platform/reviewer",
    "platform/meter",
    "distributor-1",
    "distributor-1/manager",
    "distributor-1/director",
    "distributor-1/finance",
    "distributor-1/analyst",
    "csp-1",
    "csp-1/manager",
    "csp-1/director",
    "csp-1/finance",
    "csp-1/analyst",
    "reseller-1a",
    "reseller-1a/manager",
    "reseller-1a/colleague",
    "reseller-1a/director",
    "reseller-1a/finance",
    "reseller-1a/analyst",
    "customer-1a1",
];

const INTROSPECTION: &str = "{ __schema { types { name kind possibleTypes { name } fields { name args { name \
    type { kind name ofType { kind name } } } type { kind name ofType { kind name ofType { kind name ofType { \
    kind name } } } } } } } }";

/// The schema as introspection tells it.
struct Map {
    types: BTreeMap<String, Type>,
}

struct Type {
    kind: String,
    members: Vec<String>,
    fields: BTreeMap<String, Field>,
}

struct Field {
    of: String,
    arguments: String,
}

fn innermost(mut of: &Value) -> String {
    while !of["ofType"].is_null() {
        of = &of["ofType"];
    }
    of["name"].as_str().unwrap().to_owned()
}

/// Values for arguments that must be given: ids that exist nowhere, and inputs that change nothing.
fn sample(field: &str, argument: &str) -> String {
    const NOBODY: &str = "\"cus_00000000000000000000000000\"";
    const OPPORTUNITY: &str = "name: \"x\", type: NEW, winProbability: 0, biddingProject: false, monthlyRevenue: 1, \
        revenueDeadline: \"2027-01-01T00:00:00Z\", servicePeriodMonths: 1, majorProducts: [], majorProductsRevenue: 1";
    let input = match (field, argument) {
        (_, "id" | "endpointId") => return NOBODY.to_owned(),
        ("messageRecipients", _) => return "PARTNER_BUDGET".to_owned(),
        (_, "ids") => return format!("[{NOBODY}]"),
        ("signIn", _) => "accountName: \"nobody\", password: \"x\"".to_owned(),
        ("refreshSession", _) => "refreshToken: \"x\"".to_owned(),
        ("sendVerificationCode", _) => "operation: FREEZE".to_owned(),
        ("setMessageRecipients", _) => "type: SECURITY, recipients: []".to_owned(),
        ("retryDeadMessages", _) => format!("ids: [{NOBODY}]"),
        ("createWebhookEndpoint", _) => "url: \"x\"".to_owned(),
        ("replayWebhook", _) => format!("id: {NOBODY}, after: \"x\""),
        (webhook, _) if webhook.contains("Webhook") => format!("id: {NOBODY}"),
        ("preregisterCustomer", _) => "fullName: \"x\", email: \"x\"".to_owned(),
        ("deletePreregistrations", _) => "preregistrationIds: []".to_owned(),
        ("inviteCustomers", _) => "emails: []".to_owned(),
        ("createInvitationLink", _) => "method: FROM_PARTNER_CENTER".to_owned(),
        ("resendInvitations" | "endInvitationLinks", _) => "invitationIds: []".to_owned(),
        ("associateWithPartner", _) => "code: \"x\", instructionsAccepted: false".to_owned(),
        ("sendSignUpCode", _) => "code: \"x\", email: \"-\"".to_owned(),
        ("signUpCustomer", _) => {
            "code: \"x\", accountName: \"-\", name: \"x\", email: \"x\", countryRegion: \"x\", password: \"x\", \
             instructionsAccepted: false"
                .to_owned()
        }
        ("setCustomerFacts", _) => format!("customerId: {NOBODY}, facts: []"),
        ("reviewApplication", _) => "applicationId: \"x\", stage: \"x\", decision: APPROVED".to_owned(),
        ("resubmitApplication" | "cancelApplication", _) => "applicationId: \"x\"".to_owned(),
        ("requestPreregistrationReview", _) => "fullName: \"x\", email: \"-\", potentialAdditionalExpenditure: \"1\", \
            communicationProcess: \"x\""
            .to_owned(),
        ("requestAuthorization", _) => format!("customerId: {NOBODY}"),
        ("revokeAuthorization", _) => "authorizationId: \"x\", reason: \"x\", verificationCode: \"x\"".to_owned(),
        ("requestDisassociation", _) => format!("customerId: {NOBODY}, reason: LEAVING, verificationCode: \"x\""),
        ("recordCharges", _) => "charges: []".to_owned(),
        ("recordBandwidth", _) => format!("resourceId: {NOBODY}, month: \"x\", samples: []"),
        ("deleteAttachment", _) => format!("id: {NOBODY}"),
        ("exportCustomers" | "exportOrders", _) => "format: CSV, ids: []".to_owned(),
        ("exportInvitations", _) => "format: CSV, filter: { method: [] }".to_owned(),
        ("exportResources", _) => "format: CSV, filter: {}".to_owned(),
        ("changeInitialPassword", _) => {
            "accountName: \"nobody\", memberName: \"x\", password: \"x\", newPassword: \"new-password-1\"".to_owned()
        }
        ("createMember", _) => {
            "username: \"-\", name: \"x\", email: \"x\", mobileNumber: \"x\", roles: [], initialPassword: \"x\""
                .to_owned()
        }
        ("updateMember", _) => "memberId: \"x\", name: \"x\", email: \"x\", mobileNumber: \"x\"".to_owned(),
        ("lockMember" | "unlockMember" | "deleteMember", _) => "memberId: \"x\"".to_owned(),
        ("resetMemberPassword", _) => "memberId: \"x\", password: \"x\"".to_owned(),
        ("assignMemberRoles", _) => "memberId: \"x\", roles: []".to_owned(),
        ("assignAccountDirector", _) => "memberIds: []".to_owned(),
        ("createRole", _) => "name: \"x\", permissions: []".to_owned(),
        ("updateRole", _) => "roleId: \"x\", name: \"x\", permissions: []".to_owned(),
        ("deleteRole", _) => "roleId: \"x\"".to_owned(),
        ("assignAccountManager", _) => "memberId: \"x\", customerIds: []".to_owned(),
        ("unassignAccountManager", _) => "customerIds: []".to_owned(),
        ("signAssociationInstructions", _) => "version: 0".to_owned(),
        ("inviteResellers", _) => "emails: []".to_owned(),
        ("resendResellerInvitations", _) => "invitationIds: []".to_owned(),
        ("joinDistributor", _) => "code: \"x\", enterprise: true, companyName: \"x\", countryRegion: \"SG\", \
            accountName: \"x\", contactName: \"x\", password: \"new-password-1\""
            .to_owned(),
        ("createOpportunity", _) => format!("phase: CONTRACT_SIGNED, {OPPORTUNITY}"),
        ("updateOpportunity", _) => format!("opportunityId: \"x\", {OPPORTUNITY}"),
        ("recordOpportunityProgress", _) => "opportunityId: \"x\", phase: CONTRACT_SIGNED".to_owned(),
        ("setVerificationFunction", _) => "enabled: false, verificationCode: \"x\"".to_owned(),
        ("setOnBehalfPermission", _) => "resellerId: \"x\", enabled: true, verificationCode: \"x\"".to_owned(),
        ("grantBudgetPermissions" | "adjustBudgetQuotas" | "revokeBudgetPermissions", _) => {
            "resellerId: \"x\", verificationCode: \"x\"".to_owned()
        }
        ("setCustomerBudget", _) => {
            format!("customerId: {NOBODY}, type: MONTHLY, amount: \"1\", exhaustionPolicy: MANUAL")
        }
        ("setCustomerBudgets", _) => {
            format!("customerIds: [{NOBODY}], type: MONTHLY, amount: \"1\", exhaustionPolicy: MANUAL")
        }
        ("priceOfBandwidth", _) => return "[\"1\"]".to_owned(),
        ("switchRole", _) => format!("customerId: {NOBODY}"),
        ("placeOrder", _) => "productId: \"x\", region: \"x\", billingMode: PAY_PER_USE, name: \"x\"".to_owned(),
        ("payOrder" | "cancelOrder", _) => "orderId: \"x\"".to_owned(),
        ("unsubscribe", _) => "resourceId: \"x\"".to_owned(),
        ("renew", _) => "resourceId: \"x\", period: { unit: MONTH, count: 1 }".to_owned(),
        ("changeSpecification", _) => "resourceId: \"x\", productId: \"x\"".to_owned(),
        ("changeBillingMode", _) => "resourceId: \"x\", billingMode: PAY_PER_USE".to_owned(),
        ("operateResource", _) => "resourceId: \"x\", operation: START".to_owned(),
        (freeze, _) if freeze.contains("freeze") || freeze.contains("Freeze") => {
            format!("customerIds: [{NOBODY}], reason: \"x\"")
        }
        other => panic!("a new field with arguments that must be given needs a sample here: {other:?}"),
    };
    format!("{{ {input} }}")
}

impl Map {
    async fn read(server: &Server) -> Self {
        let schema = server.stranger().ask(INTROSPECTION).await;
        let mut types = BTreeMap::new();
        for one in schema["__schema"]["types"].as_array().unwrap() {
            let name = one["name"].as_str().unwrap();
            if name.starts_with("__") {
                continue;
            }
            let list = |key: &str| one[key].as_array().cloned().unwrap_or_default();
            let fields = list("fields").into_iter().map(|field| {
                let field_name = field["name"].as_str().unwrap().to_owned();
                let must: Vec<String> = field["args"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|argument| argument["type"]["kind"] == "NON_NULL" && argument["name"] != "reveal")
                    .map(|argument| {
                        let argument = argument["name"].as_str().unwrap();
                        format!("{argument}: {}", sample(&field_name, argument))
                    })
                    .collect();
                let arguments = if must.is_empty() { String::new() } else { format!("({})", must.join(", ")) };
                (field_name, Field { of: innermost(&field["type"]), arguments })
            });
            let members = list("possibleTypes").iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
            let kind = one["kind"].as_str().unwrap().to_owned();
            types.insert(name.to_owned(), Type { kind, members, fields: fields.collect() });
        }
        Self { types }
    }

    fn is_composite(&self, name: &str) -> bool {
        self.types.get(name).is_some_and(|one| matches!(one.kind.as_str(), "OBJECT" | "INTERFACE" | "UNION"))
    }

    /// The shortest way to each type over fields that are open, as the text before and after a selection on it.
    fn ways(&self, is_open: impl Fn(&str, &str) -> bool) -> HashMap<String, (String, String)> {
        let mut ways: HashMap<String, (String, String)> = HashMap::new();
        let mut queue = VecDeque::new();
        for (root, word) in [("Query", "query"), ("Mutation", "mutation"), ("Subscription", "subscription")] {
            ways.insert(root.to_owned(), (format!("{word} {{ "), " }".to_owned()));
            queue.push_back(root.to_owned());
        }
        while let Some(on) = queue.pop_front() {
            let (before, after) = ways[&on].clone();
            let one = &self.types[&on];
            let by_field = one.fields.iter().filter(|(name, field)| self.is_composite(&field.of) && is_open(&on, name));
            let mut next: Vec<(String, String)> =
                by_field.map(|(name, field)| (field.of.clone(), format!("{name}{} {{ ", field.arguments))).collect();
            if one.kind != "OBJECT" {
                next.extend(one.members.iter().map(|member| (member.clone(), format!("... on {member} {{ "))));
            }
            for (of, step) in next {
                if !ways.contains_key(&of) {
                    ways.insert(of.clone(), (format!("{before}{step}"), format!(" }}{after}")));
                    queue.push_back(of);
                }
            }
        }
        ways
    }

    fn select(&self, field_name: &str, field: &Field) -> String {
        let inner = if self.is_composite(&field.of) { " { __typename }" } else { "" };
        format!("{field_name}{}{inner}", field.arguments)
    }
}

async fn client(server: &Server, who: &str) -> Client {
    if who.is_empty() { server.stranger() } else { server.sign_in(who).await }
}

/// docs/permissions.md says what the policies and the table of roles say.
#[test]
fn the_table_for_people_is_the_one_that_counts() {
    let roles = partner_center::access::RoleTable::load(None).unwrap();
    golden("docs/permissions.md", &graphql::permissions_document::as_document(&graphql::policy::Table::new(), &roles));
}

/// Every field of the schema has a policy, and every policy a field.
#[test]
fn every_field_has_a_policy_and_every_policy_a_field() {
    let table = graphql::policy::Table::new();
    let rows: BTreeSet<(String, String)> =
        table.rows().iter().map(|(on, field, _)| ((*on).to_owned(), (*field).to_owned())).collect();
    let map = graphql::schema::map();
    let fields: BTreeSet<(String, String)> =
        map.fields().iter().map(|(on, field)| ((*on).to_owned(), (*field).to_owned())).collect();
    let closed: Vec<_> = fields.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&fields).collect();
    assert!(closed.is_empty(), "fields without a policy: {closed:?}");
    assert!(stale.is_empty(), "policies without a field: {stale:?}");
}

/// The whole matrix: each field, as each viewer, is answered or refused as the committed table says. A field that no
/// viewer can reach fails, so that none is left out.
#[tokio::test]
async fn each_field_is_open_to_exactly_whom_the_table_says() {
    // Every field below `signIn` and `refreshSession` is asked for with a password or token that is wrong.
    let patient = |settings: &mut partner_center::config::Settings| {
        settings.guard.address_failures = u32::MAX;
        settings.rates.address_requests = 0;
    };
    story_with(patient, |server| async move {
        let map = Map::read(&server).await;
        let table = graphql::policy::Table::new();
        let mut matrix: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut tried: BTreeSet<(String, String)> = BTreeSet::new();
        for who in VIEWERS {
            let mut client = client(&server, who).await;
            let viewer = identity(&server, who).await;
            let is_open = |on: &str, field: &str| table.allows(on, field, viewer.as_ref());
            let ways = map.ways(is_open);
            for (on, one) in &map.types {
                for (name, field) in &one.fields {
                    let key = (on.clone(), name.clone());
                    let cell = matrix.entry(key.clone()).or_default();
                    let open = is_open(on, name);
                    cell.push(if open { 'x' } else { '·' });
                    let Some((before, after)) = ways.get(on) else { continue };
                    let document = format!("{before}{}{after}", map.select(name, field));
                    let answer = client.run(&document, Value::Null).await;
                    let code = answer.body["errors"][0]["extensions"]["code"].as_str().unwrap_or("");
                    let refused = matches!(code, "FORBIDDEN" | "UNAUTHENTICATED");
                    assert_eq!(refused, !open, "{who}: {document}: {}", answer.body);
                    let fine = matches!(code, "" | "FORBIDDEN" | "UNAUTHENTICATED" | "BAD_REQUEST");
                    assert!(fine, "{who}: {document}: {}", answer.body);
                    tried.insert(key);
                    if document.contains("signOut") {
                        client = self::client(&server, who).await;
                    }
                }
            }
        }
        let untried: Vec<_> = matrix.keys().filter(|key| !tried.contains(*key)).collect();
        assert!(untried.is_empty(), "no viewer reaches {untried:?}");
        let mut text = format!("# Who may use which field: a stranger, then {}\n", VIEWERS[1..].join(", "));
        for ((on, field), cells) in &matrix {
            writeln!(text, "{cells} {on}.{field}").unwrap();
        }
        golden("tests/golden/access.txt", &text);
        server
    })
    .await;
}

async fn identity(server: &Server, who: &str) -> Option<partner_center::access::Viewer> {
    let (account, member) = match who.split_once('/') {
        _ if who.is_empty() => return None,
        Some((account, member)) => (account, Some(member)),
        None => (who, None),
    };
    let db = server.app.store.reader();
    let identity = partner_center::accounts::queries::identity_by_name(db, account, member).await.unwrap().unwrap();
    Some(identity.into_viewer(&server.app.sign_in.roles, None, server.app.store.clock().now()).unwrap())
}

/// The accounts whose names a viewer may ever see.
fn visible(who: &str) -> Vec<String> {
    let all = demo::cast().into_iter().map(|actor| actor.account_name);
    let sees = |name: &str| match who {
        "platform" | "platform/operator" | "platform/reviewer" => true,
        "platform/meter" => name == "platform",
        "distributor-1" | "distributor-1/finance" | "distributor-1/analyst" => {
            name == "distributor-1" || name.starts_with("reseller-1") || name.starts_with("customer-1")
        }
        // R-CORE-45: what is assigned to the manager, and so to its director.
        "distributor-1/manager" | "distributor-1/director" => {
            matches!(name, "distributor-1" | "reseller-1a") || name.starts_with("customer-1a")
        }
        "csp-1" | "csp-1/finance" | "csp-1/analyst" => name == "csp-1" || name.starts_with("customer-csp1"),
        "csp-1/manager" | "csp-1/director" => matches!(name, "csp-1" | "customer-csp1-1" | "customer-csp1-2"),
        "reseller-1a" | "reseller-1a/finance" | "reseller-1a/analyst" => {
            matches!(name, "reseller-1a" | "distributor-1") || name.starts_with("customer-1a")
        }
        "reseller-1a/manager" | "reseller-1a/director" => {
            matches!(name, "reseller-1a" | "distributor-1" | "customer-1a1" | "customer-1a2")
        }
        "reseller-1a/colleague" => matches!(name, "reseller-1a" | "distributor-1" | "customer-1a3"),
        "customer-1a1" => matches!(name, "customer-1a1" | "reseller-1a"),
        _ => false,
    };
    all.filter(|name| sees(name)).collect()
}

/// Everything a viewer can select, three levels of lists deep; no name of anybody else in the whole answer. Every
/// account's name, address and id carries its login name or is one, so each is its own canary.
#[tokio::test]
async fn nobody_sees_the_name_of_anybody_elses_account() {
    let generous = |settings: &mut partner_center::config::Settings| {
        settings.limits.cost = u64::MAX;
        settings.limits.root_fields = usize::MAX;
        settings.limits.selections = 1_000_000;
        settings.limits.root_fields = 1_000;
        settings.limits.document_bytes = 10_000_000;
        settings.limits.tokens = 1_000_000;
        settings.limits.aliases = 1_000_000;
        settings.rates.account_cost = 0;
        settings.limits.body_bytes = 20_000_000;
    };
    story_with(generous, |server| async move {
        let map = Map::read(&server).await;
        let table = graphql::policy::Table::new();
        server
            .charges(&[("customer-1a1", "c1", "900"), ("customer-2a1", "c2", "900"), ("customer-csp1-1", "c3", "900")])
            .await;
        server.app.hub.settle().await.unwrap();
        for who in &VIEWERS[1..] {
            let client = client(&server, who).await;
            let viewer = identity(&server, who).await;
            let is_open = |on: &str, field: &str| table.allows(on, field, viewer.as_ref());
            let document = format!("{{ {} }}", everything(&map, "Query", 5, &is_open));
            let answer = client.run(&document, Value::Null).await;
            assert_eq!(answer.status, 200, "{who}: {}", answer.body);
            let text = answer.body.to_string();
            let may = visible(who);
            for actor in demo::cast() {
                if may.contains(&actor.account_name) {
                    continue;
                }
                let ends = |tail: &str| !tail.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-');
                for canary in [actor.account_name.clone(), actor.global_id()] {
                    let leaked = text.match_indices(&canary).any(|(at, _)| ends(&text[at + canary.len()..]));
                    assert!(!leaked, "{who} sees {canary}");
                }
            }
            for own in may.iter().filter(|_| !matches!(*who, "platform" | "platform/operator" | "platform/reviewer")) {
                assert!(text.contains(own.as_str()), "{who} should see {own}");
            }
        }
        server
    })
    .await;
}

/// A selection of every open field, `depth` levels of composites deep.
fn everything(map: &Map, on: &str, depth: u32, is_open: &impl Fn(&str, &str) -> bool) -> String {
    let one = &map.types[on];
    let mut parts = vec!["__typename".to_owned()];
    for (name, field) in &one.fields {
        if !is_open(on, name) || (on == "Query" && matches!(name.as_str(), "node" | "nodes")) {
            continue;
        }
        // Fields of different types of an interface must not meet under one name.
        let alias = format!("{on}_{name}");
        if !map.is_composite(&field.of) {
            parts.push(format!("{alias}: {name}{}", field.arguments));
        } else if depth > 0 {
            let list = field.of.ends_with("Connection");
            let arguments = if list && field.arguments.is_empty() { "(first: 20)" } else { &field.arguments };
            let cheaper = depth - u32::from(!field.of.ends_with("Edge") && field.of != "PageInfo");
            parts.push(format!("{alias}: {name}{arguments} {{ {} }}", everything(map, &field.of, cheaper, is_open)));
        }
    }
    if one.kind != "OBJECT" {
        for member in &one.members {
            parts.push(format!("... on {member} {{ {} }}", everything(map, member, depth, is_open)));
        }
    }
    parts.join(" ")
}

/// R-CORE-01: an id out of scope is answered like one that does not exist, wherever it can be given.
#[tokio::test]
async fn a_foreign_id_behaves_like_one_that_does_not_exist() {
    story(|server| async move {
        let nowhere = |prefix: &str| format!("{prefix}_00000000000000000000000000");
        for (who, foreign) in [
            ("distributor-1", ["customer-2a1", "customer-csp1-1", "reseller-2a", "distributor-2", "csp-1"]),
            ("reseller-1a", ["customer-1b1", "customer-2a1", "reseller-1b", "distributor-2", "csp-1"]),
            ("csp-1", ["customer-1a1", "customer-2a1", "reseller-1a", "distributor-1", "distributor-2"]),
            ("customer-1a1", ["customer-1a2", "customer-1b1", "reseller-1b", "distributor-1", "csp-1"]),
            // R-CORE-45: a colleague's is as foreign as another partner's.
            ("distributor-1/manager", ["customer-1b1", "customer-1c1", "reseller-1b", "distributor-2", "csp-1"]),
            ("distributor-1/director", ["customer-1b1", "customer-1c1", "reseller-1b", "distributor-2", "csp-1"]),
            ("reseller-1a/manager", ["customer-1a3", "customer-1a4", "customer-1b1", "reseller-1b", "csp-1"]),
            ("reseller-1a/director", ["customer-1a3", "customer-1a4", "customer-1b1", "reseller-1b", "csp-1"]),
            ("reseller-1a/colleague", ["customer-1a1", "customer-1a4", "customer-1b1", "reseller-1b", "csp-1"]),
        ] {
            let client = server.sign_in(who).await;
            for name in foreign {
                let there = id(name);
                let missing = nowhere(&there[..3]);
                let ask = async |id: &str| {
                    let query =
                        "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } customer(id: $id) { id } }";
                    let answer = client.run(query, json!({ "id": id })).await;
                    answer.body.to_string().replace(id, "X")
                };
                assert_eq!(ask(&there).await, ask(&missing).await, "{who} asks for {name}");
                let freeze = "mutation($id: ID!) { freezeAccount(input: { customerIds: [$id], reason: \"x\" }) \
                    { customers { id } userErrors { code message field } } }";
                let freeze =
                    async |id: &str| client.run(freeze, json!({ "id": id })).await.body.to_string().replace(id, "X");
                assert_eq!(freeze(&there).await, freeze(&missing).await, "{who} freezes {name}");
                let list =
                    "query($id: ID!) { budgetAlerts(filter: { customerId: $id, resellerId: $id }) { totalCount } }";
                let list = client.run(list, json!({ "id": there })).await.body;
                assert!(list["data"]["budgetAlerts"]["totalCount"] == 0 || list.get("errors").is_some(), "{list}");
            }
        }
        server
    })
    .await;
}

/// Ids of budgets, alerts, records and members, taken from one tenant and asked for by another.
#[tokio::test]
async fn budgets_alerts_records_and_members_of_others_do_not_exist() {
    story(|server| async move {
        let own = server.sign_in("reseller-1a").await;
        let found = own
            .ask(
                "{ viewer { member { id } } budgetAlerts { nodes { id } } customers { nodes { budget { id } \
                 adjustmentRecords { nodes { id } } } } }",
            )
            .await;
        let mut ids = vec![found["viewer"]["member"]["id"].clone(), found["budgetAlerts"]["nodes"][0]["id"].clone()];
        let customer = &found["customers"]["nodes"][0];
        ids.push(customer["budget"]["id"].clone());
        ids.push(customer["adjustmentRecords"]["nodes"][0]["id"].clone());
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let mine = own.run(query, json!({ "ids": ids })).await.data();
        assert!(mine["nodes"].as_array().unwrap().iter().all(|node| !node.is_null()), "{mine}");
        for who in ["reseller-1b", "csp-1", "customer-1b1", "distributor-2"] {
            let theirs = server.sign_in(who).await.run(query, json!({ "ids": ids })).await.data();
            assert!(theirs["nodes"].as_array().unwrap().iter().all(Value::is_null), "{who}: {theirs}");
        }
        server
    })
    .await;
}

/// R-CORE-01: what partners and customers make of their own is found by its id where it is in its lists, and nowhere else:
/// whoever may not read it, or has another account, is told that there is nothing.
#[tokio::test]
async fn what_is_found_by_its_id_is_what_the_lists_hold() {
    story(|server| async move {
        let partner = server.sign_in("reseller-1a").await;
        code_by_mail(&server, &partner, "office@juniper.example").await;
        let claim = partner.ask("{ preregistrations { nodes { id } } invitations { nodes { id } } }").await;
        let preregistration = claim["preregistrations"]["nodes"][0]["id"].clone();
        let opportunity = json!({
            "preregistrationId": preregistration, "phase": "CONTRACT_SIGNED", "name": "x", "type": "NEW",
            "winProbability": 0, "biddingProject": false, "monthlyRevenue": "1",
            "revenueDeadline": "2027-01-01T00:00:00Z", "servicePeriodMonths": 1, "majorProducts": ["ECS"],
            "majorProductsRevenue": "1",
        });
        let opportunity = change(&partner, "createOpportunity", opportunity, "opportunity { id }").await;
        assert_eq!(opportunity["userErrors"], json!([]), "{opportunity}");
        let export = json!({ "format": "CSV" });
        let export = change(&partner, "exportInvitations", export, "export { id }").await;
        assert_eq!(export["userErrors"], json!([]), "{export}");
        let customer = server.sign_in("customer-1a1").await;
        let signed = json!({ "version": 1 });
        let signed = change(&customer, "signAssociationInstructions", signed, "agreement { id }").await;
        let traces = customer.ask("{ traces { nodes { id } } }").await;
        let partners = [
            ("Preregistration", &preregistration),
            ("Invitation", &claim["invitations"]["nodes"][0]["id"]),
            ("Opportunity", &opportunity["opportunity"]["id"]),
            ("Export", &export["export"]["id"]),
        ];
        let customers = [("Agreement", &signed["agreement"]["id"]), ("Trace", &traces["traces"]["nodes"][0]["id"])];
        let file = json!(upload(&server, &partner, "proof.pdf", PDF).await);
        let files = [("Attachment", &file)];
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        for (who, sees_partners, sees_customers) in [
            ("reseller-1a", 4, 0),
            ("customer-1a1", 0, 2),
            ("reseller-1b", 0, 0),
            ("csp-1", 0, 0),
            ("customer-1a2", 0, 0),
            // A distributor sees the opportunities of its resellers, the platform claims and invitations.
            ("distributor-1", 1, 0),
            ("distributor-2", 0, 0),
            ("platform", 2, 0),
            // R-CORE-45: none of these is the manager's.
            ("reseller-1a/manager", 0, 0),
            // The role does not allow the lists, and so not the ids.
            ("reseller-1a/finance", 0, 0),
        ] {
            let client = server.sign_in(who).await;
            // A file is its account's, whatever its members may do else; but a free one is no manager's that did not upload
            // it (R-CORE-45).
            let sees_files = usize::from(["reseller-1a", "reseller-1a/finance"].contains(&who));
            let all = [(&partners[..], sees_partners), (&customers[..], sees_customers), (&files[..], sees_files)];
            for (all, expected) in all {
                let ids: Vec<&Value> = all.iter().map(|(_, id)| *id).collect();
                assert!(ids.iter().all(|id| id.is_string()), "{ids:?}");
                let found = client.run(query, json!({ "ids": ids })).await.data();
                let found: Vec<&Value> =
                    found["nodes"].as_array().unwrap().iter().filter(|one| !one.is_null()).collect();
                assert_eq!(found.len(), expected, "{who}: {found:?}");
                for one in found {
                    let kind = all.iter().find(|(_, id)| **id == one["id"]).map(|(kind, _)| *kind);
                    assert_eq!(one["__typename"].as_str(), kind, "{who}: {one}");
                }
            }
        }
        server
    })
    .await;
}
