//! Applications through the front door: authorizations and disassociations, and what the engine says of both.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    members::change,
    support::{Client, Server, id, story},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const APPLICATION: &str = "application { id kind status stage round overdue dueAt allowedActions comment \
    history { kind stage round comment byAccount { id } } }";

async fn request_authorization(client: &Client, customer: &str) -> Value {
    change(client, "requestAuthorization", json!({ "customerId": id(customer) }), APPLICATION).await
}

async fn request_disassociation(client: &Client, customer: &str) -> Value {
    let input = json!({ "customerId": id(customer), "reason": "CHANGE_PARTNER" });
    change(client, "requestDisassociation", input, APPLICATION).await
}

async fn decide(client: &Client, application: &Value, decision: &str, code: Option<&str>) -> Value {
    let input = json!({
        "applicationId": application["id"], "stage": application["stage"], "decision": decision,
        "comment": "because of it", "verificationCode": code,
    });
    change(client, "reviewApplication", input, APPLICATION).await
}

async fn work_list(client: &Client) -> Vec<Value> {
    let query = "{ applications(filter: { toDecide: true }) { totalCount nodes { id kind stage \
        ... on DisassociationRequest { reason remarks } ... on AuthorizationRequest { letterVersion } } } }";
    let answer = client.ask(query).await["applications"].clone();
    let nodes = answer["nodes"].as_array().unwrap().clone();
    assert_eq!(answer["totalCount"], nodes.len());
    nodes
}

async fn look(client: &Client, application: &Value) -> Value {
    let query = "query($id: ID!) { application(id: $id) { id status stage round overdue allowedActions closedAt \
        history { kind } } }";
    client.run(query, json!({ "id": application["id"] })).await.data()["application"].clone()
}

fn code_of(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().unwrap_or_else(|| panic!("no error: {payload}"))
}

async fn set_facts(server: &Server, customer: &str, facts: Value) {
    let platform = server.sign_in("platform").await;
    let input = json!({ "customerId": id(customer), "facts": facts });
    let payload = change(&platform, "setCustomerFacts", input, "customer { id }").await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
}

/// O-CUS-10, O-CUS-11, O-CUS-12, R-CUS-24, R-CUS-26: the partner asks, the customer consents with a code and takes it
/// back with a code and a reason, for good; the partner hears of both.
#[tokio::test]
async fn a_customer_consents_and_takes_it_back() {
    story(|server| async move {
        let (partner, customer) = (server.sign_in("reseller-1a").await, server.sign_in("customer-1a1").await);
        let mut socket = server.socket(&partner).await;
        let outcomes = "subscription { reviewOutcomes { decision comment final stage application { id status } \
            subject { ... on Customer { id } } } }";
        socket.subscribe("1", outcomes, json!({})).await;

        let asked = request_authorization(&partner, "customer-1a1").await["application"].clone();
        assert_eq!((&asked["status"], &asked["stage"]), (&json!("UNDER_REVIEW"), &json!("ACCEPTANCE")), "{asked}");
        assert_eq!(asked["allowedActions"], json!(["CANCEL"]));
        assert_eq!(code_of(&request_authorization(&partner, "customer-1a1").await), "CONFLICT");
        let waiting = work_list(&customer).await;
        assert_eq!((&waiting[0]["id"], &waiting[0]["letterVersion"]), (&asked["id"], &json!(1)));
        assert_eq!(work_list(&partner).await, Vec::<Value>::new());

        let uncoded = decide(&customer, &asked, "APPROVED", None).await;
        assert_eq!(code_of(&uncoded), "VERIFICATION_CODE_REQUIRED");
        assert_eq!(look(&customer, &asked).await["status"], "UNDER_REVIEW", "nothing has changed");
        let code = server.code(&customer, "customer-1a1", "ACCEPT_AUTHORIZATION").await;
        let accepted = decide(&customer, &asked, "APPROVED", Some(&code)).await["application"].clone();
        assert_eq!((&accepted["status"], &accepted["allowedActions"]), (&json!("APPROVED"), &json!([])));
        let outcome = socket.event().await["reviewOutcomes"].clone();
        assert_eq!((&outcome["decision"], &outcome["final"]), (&json!("APPROVED"), &json!(true)));
        assert_eq!(outcome["application"], json!({ "id": asked["id"], "status": "APPROVED" }));
        assert_eq!(outcome["subject"]["id"], id("customer-1a1"));

        let list = "{ authorizations { totalCount nodes { id status revokeReason effectiveAt endedAt \
            customer { id } } } }";
        let given = partner.ask(list).await["authorizations"]["nodes"][0].clone();
        assert_eq!((&given["status"], &given["customer"]["id"]), (&json!("ACCEPTED"), &json!(id("customer-1a1"))));
        let revoke = async |reason: &str, code: Option<&str>| {
            let input = json!({ "authorizationId": given["id"], "reason": reason, "verificationCode": code });
            change(&customer, "revokeAuthorization", input, "authorization { status revokeReason }").await
        };
        assert_eq!(code_of(&revoke("", None).await), "INVALID_INPUT");
        assert_eq!(code_of(&revoke("no longer", None).await), "VERIFICATION_CODE_REQUIRED");
        let code = server.code(&customer, "customer-1a1", "REVOKE_AUTHORIZATION").await;
        let revoked = revoke("no longer", Some(&code)).await;
        assert_eq!(revoked["authorization"], json!({ "status": "REVOKED", "revokeReason": "no longer" }), "{revoked}");
        assert_eq!(code_of(&revoke("again", None).await), "CONFLICT");
        let told = "{ events(types: [AUTHORIZATION_REVOKED]) { nodes { ... on AuthorizationRevoked { reason } } } }";
        server.app.hub.settle().await.unwrap();
        assert_eq!(partner.ask(told).await["events"]["nodes"], json!([{ "reason": "no longer" }]));
        assert_eq!(
            request_authorization(&partner, "customer-1a1").await["userErrors"],
            json!([]),
            "a new one can follow"
        );
        server
    })
    .await;
}

/// R-CUS-24: a reseller asks only while its distributor lets it act on behalf, a provider at any time; the distributor
/// itself, and whoever is somebody else, not at all.
#[tokio::test]
async fn who_may_ask_for_an_authorization() {
    story(|server| async move {
        let may_not = server.sign_in("reseller-1b").await;
        assert_eq!(code_of(&request_authorization(&may_not, "customer-1b1").await), "FORBIDDEN");
        assert_eq!(code_of(&request_authorization(&may_not, "customer-1a1").await), "NOT_FOUND");
        let provider = server.sign_in("csp-1").await;
        let own = provider.ask("{ customers(first: 1) { nodes { id } } }").await["customers"]["nodes"][0]["id"].clone();
        let payload = change(&provider, "requestAuthorization", json!({ "customerId": own }), APPLICATION).await;
        let asked = payload["application"].clone();
        assert_eq!(asked["status"], "UNDER_REVIEW", "{payload}");
        let cancel = json!({ "applicationId": asked["id"] });
        let back = change(&provider, "cancelApplication", cancel.clone(), APPLICATION).await;
        assert_eq!(back["application"]["status"], "CANCELLED");
        assert_eq!(code_of(&change(&provider, "cancelApplication", cancel, APPLICATION).await), "CONFLICT");
        let none = provider.ask("{ authorizations { totalCount } }").await;
        assert_eq!(none["authorizations"]["totalCount"], 0, "nobody has consented to anything");
        server
    })
    .await;
}

/// O-CUS-08, O-CUS-09, R-CUS-22: the customer agrees with a code and leaves: budget, freeze, manager and authorization end, what
/// was allotted goes back to the quota, and the partner no longer sees it.
#[tokio::test]
async fn a_customer_leaves_its_partner() {
    story(|server| async move {
        let (partner, customer) = (server.sign_in("reseller-1a").await, server.sign_in("customer-1a1").await);
        let quotas = "{ viewer { account { ... on Reseller { permissions { quotas { type allotted } } } } } }";
        let before = partner.ask(quotas).await;
        request_authorization(&partner, "customer-1a1").await;
        let check =
            "query($id: ID) { disassociationCheck(customerId: $id) { passed requestsLeft failedChecks { obstacle } } }";
        let found = partner.run(check, json!({ "id": id("customer-1a1") })).await.data()["disassociationCheck"].clone();
        assert_eq!(found, json!({ "passed": true, "requestsLeft": 3, "failedChecks": [] }));
        let asked = request_disassociation(&partner, "customer-1a1").await["application"].clone();
        assert_eq!((&asked["stage"], &asked["dueAt"]), (&json!("CONFIRMATION"), &Value::Null), "{asked}");
        assert_eq!(code_of(&request_disassociation(&partner, "customer-1a1").await), "CONFLICT", "one at a time");
        assert_eq!(code_of(&decide(&customer, &asked, "APPROVED", None).await), "VERIFICATION_CODE_REQUIRED");
        let mut socket = server.socket(&customer).await;
        socket.subscribe("1", "subscription { events { type } }", json!({})).await;

        let code = server.code(&customer, "customer-1a1", "DISASSOCIATION").await;
        let agreed = decide(&customer, &asked, "APPROVED", Some(&code)).await["application"].clone();
        assert_eq!(agreed["status"], "APPROVED", "{agreed}");
        let gone =
            partner.run("query($id: ID!) { customer(id: $id) { id } }", json!({ "id": id("customer-1a1") })).await;
        assert_eq!(gone.data()["customer"], Value::Null);
        assert_eq!(socket.closed().await, 4403, "its place in the hierarchy is part of its session");
        let own = "{ viewer { account { ... on Customer { partner { id } budget { amount } freeze { level } \
            associatedAt } } } applications { nodes { kind status } } \
            authorizations { totalCount } }";
        let own = server.sign_in("customer-1a1").await.ask(own).await;
        assert_eq!(
            own["viewer"]["account"],
            json!({ "partner": null, "budget": null, "freeze": { "level": "NONE" }, "associatedAt": null })
        );
        let records = "{ associationRecords { nodes { purpose status initiationMethod } } }";
        let records = server.sign_in("customer-1a1").await.ask(records).await["associationRecords"]["nodes"].clone();
        let ended =
            json!({ "purpose": "DISASSOCIATION", "status": "COMPLETED", "initiationMethod": "REQUESTED_BY_PARTNER" });
        assert_eq!(records[0], ended, "Q-CUS-03: {records}");
        let applications = json!([
            { "kind": "DISASSOCIATION", "status": "APPROVED" },
            { "kind": "AUTHORIZATION", "status": "CANCELLED" },
        ]);
        assert_eq!(own["applications"]["nodes"], applications, "what it was asked for has ended, too");
        assert_eq!(own["authorizations"]["totalCount"], 0);

        let after = partner.ask(quotas).await;
        assert_ne!(after, before);
        assert_eq!(partner_center::audit::run(&server.app.store).await.unwrap(), vec![]);
        let seen = look(&partner, &asked).await;
        assert_eq!(
            seen["history"],
            json!([{ "kind": "SUBMITTED" }, { "kind": "APPROVED" }]),
            "the partner keeps the record"
        );
        server
    })
    .await;
}

/// R-CUS-19, R-CUS-23: what stands in the way is told whole, at the request and at the agreement; refusing needs no
/// passed check. R-CUS-18: the fourth request within three months is refused.
#[tokio::test]
async fn obstacles_and_numbers_are_told() {
    story(|server| async move {
        let (partner, customer) = (server.sign_in("reseller-1a").await, server.sign_in("customer-1a4").await);
        set_facts(&server, "customer-1a4", json!(["RESERVED_INSTANCES", "PARTNER_SUPPORT_PLAN", "SPECIAL_CONTRACT"]))
            .await;
        let refused = request_disassociation(&partner, "customer-1a4").await;
        assert_eq!(
            refused["userErrors"].as_array().unwrap().len(),
            2,
            "the contract holds back the customer: {refused}"
        );
        let own = "{ disassociationCheck { passed failedChecks { obstacle message } } }";
        let found = customer.ask(own).await["disassociationCheck"].clone();
        let obstacles: Vec<&str> =
            found["failedChecks"].as_array().unwrap().iter().map(|one| one["obstacle"].as_str().unwrap()).collect();
        assert_eq!(obstacles, ["RESERVED_INSTANCES", "PARTNER_SUPPORT_PLAN", "SPECIAL_CONTRACT"]);

        set_facts(&server, "customer-1a4", json!([])).await;
        for number in 0..3 {
            let asked = request_disassociation(&partner, "customer-1a4").await["application"].clone();
            assert_eq!(asked["status"], "UNDER_REVIEW", "{number}");
            if number == 0 {
                set_facts(&server, "customer-1a4", json!(["CURRENCY_NOT_SET"])).await;
                let code = server.code(&customer, "customer-1a4", "DISASSOCIATION").await;
                let stopped = decide(&customer, &asked, "APPROVED", Some(&code)).await;
                assert_eq!(code_of(&stopped), "CONFLICT", "{stopped}");
                let rejected = decide(&customer, &asked, "REJECTED", Some(&code)).await;
                assert_eq!(rejected["application"]["status"], "REJECTED", "the code was not used up: {rejected}");
                assert_eq!(rejected["application"]["comment"], "because of it");
                set_facts(&server, "customer-1a4", json!([])).await;
            } else {
                change(&partner, "cancelApplication", json!({ "applicationId": asked["id"] }), APPLICATION).await;
            }
        }
        assert_eq!(code_of(&request_disassociation(&partner, "customer-1a4").await), "TOO_MANY_REQUESTS");
        let left = "query($id: ID) { disassociationCheck(customerId: $id) { passed requestsLeft } }";
        let left = partner.run(left, json!({ "id": id("customer-1a4") })).await.data();
        assert_eq!(left["disassociationCheck"], json!({ "passed": false, "requestsLeft": 0 }));
        server.app.store.clock().advance(93 * DAY);
        let partner = server.sign_in("reseller-1a").await;
        assert_eq!(request_disassociation(&partner, "customer-1a4").await["userErrors"], json!([]));
        server
    })
    .await;
}

/// R-CUS-20: of a named account the platform has a look first, within three working days; what is late is shown. Nobody
/// decides a stage that they have not seen, or that is not theirs.
#[tokio::test]
async fn the_platform_looks_at_named_accounts_first() {
    story(|server| async move {
        let (partner, customer) = (server.sign_in("reseller-1a").await, server.sign_in("customer-1a3").await);
        set_facts(&server, "customer-1a3", json!(["NAMED_ACCOUNT"])).await;
        let asked = request_disassociation(&partner, "customer-1a3").await["application"].clone();
        assert_eq!((&asked["stage"], &asked["overdue"]), (&json!("PRE_REVIEW"), &json!(false)), "{asked}");
        assert_ne!(asked["dueAt"], Value::Null);
        assert_eq!(code_of(&decide(&customer, &asked, "APPROVED", None).await), "FORBIDDEN", "not its turn");
        assert_eq!(code_of(&decide(&partner, &asked, "APPROVED", None).await), "FORBIDDEN", "its own");
        assert_eq!(work_list(&customer).await, Vec::<Value>::new());

        server.app.store.clock().advance(6 * DAY);
        let reviewer = server.sign_in("platform/reviewer").await;
        let late = "{ applications(filter: { overdue: true, kinds: [DISASSOCIATION] }) { nodes { id overdue } } }";
        let late = reviewer.ask(late).await["applications"]["nodes"].clone();
        assert_eq!(late, json!([{ "id": asked["id"], "overdue": true }]));
        assert_eq!(work_list(&reviewer).await.len(), 1);
        let passed = decide(&reviewer, &asked, "APPROVED", None).await["application"].clone();
        let stands = (&passed["status"], &passed["stage"], &passed["overdue"]);
        assert_eq!(stands, (&json!("UNDER_REVIEW"), &json!("CONFIRMATION"), &json!(false)));
        assert_eq!(code_of(&decide(&reviewer, &asked, "APPROVED", None).await), "FORBIDDEN", "the customer's turn");

        let customer = server.sign_in("customer-1a3").await;
        let code = server.code(&customer, "customer-1a3", "DISASSOCIATION").await;
        assert_eq!(code_of(&decide(&customer, &asked, "APPROVED", Some(&code)).await), "CONFLICT", "another stage");
        let agreed = decide(&customer, &passed, "APPROVED", Some(&code)).await["application"].clone();
        let steps: Vec<_> =
            agreed["history"].as_array().unwrap().iter().map(|step| (&step["kind"], &step["stage"])).collect();
        let (submitted, approved) = (json!("SUBMITTED"), json!("APPROVED"));
        let (first, second) = (json!("PRE_REVIEW"), json!("CONFIRMATION"));
        assert_eq!(steps, [(&submitted, &first), (&approved, &first), (&approved, &second)]);
        server
    })
    .await;
}

/// R-CORE-01, R-CUS-21: an application of others does not exist, members see those about whom they look after, and only
/// administrators ask and answer.
#[tokio::test]
async fn applications_of_others_do_not_exist() {
    story(|server| async move {
        let partner = server.sign_in("reseller-1a").await;
        let asked = request_disassociation(&partner, "customer-1a4").await["application"].clone();
        for other in ["reseller-1b", "csp-1", "customer-1a1", "distributor-1", "reseller-1a/manager"] {
            let other = server.sign_in(other).await;
            assert_eq!(look(&other, &asked).await, Value::Null);
            let cancel = change(&other, "cancelApplication", json!({ "applicationId": asked["id"] }), APPLICATION).await;
            assert_eq!(code_of(&cancel), "NOT_FOUND");
            assert_eq!(code_of(&decide(&other, &asked, "REJECTED", None).await), "NOT_FOUND");
        }
        let finance = server.sign_in("reseller-1a/finance").await;
        let seen = look(&finance, &asked).await;
        assert_eq!(seen["allowedActions"], json!([]), "whoever may only look: {seen}");
        let query = "mutation($input: RequestDisassociationInput!) { requestDisassociation(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "customerId": id("customer-1a5"), "reason": "LEAVING" } });
        assert_eq!(finance.run(query, input).await.code(), "FORBIDDEN");
        server
    })
    .await;
}

/// Two who decide at once: one of them is told that it was too late, and there is one outcome.
#[tokio::test(flavor = "multi_thread")]
async fn a_race_of_decisions_has_one_outcome() {
    story(|server| async move {
        let (partner, customer) = (server.sign_in("reseller-1a").await, server.sign_in("customer-1a2").await);
        let asked = request_authorization(&partner, "customer-1a2").await["application"].clone();
        let code = server.code(&customer, "customer-1a2", "ACCEPT_AUTHORIZATION").await;
        let answers = tokio::join!(
            decide(&customer, &asked, "APPROVED", Some(&code)),
            decide(&customer, &asked, "REJECTED", None),
            change(&partner, "cancelApplication", json!({ "applicationId": asked["id"] }), APPLICATION),
        );
        let answers = [answers.0, answers.1, answers.2];
        let done = answers.iter().filter(|answer| answer["userErrors"] == json!([])).count();
        assert_eq!(done, 1, "{answers:?}");
        let history = look(&customer, &asked).await["history"].as_array().unwrap().len();
        assert_eq!(history, 2);
        server
    })
    .await;
}
