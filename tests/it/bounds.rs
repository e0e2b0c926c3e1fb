//! What must not happen too often: news and invitations to people who never asked (docs/decisions/0037).

use std::time::Duration;

use entities::message;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    invitations::invite,
    members::change,
    preregistrations::{DAY, preregister},
    support::{Client, Receiver, Server, story, story_with},
    webhooks::endpoint,
};

const MINUTE: Duration = Duration::from_secs(60);

/// How many messages went to an address or number.
async fn sent(server: &Server, to: &str) -> u64 {
    let messages = message::Entity::find().filter(message::Column::Recipient.eq(to));
    messages.count(server.app.store.reader()).await.unwrap()
}

async fn set_recipients(client: &Client, of: &str, recipients: Value) {
    let input = json!({ "type": of, "recipients": recipients });
    let payload = change(client, "setMessageRecipients", input, "recipients { name }").await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
}

async fn records(client: &Client, kind: &str) -> usize {
    let query = format!("{{ accessRecords(first: 100, filter: {{ kind: {kind} }}) {{ nodes {{ detail }} }} }}");
    client.ask(&query).await["accessRecords"]["nodes"].as_array().unwrap().len()
}

/// Twenty rotations in one request are five, told once; what is not told is on record. An hour later it goes on.
#[tokio::test]
async fn secrets_rotate_a_few_times_an_hour_and_are_told_of_once_a_minute() {
    const PHONE: &str = "+6591234567";
    let receiver = Receiver::start().await;
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let guard = json!([{ "name": "Guard", "email": "guard@distributor.example", "mobileNumber": PHONE }]);
        set_recipients(&client, "SECURITY", guard).await;
        let own = endpoint(&client, &receiver).await;
        assert_eq!(sent(&server, PHONE).await, 1, "an endpoint was made");
        let all: Vec<String> = (0..20)
            .map(|n| format!("r{n}: rotateWebhookSecret(input: {{ id: $id }}) {{ secret userErrors {{ code }} }}"))
            .collect();
        let document = format!("mutation($id: ID!) {{ {} }}", all.join(" "));
        let answer = client.run(&document, json!({ "id": own.id })).await.data();
        let of = |n: usize| answer[format!("r{n}")].clone();
        assert!((0..5).all(|n| of(n)["userErrors"] == json!([]) && of(n)["secret"].is_string()), "{answer}");
        let refused = json!({ "secret": null, "userErrors": [{ "code": "TOO_MANY_REQUESTS" }] });
        assert!((5..20).all(|n| of(n) == refused), "{answer}");
        for to in [PHONE, "guard@distributor.example"] {
            assert_eq!(sent(&server, to).await, 2, "{to}");
        }
        assert_eq!(records(&client, "ENDPOINT_CHANGED").await, 6, "all of them are on record");

        server.app.store.clock().advance(Duration::from_secs(3_600));
        let client = server.sign_in("distributor-1").await;
        let again = client.run(&document, json!({ "id": own.id })).await.data();
        assert!(again["r0"]["secret"].is_string() && again["r5"]["secret"].is_null(), "{again}");
        assert_eq!(sent(&server, PHONE).await, 3);
        server
    })
    .await;
}

/// Each kind of news goes out twenty times a day; the changes themselves go on, and another kind is told still.
#[tokio::test]
async fn those_who_guard_an_account_are_not_flooded() {
    story(|server| async move {
        const GUARD: &str = "guard@csp.example";
        let client = server.sign_in("csp-1").await;
        set_recipients(&client, "SECURITY", json!([{ "name": "Guard", "email": GUARD }])).await;
        for round in 0..25_u32 {
            server.app.store.clock().advance(MINUTE);
            let client = server.sign_in("csp-1").await;
            let email = format!("p{round}@csp.example");
            for _ in 0..2 {
                set_recipients(&client, "PARTNER_BUDGET", json!([{ "name": "Ann", "email": email }])).await;
            }
        }
        assert_eq!(sent(&server, GUARD).await, 20);
        let client = server.sign_in("csp-1").await;
        let kept = client.ask("{ messageRecipients(type: PARTNER_BUDGET) { email(reveal: true) } }").await;
        assert_eq!(kept["messageRecipients"][0]["email"], "p24@csp.example", "the change is made");
        assert_eq!(records(&client, "RECIPIENTS_CHANGED").await, 51);
        set_recipients(&client, "SECURITY", json!([])).await;
        assert_eq!(sent(&server, GUARD).await, 21, "whoever is put out hears of it");
        server
    })
    .await;
}

async fn claim_and_invite(client: &Client, email: &str) -> Value {
    let input = json!({ "fullName": "A Victim", "email": email, "sendInvitationLink": true });
    change(client, "preregisterCustomer", input, "preregistration { id }").await
}

async fn give_up(client: &Client, claim: &Value) {
    let input = json!({ "preregistrationIds": [claim["preregistration"]["id"]] });
    let payload = change(client, "deletePreregistrations", input, "preregistrations { status }").await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
}

fn codes(payload: &Value) -> Vec<(&str, &Value)> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors.map(|error| (error["code"].as_str().unwrap(), &error["field"])).collect()
}

/// R-CUS-09, R-CUS-10: claims that are given up and made again do not fill a mailbox: one invitation a minute and five a day
/// of a partner, ten of all partners.
#[tokio::test]
async fn a_mailbox_is_not_filled_by_claims_that_come_and_go() {
    story(|server| async move {
        const VICTIM: &str = "victim@x.example";
        let clock = server.app.store.clock();
        for round in 0..5 {
            let client = server.sign_in("csp-1").await;
            let claim = claim_and_invite(&client, VICTIM).await;
            assert_eq!(claim["userErrors"], json!([]), "{round}: {claim}");
            give_up(&client, &claim).await;
            let before = client.ask("{ preregistrations { totalCount } invitations { totalCount } }").await;
            let soon = claim_and_invite(&client, VICTIM).await;
            assert_eq!(codes(&soon), [("TOO_MANY_REQUESTS", &json!(["email"]))], "{soon}");
            let after = client.ask("{ preregistrations { totalCount } invitations { totalCount } }").await;
            assert_eq!(after, before, "nothing is claimed");
            clock.advance(MINUTE);
        }
        let client = server.sign_in("csp-1").await;
        let sixth = claim_and_invite(&client, VICTIM).await;
        assert_eq!(codes(&sixth), [("TOO_MANY_REQUESTS", &json!(["email"]))], "{sixth}");
        let claim = preregister(&client, VICTIM).await;
        preregister(&client, "another@x.example").await;
        let both = invite(&client, &["another@x.example", VICTIM]).await;
        assert_eq!(codes(&both), [("TOO_MANY_REQUESTS", &json!(["emails", "1"]))], "{both}");
        assert_eq!((sent(&server, VICTIM).await, sent(&server, "another@x.example").await), (5, 0), "all, or none");
        assert_eq!(invite(&client, &["another@x.example"]).await["userErrors"], json!([]), "others are invited");
        give_up(&client, &claim).await;

        for partner in ["reseller-1a", "reseller-1b"] {
            for round in 0..5 {
                clock.advance(MINUTE);
                let client = server.sign_in(partner).await;
                let claim = claim_and_invite(&client, VICTIM).await;
                let expected: &[(&str, &Value)] =
                    if partner == "reseller-1a" { &[] } else { &[("TOO_MANY_REQUESTS", &json!(["email"]))] };
                assert_eq!(codes(&claim), expected, "{partner} {round}: {claim}");
                if expected.is_empty() {
                    give_up(&client, &claim).await;
                }
            }
        }
        assert_eq!(sent(&server, VICTIM).await, 10);
        clock.advance(DAY);
        let client = server.sign_in("reseller-1b").await;
        assert_eq!(claim_and_invite(&client, VICTIM).await["userErrors"], json!([]), "the next day");
        server
    })
    .await;
}

/// R-CORE-04: a distributor's invitations are counted alike, over those that are replaced, and all of a partner's together.
#[tokio::test]
async fn a_partner_sends_so_many_invitations_a_day() {
    story_with(
        |settings| settings.invitation_mails_per_day = 3,
        |server| async move {
            let client = server.sign_in("distributor-1").await;
            let invite = async |client: &Client, emails: &[&str]| {
                change(client, "inviteResellers", json!({ "emails": emails }), "invitations { id }").await
            };
            let first = invite(&client, &["a@x.example", "b@x.example"]).await;
            let over = invite(&client, &["c@x.example", "d@x.example"]).await;
            assert_eq!(codes(&over), [("TOO_MANY_REQUESTS", &json!(["emails", "1"]))], "{over}");
            assert_eq!(sent(&server, "c@x.example").await, 0, "all of them or none");
            server.app.store.clock().advance(MINUTE);
            let again = json!({ "invitationIds": [first["invitations"][0]["id"], first["invitations"][1]["id"]] });
            let over = change(&client, "resendResellerInvitations", again, "invitations { id }").await;
            assert_eq!(codes(&over), [("TOO_MANY_REQUESTS", &json!(["invitationIds", "1"]))], "{over}");
            assert_eq!(sent(&server, "a@x.example").await, 1);
            assert_eq!(invite(&client, &["c@x.example"]).await["userErrors"], json!([]));
            let neighbour = server.sign_in("distributor-2").await;
            assert_eq!(invite(&neighbour, &["a@x.example"]).await["userErrors"], json!([]), "each partner its own");
            server.app.store.clock().advance(DAY);
            let client = server.sign_in("distributor-1").await;
            assert_eq!(invite(&client, &["d@x.example"]).await["userErrors"], json!([]));
            server
        },
    )
    .await;
}
