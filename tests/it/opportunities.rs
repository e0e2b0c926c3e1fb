//! Opportunities of providers and resellers (R-CUS-34 … R-CUS-36).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    associations::associate,
    invitations::code_by_mail,
    members::change,
    preregistrations::{self, leave},
    support::{Client, id, story},
};

/// What is said of an opportunity, with some of it changed.
fn said(changes: &Value) -> Value {
    let mut input = json!({
        "name": "Migration", "industry": "Retail", "type": "NEW", "winProbability": 25, "biddingProject": true,
        "estimatedCloudSpend": "12000.00", "peerVendors": ["AWS", "OTHER"], "background": "They grow.",
        "monthlyRevenue": "1000.00", "revenueDeadline": "2027-03-01T00:00:00Z", "servicePeriodMonths": 12,
        "majorProducts": ["ECS", "EVS"], "majorProductsRevenue": "800.00",
    });
    for (key, value) in changes.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

async fn create(client: &Client, customer: &str, changes: Value) -> Value {
    let mut input = said(&changes);
    input["customerId"] = json!(id(customer));
    if input["phase"].is_null() {
        input["phase"] = json!("POTENTIAL_OPPORTUNITY");
    }
    change(client, "createOpportunity", input, "opportunity { id }").await
}

async fn created(client: &Client, customer: &str, name: &str) -> String {
    let payload = create(client, customer, json!({ "name": name })).await;
    payload["opportunity"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

async fn names(client: &Client, filter: Value) -> Vec<String> {
    let query = "query($filter: OpportunityFilter) { opportunities(first: 100, filter: $filter) { totalCount \
        nodes { name } } }";
    let answer = client.run(query, json!({ "filter": filter })).await.data();
    let nodes = answer["opportunities"]["nodes"].as_array().unwrap();
    assert_eq!(answer["opportunities"]["totalCount"], nodes.len());
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

/// R-CUS-34: the phase is changed by recording progress and by nothing else, and the log tells how it went.
#[tokio::test]
async fn the_phase_is_changed_by_recording_progress_only() {
    story(|server| async move {
        let manager = server.sign_in("reseller-1a/manager").await;
        let opportunity = created(&manager, "customer-1a1", "Migration").await;
        let mut update = said(&json!({ "name": "Migration 2", "winProbability": 50 }));
        update["opportunityId"] = json!(opportunity);
        let payload =
            change(&manager, "updateOpportunity", update.clone(), "opportunity { name phase winProbability }").await;
        let expected = json!({ "name": "Migration 2", "phase": "POTENTIAL_OPPORTUNITY", "winProbability": 50 });
        assert_eq!(payload["opportunity"], expected, "{payload}");
        update["phase"] = json!("CONTRACT_SIGNED");
        let query =
            "mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { code } } }";
        let refused = manager.run(query, json!({ "input": update })).await;
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("phase"), "{}", refused.body);

        let record = async |input: Value| {
            let mut all = json!({ "opportunityId": opportunity });
            for (key, value) in input.as_object().unwrap() {
                all[key] = value.clone();
            }
            change(&manager, "recordOpportunityProgress", all, "opportunity { phase winProbability progressDetails }")
                .await
        };
        let payload =
            record(json!({ "phase": "BUSINESS_NEGOTIATION", "winProbability": 75, "details": "They like it." })).await;
        let expected =
            json!({ "phase": "BUSINESS_NEGOTIATION", "winProbability": 75, "progressDetails": "They like it." });
        assert_eq!(payload["opportunity"], expected, "{payload}");
        for (wrong, field) in [
            (json!({ "phase": "BUSINESS_NEGOTIATION" }), "details"),
            (json!({ "phase": "CONTRACT_SIGNED", "winProbability": 80 }), "winProbability"),
            (json!({ "phase": "CONTRACT_SIGNED", "details": "x".repeat(1_001) }), "details"),
        ] {
            let payload = record(wrong).await;
            assert_eq!(payload["userErrors"][0]["code"], "INVALID_INPUT", "{payload}");
            assert_eq!(payload["userErrors"][0]["field"], json!([field]), "{payload}");
        }
        let query = "query($id: ID!) { opportunityProgress(id: $id) { totalCount nodes { phaseBefore phase \
            winProbability details member { id } } } opportunity(id: $id) { phase } }";
        let log = manager.run(query, json!({ "id": opportunity })).await.data();
        assert_eq!(log["opportunity"]["phase"], "BUSINESS_NEGOTIATION");
        let nodes = &log["opportunityProgress"]["nodes"];
        assert_eq!(log["opportunityProgress"]["totalCount"], 2, "what was refused is not logged: {log}");
        assert_eq!(nodes[0]["phaseBefore"], "POTENTIAL_OPPORTUNITY");
        assert_eq!(nodes[0]["details"], "They like it.");
        assert_ne!(nodes[0]["member"], Value::Null);
        assert_eq!(nodes[1]["phaseBefore"], Value::Null);
        assert_eq!(nodes[1]["winProbability"], 25);
        server
    })
    .await;
}

/// R-CUS-35: account managers keep and see their own, directors see those of their managers and change none, a
/// distributor sees those of its resellers; for others they do not exist.
#[tokio::test]
async fn opportunities_are_seen_by_whom_they_concern() {
    story(|server| async move {
        let manager = server.sign_in("reseller-1a/manager").await;
        let colleague = server.sign_in("reseller-1a/colleague").await;
        let director = server.sign_in("reseller-1a/director").await;
        let administrator = server.sign_in("reseller-1a").await;
        let own = created(&manager, "customer-1a1", "Manager's").await;
        created(&colleague, "customer-1a3", "Colleague's").await;
        created(&server.sign_in("csp-1").await, "customer-csp1-1", "Provider's").await;
        let all = json!({});
        assert_eq!(names(&manager, all.clone()).await, ["Manager's"]);
        assert_eq!(names(&colleague, all.clone()).await, ["Colleague's"]);
        assert_eq!(names(&director, all.clone()).await, ["Manager's"], "of the manager it directs");
        assert_eq!(names(&administrator, all.clone()).await, ["Colleague's", "Manager's"]);
        let distributor = server.sign_in("distributor-1").await;
        assert_eq!(names(&distributor, all.clone()).await, ["Colleague's", "Manager's"]);
        assert_eq!(names(&distributor, json!({ "resellerId": id("reseller-1a") })).await.len(), 2);
        assert_eq!(names(&distributor, json!({ "resellerId": id("reseller-1b") })).await.len(), 0);
        assert_eq!(names(&server.sign_in("distributor-1/manager").await, all.clone()).await.len(), 2, "of reseller-1a");
        for (who, sees) in [("distributor-1/colleague", 0), ("reseller-1b", 0), ("distributor-2", 0), ("csp-1", 1)] {
            assert_eq!(names(&server.sign_in(who).await, all.clone()).await.len(), sees, "{who}");
        }

        for (filter, expected) in [
            (json!({ "name": "manag" }), 1),
            (json!({ "name": "anager" }), 0),
            (json!({ "accountName": "customer-1a1" }), 1),
            (json!({ "accountName": "customer-csp1" }), 0),
            (json!({ "customerId": id("customer-1a3") }), 1),
            (json!({ "customerId": id("customer-1b1") }), 0),
            (json!({ "phase": "POTENTIAL_OPPORTUNITY", "type": "NEW" }), 2),
            (json!({ "phase": "CONTRACT_SIGNED" }), 0),
        ] {
            assert_eq!(names(&administrator, filter.clone()).await.len(), expected, "{filter}");
        }
        let members = administrator.ask("{ members(filter: { search: \"colleague\" }) { nodes { id } } }").await;
        let member = &members["members"]["nodes"][0]["id"];
        assert_eq!(names(&administrator, json!({ "accountManagerId": member })).await, ["Colleague's"]);
        let named = administrator
            .run("query($id: ID!) { customer(id: $id) { name(reveal: true) } }", json!({ "id": id("customer-1a1") }));
        let name = named.await.data()["customer"]["name"].as_str().unwrap()[..8].to_owned();
        assert!(names(&administrator, json!({ "customer": name })).await.contains(&"Manager's".to_owned()));

        let progress = "mutation($id: ID!) { recordOpportunityProgress(input: { opportunityId: $id, phase: \
            CONTRACT_SIGNED }) { userErrors { code message field } } }";
        assert_eq!(director.run(progress, json!({ "id": own })).await.code(), "FORBIDDEN", "directors only view");
        assert_eq!(distributor.run(progress, json!({ "id": own })).await.code(), "FORBIDDEN");
        let missing = "opp_00000000000000000000000000";
        for foreign in [&colleague, &server.sign_in("csp-1").await] {
            let ask =
                async |id: &str| foreign.run(progress, json!({ "id": id })).await.body.to_string().replace(id, "X");
            assert!(ask(&own).await.contains("NOT_FOUND"));
            assert_eq!(ask(&own).await, ask(missing).await);
            let single = "query($id: ID!) { opportunity(id: $id) { id } opportunityProgress(id: $id) { totalCount } }";
            let expected = json!({ "opportunity": null, "opportunityProgress": { "totalCount": 0 } });
            assert_eq!(foreign.run(single, json!({ "id": own })).await.data(), expected);
        }
        let phase =
            manager.run("query($id: ID!) { opportunity(id: $id) { phase } }", json!({ "id": own })).await.data();
        assert_eq!(phase["opportunity"]["phase"], "POTENTIAL_OPPORTUNITY", "nothing was changed");
        server
    })
    .await;
}

/// R-CUS-36: all that is said of revenue must be said, and what is said has its bounds; what is refused is not there.
#[tokio::test]
async fn what_is_wrong_is_refused() {
    story(|server| async move {
        let manager = server.sign_in("reseller-1a/manager").await;
        for field in
            ["monthlyRevenue", "revenueDeadline", "servicePeriodMonths", "majorProducts", "majorProductsRevenue"]
        {
            let mut input = said(&json!({ "customerId": id("customer-1a1"), "phase": "CONTRACT_SIGNED" }));
            input.as_object_mut().unwrap().remove(field);
            let query = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { userErrors { code } } }";
            let refused = manager.run(query, json!({ "input": input })).await;
            assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains(field), "{}", refused.body);
        }
        for (wrong, field) in [
            (json!({ "majorProducts": [] }), "majorProducts"),
            (json!({ "majorProducts": [" "] }), "majorProducts"),
            (json!({ "servicePeriodMonths": 0 }), "servicePeriodMonths"),
            (json!({ "monthlyRevenue": "-1" }), "monthlyRevenue"),
            (json!({ "majorProductsRevenue": "0.001" }), "majorProductsRevenue"),
            (json!({ "estimatedCloudSpend": "-1" }), "estimatedCloudSpend"),
            (json!({ "winProbability": 60 }), "winProbability"),
            (json!({ "name": " " }), "name"),
            (json!({ "background": "x".repeat(1_001) }), "background"),
            (json!({ "preregistrationId": "pre_00000000000000000000000000" }), "customerId"),
        ] {
            let payload = create(&manager, "customer-1a1", wrong.clone()).await;
            assert_eq!(payload["userErrors"][0]["code"], "INVALID_INPUT", "{wrong}: {payload}");
            assert_eq!(payload["userErrors"][0]["field"], json!([field]), "{wrong}: {payload}");
        }
        for customer in ["customer-1a3", "customer-1b1", "customer-csp1-1"] {
            let payload = create(&manager, customer, json!({})).await;
            assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{payload}");
            assert_eq!(payload["userErrors"][0]["field"], json!(["customerId"]), "{payload}");
        }
        let input = said(&json!({ "preregistrationId": "pre_00000000000000000000000000", "phase": "CONTRACT_SIGNED" }));
        let payload = change(&manager, "createOpportunity", input, "opportunity { id }").await;
        assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{payload}");
        assert_eq!(names(&server.sign_in("reseller-1a").await, json!({})).await, Vec::<String>::new());
        server
    })
    .await;
}

async fn preregister(client: &Client, name: &str) -> String {
    let input = json!({ "fullName": name, "email": format!("{name}@example.com") });
    let payload = change(client, "preregisterCustomer", input, "preregistration { id }").await;
    payload["preregistration"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

/// O-CUS-17: an opportunity is about a customer that is preregistered by the partner, as long as the claim holds.
#[tokio::test]
async fn a_preregistered_customer_is_an_opportunity_too() {
    story(|server| async move {
        let manager = server.sign_in("reseller-1a/manager").await;
        let claim = preregister(&manager, "Quince").await;
        let input = |claim: &str| said(&json!({ "preregistrationId": claim, "phase": "POTENTIAL_OPPORTUNITY" }));
        for who in ["reseller-1a/colleague", "reseller-1b", "csp-1"] {
            let foreign = server.sign_in(who).await;
            let payload = change(&foreign, "createOpportunity", input(&claim), "opportunity { id }").await;
            assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{who}: {payload}");
        }
        let shown = "opportunity { preregistrationId customer { id } }";
        let payload = change(&manager, "createOpportunity", input(&claim), shown).await;
        assert_eq!(payload["opportunity"], json!({ "preregistrationId": claim, "customer": null }), "{payload}");
        assert_eq!(names(&manager, json!({ "customer": "quin" })).await, ["Migration"]);
        assert_eq!(names(&manager, json!({ "customer": "uin" })).await, Vec::<String>::new());
        let director = server.sign_in("reseller-1a/director").await;
        assert_eq!(names(&director, json!({ "customer": "Quince" })).await, ["Migration"]);

        server.app.store.clock().advance(Duration::from_secs(16 * 24 * 3_600));
        let manager = server.sign_in("reseller-1a/manager").await;
        let payload = change(&manager, "createOpportunity", input(&claim), "opportunity { id }").await;
        assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "the claim is over: {payload}");
        assert_eq!(names(&manager, json!({})).await, ["Migration"], "what was created stays");
        server
    })
    .await;
}

/// O-CUS-17: opportunities with a customer that was preregistered are about it once it is associated, those of an earlier
/// claim too.
#[tokio::test]
async fn opportunities_come_along_with_the_customer() {
    story(|server| async move {
        let partner = server.sign_in("csp-1").await;
        let email = leave(&server, "customer-2c5").await;
        let chance = async |name: &str, claim: &Value| {
            let mut input = said(&json!({ "name": name, "phase": "POTENTIAL_OPPORTUNITY" }));
            input["preregistrationId"] = claim.clone();
            let made = change(&partner, "createOpportunity", input, "opportunity { id }").await;
            assert_ne!(made["opportunity"], Value::Null, "{made}");
        };
        let claim = preregistrations::preregister(&partner, &email).await["preregistration"]["id"].clone();
        chance("first", &claim).await;
        let given_up = json!({ "preregistrationIds": [claim] });
        let payload = change(&partner, "deletePreregistrations", given_up, "preregistrations { id }").await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        let code = code_by_mail(&server, &partner, &email).await;
        let listed = partner.ask("{ preregistrations(first: 1) { nodes { id } } }").await;
        chance("second", &listed["preregistrations"]["nodes"][0]["id"]).await;
        let payload = associate(&server.sign_in("customer-2c5").await, &code).await;
        assert_eq!(payload["record"]["status"], "COMPLETED", "{payload}");
        let mut found = names(&partner, json!({ "customerId": id("customer-2c5") })).await;
        found.sort_unstable();
        assert_eq!(found, ["first", "second"]);
        assert_eq!(
            names(&server.sign_in("distributor-1").await, json!({ "customerId": id("customer-2c5") })).await.len(),
            0
        );
        server
    })
    .await;
}
