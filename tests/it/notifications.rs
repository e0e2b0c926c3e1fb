//! Messages to people: who is told, what carries it, and what becomes of what nobody takes.

use std::time::{Duration, Instant};

use entities::message;
use partner_center::{
    config::{Settings, SmtpSettings},
    notifications::{Carriers, SmsSettings, outbox::deliver_due},
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::support::{Client, Receiver, Server, story, story_with};

const SET: &str = "mutation($type: MessageType!, $recipients: [MessageRecipientInput!]!) { setMessageRecipients(input: \
    { type: $type, recipients: $recipients }) { recipients { name email mobileNumber channels } \
    userErrors { code field message } } }";
const DEAD: &str = "{ deadMessages { totalCount nodes { id channel recipient subject attempts failure deadAt } } }";
const RETRY: &str = "mutation($ids: [ID!]!) { retryDeadMessages(input: { ids: $ids }) { retried userErrors { code \
    field } } }";

async fn set(client: &Client, of: &str, recipients: Value) -> Value {
    let answer = client.run(SET, json!({ "type": of, "recipients": recipients })).await.data();
    answer["setMessageRecipients"].clone()
}

async fn set_budget_recipients(server: &Server, who: &str, recipients: Value) {
    let answer = set(&server.sign_in(who).await, "PARTNER_BUDGET", recipients).await;
    assert_eq!(answer["userErrors"], json!([]), "{answer}");
}

/// Who was told what: address and text, in the order of writing.
async fn outbox(server: &Server) -> Vec<(String, String)> {
    let messages = message::Entity::find().order_by_asc(message::Column::Id).all(server.app.store.reader()).await;
    let told = messages.unwrap().into_iter().filter(|message| !message.secret);
    let mut told: Vec<_> = told.map(|message| (message.recipient, message.body)).collect();
    told.sort();
    told
}

async fn told(server: &Server) -> Vec<String> {
    outbox(server).await.into_iter().map(|(to, _)| to).collect()
}

fn to(email: &str) -> Value {
    json!({ "name": "Ann Lee", "email": email })
}

/// R-CORE-42: recipients are personal data.
#[tokio::test]
async fn recipients_are_kept_in_order_and_masked_unless_revealed() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let people = json!([
            { "name": "Ann Lee", "email": "ann.lee@partner.example", "mobileNumber": "+65 9123-4567" },
            { "name": "Bob Ng", "mobileNumber": "91234568", "channels": ["SMS"] },
        ]);
        let answer = set(&client, "PARTNER_BUDGET", people).await;
        assert_eq!(answer["userErrors"], json!([]), "{answer}");
        let query = |reveal: bool| {
            format!(
                "{{ messageRecipients(type: PARTNER_BUDGET) {{ name(reveal: {reveal}) email(reveal: {reveal}) \
                 mobileNumber(reveal: {reveal}) channels }} }}"
            )
        };
        let masked = client.ask(&query(false)).await["messageRecipients"].clone();
        assert_eq!(masked, answer["recipients"]);
        assert_eq!(masked[0]["email"], "ann*****@partner.example");
        assert!(!masked.to_string().contains("9123") && !masked.to_string().contains("Ann Lee"), "{masked}");
        let revealed = client.ask(&query(true)).await["messageRecipients"].clone();
        assert_eq!(revealed[0]["mobileNumber"], "+6591234567");
        assert_eq!(revealed[0]["channels"], json!(["EMAIL", "SMS"]));
        assert_eq!(revealed[1]["name"], "Bob Ng");
        let records = entities::access_record::Entity::find().all(server.app.store.reader()).await.unwrap();
        let reveals = records.iter().filter(|record| record.kind == entities::types::AccessRecordKind::Revealed);
        assert_eq!(reveals.count(), 5, "a record for each field that was revealed");

        let others = server.sign_in("reseller-1b").await;
        assert_eq!(others.ask(&query(true)).await["messageRecipients"], json!([]), "each account its own");
        let security = client.ask("{ messageRecipients(type: SECURITY) { name } }").await;
        assert_eq!(security["messageRecipients"], json!([]), "each type its own");
        server
    })
    .await;
}

#[tokio::test]
async fn a_list_with_a_mistake_changes_nothing_and_says_where_it_is() {
    story(|server| async move {
        let client = server.sign_in("csp-1").await;
        set(&client, "PARTNER_BUDGET", json!([to("first@csp.example")])).await;
        let mistakes = json!([
            to("good@csp.example"),
            to("not an address"),
            { "name": "x", "mobileNumber": "12" },
            { "name": "", "email": "a@csp.example" },
            { "name": "x" },
            to("GOOD@csp.example"),
            { "name": "x", "email": "b@csp.example", "channels": ["SMS"] },
        ]);
        let errors = set(&client, "PARTNER_BUDGET", mistakes).await["userErrors"].clone();
        let fields: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["field"][1].clone()).collect();
        assert_eq!(fields, ["1", "2", "3", "4", "5", "6"], "{errors}");
        let many: Vec<Value> = (0..21).map(|number| to(&format!("p{number}@csp.example"))).collect();
        let errors = set(&client, "PARTNER_BUDGET", json!(many)).await["userErrors"].clone();
        assert_eq!(errors[0]["field"], json!(["recipients"]), "{errors}");
        let kept = client.ask("{ messageRecipients(type: PARTNER_BUDGET) { email(reveal: true) } }").await;
        assert_eq!(kept["messageRecipients"], json!([{ "email": "first@csp.example" }]));
        assert_eq!(set(&client, "PARTNER_BUDGET", json!([])).await["recipients"], json!([]));
        server
    })
    .await;
}

/// R-CORE-21, R-CORE-22: every recipient of the reseller and of the distributor hears of each threshold, and nobody else;
/// of a provider's customer, the provider's.
#[tokio::test]
async fn an_alert_goes_to_every_recipient_of_the_partners_above() {
    story(|server| async move {
        let both = json!([
            { "name": "Ann", "email": "ann@reseller.example", "mobileNumber": "6591234567" },
            to("shared@partner.example"),
        ]);
        set_budget_recipients(&server, "reseller-1a", both).await;
        set_budget_recipients(
            &server,
            "distributor-1",
            json!([to("dan@distributor.example"), to("shared@partner.example")]),
        )
        .await;
        set_budget_recipients(&server, "reseller-1b", json!([to("eve@reseller.example")])).await;
        set_budget_recipients(&server, "csp-1", json!([to("cid@csp.example")])).await;

        server.charge("customer-1a1", "below", "0.09").await;
        assert_eq!(told(&server).await.len(), 0, "no threshold, no message");
        server.charge("customer-1a1", "to-75", "0.01").await;
        let once = ["6591234567", "ann@reseller.example", "dan@distributor.example", "shared@partner.example"];
        assert_eq!(told(&server).await, once);
        let (_, text) = outbox(&server).await.remove(0);
        assert_eq!(
            text,
            "customer-1a1 has used 750.00 USD of its monthly budget of 1000.00 USD and reached the threshold of 75 %."
        );
        server.charge("customer-1a1", "to-100", "250").await;
        assert_eq!(told(&server).await.len(), 3 * once.len(), "90 and 100 as well");
        server.charge("customer-1a1", "on", "250").await;
        assert_eq!(told(&server).await.len(), 3 * once.len(), "each threshold once");
        server.charge("customer-csp1-1", "csp", "90").await;
        assert_eq!(told(&server).await.iter().filter(|to| *to == "cid@csp.example").count(), 1);
        server
    })
    .await;
}

/// What recipients cost: nothing without an alert, a read with one, and one insert more with somebody to tell, whatever
/// the number of customers and people (R-CORE-21).
#[tokio::test]
async fn recipients_cost_two_statements_however_many_are_told() {
    story(|server| async move {
        let meter = server.sign_in("platform/meter").await;
        let charge = async |number: &str, customers: &[&str], price: &str| {
            let now = server.app.store.clock().now().to_datetime().to_rfc3339();
            let lines: Vec<Value> = customers
                .iter()
                .map(|name| crate::support::charge_line(&format!("{name}-{number}"), name, price, &now))
                .collect();
            let (before, began) = (server.app.store.statements().get(), Instant::now());
            meter.record(&lines).await;
            let (statements, took) = (server.app.store.statements().get() - before, began.elapsed());
            // The sequencer has its own statements right after.
            server.app.hub.settle().await.unwrap();
            // Jobs ask as much in as long a time when nothing else is asked for.
            let before = server.app.store.statements().get();
            tokio::time::sleep(took).await;
            statements.saturating_sub(server.app.store.statements().get() - before)
        };
        let several = ["customer-1a3", "customer-1a4", "customer-1b3", "customer-1b4", "customer-2a3", "customer-2a4"];
        let people: Vec<Value> = (0..20).map(|number| to(&format!("p{number}@partner.example"))).collect();
        for partner in ["distributor-1", "distributor-2", "reseller-1a", "reseller-1b"] {
            set_budget_recipients(&server, partner, json!(people)).await;
        }
        let one = charge("a", &["customer-1a1"], "900").await;
        assert_eq!(told(&server).await.len(), 3 * 20, "who stands in both lists is told once");
        let many = charge("b", &several, "900").await;
        assert_eq!(told(&server).await.len(), 3 * 20 * 7);
        assert!(many <= one + 6, "{many} statements for six customers, {one} for one");
        server
    })
    .await;
}

/// The former people hear of it when others take their place.
#[tokio::test]
async fn those_who_guard_an_account_hear_of_changes() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        set(&client, "SECURITY", json!([to("guard@distributor.example")])).await;
        set(&client, "PARTNER_BUDGET", json!([to("ann@distributor.example")])).await;
        set(&client, "SECURITY", json!([])).await;
        let told = outbox(&server).await;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|(to, _)| to == "guard@distributor.example"), "{told:?}");
        assert!(told.iter().any(|(_, text)| text.contains("SECURITY")), "{told:?}");
        server
    })
    .await;
}

fn with_gateway(gateway: &Receiver) -> impl FnOnce(&mut Settings) + use<> {
    let sms = SmsSettings { url: gateway.url(), token: Some("gateway-token".to_owned()) };
    move |settings| settings.sms = Some(sms)
}

#[tokio::test]
async fn text_messages_go_to_the_gateway_that_is_set() {
    let gateway = Receiver::start().await;
    story_with(with_gateway(&gateway), |server| async move {
        let phone = json!([{ "name": "Ann", "mobileNumber": "+6591234567" }]);
        set_budget_recipients(&server, "reseller-1a", phone).await;
        server.charge("customer-1a1", "to-75", "0.10").await;
        server.until("the gateway has it", || async { !gateway.posted().is_empty() }).await;
        let posted = gateway.posted().remove(0);
        assert_eq!(posted.body["to"], "+6591234567");
        assert!(posted.body["text"].as_str().unwrap().starts_with("customer-1a1 has used 750.00 USD"));
        assert_eq!(posted.headers["authorization"], "Bearer gateway-token");
        assert!(posted.headers["idempotency-key"].to_str().unwrap().starts_with("msg_"));
        server
    })
    .await;
}

/// A mail server that hands over the first message to an address, as it came. What else the outbox holds it takes too.
async fn mail_server(wanted: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let taken = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mail = take_mail(stream).await;
            if mail.contains(wanted) {
                return mail;
            }
        }
    });
    (url, taken)
}

async fn take_mail(stream: TcpStream) -> String {
    let (read, mut write) = stream.into_split();
    let (mut lines, mut all, mut in_data) = (BufReader::new(read).lines(), String::new(), false);
    write.write_all(b"220 here\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        all.push_str(&line);
        all.push('\n');
        let answer = match line.as_str() {
            "." => "250 taken",
            _ if in_data => continue,
            "DATA" => "354 go on",
            _ => "250 fine",
        };
        in_data = line == "DATA";
        write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        if line == "." || line == "QUIT" {
            break;
        }
    }
    all
}

/// R-CORE-21: a warning by e-mail, as the receiver's server gets it.
#[tokio::test]
async fn e_mail_goes_to_the_mail_server_that_is_set() {
    let (url, taken) = mail_server("RCPT TO:<ann@reseller.example>").await;
    let from = "Partner Center <no-reply@partner.example>".to_owned();
    story_with(
        |settings| settings.smtp = Some(SmtpSettings { url, from }),
        |server| async move {
            set_budget_recipients(&server, "reseller-1a", json!([to("ann@reseller.example")])).await;
            server.charge("customer-1a1", "to-75", "0.10").await;
            let mail = tokio::time::timeout(Duration::from_secs(20), taken).await.expect("mail came").unwrap();
            assert!(mail.contains("Subject: customer-1a1 has reached 75 % of its budget"), "{mail}");
            assert!(mail.contains("Message-ID: <msg_"), "{mail}");
            let sent = || async {
                let all = message::Entity::find().all(server.app.store.reader()).await.unwrap();
                all.iter().any(|message| message.recipient == "ann@reseller.example" && message.sent_at.is_some())
            };
            server.until("it is sent", sent).await;
            server
        },
    )
    .await;
}

/// A carrier that fails is tried twelve times over hours; then the platform sees what is left, and has it tried again.
#[tokio::test]
async fn what_no_carrier_takes_is_listed_and_can_be_tried_again() {
    let gateway = Receiver::start().await;
    story(|server| async move {
        let phone = json!([{ "name": "Ann", "mobileNumber": "+6591234567" }]);
        set_budget_recipients(&server, "reseller-1a", phone).await;
        server.charge("customer-1a1", "to-75", "0.10").await;
        let mut settings = (*server.app.settings).clone();
        with_gateway(&gateway)(&mut settings);
        let carriers = Carriers::load(&settings).unwrap();
        let deliver = async || deliver_due(&server.app.store, &carriers).await.unwrap();
        gateway.answer(&[500; 12]);
        assert_eq!(deliver().await, 0);
        assert_eq!(deliver().await, 0);
        assert_eq!(gateway.posted().len(), 1, "not before its time");
        for _ in 0..11 {
            let platform = server.sign_in("platform").await;
            assert_eq!(platform.ask(DEAD).await["deadMessages"]["totalCount"], 0);
            server.app.store.clock().advance(Duration::from_secs(3_600));
            deliver().await;
        }
        server.app.store.clock().advance(Duration::from_secs(3_600));
        assert_eq!(deliver().await, 0);
        assert_eq!(gateway.posted().len(), 12, "given up");

        let platform = server.sign_in("platform").await;
        let dead = platform.ask(DEAD).await["deadMessages"].clone();
        assert_eq!(dead["totalCount"], 1);
        let message = &dead["nodes"][0];
        assert_eq!((&message["channel"], &message["attempts"]), (&json!("SMS"), &json!(12)));
        assert_eq!(message["failure"], "the gateway answered 500");
        assert!(message["recipient"].as_str().unwrap().contains("****"), "{message}");
        let reseller = server.sign_in("reseller-1a").await;
        assert_eq!(reseller.run(DEAD, Value::Null).await.code(), "FORBIDDEN");

        let unknown = json!({ "ids": [message["id"], "msg_00000000000000000000000000"] });
        let refused = platform.run(RETRY, unknown).await.data()["retryDeadMessages"].clone();
        assert_eq!(refused, json!({ "retried": 0, "userErrors": [{ "code": "NOT_FOUND", "field": ["ids", "1"] }] }));
        let again = platform.run(RETRY, json!({ "ids": [message["id"], message["id"]] })).await.data();
        assert_eq!(again["retryDeadMessages"], json!({ "retried": 1, "userErrors": [] }));
        assert_eq!(platform.ask(DEAD).await["deadMessages"]["totalCount"], 0);
        assert_eq!(deliver().await, 1, "the gateway works again");
        assert_eq!(deliver().await, 0, "once");
        server
    })
    .await;
}

/// A carrier that is away holds up nothing: the charge is answered and the message waits.
#[tokio::test]
async fn a_carrier_that_is_away_holds_up_nobody() {
    let away = |settings: &mut Settings| {
        settings.sms = Some(SmsSettings { url: "http://127.0.0.1:1/".to_owned(), token: None });
    };
    story_with(away, |server| async move {
        let phone = json!([{ "name": "Ann", "mobileNumber": "+6591234567" }]);
        set_budget_recipients(&server, "reseller-1a", phone).await;
        assert_eq!(server.charge("customer-1a1", "to-75", "0.10").await["recorded"], 1);
        assert_eq!(told(&server).await, ["+6591234567"]);
        let tried = || async {
            let one = message::Entity::find().all(server.app.store.reader()).await.unwrap();
            one.iter().any(|message| message.attempts > 0 && message.sent_at.is_none())
        };
        server.until("it was tried", tried).await;
        server
    })
    .await;
}
