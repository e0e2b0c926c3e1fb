//! Traces: a customer's operation log (R-CUS-28, R-CUS-38).

use std::time::Duration;

use entities::{trace, types::TraceStatus};
use partner_center::{
    access::ClientAddress,
    accounts, demo,
    outcome::Outcome,
    store::{Command, Tx},
    traces::{self, Entry},
    trail::Author,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    associations::{newcomer, sign_in},
    invitations::code_by_mail,
    members::change,
    preregistrations::leave,
    support::{Client, Server, id, story},
};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

struct Append(Vec<Entry>);

impl Command for Append {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        traces::append_in(tx, self.0.clone()).await?;
        Ok(())
    }
}

fn entry(customer: &str, name: &'static str) -> Entry {
    Entry {
        customer: demo::account_id(customer),
        name,
        source: "association",
        resource_type: "customer",
        resource: None,
        status: TraceStatus::Normal,
        author: None,
        on_behalf: false,
        address: None,
    }
}

async fn author(server: &Server, account: &str) -> Author {
    let found = accounts::queries::identity_by_name(server.app.store.reader(), account, None).await.unwrap().unwrap();
    Author { account: found.account.id, member: found.member.id }
}

async fn append(server: &Server, entries: Vec<Entry>) {
    server.app.store.execute(Append(entries)).await.unwrap();
}

async fn names(client: &Client, filter: Value) -> Vec<String> {
    let query = "query($filter: TraceFilter) { traces(first: 100, filter: $filter) { totalCount nodes { name } } }";
    let answer = client.run(query, json!({ "filter": filter })).await.data();
    let nodes = answer["traces"]["nodes"].as_array().unwrap();
    assert_eq!(answer["traces"]["totalCount"], nodes.len());
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

/// R-CUS-28, R-CUS-38: what a partner's member did for the customer names the partner and, masked, the member; nobody
/// but the customer reads it.
#[tokio::test]
async fn a_customer_reads_who_did_what_in_its_account() {
    story(|server| async move {
        let partner = author(&server, "reseller-1a").await;
        let own = author(&server, "customer-1a1").await;
        let address = ClientAddress::new("192.0.2.7".parse().unwrap());
        append(
            &server,
            vec![
                Entry {
                    source: "orders",
                    resource_type: "order",
                    resource: Some(("ord_1".to_owned(), "ECS".to_owned())),
                    status: TraceStatus::Warning,
                    author: Some(partner),
                    on_behalf: true,
                    address: Some(address),
                    ..entry("customer-1a1", traces::names::ENTERED)
                },
                Entry { author: Some(own), ..entry("customer-1a1", traces::names::AUTHORIZATION_DECIDED) },
                entry("customer-1a2", traces::names::INVITED),
            ],
        )
        .await;
        let customer = server.sign_in("customer-1a1").await;
        let all = customer
            .ask(
                "{ traces(filter: { onBehalf: true }) { nodes { name source resourceType resourceId resourceName status \
                 onBehalf address operator { accountName memberName } } } }",
            )
            .await;
        assert_eq!(
            all["traces"]["nodes"],
            json!([{
                "name": "customerEnter", "source": "orders", "resourceType": "order", "resourceId": "ord_1",
                "resourceName": "ECS", "status": "WARNING", "onBehalf": true, "address": "192.0.2.7",
                "operator": { "accountName": "reseller-1a", "memberName": "D****r" },
            }]),
            "{all}"
        );
        for (filter, expected) in [
            (json!({ "name": "confirmCustomerAgentAuthorizationApply" }), 1),
            (json!({ "name": "addBpInviteTraceLog" }), 0),
            (json!({ "source": "orders" }), 1),
            (json!({ "resourceType": "customer" }), 1),
            (json!({ "resource": "ord_1" }), 1),
            (json!({ "resource": "ECS" }), 1),
            (json!({ "resource": "EVS" }), 0),
            (json!({ "operator": "Reseller-1A" }), 1),
            (json!({ "operator": "reseller-1b" }), 0),
            (json!({ "status": "WARNING" }), 1),
            (json!({ "onBehalf": false }), 1),
            (json!({ "source": "orders", "status": "NORMAL" }), 0),
            (json!({}), 2),
        ] {
            assert_eq!(names(&customer, filter.clone()).await.len(), expected, "{filter}");
        }
        assert_eq!(names(&server.sign_in("customer-1a2").await, json!({})).await, ["addBpInviteTraceLog"]);
        assert_eq!(names(&server.sign_in("customer-1b1").await, json!({})).await, Vec::<String>::new());
        for who in ["reseller-1a", "distributor-1", "platform"] {
            let refused = server.sign_in(who).await.run("{ traces { nodes { id } } }", Value::Null).await;
            assert_eq!(refused.code(), "FORBIDDEN", "{who}");
        }
        server
    })
    .await;
}

/// R-CUS-38: the last hour, day and week; nothing is shown once it is 7 days old, and the hourly job removes it.
#[tokio::test]
async fn traces_are_kept_for_seven_days() {
    story(|server| async move {
        let clock = server.app.store.clock();
        append(&server, vec![entry("customer-1a1", "customerEnter")]).await;
        clock.advance(HOUR * 2);
        append(&server, vec![entry("customer-1a1", "applyPartnerPayment")]).await;
        let customer = server.sign_in("customer-1a1").await;
        assert_eq!(names(&customer, json!({ "period": "LAST_HOUR" })).await, ["applyPartnerPayment"]);
        assert_eq!(names(&customer, json!({ "period": "LAST_DAY" })).await.len(), 2);
        let an_hour_ago = clock.now().minus(HOUR).to_datetime().to_rfc3339();
        assert_eq!(names(&customer, json!({ "at": { "to": an_hour_ago } })).await, ["customerEnter"]);
        let both = json!({ "period": "LAST_HOUR", "at": { "to": an_hour_ago } });
        assert_eq!(names(&customer, both).await, Vec::<String>::new(), "conditions must all hold");

        clock.advance(DAY * 7 - HOUR);
        let customer = server.sign_in("customer-1a1").await;
        for filter in [json!({}), json!({ "period": "LAST_WEEK" }), json!({ "at": { "from": "2020-01-01T00:00:00Z" } })]
        {
            assert_eq!(names(&customer, filter.clone()).await, ["applyPartnerPayment"], "{filter}");
        }
        assert_eq!(names(&customer, json!({ "period": "LAST_DAY" })).await, Vec::<String>::new());
        server
            .until("the older one is removed", || async {
                trace::Entity::find().count(server.app.store.reader()).await.unwrap() == 1
            })
            .await;
        server
    })
    .await;
}

/// R-CUS-38: inviting a customer that has an account, associating, asking for the end of an association, consenting and
/// deciding stand in the customer's operation log, each with who did it from where.
#[tokio::test]
async fn what_partners_and_customers_do_is_traced() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        let email = leave(&server, "customer-2c5").await;
        let code = code_by_mail(&server, &provider, &email).await;
        let customer = server.sign_in("customer-2c5").await;
        let newest = async |client: &Client| {
            let query = "{ traces(first: 1) { nodes { name resourceType resourceId onBehalf address operator { \
                accountName } } } }";
            client.ask(query).await["traces"]["nodes"][0].clone()
        };
        let expect = async |client: &Client, name: &str, operator: &str| {
            let trace = newest(client).await;
            let (by, from) = (&trace["operator"]["accountName"], trace["address"].as_str());
            assert_eq!((&trace["name"], by), (&json!(name), &json!(operator)), "{trace}");
            assert!(from.is_some_and(|from| from.contains("127.0.0.1")), "{trace}");
            assert_ne!(trace["resourceId"], Value::Null, "{trace}");
            // The next one is to be the newest.
            server.app.store.clock().advance(Duration::from_secs(1));
        };
        expect(&customer, "addBpInviteTraceLog", "csp-1").await;
        let input = json!({ "code": code, "instructionsAccepted": true });
        let payload = change(&customer, "associateWithPartner", input, "record { status }").await;
        assert_eq!(payload["record"]["status"], "COMPLETED", "{payload}");
        expect(&customer, "associateWithPartner", "customer-2c5").await;

        let ask = json!({ "customerId": id("customer-2c5") });
        let asked = change(&provider, "requestAuthorization", ask, "application { id stage }").await;
        let input = |asked: &Value, decision: &str, code: Option<String>| {
            json!({
                "applicationId": asked["application"]["id"], "stage": asked["application"]["stage"],
                "decision": decision, "comment": "because", "verificationCode": code,
            })
        };
        let code = server.code(&customer, "customer-2c5", "ACCEPT_AUTHORIZATION").await;
        let consent = input(&asked, "APPROVED", Some(code));
        change(&customer, "reviewApplication", consent, "application { status }").await;
        expect(&customer, "confirmCustomerAgentAuthorizationApply", "customer-2c5").await;
        let ask = json!({ "customerId": id("customer-2c5"), "reason": "LEAVING" });
        let asked = change(&provider, "requestDisassociation", ask, "application { id stage }").await;
        expect(&customer, "applyUnbindOrSwitchCooperation", "csp-1").await;
        let code = server.code(&customer, "customer-2c5", "DISASSOCIATION").await;
        let stays = input(&asked, "REJECTED", Some(code));
        change(&customer, "reviewApplication", stays, "application { status }").await;
        expect(&customer, "approvePartnerOrCustomerApply", "customer-2c5").await;
        let query = "{ authorizations { nodes { id } } }";
        let authorization = customer.ask(query).await["authorizations"]["nodes"][0]["id"].clone();
        let code = server.code(&customer, "customer-2c5", "REVOKE_AUTHORIZATION").await;
        let revoke = json!({ "authorizationId": authorization, "reason": "enough", "verificationCode": code });
        let payload = change(&customer, "revokeAuthorization", revoke, "authorization { status }").await;
        assert_eq!(payload["userErrors"], json!([]), "{payload}");
        expect(&customer, "revokeAuthorization", "customer-2c5").await;

        let code = code_by_mail(&server, &provider, "office@juniper.example").await;
        let form = newcomer(&code, "juniper", "office@juniper.example");
        let payload = change(&server.stranger(), "signUpCustomer", form, "accountName").await;
        assert_eq!(payload["accountName"], "juniper", "{payload}");
        expect(&sign_in(&server, "juniper").await, "customerEnter", "juniper").await;
        server
    })
    .await;
}
