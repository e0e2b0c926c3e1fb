//! The feed: live, resumed, in order, in scope, and ended with the session.

use std::time::Duration;

use entities::{
    access_record,
    types::{AccessRecordKind, AccountKind, ReviewDecision},
};
use partner_center::{
    demo, feed,
    outcome::Outcome,
    reviews::facts::{ReviewDecided, review_decided},
    store::{Command, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Server, charge_line, id, story};

const ALERTS: &str = "subscription($after: String, $resellerId: ID, $customerId: ID, $minThreshold: Int) { \
    budgetAlerts(after: $after, resellerId: $resellerId, customerId: $customerId, minThreshold: $minThreshold) { \
    id cursor type threshold amount used usagePercent customer { accountName } reseller { accountName } \
    alert { threshold status customer { id } } } }";
const EVENTS: &str = "subscription($after: String, $types: [EventType!]) { events(after: $after, types: $types) { \
    id cursor type occurredAt } }";

/// R-CORE-21, R-CORE-22: the reseller and the distributor both get the alert, at once, with all that it tells.
#[tokio::test]
async fn an_alert_reaches_the_reseller_and_the_distributor() {
    story(|server| async move {
        let mut sockets = Vec::new();
        for who in ["reseller-1a", "distributor-1", "platform/operator"] {
            let mut socket = server.socket(&server.sign_in(who).await).await;
            socket.subscribe("1", ALERTS, json!({})).await;
            sockets.push(socket);
        }
        let others = ["reseller-1b", "distributor-2", "csp-1"];
        let mut strangers = Vec::new();
        for who in others {
            let mut socket = server.socket(&server.sign_in(who).await).await;
            socket.subscribe("1", EVENTS, json!({})).await;
            strangers.push(socket);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.charge("customer-1a1", "to-75", "0.10").await;
        for socket in &mut sockets {
            let alert = socket.event().await["budgetAlerts"].clone();
            assert_eq!(alert["threshold"], 75);
            assert_eq!(alert["usagePercent"], "75.00");
            assert_eq!(alert["customer"]["accountName"], "customer-1a1");
            assert_eq!(alert["reseller"]["accountName"], "reseller-1a");
            assert_eq!(alert["alert"]["status"], "OPEN");
        }
        for socket in &mut strangers {
            assert!(socket.is_silent().await, "nobody else hears of it");
        }
        server
    })
    .await;
}

/// What was missed is replayed once and in order, then it goes on live.
#[tokio::test]
async fn a_client_that_was_away_sees_what_it_missed_once_and_in_order() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, json!({})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.charge("customer-1a1", "a", "0.10").await;
        let seen = socket.event().await["events"].clone();
        drop(socket);
        server.charge("customer-1a1", "b", "150").await;
        server.charge("customer-1a2", "c", "0.50").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, json!({ "after": seen["cursor"] })).await;
        let mut types = Vec::new();
        let mut cursors = vec![seen["cursor"].clone()];
        for _ in 0..3 {
            let event = socket.event().await["events"].clone();
            types.push(event["type"].as_str().unwrap().to_owned());
            cursors.push(event["cursor"].clone());
        }
        assert_eq!(types, ["BUDGET_THRESHOLD_REACHED", "BUDGET_THRESHOLD_REACHED", "ACCOUNT_FROZEN"]);
        assert!(socket.is_silent().await);
        server.charge("customer-1a1", "d", "100").await;
        assert_eq!(socket.event().await["events"]["type"], "BUDGET_THRESHOLD_REACHED");
        let past = format!(
            "{{ events(first: 100, after: {}) {{ nodes {{ cursor }} pageInfo {{ hasNextPage endCursor }} }} }}",
            cursors[0]
        );
        let past = client.ask(&past).await["events"].clone();
        assert_eq!(past["nodes"].as_array().unwrap().len(), 4);
        assert_eq!(past["nodes"][0]["cursor"], cursors[1]);
        server
    })
    .await;
}

/// Writers race while subscribers come and go; each subscriber sees every event once, and all in the same order.
#[tokio::test]
async fn every_subscriber_sees_every_event_once_in_one_order_from_any_cursor() {
    const CHARGES: usize = 60;
    story(|server| async move {
        let above = server.sign_in("distributor-1").await;
        let start = above.ask("{ events(first: 100) { pageInfo { endCursor hasNextPage } } }").await;
        assert_eq!(start["events"]["pageInfo"]["hasNextPage"], false);
        let start = start["events"]["pageInfo"]["endCursor"].clone();
        let writers = async {
            let customers =
                ["customer-1a1", "customer-1a3", "customer-1a4", "customer-1b1", "customer-1b2", "customer-1c1"];
            let names: Vec<String> = (0..CHARGES).map(|number| format!("w{number}")).collect();
            let writes =
                names.iter().enumerate().map(|(number, name)| server.charge(customers[number % 6], name, "40"));
            futures_util::future::join_all(writes).await;
        };
        let read = async |pause: u64| {
            let mut seen: Vec<String> = Vec::new();
            let mut cursor = start.clone();
            while seen.len() < 18 {
                let mut socket = server.socket(&above).await;
                let types = json!(["BUDGET_THRESHOLD_REACHED"]);
                socket.subscribe("1", EVENTS, json!({ "after": cursor, "types": types })).await;
                for _ in 0..5 {
                    if seen.len() == 18 {
                        break;
                    }
                    let event = socket.event().await["events"].clone();
                    cursor = event["cursor"].clone();
                    seen.push(event["id"].as_str().unwrap().to_owned());
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
            seen
        };
        let ((), first, second) = tokio::join!(writers, read(0), read(15));
        assert_eq!(first, second);
        let mut once = first.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), first.len());
        server
    })
    .await;
}

#[tokio::test]
async fn filters_pick_reseller_customer_and_threshold() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("high", ALERTS, json!({ "minThreshold": 100, "resellerId": id("reseller-1a") })).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server
            .charges(&[("customer-1b1", "f1", "900"), ("customer-1a1", "f2", "160"), ("customer-1a4", "f3", "300")])
            .await;
        let alert = socket.event().await["budgetAlerts"].clone();
        assert_eq!((&alert["threshold"], &alert["customer"]["accountName"]), (&json!(100), &json!("customer-1a4")));
        assert!(socket.is_silent().await);
        server
    })
    .await;
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused_and_nothing_is_followed() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut socket = server.socket(&client).await;
        for cursor in ["nonsense", "", "ZmVlZDotMQ", "ZmVlZDo5OTk5OTk5OTk5"] {
            socket.subscribe("1", EVENTS, json!({ "after": cursor })).await;
            let message = socket.next().await;
            assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")), "{cursor}: {message}");
            assert_eq!(message["payload"][0]["extensions"]["code"], "INVALID_CURSOR");
        }
        let answer = client.run("{ events(after: \"nonsense\") { nodes { id } } }", Value::Null).await;
        assert_eq!(answer.code(), "INVALID_CURSOR");
        server
    })
    .await;
}

#[tokio::test]
async fn a_cursor_older_than_the_log_is_told_so() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let old = client.ask("{ events(first: 1) { pageInfo { endCursor } } }").await;
        let old = old["events"]["pageInfo"]["endCursor"].clone();
        server.app.store.clock().advance(Duration::from_secs(3_600));
        server.charge("customer-1a1", "new", "0.10").await;
        server.app.hub.settle().await.unwrap();
        let keep = Duration::from_secs(1_800);
        assert!(feed::sequence::trim(&server.app.store, keep).await.unwrap() > 0);
        let client = server.sign_in("reseller-1a").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, json!({ "after": old })).await;
        assert_eq!(socket.next().await["payload"][0]["extensions"]["code"], "CURSOR_EXPIRED");
        let kept = client.ask("{ events(first: 10) { nodes { type } } }").await;
        assert_eq!(kept["events"]["nodes"], json!([{ "type": "BUDGET_THRESHOLD_REACHED" }]));
        server
    })
    .await;
}

/// A session that ends, ends its streams at once.
#[tokio::test]
async fn signing_out_ends_running_subscriptions() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, json!({})).await;
        client.ask("mutation { signOut { userErrors { code } } }").await;
        assert_eq!(socket.closed().await, 4403);
        server
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        server.app.store.clock().advance(Duration::from_secs(15 * 60 - 2));
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, json!({})).await;
        assert_eq!(socket.closed().await, 4403);
        server
    })
    .await;
}

/// A customer hears of its own budget and freeze, not of alerts.
#[tokio::test]
async fn a_customer_follows_its_own_affairs_only() {
    story(|server| async move {
        let client = server.sign_in("customer-1a2").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("no", ALERTS, json!({})).await;
        assert_eq!(socket.next().await["payload"][0]["extensions"]["code"], "FORBIDDEN");
        socket.subscribe("1", EVENTS, json!({})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.charges(&[("customer-1a1", "x", "500"), ("customer-1a2", "y", "5")]).await;
        assert_eq!(socket.event().await["events"]["type"], "ACCOUNT_FROZEN");
        assert!(socket.is_silent().await);
        server
    })
    .await;
}

struct Decide;

impl Command for Decide {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let decided = ReviewDecided {
            subject_kind: AccountKind::Reseller,
            subject_id: demo::account_id("reseller-1a"),
            decision: ReviewDecision::Approved,
            comment: Some("welcome".to_owned()),
            application_id: None,
            stage: None,
            is_final: true,
        };
        let audience = feed::Audience {
            distributor: Some(demo::account_id("distributor-1")),
            partner: Some(demo::account_id("reseller-1a")),
            customer: None,
        };
        feed::append_in(tx, vec![review_decided(audience, decided.subject_id, &decided)]).await?;
        Ok(())
    }
}

#[tokio::test]
async fn review_outcomes_are_pushed_and_replayed() {
    const OUTCOMES: &str = "subscription($after: String) { reviewOutcomes(after: $after) { cursor decision comment \
        subject { __typename ... on Reseller { accountName } } } }";
    async fn outcome(server: &Server, after: Value) -> Value {
        let mut socket = server.socket(&server.sign_in("reseller-1a").await).await;
        socket.subscribe("1", OUTCOMES, json!({ "after": after })).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        if after.is_null() {
            server.app.store.execute(Decide).await.unwrap();
        }
        socket.event().await["reviewOutcomes"].clone()
    }
    story(|server| async move {
        let before = server.sign_in("reseller-1a").await;
        let before = before.ask("{ events(first: 100) { pageInfo { endCursor } } }").await;
        let live = outcome(&server, Value::Null).await;
        assert_eq!(live["subject"], json!({ "__typename": "Reseller", "accountName": "reseller-1a" }));
        assert_eq!((&live["decision"], &live["comment"]), (&json!("APPROVED"), &json!("welcome")));
        assert_eq!(outcome(&server, before["events"]["pageInfo"]["endCursor"].clone()).await, live);
        server
    })
    .await;
}

/// A reader that stops reading costs bounded memory: its events wait in the log, and it gets them all in the end.
#[tokio::test]
async fn a_slow_reader_loses_nothing() {
    story(|server| async move {
        let client = server.sign_in("distributor-1").await;
        let mut socket = server.socket(&client).await;
        socket.subscribe("1", EVENTS, json!({ "types": ["BUDGET_CHANGED"] })).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let manager = server.sign_in("reseller-1a").await;
        let ids: Vec<String> = (1..=5).map(|number| id(&format!("customer-1a{number}"))).collect();
        let set = "mutation($ids: [ID!]!, $amount: Decimal!) { setCustomerBudgets(input: { customerIds: $ids, \
            type: MONTHLY, amount: $amount, exhaustionPolicy: MANUAL }) { userErrors { code } } }";
        for round in 1..=80 {
            manager.run(set, json!({ "ids": ids, "amount": format!("{}", 1_000 + round) })).await.data();
        }
        let mut last = String::new();
        for _ in 0..400 {
            let event = socket.event().await["events"].clone();
            assert_ne!(event["id"], json!(last));
            last = event["id"].as_str().unwrap().to_owned();
        }
        assert!(socket.is_silent().await);
        server
    })
    .await;
}

/// R-CORE-42: subscribers that ask alike are sent one answer, executed once; what is revealed is executed and recorded for
/// each of them.
#[tokio::test]
async fn subscribers_that_ask_alike_share_an_answer_and_never_a_reveal() {
    const ALIKE: &str =
        "subscription($after: String) { budgetAlerts(after: $after) { id cursor customer { id name } } }";
    const REVEALING: &str = "subscription { budgetAlerts { id customer { name(reveal: true) } } }";
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut alike = Vec::new();
        for _ in 0..30 {
            let mut socket = server.socket(&client).await;
            socket.subscribe("1", ALIKE, json!({})).await;
            alike.push(socket);
        }
        let mut revealing = Vec::new();
        for _ in 0..2 {
            let mut socket = server.socket(&client).await;
            socket.subscribe("1", REVEALING, json!({})).await;
            revealing.push(socket);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let meter = server.sign_in("platform/meter").await;
        let now = server.app.store.clock().now().to_datetime().to_rfc3339();
        let line = charge_line("over-75", "customer-1a1", "0.10", &now);
        let before = server.app.store.statements().get();
        meter.record(&[line]).await;
        let mut seen = Vec::new();
        for socket in &mut alike {
            seen.push(socket.event().await["budgetAlerts"].clone());
        }
        assert!(seen.iter().all(|alert| alert == &seen[0]));
        assert_eq!(seen[0]["customer"]["id"], id("customer-1a1"));
        for socket in &mut revealing {
            let name = socket.event().await["budgetAlerts"]["customer"]["name"].clone();
            assert_ne!(name, seen[0]["customer"]["name"], "in full");
        }
        let statements = server.app.store.statements().get() - before;
        assert!(statements < 30, "{statements} statements for one alert");
        let reveals = access_record::Entity::find().filter(access_record::Column::Kind.eq(AccessRecordKind::Revealed));
        let recorded = reveals.count(server.app.store.reader()).await.unwrap();
        assert_eq!(recorded, 2, "each reveal is recorded");

        // Whoever comes back at another place asks alike, too.
        let mut resumed = server.socket(&client).await;
        resumed.subscribe("1", ALIKE, json!({ "after": seen[0]["cursor"] })).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.charge("customer-1a1", "over-90", "150").await;
        assert_eq!(resumed.event().await, alike[0].event().await);
        // The same words of another partner are another question.
        let other = server.sign_in("distributor-2").await;
        let mut other = server.socket(&other).await;
        other.subscribe("1", ALIKE, json!({})).await;
        server.charge("customer-1a1", "over-100", "150").await;
        assert!(other.is_silent().await);
        server
    })
    .await;
}
