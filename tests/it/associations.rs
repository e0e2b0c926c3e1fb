//! Customers come to partners: signing up by an invitation, and associating an account that is there (R-CUS-07,
//! R-CUS-12 … R-CUS-17, R-CORE-29).

use entities::{
    invitation,
    types::{AssociationFailure, CustomerId, InvitationId, InvitationStatus},
};
use sea_orm::Iterable;
use serde_json::{Value, json};

use crate::{
    invitations::{Links, code_by_mail, customized, link},
    members::change,
    preregistrations::{DAY, events, leave, preregister, set_facts},
    support::{Client, Server, id, story},
};

const FAILURES: &str = "failures { cause message suggestedOperation }";

/// The form of somebody who signs up.
pub fn newcomer(code: &str, name: &str, email: &str) -> Value {
    json!({
        "code": code, "accountName": name, "name": format!("{name} Ltd"), "email": email, "countryRegion": "sg",
        "mobileNumber": "+65 8000 1234", "password": "demo-password-1", "instructionsAccepted": true,
    })
}

async fn sign_up(server: &Server, input: Value) -> Value {
    change(&server.stranger(), "signUpCustomer", input, &format!("accountName {FAILURES}")).await
}

pub async fn associate(client: &Client, code: &str) -> Value {
    let input = json!({ "code": code, "instructionsAccepted": true });
    let shown = format!(
        "customer {{ accountName freeze {{ level cause }} }} record {{ purpose status initiationMethod }} {FAILURES}"
    );
    change(client, "associateWithPartner", input, &shown).await
}

/// Signs in with the password of [`newcomer`].
pub async fn sign_in(server: &Server, account: &str) -> Client {
    let query = "mutation($account: String!) { signIn(input: { accountName: $account, password: \"demo-password-1\" }) \
        { accessToken userErrors { code } } }";
    let answer = server.stranger().run(query, json!({ "account": account })).await.data();
    let token = answer["signIn"]["accessToken"].as_str().unwrap_or_else(|| panic!("{account}: {answer}"));
    server.stranger().with_token(token)
}

fn causes(payload: &Value) -> Vec<&str> {
    let failures = payload["failures"].as_array().unwrap_or_else(|| panic!("{payload}"));
    failures.iter().map(|failure| failure["cause"].as_str().unwrap()).collect()
}

/// The status and failure of the invitation with this code.
async fn stands(client: &Client, code: &str) -> (Value, Value) {
    let all = client.ask("{ invitations(last: 100) { nodes { code method status failure } } }").await;
    let nodes = all["invitations"]["nodes"].as_array().unwrap().clone();
    // The code of an e-mail is not shown to whoever sent it; these stories send one at most.
    let is_one = |node: &&Value| node["code"] == code || node["method"] == "FROM_PARTNER_CENTER";
    let one = nodes.iter().find(is_one).unwrap();
    (one["status"].clone(), one["failure"].clone())
}

/// How many associations a client is told of, by events that are open to all.
async fn associations_told(client: &Client) -> usize {
    let query = "{ events(first: 100, types: [CUSTOMER_ASSOCIATED, ACCOUNT_FROZEN]) { nodes { type \
        ... on CustomerAssociated { customer { accountName partner { accountName } } } \
        ... on FreezeChanged { cause customer { accountName } } } } }";
    let nodes = client.ask(query).await["events"]["nodes"].as_array().unwrap().clone();
    let own: Vec<_> = nodes.into_iter().filter(|node| node["customer"]["accountName"] == "juniper").collect();
    let frozen = own.iter().filter(|node| node["cause"] == "ASSOCIATION").count();
    let told = own.iter().filter(|node| node["type"] == "CUSTOMER_ASSOCIATED").count();
    assert_eq!(frozen, told, "R-CORE-29: each association freezes: {own:?}");
    told
}

/// O-CUS-07, R-CUS-12, R-CUS-16, R-CUS-17, R-CORE-29: who is invited by a manager signs up, is the manager's customer,
/// frozen, on record, and told to all sides; the authorization letter is optional, and signed.
#[tokio::test]
async fn a_new_customer_signs_up_by_e_mail() {
    story(|server| async move {
        let manager = server.sign_in("reseller-1a/manager").await;
        let code = code_by_mail(&server, &manager, "new@juniper.example").await;
        let input = newcomer(&code, "juniper", "New@juniper.example");
        let mut without = input.clone();
        without["instructionsAccepted"] = json!(false);
        let refused = sign_up(&server, without).await;
        assert_eq!(refused["userErrors"][0]["code"], "AGREEMENT_REQUIRED", "{refused}");
        assert_eq!(stands(&manager, &code).await.0, "SENT");
        for (field, value, code) in [
            ("accountName", "customer-1a1", "ACCOUNT_NAME_TAKEN"),
            ("accountName", "1st", "INVALID_INPUT"),
            ("password", "short", "WEAK_PASSWORD"),
            ("countryRegion", "Singapore", "INVALID_INPUT"),
            ("name", " ", "INVALID_INPUT"),
        ] {
            let mut wrong = input.clone();
            wrong[field] = json!(value);
            let refused = sign_up(&server, wrong).await;
            assert_eq!(refused["userErrors"][0]["code"], code, "{refused}");
            assert_eq!(refused["userErrors"][0]["field"], json!([field]), "{refused}");
        }
        let mut with = input.clone();
        with["authorizationLetterAccepted"] = json!(true);
        let payload = sign_up(&server, with).await;
        assert_eq!(payload["accountName"], "juniper", "{payload}");

        let customer = sign_in(&server, "juniper").await;
        let own = customer
            .ask(
                "{ viewer { account { ... on Customer { id countryRegion freeze { level cause } partner { accountName } \
                 adjustmentRecords: associatedAt } } } authorizations { nodes { status letterVersion } } \
                 associationRecords { nodes { purpose status initiationMethod letterAcceptedAt accountName } } \
                 agreements { totalCount } }",
            )
            .await;
        let account = &own["viewer"]["account"];
        assert_eq!(account["freeze"], json!({ "level": "ACCOUNT", "cause": "ASSOCIATION" }), "{own}");
        assert_eq!(account["partner"]["accountName"], "reseller-1a");
        assert_eq!(account["countryRegion"], "SG");
        assert_eq!(own["authorizations"]["nodes"], json!([{ "status": "ACCEPTED", "letterVersion": 1 }]), "{own}");
        assert_eq!(own["agreements"]["totalCount"], 2, "both texts are signed: {own}");
        let record = &own["associationRecords"]["nodes"][0];
        assert_eq!((&record["status"], &record["initiationMethod"]), (&json!("COMPLETED"), &json!("INVITED_BY_EMAIL")));
        assert_ne!(record["letterAcceptedAt"], Value::Null);

        let seen = manager
            .run(
                "query($id: ID!) { customer(id: $id) { accountManager { id } adjustmentRecords { nodes { kind reason } } } \
                 viewer { member { id } } accountManagerAssignments(filter: { customerId: $id }) { totalCount } \
                 invitations(filter: { customer: \"juniper\" }) { nodes { status customer { accountName } } } \
                 preregistrations { nodes { status customer { accountName } } } }",
                json!({ "id": account["id"] }),
            )
            .await
            .data();
        assert_eq!(seen["customer"]["accountManager"], seen["viewer"]["member"], "{seen}");
        assert_eq!(seen["customer"]["adjustmentRecords"]["nodes"][0]["kind"], "FROZEN");
        assert_eq!(seen["accountManagerAssignments"]["totalCount"], 1);
        let associated = json!([{ "status": "ASSOCIATED", "customer": { "accountName": "juniper" } }]);
        assert_eq!((&seen["invitations"]["nodes"], &seen["preregistrations"]["nodes"]), (&associated, &associated));

        server.app.hub.settle().await.unwrap();
        for (who, expected) in [
            ("reseller-1a", 1),
            ("reseller-1a/manager", 1),
            ("reseller-1a/colleague", 0),
            ("distributor-1", 1),
            ("csp-1", 0),
        ] {
            assert_eq!(associations_told(&server.sign_in(who).await).await, expected, "{who}");
        }
        assert_eq!(associations_told(&customer).await, 1);
        for (who, expected) in [("reseller-1a", 1), ("reseller-1a/manager", 1), ("reseller-1a/colleague", 0)] {
            let told = events(&server.sign_in(who).await, "INVITATION_ACCEPTED").await;
            assert_eq!(told.len(), expected, "{who}: {told:?}");
        }
        let twice = sign_up(&server, newcomer(&code, "again", "new@juniper.example")).await;
        assert_eq!(causes(&twice), ["CODE_USED"], "{twice}");
        server
    })
    .await;
}

/// R-CUS-07, R-CUS-14: another address than the invited one fails; that is kept and told, and can be mended.
#[tokio::test]
async fn the_address_must_be_the_one_that_was_invited() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        let code = code_by_mail(&server, &provider, "right@x.example").await;
        let payload = sign_up(&server, newcomer(&code, "wrong-address", "left@x.example")).await;
        assert_eq!(causes(&payload), ["EMAIL_MISMATCH"], "{payload}");
        assert_eq!(payload["userErrors"][0]["code"], "ASSOCIATION_REFUSED");
        assert!(payload["failures"][0]["suggestedOperation"].as_str().unwrap().contains("e-mail address"), "{payload}");
        assert_eq!(stands(&provider, &code).await, (json!("FAILED"), json!("EMAIL_MISMATCH")));
        sign_up(&server, newcomer(&code, "wrong-address", "left@x.example")).await;
        server.app.hub.settle().await.unwrap();
        let told = events(&provider, "ASSOCIATION_FAILED").await;
        assert_eq!(told.len(), 1, "once for the same failure: {told:?}");
        assert_eq!(told[0]["cause"], "EMAIL_MISMATCH");
        let names = "query { customers(first: 100) { nodes { accountName } } }";
        assert!(!provider.ask(names).await.to_string().contains("wrong-address"), "no account was opened");
        let payload = sign_up(&server, newcomer(&code, "right-address", "right@x.example")).await;
        assert_eq!(payload["accountName"], "right-address", "{payload}");
        assert_eq!(stands(&provider, &code).await, (json!("ASSOCIATED"), Value::Null));
        server
    })
    .await;
}

/// R-CUS-13: links serve new accounts, general-purpose ones any number of them; an account that is there needs an e-mail.
#[tokio::test]
async fn links_serve_new_accounts_only() {
    story(|server| async move {
        let manager = server.sign_in("csp-1/manager").await;
        let payload = link(&manager, json!({ "method": "GENERAL_LINK" })).await;
        let code = payload["invitation"]["code"].as_str().unwrap().to_owned();
        for name in ["first", "second"] {
            let payload = sign_up(&server, newcomer(&code, name, &format!("{name}@x.example"))).await;
            assert_eq!(payload["accountName"], name, "{payload}");
        }
        assert_eq!(stands(&manager, &code).await.0, "SENT", "it goes on");
        let email = leave(&server, "customer-2c5").await;
        let existing = server.sign_in("customer-2c5").await;
        let payload = associate(&existing, &code).await;
        assert_eq!(causes(&payload), ["EXISTING_ACCOUNT"], "{payload}");
        let payload = sign_up(&server, newcomer(&code, "second-account", &email)).await;
        assert_eq!(causes(&payload), ["EXISTING_ACCOUNT"], "{payload}");
        let rows = manager
            .ask("{ invitations { nodes { status failure tag cameBy { id } customer { accountName accountManager { id } } } } \
                  viewer { member { id } } }")
            .await;
        let nodes = rows["invitations"]["nodes"].as_array().unwrap();
        let came: Vec<_> = nodes.iter().filter(|node| node["cameBy"] != Value::Null).collect();
        assert_eq!(came.len(), 3, "two customers, and one failure of one account: {rows}");
        assert!(came.iter().all(|node| node["tag"] == "csp-1/manager"), "{rows}");
        let failed: Vec<_> = came.iter().filter(|node| node["status"] == "FAILED").collect();
        assert_eq!(failed.len(), 1);
        for node in came.iter().filter(|node| node["status"] == "ASSOCIATED") {
            assert_eq!(node["customer"]["accountManager"], rows["viewer"]["member"], "R-CUS-12: {node}");
        }
        let records = manager.ask("{ associationRecords { nodes { initiationMethod accountName } totalCount } }").await;
        assert_eq!(records["associationRecords"]["nodes"][0]["initiationMethod"], "RECOMMENDED", "{records}");
        server
    })
    .await;
}

/// R-CUS-14, R-CUS-15: each fact that stands in the way fails the association with its cause and what to do; the customer
/// stays without partner, and can try again once it is mended.
#[tokio::test]
async fn each_failure_is_told_with_what_to_do() {
    story(|server| async move {
        let email = leave(&server, "customer-2c5").await;
        let provider = server.sign_in("csp-1").await;
        let code = code_by_mail(&server, &provider, &email).await;
        let customer = server.sign_in("customer-2c5").await;
        let by_fact = [
            ("PREPAID_PARTNER", "PREPAID_PARTNER"),
            ("PARTNER_OR_APPLYING", "ALREADY_PARTNER"),
            ("SPECIAL_CONTRACT", "SPECIAL_CONTRACT"),
            ("INTERNAL_ACCOUNT", "INTERNAL_ACCOUNT"),
            ("INDEPENDENT_MEMBERS", "INDEPENDENT_MEMBERS"),
            ("MEMBER_ACCOUNT", "MEMBER_ACCOUNT"),
            ("UNIFIED_ACCOUNTING_MEMBER", "UNIFIED_ACCOUNTING_MEMBER"),
            ("OUTSTANDING_INVOICES", "OUTSTANDING_INVOICES"),
            ("OVERDUE_PAYMENT", "OVERDUE_PAYMENT"),
            ("UNPAID_BILLS", "UNPAID_BILLS"),
            ("UNPAID_ORDERS", "UNPAID_ORDERS"),
            ("PARTNER_SUPPORT_PLAN", "SUPPORT_PLAN"),
            ("SERVICE_SUPPORT_PLAN", "SUPPORT_PLAN"),
            ("MEMBER_SUPPORT_PLAN", "MEMBER_SUPPORT_PLAN"),
            ("PROFESSIONAL_SERVICE_CONTRACT", "PROFESSIONAL_SERVICE_CONTRACT"),
            ("RESERVED_INSTANCES", "RESERVED_INSTANCES"),
            ("DEVELOPMENT_PATH", "DEVELOPMENT_PATH"),
            ("STORED_VALUE_CARDS", "STORED_VALUE_CARDS"),
            ("MAINLAND_REGISTERED", "MAINLAND_REGISTERED"),
        ];
        for (fact, cause) in by_fact {
            set_facts(&server, "customer-2c5", &[fact]).await;
            let payload = associate(&customer, &code).await;
            assert_eq!(causes(&payload), [cause], "{fact}: {payload}");
            assert_ne!(payload["failures"][0]["suggestedOperation"], "", "{payload}");
            assert_eq!(stands(&provider, &code).await, (json!("FAILED"), json!(cause)));
            let partner = customer.ask("{ customers { nodes { partner { accountName } freeze { level } } } }").await;
            let nobody = json!([{ "partner": null, "freeze": { "level": "NONE" } }]);
            assert_eq!(partner["customers"]["nodes"], nobody, "{fact}");
        }
        set_facts(&server, "customer-2c5", &["UNPAID_BILLS", "STORED_VALUE_CARDS"]).await;
        let payload = associate(&customer, &code).await;
        assert_eq!(causes(&payload), ["UNPAID_BILLS", "STORED_VALUE_CARDS"], "all that holds: {payload}");
        server.app.hub.settle().await.unwrap();
        assert_eq!(events(&provider, "ASSOCIATION_FAILED").await.len(), 19, "each new failure is told");

        set_facts(&server, "customer-2c5", &[]).await;
        let payload = associate(&customer, &code).await;
        assert_eq!(payload["record"]["status"], "COMPLETED", "{payload}");
        assert_eq!(payload["customer"]["freeze"], json!({ "level": "ACCOUNT", "cause": "ASSOCIATION" }), "R-CORE-29");
        let now = customer.ask("{ customers { nodes { partner { accountName } } } }").await;
        assert_eq!(now["customers"]["nodes"][0]["partner"]["accountName"], "csp-1", "the same session sees it: {now}");
        let other = server.sign_in("reseller-1a").await;
        let elsewhere = code_by_link(&server, &other, &email).await;
        let payload = associate(&customer, &elsewhere).await;
        assert_eq!(causes(&payload), ["ASSOCIATED_ELSEWHERE", "CONSUMPTION_RECORD"], "{payload}");
        server
    })
    .await;
}

/// The code of an e-mail invitation whose claim was given up before somebody else could have claimed the customer.
async fn code_by_link(server: &Server, client: &Client, email: &str) -> String {
    let mut row = customized(server, "reseller-1a", 1).await;
    let claim = preregister(client, "claimed@y.example").await["preregistration"]["id"].as_str().unwrap().to_owned();
    row.method = entities::types::InvitationMethod::FromPartnerCenter;
    row.preregistration_id = Some(claim.parse().unwrap());
    row.email = Some(email.to_owned());
    server.app.store.execute(Links(vec![row])).await.unwrap();
    "reseller-1a-1".to_owned()
}

/// R-CUS-14, R-CUS-15: without a claim of the partner's, age and expenditure stand in the way; another partner's claim
/// always does.
#[tokio::test]
async fn a_claim_covers_age_and_expenditure() {
    story(|server| async move {
        let email = leave(&server, "customer-2c5").await;
        let provider = server.sign_in("csp-1").await;
        let code = code_by_mail(&server, &provider, &email).await;
        let claim =
            provider.ask("{ preregistrations { nodes { id } } }").await["preregistrations"]["nodes"][0]["id"].clone();
        let input = json!({ "preregistrationIds": [claim] });
        change(&provider, "deletePreregistrations", input, "preregistrations { id }").await;
        let customer = server.sign_in("customer-2c5").await;
        assert_eq!(causes(&associate(&customer, &code).await), ["CONSUMPTION_RECORD"], "it has charges");
        server.app.store.clock().advance(DAY * 8);
        let customer = server.sign_in("customer-2c5").await;
        assert_eq!(causes(&associate(&customer, &code).await), ["CONSUMPTION_RECORD", "REGISTERED_TOO_LONG_AGO"]);
        preregister(&server.sign_in("reseller-1a").await, &email).await;
        let payload = associate(&customer, &code).await;
        let expected = ["REGISTERED_BY_ANOTHER_PARTNER", "CONSUMPTION_RECORD", "REGISTERED_TOO_LONG_AGO"];
        assert_eq!(causes(&payload), expected, "{payload}");
        server
    })
    .await;
}

/// R-CUS-13, R-CUS-14: a customized link is for one customer, also where two follow it at the same moment.
#[tokio::test]
async fn one_of_two_at_once_uses_a_link() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        for round in 0..3 {
            let payload =
                link(&provider, json!({ "method": "CUSTOMIZED_LINK", "tag": format!("round {round}") })).await;
            let code = payload["invitation"]["code"].as_str().unwrap().to_owned();
            let input = |name: &str| newcomer(&code, &format!("{name}{round}"), &format!("{name}{round}@x.example"));
            let (one, other) = tokio::join!(sign_up(&server, input("one")), sign_up(&server, input("other")));
            let done = [&one, &other].into_iter().filter(|payload| payload["accountName"] != Value::Null).count();
            let failed: Vec<_> =
                [&one, &other].into_iter().filter(|payload| payload["accountName"] == Value::Null).collect();
            assert_eq!(done, 1, "{one} {other}");
            assert_eq!(causes(failed[0]), ["LINK_USED"], "{one} {other}");
            assert_eq!(stands(&provider, &code).await, (json!("ASSOCIATED"), Value::Null), "the failure takes nothing");
        }
        let names = provider.ask("{ customers(first: 100) { nodes { accountName } totalCount } }").await;
        assert_eq!(names["customers"]["totalCount"], 5 + 3, "{names}");
        let payload = link(&provider, json!({ "method": "CUSTOMIZED_LINK", "tag": "same name" })).await;
        let code = payload["invitation"]["code"].as_str().unwrap().to_owned();
        let general = link(&provider, json!({ "method": "GENERAL_LINK" })).await;
        let general = general["invitation"]["code"].as_str().unwrap().to_owned();
        let (one, other) = tokio::join!(
            sign_up(&server, newcomer(&code, "twin", "one@twin.example")),
            sign_up(&server, newcomer(&general, "twin", "other@twin.example"))
        );
        let taken =
            [&one, &other].into_iter().filter(|payload| payload["userErrors"][0]["code"] == "ACCOUNT_NAME_TAKEN");
        assert_eq!(taken.count(), 1, "{one} {other}");
        server
    })
    .await;
}

/// R-CUS-14: codes that are unknown or too old, and links that too many come by; what is unknown counts at the door.
#[tokio::test]
async fn links_that_cannot_be_followed() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        let payload = sign_up(&server, newcomer("nonsense", "nobody", "nobody@x.example")).await;
        assert_eq!(causes(&payload), ["LINK_UNKNOWN"], "{payload}");
        leave(&server, "customer-2c5").await;
        let customer = server.sign_in("customer-2c5").await;
        assert_eq!(causes(&associate(&customer, "nonsense").await), ["LINK_UNKNOWN"]);

        let payload = link(&provider, json!({ "method": "GENERAL_LINK" })).await;
        let general = payload["invitation"]["code"].as_str().unwrap().to_owned();
        let parent: InvitationId = payload["invitation"]["id"].as_str().unwrap().parse().unwrap();
        let now = server.app.store.clock().now();
        let mut came = Vec::new();
        let customer_id: CustomerId = id("customer-csp1-1").parse().unwrap();
        for number in 0..100 {
            came.push(invitation::Model {
                method: entities::types::InvitationMethod::GeneralLink,
                code: None,
                link_id: Some(parent),
                email: Some(format!("{number}@crowd.example")),
                customer_id: Some(customer_id),
                status: InvitationStatus::Associated,
                followed_at: Some(now),
                ..customized(&server, "csp-1", number).await
            });
        }
        server.app.store.execute(Links(came)).await.unwrap();
        let payload = sign_up(&server, newcomer(&general, "too-many", "late@crowd.example")).await;
        assert_eq!(causes(&payload), ["BUSY"], "{payload}");
        assert_eq!(stands(&provider, &general).await.0, "SENT");
        server.app.store.clock().advance(std::time::Duration::from_secs(3_700));
        let payload = sign_up(&server, newcomer(&general, "too-many", "late@crowd.example")).await;
        assert_eq!(payload["accountName"], "too-many", "an hour later: {payload}");

        let provider = server.sign_in("csp-1").await;
        let code = code_by_mail(&server, &provider, "slow@x.example").await;
        server.app.store.clock().advance(DAY * 31);
        let payload = sign_up(&server, newcomer(&code, "slow", "slow@x.example")).await;
        assert_eq!(causes(&payload), ["LINK_EXPIRED"], "{payload}");
        server
    })
    .await;
}

/// Each sign-up counts as a try of its address, whatever comes of it.
#[tokio::test]
async fn an_address_signs_up_so_often_only() {
    let few = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = 3;
    crate::support::story_with(few, |server| async move {
        let provider = server.sign_in("csp-1").await;
        let payload = link(&provider, json!({ "method": "GENERAL_LINK" })).await;
        let code = payload["invitation"]["code"].as_str().unwrap().to_owned();
        for name in ["one", "two", "three"] {
            let payload = sign_up(&server, newcomer(&code, name, &format!("{name}@x.example"))).await;
            if name == "three" {
                assert_eq!(payload["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{payload}");
            } else {
                assert_eq!(payload["accountName"], name, "{payload}");
            }
        }
        server
    })
    .await;
}

/// Every failure is reached by a test of this file.
#[test]
fn every_failure_has_its_test() {
    let tests = include_str!("associations.rs");
    for failure in AssociationFailure::iter() {
        assert!(tests.contains(&format!("\"{}\"", failure.word())), "{} is never asserted", failure.word());
    }
}
