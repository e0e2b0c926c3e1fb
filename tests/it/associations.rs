//! Customers come to partners: signing up by an invitation, and associating an account that is there (R-CUS-07,
//! R-CUS-12 … R-CUS-17, R-CORE-29).

use entities::{
    customer, invitation, manager_assignment, member,
    types::{AssociationFailure, CustomerId, InvitationId, InvitationStatus, PreregistrationStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    invitations::{Links, code_by_mail, customized, link},
    members::{MANAGER, ann, change, created},
    preregistrations::{Claims, DAY, claim, events, leave, preregister, set_facts},
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

/// Asks for the code that shows that an address is one's own.
async fn ask_for_code(server: &Server, link: &str, email: &str) -> Value {
    change(&server.stranger(), "sendSignUpCode", json!({ "code": link, "email": email }), "sentTo expiresAt").await
}

/// The form of somebody who signs up by a link, with the code that was sent to the address.
async fn proven(server: &Server, link: &str, name: &str, email: &str) -> Value {
    let payload = ask_for_code(server, link, email).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    let message = server.newest_message(email).await;
    let mut input = newcomer(link, name, email);
    input["emailCode"] = json!(message.split_whitespace().next());
    input
}

async fn sign_up_by_link(server: &Server, link: &str, name: &str, email: &str) -> Value {
    let input = proven(server, link, name, email).await;
    sign_up(server, input).await
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
            let payload = sign_up_by_link(&server, &code, name, &format!("{name}@x.example")).await;
            assert_eq!(payload["accountName"], name, "{payload}");
        }
        assert_eq!(stands(&manager, &code).await.0, "SENT", "it goes on");
        let email = leave(&server, "customer-2c5").await;
        let existing = server.sign_in("customer-2c5").await;
        let payload = associate(&existing, &code).await;
        assert_eq!(causes(&payload), ["EXISTING_ACCOUNT"], "{payload}");
        let payload = sign_up(&server, newcomer(&code, "second-account", &email)).await;
        let required = (&json!("VERIFICATION_CODE_REQUIRED"), &json!(["emailCode"]));
        let told = &payload["userErrors"][0];
        assert_eq!((&told["code"], &told["field"]), required, "nobody else hears of the account: {payload}");
        let payload = sign_up_by_link(&server, &code, "second-account", &email).await;
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
        let elsewhere = code_without_claim(&server, "reseller-1a", &other, &email).await;
        let payload = associate(&customer, &elsewhere).await;
        assert_eq!(causes(&payload), ["ASSOCIATED_ELSEWHERE"], "{payload}");
        server
    })
    .await;
}

/// The code of an e-mail invitation to an address that its sender has no claim on: as where the claim's time is over.
async fn code_without_claim(server: &Server, who: &str, client: &Client, email: &str) -> String {
    let mut row = customized(server, who, 1).await;
    let claim = preregister(client, "claimed@y.example").await["preregistration"]["id"].as_str().unwrap().to_owned();
    row.method = entities::types::InvitationMethod::FromPartnerCenter;
    row.preregistration_id = Some(claim.parse().unwrap());
    row.email = Some(email.to_owned());
    server.app.store.execute(Links(vec![row])).await.unwrap();
    format!("{who}-1")
}

/// R-CUS-14, R-CUS-15: without a claim of the partner's, age and expenditure stand in the way; another partner's claim
/// always does. A claim of the partner's covers both.
#[tokio::test]
async fn a_claim_covers_age_and_expenditure() {
    story(|server| async move {
        let email = leave(&server, "customer-2c5").await;
        let provider = server.sign_in("csp-1").await;
        let claimed = code_by_mail(&server, &provider, &leave(&server, "customer-2a5").await).await;
        let code = code_without_claim(&server, "csp-1", &provider, &email).await;
        server.charges(&[("customer-2c5", "spent", "1.00"), ("customer-2a5", "spent-too", "1.00")]).await;
        let customer = server.sign_in("customer-2c5").await;
        assert_eq!(causes(&associate(&customer, &code).await), ["CONSUMPTION_RECORD"], "it has charges");
        server.app.store.clock().advance(DAY * 8);
        let customer = server.sign_in("customer-2c5").await;
        assert_eq!(causes(&associate(&customer, &code).await), ["CONSUMPTION_RECORD", "REGISTERED_TOO_LONG_AGO"]);
        let theirs = claim(&server, "reseller-1a", email, PreregistrationStatus::Preregistered).await;
        server.app.store.execute(Claims(vec![theirs])).await.unwrap();
        let payload = associate(&customer, &code).await;
        let expected = ["REGISTERED_BY_ANOTHER_PARTNER", "CONSUMPTION_RECORD", "REGISTERED_TOO_LONG_AGO"];
        assert_eq!(causes(&payload), expected, "{payload}");
        let payload = associate(&server.sign_in("customer-2a5").await, &claimed).await;
        assert_eq!(payload["record"]["status"], "COMPLETED", "{payload}");
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
            let input = async |name: &str| {
                proven(&server, &code, &format!("{name}{round}"), &format!("{name}{round}@x.example")).await
            };
            let (one, other) = (input("one").await, input("other").await);
            let (one, other) = tokio::join!(sign_up(&server, one), sign_up(&server, other));
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
        let one = proven(&server, &code, "twin", "one@twin.example").await;
        let other = proven(&server, &general, "twin", "other@twin.example").await;
        let (one, other) = tokio::join!(sign_up(&server, one), sign_up(&server, other));
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
        let payload = sign_up_by_link(&server, &general, "too-many", "late@crowd.example").await;
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

/// Each sign-up, and each code for one, counts as a try of its network address, whatever comes of it.
#[tokio::test]
async fn an_address_signs_up_so_often_only() {
    let few = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = 5;
    crate::support::story_with(few, |server| async move {
        let provider = server.sign_in("csp-1").await;
        let payload = link(&provider, json!({ "method": "GENERAL_LINK" })).await;
        let code = payload["invitation"]["code"].as_str().unwrap().to_owned();
        for name in ["one", "two"] {
            let payload = sign_up_by_link(&server, &code, name, &format!("{name}@x.example")).await;
            assert_eq!(payload["accountName"], name, "{payload}");
        }
        let payload = ask_for_code(&server, &code, "three@x.example").await;
        assert_eq!(payload["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{payload}");
        let payload = sign_up(&server, newcomer(&code, "three", "three@x.example")).await;
        assert_eq!(payload["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{payload}");
        server
    })
    .await;
}

/// R-CUS-13: whoever comes by a link shows that the address is its own: with the code that was sent there for this link,
/// five tries, once, and in its time. Nothing is opened, and nothing kept, without it.
#[tokio::test]
async fn a_link_asks_whose_the_mailbox_is() {
    let patient = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = u32::MAX;
    crate::support::story_with(patient, |server| async move {
        let clock = server.app.store.clock();
        let provider = server.sign_in("csp-1").await;
        let made = link(&provider, json!({ "method": "GENERAL_LINK" })).await["invitation"]["code"].clone();
        let general = made.as_str().unwrap();
        let other = link(&server.sign_in("reseller-1a").await, json!({ "method": "GENERAL_LINK" })).await;
        let other = other["invitation"]["code"].as_str().unwrap().to_owned();
        let email = "own@mailbox.example";
        let refused = async |input: Value, code: &str| {
            let payload = sign_up(&server, input).await;
            assert_eq!(payload["userErrors"][0]["code"], code, "{payload}");
            assert_eq!(payload["userErrors"][0]["field"], json!(["emailCode"]), "{payload}");
            assert_eq!(payload["failures"], json!([]), "{payload}");
        };
        refused(newcomer(general, "own", email), "VERIFICATION_CODE_REQUIRED").await;
        let with = |code: &str| {
            let mut input = newcomer(general, "own", email);
            input["emailCode"] = json!(code);
            input
        };
        refused(with("123456"), "VERIFICATION_CODE_INVALID").await;
        let payload = ask_for_code(&server, general, "Own@Mailbox.example").await;
        assert_eq!(payload["sentTo"], "o*****@mailbox.example", "{payload}");
        let message = server.newest_message(email).await;
        let first = message.split_whitespace().next().unwrap().to_owned();
        assert_eq!(first.len(), 6, "{message}");
        let again = ask_for_code(&server, general, email).await;
        assert_eq!(again["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "{again}");
        let mut elsewhere = with(&first);
        elsewhere["code"] = json!(other);
        refused(elsewhere, "VERIFICATION_CODE_INVALID").await;
        let wrong = if first == "000000" { "000001" } else { "000000" };
        for _ in 0..4 {
            refused(with(wrong), "VERIFICATION_CODE_INVALID").await;
        }
        refused(with(&first), "VERIFICATION_CODE_INVALID").await;

        clock.advance(std::time::Duration::from_secs(60));
        let late = proven(&server, general, "own", email).await;
        clock.advance(std::time::Duration::from_secs(300));
        refused(late, "VERIFICATION_CODE_EXPIRED").await;
        let seen = server.sign_in("csp-1").await.ask("{ invitations { totalCount } customers { totalCount } }").await;
        assert_eq!(seen, json!({ "invitations": { "totalCount": 1 }, "customers": { "totalCount": 5 } }));
        let good = proven(&server, general, "own", email).await;
        let mut taken = good.clone();
        taken["accountName"] = json!("csp-1");
        let payload = sign_up(&server, taken).await;
        assert_eq!(payload["userErrors"][0]["code"], "ACCOUNT_NAME_TAKEN", "the code stays good: {payload}");
        assert_eq!(sign_up(&server, good.clone()).await["accountName"], "own");
        let mut twice = good;
        twice["accountName"] = json!("own-2");
        refused(twice, "VERIFICATION_CODE_INVALID").await;
        let mailed = code_by_mail(&server, &server.sign_in("csp-1").await, "mail@x.example").await;
        let payload = ask_for_code(&server, &mailed, "mail@x.example").await;
        assert_eq!(payload["userErrors"][0]["code"], "CONFLICT", "an e-mail needs none: {payload}");
        for code in ["nonsense", ""] {
            let payload = ask_for_code(&server, code, email).await;
            assert_eq!(payload["userErrors"][0]["code"], "ASSOCIATION_REFUSED", "{payload}");
        }
        server
    })
    .await;
}

/// A mailbox is sent ten codes a day, and a link for one customer has codes sent to ten mailboxes an hour.
#[tokio::test]
async fn codes_flood_nobody() {
    let patient = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = u32::MAX;
    crate::support::story_with(patient, |server| async move {
        let clock = server.app.store.clock();
        let provider = server.sign_in("csp-1").await;
        let made = link(&provider, json!({ "method": "CUSTOMIZED_LINK", "tag": "one" })).await;
        let one = made["invitation"]["code"].as_str().unwrap().to_owned();
        for number in 0..11 {
            let payload = ask_for_code(&server, &one, &format!("{number}@crowd.example")).await;
            let expected = if number < 10 { json!([]) } else { json!("TOO_MANY_REQUESTS") };
            let errors = &payload["userErrors"];
            assert_eq!(if number < 10 { errors } else { &errors[0]["code"] }, &expected, "{number}: {payload}");
        }
        clock.advance(std::time::Duration::from_secs(3_600));
        for number in 1..10 {
            let payload = ask_for_code(&server, &one, "0@crowd.example").await;
            assert_eq!(payload["userErrors"], json!([]), "{number}: {payload}");
            clock.advance(std::time::Duration::from_secs(60));
        }
        let payload = ask_for_code(&server, &one, "0@crowd.example").await;
        assert_eq!(payload["userErrors"][0]["code"], "TOO_MANY_REQUESTS", "the eleventh of a day: {payload}");
        clock.advance(DAY);
        let payload = ask_for_code(&server, &one, "0@crowd.example").await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        server
    })
    .await;
}

/// R-CUS-13: whoever signs up with one address by two invitations at the same moment gets one account.
#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_one_account_whoever_races() {
    let patient = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = u32::MAX;
    crate::support::story_with(patient, |server| async move {
        let provider = server.sign_in("csp-1").await;
        let made = link(&provider, json!({ "method": "GENERAL_LINK" })).await["invitation"]["code"].clone();
        let general = made.as_str().unwrap();
        for round in 0..5 {
            let email = format!("{round}@race.example");
            let mailed = code_by_mail(&server, &provider, &email).await;
            let by_mail = newcomer(&mailed, &format!("mail{round}"), &email);
            let by_link = proven(&server, general, &format!("link{round}"), &email).await;
            let mut same = by_link.clone();
            same["accountName"] = json!(format!("same{round}"));
            let answers = tokio::join!(sign_up(&server, by_mail), sign_up(&server, by_link), sign_up(&server, same));
            let answers = [answers.0, answers.1, answers.2];
            let opened = answers.iter().filter(|payload| payload["accountName"] != Value::Null).count();
            assert_eq!(opened, 1, "{answers:?}");
            for payload in answers.iter().filter(|payload| payload["accountName"] == Value::Null) {
                let used = payload["userErrors"][0]["code"] == "VERIFICATION_CODE_INVALID";
                assert!(used || causes(payload) == ["EXISTING_ACCOUNT"], "{answers:?}");
            }
        }
        let seen = provider.ask("{ customers(first: 100) { totalCount } }").await;
        assert_eq!(seen["customers"]["totalCount"], 5 + 5, "{seen}");
        server
    })
    .await;
}

/// Of whoever fails by a link for one customer nothing stays on it; what failed keeps its cause when the time is over.
#[tokio::test]
async fn a_link_keeps_nothing_of_whoever_failed_by_it() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        let made = link(&provider, json!({ "method": "CUSTOMIZED_LINK", "tag": "one" })).await;
        let code = made["invitation"]["code"].as_str().unwrap().to_owned();
        let email = leave(&server, "customer-2c5").await;
        assert_eq!(causes(&associate(&server.sign_in("customer-2c5").await, &code).await), ["EXISTING_ACCOUNT"]);
        assert_eq!(causes(&sign_up_by_link(&server, &code, "again", &email).await), ["EXISTING_ACCOUNT"]);
        let rows = invitation::Entity::find().all(server.app.store.reader()).await.unwrap();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.status, row.failure), (InvitationStatus::Failed, Some(AssociationFailure::ExistingAccount)));
        assert_eq!((&row.email, &row.full_name, &row.name_key, row.customer_id), (&None, &None, &None, None));
        assert!(row.followed_at.is_some());

        server.app.store.clock().advance(DAY * 31);
        partner_center::invitations::jobs::run(&server.app.store).await.unwrap();
        let payload = sign_up(&server, newcomer(&code, "late", "late@x.example")).await;
        assert_eq!(causes(&payload), ["LINK_EXPIRED"], "{payload}");
        let provider = server.sign_in("csp-1").await;
        assert_eq!(stands(&provider, &code).await, (json!("FAILED"), json!("EXISTING_ACCOUNT")), "the cause stays");
        server
    })
    .await;
}

/// R-CORE-46, R-CUS-12: members are deleted while their customers come and are handed over: nobody is shown a deadlock,
/// and no customer is left with a member that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn managers_go_while_their_customers_come() {
    let patient = |settings: &mut partner_center::config::Settings| settings.guard.address_failures = u32::MAX;
    crate::support::story_with(patient, |server| async move {
        let provider = server.sign_in("csp-1").await;
        for round in 0..6 {
            let mut form = ann(&[MANAGER]);
            form["username"] = json!(format!("going-{round}"));
            form["email"] = json!(format!("going-{round}@x.example"));
            let member = created(&provider, form).await;
            let input = json!({ "method": "CUSTOMIZED_LINK", "accountManagerId": member });
            let made = [link(&provider, input.clone()).await, link(&provider, input).await];
            let mut forms = Vec::new();
            for (number, made) in made.iter().enumerate() {
                let code = made["invitation"]["code"].as_str().unwrap();
                let name = format!("coming-{round}-{number}");
                forms.push(proven(&server, code, &name, &format!("{name}@x.example")).await);
            }
            let cast = ["customer-csp1-1", "customer-csp1-2", "customer-csp1-3", "customer-csp1-4"].map(id);
            let assign = json!({ "memberId": member, "customerIds": cast });
            let (delete, assigned) = (json!({ "memberId": member }), "assignments { id }");
            let (one, other, handed, gone) = tokio::join!(
                sign_up(&server, forms[0].clone()),
                sign_up(&server, forms[1].clone()),
                change(&provider, "assignAccountManager", assign, assigned),
                change(&provider, "deleteMember", delete, "deletedId")
            );
            for payload in [&one, &other, &gone] {
                assert_eq!(payload["userErrors"], json!([]), "{one} {other} {handed} {gone}");
            }
            let found = handed["userErrors"].as_array().unwrap();
            assert!(found.iter().all(|error| error["code"] == "NOT_FOUND"), "it came too late: {handed}");
        }
        let db = server.app.store.reader();
        let deleted: Vec<_> =
            member::Entity::find().filter(member::Column::DeletedAt.is_not_null()).all(db).await.unwrap();
        assert_eq!(deleted.len(), 6);
        let deleted: Vec<_> = deleted.into_iter().map(|member| member.id).collect();
        let left = customer::Entity::find().filter(customer::Column::AccountManagerId.is_in(deleted.clone()));
        assert_eq!(left.count(db).await.unwrap(), 0, "nobody is left with a member that is gone");
        let open = manager_assignment::Entity::find()
            .filter(manager_assignment::Column::MemberId.is_in(deleted))
            .filter(manager_assignment::Column::UntilAt.is_null());
        assert_eq!(open.count(db).await.unwrap(), 0);
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
