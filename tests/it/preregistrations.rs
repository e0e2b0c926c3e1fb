//! Claims on customers, and what the vendor knows of them (R-CUS-01 … R-CUS-09).

use std::time::Duration;

use entities::{
    account, charge, customer, preregistration,
    types::{
        AccountId, Amount, CustomerId, DistributorId, FreezeCause, FreezeLevel, MemberId, PreregistrationId,
        PreregistrationStatus, Timestamp,
    },
};
use partner_center::{
    outcome::Outcome,
    store::{Command, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    members::change,
    support::{Client, Server, id, story},
};

pub const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A customer of the cast that has no budget is left by its partner: it has its account, nobody above, and has spent
/// nothing.
struct Leave(CustomerId);

impl Command for Leave {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use customer::Column;
        customer::Entity::update_many()
            .col_expr(Column::PartnerId, Expr::value(None::<AccountId>))
            .col_expr(Column::DistributorId, Expr::value(None::<DistributorId>))
            .col_expr(Column::AccountManagerId, Expr::value(None::<MemberId>))
            .col_expr(Column::FreezeLevel, Expr::value(FreezeLevel::None))
            .col_expr(Column::FreezeCause, Expr::value(None::<FreezeCause>))
            .col_expr(Column::FrozenAt, Expr::value(None::<Timestamp>))
            .col_expr(Column::Expenditure, Expr::value(Amount::ZERO))
            .col_expr(Column::Counted, Expr::value(Amount::ZERO))
            .filter(Column::Id.eq(self.0))
            .exec(tx.db())
            .await?;
        charge::Entity::delete_many().filter(charge::Column::CustomerId.eq(self.0)).exec(tx.db()).await?;
        Ok(())
    }
}

/// Makes a customer free; its address is returned.
pub async fn leave(server: &Server, name: &str) -> String {
    server.app.store.execute(Leave(id(name).parse().unwrap())).await.unwrap();
    format!("office@{name}.example")
}

/// Changes one column of an account.
struct SetAccount(AccountId, Vec<(account::Column, Option<String>)>);

impl Command for SetAccount {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let mut row = account::Entity::update_many().filter(account::Column::Id.eq(self.0));
        for (column, value) in &self.1 {
            row = row.col_expr(*column, Expr::value(value.clone()));
        }
        row.exec(tx.db()).await?;
        Ok(())
    }
}

/// Claims that are there already.
pub struct Claims(pub Vec<preregistration::Model>);

impl Command for Claims {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let rows = self.0.iter().cloned().map(IntoActiveModel::into_active_model);
        preregistration::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}

/// A claim of a partner's.
pub async fn claim(server: &Server, who: &str, email: String, status: PreregistrationStatus) -> preregistration::Model {
    let db = server.app.store.reader();
    let found = partner_center::accounts::queries::identity_by_name(db, who, None).await.unwrap().unwrap();
    let now = server.app.store.clock().now();
    preregistration::Model {
        id: PreregistrationId::new(now),
        partner_id: found.account.id,
        customer_id: (status == PreregistrationStatus::Associated).then(|| id("customer-1a1").parse().unwrap()),
        full_name: "Somebody".to_owned(),
        name_key: "somebody".to_owned(),
        email,
        mobile_number: None,
        remarks: None,
        status,
        account_manager_id: None,
        created_by: found.member.id,
        preregistered_at: now,
        expires_at: now.plus(DAY),
        warned_at: None,
    }
}

const SHOWN: &str = "preregistration { id status email fullName mobileNumber expiresAt accountManager { id } } causes \
    reviewPossible";

/// Preregisters a customer of this address.
pub async fn preregister(client: &Client, email: &str) -> Value {
    let input = json!({ "fullName": "Juniper Trading", "email": email, "mobileNumber": "+65 1931 2340" });
    change(client, "preregisterCustomer", input, SHOWN).await
}

/// How many claims a client sees.
async fn count(client: &Client) -> Value {
    client.ask("{ preregistrations { totalCount } }").await["preregistrations"]["totalCount"].clone()
}

/// Says what the vendor knows of a customer.
pub async fn set_facts(server: &Server, customer: &str, facts: &[&str]) {
    let platform = server.sign_in("platform").await;
    let input = json!({ "customerId": id(customer), "facts": facts });
    let payload = change(&platform, "setCustomerFacts", input, "customer { facts }").await;
    assert_eq!(payload["customer"]["facts"].as_array().map(Vec::len), Some(facts.len()), "{payload}");
}

/// The types of the newest events that a client sees.
pub async fn events(client: &Client, types: &str) -> Vec<Value> {
    let query = format!(
        "{{ events(first: 100, types: [{types}]) {{ nodes {{ type ... on PreregistrationEnds {{ preregistration {{ id }} }} \
         ... on AssociationFailed {{ cause invitation {{ id status }} }} ... on InvitationAccepted {{ invitation {{ id }} \
         customer {{ accountName }} }} ... on CustomerAssociated {{ customer {{ accountName partner {{ accountName }} }} }} \
         }} }} }}"
    );
    client.ask(&query).await["events"]["nodes"].as_array().unwrap().clone()
}

/// R-CUS-05: a claim keeps others out for 15 days; its partner is told before it ends and when it does.
#[tokio::test]
async fn a_claim_holds_for_fifteen_days() {
    story(|server| async move {
        let reseller = server.sign_in("reseller-1a").await;
        let payload = preregister(&reseller, "Ann@Juniper.example").await;
        let claim = &payload["preregistration"];
        assert_eq!(claim["status"], "PREREGISTERED", "{payload}");
        assert_eq!(claim["email"], "a*****@juniper.example", "masked: {payload}");
        assert_eq!((&claim["fullName"], &claim["mobileNumber"]), (&json!("J****g"), &json!("+65****340")));
        let again = preregister(&reseller, "ann@juniper.example").await;
        assert_eq!(again["userErrors"][0]["code"], "CONFLICT", "{again}");
        let provider = server.sign_in("csp-1").await;
        let refused = preregister(&provider, "ANN@juniper.example").await;
        assert_eq!(refused["causes"], json!(["PREREGISTERED_ELSEWHERE"]), "{refused}");
        assert_eq!(refused["reviewPossible"], false);
        assert_eq!(refused["userErrors"][0]["code"], "PREREGISTRATION_REFUSED");
        assert_eq!(count(&provider).await, 0);

        let clock = server.app.store.clock();
        clock.advance(DAY * 12 + Duration::from_secs(3_600));
        server
            .until("the partner is warned", || async {
                let reseller = server.sign_in("reseller-1a").await;
                events(&reseller, "PREREGISTRATION_EXPIRING").await.len() == 1
            })
            .await;
        let provider = server.sign_in("csp-1").await;
        assert_ne!(preregister(&provider, "ann@juniper.example").await["userErrors"], json!([]), "it holds still");
        clock.advance(DAY * 3);
        // Whoever comes first finds that the time is over, whether the job has run or not.
        let provider = server.sign_in("csp-1").await;
        let payload = preregister(&provider, "ann@juniper.example").await;
        assert_eq!(payload["preregistration"]["status"], "PREREGISTERED", "{payload}");
        server
            .until("the partner is told of the end", || async {
                let reseller = server.sign_in("reseller-1a").await;
                let told = events(&reseller, "PREREGISTRATION_EXPIRED").await;
                told.len() == 1 && told[0]["preregistration"]["id"] == claim["id"]
            })
            .await;
        let reseller = server.sign_in("reseller-1a").await;
        let own = reseller.ask("{ preregistrations(filter: { status: [EXPIRED] }) { nodes { id } totalCount } }").await;
        assert_eq!(own["preregistrations"]["nodes"][0]["id"], claim["id"], "{own}");
        assert!(events(&provider, "PREREGISTRATION_EXPIRED, PREREGISTRATION_EXPIRING").await.is_empty(), "not its own");
        server
    })
    .await;
}

/// R-CUS-01, R-CUS-02: what the vendor knows of a customer stands in the way, with its cause; a review is possible for
/// its grounds and for whom they are. Nothing is claimed.
#[tokio::test]
async fn each_cause_is_told() {
    story(|server| async move {
        let email = leave(&server, "customer-2c5").await;
        let (provider, reseller) = (server.sign_in("csp-1").await, server.sign_in("reseller-1a").await);
        for (facts, cause, provider_reviews) in [
            (vec!["MAINLAND_REGISTERED"], "MAINLAND_REGISTERED", false),
            (vec!["CONSUMER_USER"], "CONSUMER_USER", false),
            (vec!["VENDOR_CONTRACT"], "VENDOR_CONTRACT", false),
            (vec!["CASH_EXPENDITURE"], "CASH_EXPENDITURE", false),
            (vec!["UNIFIED_ACCOUNTING_MEMBER"], "UNIFIED_ACCOUNTING_MEMBER", false),
            (vec!["CASH_EXPENDITURE", "DIRECT_SALES_CLAIM"], "DIRECT_SALES_CLAIM", true),
            (vec!["ONLINE_SALES"], "ONLINE_SALES", true),
        ] {
            set_facts(&server, "customer-2c5", &facts).await;
            for (client, reviews) in [(&provider, provider_reviews), (&reseller, false)] {
                let payload = preregister(client, &email).await;
                assert_eq!(payload["causes"], json!([cause]), "{payload}");
                assert_eq!(payload["reviewPossible"], reviews, "{cause}: {payload}");
                assert_eq!(payload["preregistration"], Value::Null);
            }
        }
        set_facts(&server, "customer-2c5", &[]).await;
        let abroad = vec![(account::Column::CountryRegion, Some("TH".to_owned()))];
        let account = id("customer-2c5").parse::<CustomerId>().unwrap().cast();
        server.app.store.execute(SetAccount(account, abroad)).await.unwrap();
        for client in [&provider, &reseller] {
            let payload = preregister(client, &email).await;
            assert_eq!(payload["causes"], json!(["OTHER_COUNTRY"]), "{payload}");
            assert_eq!(payload["reviewPossible"], true, "for providers and resellers: {payload}");
        }
        let elsewhere = preregister(&provider, "office@customer-1a1.example").await;
        assert_eq!(elsewhere["causes"], json!(["ASSOCIATED_ELSEWHERE", "CASH_EXPENDITURE"]), "{elsewhere}");
        let own = preregister(&reseller, "office@customer-1a1.example").await;
        assert_eq!(own["userErrors"][0]["code"], "CONFLICT", "{own}");
        // What was charged here counts as what the vendor knows does.
        let spender = leave(&server, "customer-2a5").await;
        server.charge("customer-2a5", "spent", "0.01").await;
        for (facts, cause, provider_reviews) in
            [(&[][..], "CASH_EXPENDITURE", false), (&["DIRECT_SALES_CLAIM"], "DIRECT_SALES_CLAIM", true)]
        {
            set_facts(&server, "customer-2a5", facts).await;
            for (client, reviews) in [(&provider, provider_reviews), (&reseller, false)] {
                let payload = preregister(client, &spender).await;
                assert_eq!(payload["causes"], json!([cause]), "{payload}");
                assert_eq!(payload["reviewPossible"], reviews, "{cause}: {payload}");
            }
        }
        for client in [&provider, &reseller] {
            assert_eq!(count(client).await, 0);
        }
        server
    })
    .await;
}

/// R-CUS-04: a partner has at most 100 claims that hold, also when it asks for several at once.
#[tokio::test]
async fn the_hundred_and_first_claim_is_refused() {
    story(|server| async move {
        let mut claims = Vec::new();
        for number in 0..99 {
            let status =
                if number % 2 == 0 { PreregistrationStatus::Preregistered } else { PreregistrationStatus::UnderReview };
            claims.push(claim(&server, "csp-1", format!("c{number}@many.example"), status).await);
        }
        for status in [PreregistrationStatus::Rejected, PreregistrationStatus::Expired, PreregistrationStatus::Deleted]
        {
            claims.push(claim(&server, "csp-1", "over@many.example".to_owned(), status).await);
        }
        server.app.store.execute(Claims(claims)).await.unwrap();
        let provider = server.sign_in("csp-1").await;
        let asked = ["a", "b", "c", "d", "e"].map(|name| {
            let provider = provider.clone();
            async move { preregister(&provider, &format!("{name}@last.example")).await }
        });
        let answers = futures_util::future::join_all(asked).await;
        let done = answers.iter().filter(|payload| payload["preregistration"] != Value::Null).count();
        let full = answers.iter().filter(|payload| payload["userErrors"][0]["code"] == "PREREGISTRATION_LIMIT_REACHED");
        assert_eq!((done, full.count()), (1, 4), "{answers:?}");
        assert_eq!(count(&provider).await, 103);
        let other = preregister(&server.sign_in("reseller-1a").await, "z@last.example").await;
        assert_eq!(other["userErrors"], json!([]), "each partner has its own hundred: {other}");
        server
    })
    .await;
}

/// R-CUS-05: of two partners that claim a customer at the same moment one does.
#[tokio::test]
async fn one_of_two_partners_at_once_claims_a_customer() {
    story(|server| async move {
        let (one, other) = (server.sign_in("csp-1").await, server.sign_in("reseller-2a").await);
        for number in 0..8 {
            let email = format!("wanted{number}@race.example");
            let (first, second) = tokio::join!(preregister(&one, &email), preregister(&other, &email));
            let won = [&first, &second].into_iter().filter(|payload| payload["preregistration"] != Value::Null).count();
            let lost: Vec<_> = [&first, &second].into_iter().filter(|payload| payload["causes"] != json!([])).collect();
            assert_eq!(won, 1, "{first} {second}");
            assert_eq!(lost[0]["causes"], json!(["PREREGISTERED_ELSEWHERE"]), "{first} {second}");
        }
        server
    })
    .await;
}

/// R-CUS-08: what is under review or associated stays; a deletion is for all or for none, and ends the claim.
#[tokio::test]
async fn a_deleted_claim_is_void() {
    story(|server| async move {
        let reviewed = claim(&server, "csp-1", "r@x.example".to_owned(), PreregistrationStatus::UnderReview).await;
        let associated = claim(&server, "csp-1", "a@x.example".to_owned(), PreregistrationStatus::Associated).await;
        let foreign =
            claim(&server, "reseller-1a", "f@x.example".to_owned(), PreregistrationStatus::Preregistered).await;
        let kept = [reviewed.id, associated.id, foreign.id].map(|id| id.to_string());
        server.app.store.execute(Claims(vec![reviewed, associated, foreign])).await.unwrap();
        let provider = server.sign_in("csp-1").await;
        let own = preregister(&provider, "mine@x.example").await["preregistration"]["id"].clone();
        let delete = async |ids: Value| {
            let input = json!({ "preregistrationIds": ids });
            change(&provider, "deletePreregistrations", input, "preregistrations { id status }").await
        };
        let refused = delete(json!([own, kept[0], kept[1], kept[2], "nonsense"])).await;
        assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND", "{refused}");
        let refused = delete(json!([own, kept[0], kept[1], kept[2]])).await;
        let codes: Vec<_> =
            refused["userErrors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
        assert_eq!(codes, ["CONFLICT", "CONFLICT", "NOT_FOUND"], "{refused}");
        assert_eq!(refused["userErrors"][0]["field"], json!(["preregistrationIds", "1"]));
        assert_eq!(delete(json!([])).await["userErrors"][0]["code"], "INVALID_INPUT");
        assert_eq!(delete(json!([own, own])).await["userErrors"][0]["code"], "INVALID_INPUT");
        let reseller = server.sign_in("reseller-1a").await;
        assert_ne!(preregister(&reseller, "mine@x.example").await["userErrors"], json!([]), "nothing was deleted");
        let deleted = delete(json!([own])).await;
        assert_eq!(deleted["preregistrations"][0]["status"], "DELETED", "{deleted}");
        assert_eq!(delete(json!([own])).await["userErrors"][0]["code"], "CONFLICT");
        let free = preregister(&reseller, "mine@x.example").await;
        assert_eq!(free["preregistration"]["status"], "PREREGISTERED", "others can claim it: {free}");
        server
    })
    .await;
}

/// R-CUS-06: a partner that nobody can reach claims nobody; addresses have the form that the specification gives.
#[tokio::test]
async fn a_partner_needs_a_contact_and_a_customer_an_address() {
    story(|server| async move {
        let provider = server.sign_in("csp-1").await;
        for email in ["ann", "ann@", "a+b@c.example", "a@b@c.example", "ann@ex ample.com"] {
            let payload = preregister(&provider, email).await;
            assert_eq!(payload["userErrors"][0]["code"], "INVALID_INPUT", "{email}: {payload}");
            assert_eq!(payload["userErrors"][0]["field"], json!(["email"]));
        }
        let account: Value = provider.ask("{ viewer { account { id } } }").await;
        let uuid = entities::types::parse_global_id(account["viewer"]["account"]["id"].as_str().unwrap()).unwrap().1;
        let none = vec![(account::Column::Email, None), (account::Column::MobileNumber, None)];
        server.app.store.execute(SetAccount(AccountId::from_uuid(uuid), none)).await.unwrap();
        let payload = preregister(&provider, "ann@x.example").await;
        assert_eq!(payload["userErrors"][0]["code"], "CONTACT_REQUIRED", "{payload}");
        assert_eq!(count(&provider).await, 0);
        server
    })
    .await;
}

/// Q-CUS-01, R-CORE-45: managers and directors see their own claims; each search finds by its field; a reveal is recorded.
#[tokio::test]
async fn claims_are_found_and_shown_to_whom_they_concern() {
    story(|server| async move {
        let (administrator, manager) = (server.sign_in("csp-1").await, server.sign_in("csp-1/manager").await);
        let (director, colleague) = (server.sign_in("csp-1/director").await, server.sign_in("csp-1/colleague").await);
        preregister(&administrator, "one@alpha.example").await;
        let own = preregister(&manager, "two@beta.example").await;
        assert_ne!(own["preregistration"]["accountManager"], Value::Null, "its own: {own}");
        let input = json!({ "fullName": "Étoile SA", "email": "three@gamma.example" });
        change(&colleague, "preregisterCustomer", input, SHOWN).await;
        assert_eq!(count(&administrator).await, 3);
        assert_eq!(
            (count(&manager).await, count(&director).await, count(&colleague).await),
            (json!(1), json!(1), json!(1))
        );
        assert_eq!(count(&server.sign_in("platform").await).await, 3);
        let found = async |filter: &str| {
            let query = format!("{{ preregistrations(filter: {{ {filter} }}) {{ nodes {{ email(reveal: true) }} }} }}");
            let nodes = administrator.ask(&query).await["preregistrations"]["nodes"].clone();
            nodes.as_array().unwrap().iter().map(|node| node["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("fullName: \"étoile\"").await, ["three@gamma.example"]);
        assert_eq!(found("email: \"TWO\"").await, ["two@beta.example"]);
        assert_eq!(found("mobileNumber: \"+651931\"").await.len(), 2);
        assert_eq!(found("fullName: \"jun%\"").await.len(), 0, "no wildcards");
        assert_eq!(found("status: [EXPIRED]").await.len(), 0);
        let records =
            administrator.ask("{ accessRecords(filter: { kind: REVEALED }) { nodes { field subjectId } } }").await;
        let first = &records["accessRecords"]["nodes"][0];
        assert_eq!(first["field"], "email", "{records}");
        assert!(first["subjectId"].as_str().unwrap().starts_with("pre_"), "{records}");
        for who in ["csp-1/finance", "distributor-1", "customer-1a1"] {
            let answer = server.sign_in(who).await.run("{ preregistrations { totalCount } }", Value::Null).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{who}");
        }
        server
    })
    .await;
}

/// The platform keeps the facts and leaves a record; a partner neither sees nor sets them, and an id that is none changes
/// nothing.
#[tokio::test]
async fn facts_are_the_platforms() {
    story(|server| async move {
        set_facts(&server, "customer-1a1", &["NAMED_ACCOUNT", "ONLINE_SALES"]).await;
        set_facts(&server, "customer-1a1", &["NAMED_ACCOUNT", "CURRENCY_NOT_SET"]).await;
        let platform = server.sign_in("platform").await;
        let kind = "accessRecords(filter: { kind: CUSTOMER_FACTS_CHANGED }) { nodes { detail subjectId } }";
        let records = platform.ask(&format!("{{ {kind} }}")).await;
        let newest = &records["accessRecords"]["nodes"][0];
        assert_eq!(newest["detail"], "added CURRENCY_NOT_SET; removed ONLINE_SALES", "{records}");
        assert_eq!(newest["subjectId"], id("customer-1a1"));
        let wrong = json!({ "customerId": "cus_00000000000000000000000000", "facts": [] });
        let payload = change(&platform, "setCustomerFacts", wrong, "customer { id }").await;
        assert_eq!(payload["userErrors"][0]["code"], "NOT_FOUND", "{payload}");
        for who in ["reseller-1a", "distributor-1", "customer-1a1"] {
            let client = server.sign_in(who).await;
            let set = "mutation($id: ID!) { setCustomerFacts(input: { customerId: $id, facts: [] }) { userErrors { code } } }";
            assert_eq!(client.run(set, json!({ "id": id("customer-1a1") })).await.code(), "FORBIDDEN", "{who}");
            assert_eq!(client.run("{ customers { nodes { facts } } }", Value::Null).await.code(), "FORBIDDEN", "{who}");
        }
        let operator = server.sign_in("platform/reviewer").await;
        let all = operator.ask("{ customers(first: 100) { nodes { accountName facts } } }").await;
        let nodes = all["customers"]["nodes"].as_array().unwrap();
        let known: Vec<_> = nodes.iter().filter(|node| node["facts"] != json!([])).collect();
        assert_eq!(known.len(), 1, "{known:?}");
        server
    })
    .await;
}
