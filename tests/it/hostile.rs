//! What an attacker would try who knows the libraries: each of these once went through, or would with the stock parts.

use std::{convert::Infallible, sync::Arc, time::Duration};

use entities::{customer, types::MemberRole};
use futures_util::{StreamExt, stream};
use partner_center::{
    accounts::queries::identity_by_name,
    feed::{self, AccessChange},
    outcome::Outcome,
    store::{Command, Tx},
};
use reqwest::Body;
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::timeout};

use crate::{
    exports::Demote,
    limits::post,
    support::{Client, Socket, id, story, story_with},
};

/// Quotes that the parser reads in another way than they look hide no brackets: it recurses on them.
#[tokio::test]
async fn no_text_makes_the_parser_recurse_without_end() {
    story(|server| async move {
        for begin in ["[\"\"\"\"", "[\"\" \"\"\"\" ", "\"\"\"\"[", "[\"\"\"\\\"\"\"\"\"\"[", "#\"\"\"\r["] {
            let deep = format!("{{a(x:{begin}{}{}])}}", "[".repeat(3_000), "]".repeat(3_000));
            let (_, code, answer) = post(&server, json!({ "query": deep }).to_string()).await;
            assert_eq!(code, "QUERY_TOO_COMPLEX", "{begin}: {answer}");
        }
        server
    })
    .await;
}

/// Figures and logs are kept by the schema's names: a client's own would fill the memory.
#[tokio::test]
async fn names_of_clients_are_in_no_figure() {
    story(|server| async move {
        for query in ["{ zqMadeUp }", "{ zqAlias: zqMadeUp2 }", "mutation { zqMadeUp3 }"] {
            post(&server, json!({ "query": query }).to_string()).await;
        }
        let figures = reqwest::get(server.url("/metrics")).await.unwrap().text().await.unwrap();
        assert!(figures.contains("query unknown"), "{figures}");
        assert!(!figures.contains("zq"), "{figures}");
        server
    })
    .await;
}

/// What a stream keeps is bounded: variables that nobody declared are dropped, others are of a bounded size, ids too.
#[tokio::test]
async fn streams_keep_little_of_what_their_clients_sent() {
    story(|server| async move {
        let client = server.sign_in("reseller-1a").await;
        let mut socket = Socket::open(server.address, client.token.as_deref()).await;
        let followed = "subscription($types: [EventType!]) { events(types: $types) { id } }";
        let types = vec!["BUDGET_ALERT_RAISED"; 2_000];
        socket.subscribe("1", followed, json!({ "types": types })).await;
        let refused = socket.next().await;
        assert_eq!(refused["payload"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX", "{refused}");
        assert_eq!(refused["payload"][0]["extensions"]["limit"], 16 * 1_024);
        let all = "subscription($after: String) { events(after: $after) { id } }";
        socket.subscribe("2", all, json!({ "after": "ZmVlZDow", "undeclared": "x".repeat(500_000) })).await;
        assert_eq!(socket.next().await["type"], "next");
        socket.subscribe(&"i".repeat(129), all, Value::Null).await;
        assert_eq!(socket.closed().await, 4400);
        server
    })
    .await;
}

/// Who has not said who it is sends little, and gets nothing large back.
#[tokio::test]
async fn strangers_on_a_socket_are_held_short() {
    story(|server| async move {
        let mut socket = Socket::connect(server.address).await;
        socket.send(json!({ "type": "ping", "payload": { "x": "small" } })).await;
        assert_eq!(socket.next().await["payload"]["x"], "small");
        socket.send(json!({ "type": "ping", "payload": { "x": "x".repeat(2_000) } })).await;
        assert_eq!(socket.next().await, json!({ "type": "pong" }));
        socket.send(json!({ "type": "ping", "payload": { "x": "x".repeat(20_000) } })).await;
        assert_eq!(socket.closed().await, 4400);
        server
    })
    .await;
}

/// Bodies take memory before anybody has said who it is: an address has so many bytes of them on their way, and pays for
/// what is no request, too.
#[tokio::test]
async fn bodies_of_strangers_are_bounded_and_paid_for() {
    let settings = |settings: &mut partner_center::config::Settings| {
        settings.limits.bodies_bytes_per_address = 10_000;
        settings.rates.address_requests = 40;
    };
    story_with(settings, |server| async move {
        let large = || json!({ "query": "{ __typename }", "variables": { "x": "x".repeat(6_000) } }).to_string();
        let first = large()[..6_000].to_owned();
        let slow = Body::wrap_stream(stream::iter([Ok::<_, Infallible>(first)]).chain(stream::pending()));
        let signed = server.sign_in("reseller-1a").await;
        let request = || {
            let request = server.http.post(server.url("/graphql")).header("content-type", "application/json");
            request.bearer_auth(signed.token.as_deref().unwrap())
        };
        let slow = tokio::spawn(request().body(slow).send());
        let status = async || request().body(large()).send().await.unwrap().status().as_u16();
        server.until("the slow one is on its way", || async { status().await == 429 }).await;
        slow.abort();
        server.until("there is room again", || async { status().await == 200 }).await;
        let mut paid = 0;
        while post(&server, "{".to_owned()).await.0 == 400 {
            paid += 1;
        }
        assert!((1..40).contains(&paid), "what is no request is paid for, too: {paid}");
        assert_eq!(post(&server, "[]".to_owned()).await.1, "TOO_MANY_REQUESTS");
        server
    })
    .await;
}

/// What is refused costs by its length, and is not looked at further than it may be large.
#[tokio::test]
async fn documents_that_are_refused_are_paid_for() {
    story_with(
        |settings| settings.rates.account_cost = 600,
        |server| async move {
            let client = server.sign_in("reseller-1a").await;
            let spreads: String =
                (1..=100).map(|first| format!("a{first}: customers(first: {first}) {{ ...F }} ")).collect();
            let wide =
                format!("{{ {spreads} }} fragment F on CustomerConnection {{ nodes {{ {} }} }}", "id ".repeat(920));
            let answer = client.run(&wide, Value::Null).await;
            assert_eq!(answer.code(), "QUERY_TOO_COMPLEX", "{}", answer.body);
            let answer = client.run("{ viewer { member { id } } }", Value::Null).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let answer = client.run(&wide, Value::Null).await;
            assert_eq!((answer.status, answer.code()), (429, "TOO_MANY_REQUESTS"), "{}", answer.body);
            server
        },
    )
    .await;
}

/// Replaying the feed is paid for by what is executed; nothing is lost, it comes later. What an account's scripts spend
/// is not taken from its streams.
#[tokio::test]
async fn events_are_executed_within_a_budget() {
    story_with(
        |settings| settings.rates.account_cost = 60,
        |server| async move {
            let client = server.sign_in("distributor-1").await;
            let mut socket = Socket::open(server.address, client.token.as_deref()).await;
            let many = "subscription { events(after: \"ZmVlZDow\") { id cursor occurredAt type } }";
            socket.subscribe("1", many, Value::Null).await;
            let mut came = 0;
            while timeout(Duration::from_millis(700), socket.next()).await.is_ok() {
                came += 1;
            }
            assert!((1..=15).contains(&came), "{came} at 5 each");
            assert_eq!(timeout(Duration::from_secs(12), socket.next()).await.expect("it goes on")["type"], "next");
            server
        },
    )
    .await;
}

/// Holds all customers until it is told to let go.
struct Hold(Arc<Notify>);

impl Command for Hold {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        customer::Entity::find().lock_exclusive().all(tx.db()).await?;
        self.0.notified().await;
        Ok(())
    }
}

/// Whoever keeps the database busy waits for its own operations, and lets others have theirs.
#[tokio::test]
async fn operations_of_an_account_wait_for_each_other() {
    story_with(
        |settings| settings.limits.operations_per_account = 1,
        |server| async move {
            let (busy, other) = (server.sign_in("reseller-1a").await, server.sign_in("reseller-1b").await);
            let let_go = Arc::new(Notify::new());
            let (store, hold) = (server.app.store.clone(), Hold(let_go.clone()));
            let held = tokio::spawn(async move { store.execute(hold).await });
            let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \"77\", \
                exhaustionPolicy: MANUAL }) { userErrors { code } } }";
            let asked = json!({ "id": id("customer-1a1") });
            let query = "{ viewer { member { id } } }";
            let waits = async {
                let answers = async || timeout(Duration::from_millis(300), busy.run(query, Value::Null)).await.is_ok();
                server.until("its next operation waits", || async { !answers().await }).await;
                assert_eq!(other.run(query, Value::Null).await.status, 200);
                let_go.notify_one();
            };
            let (changed, ()) = tokio::join!(busy.run(set, asked), waits);
            assert_eq!(changed.data()["setCustomerBudget"]["userErrors"], json!([]));
            assert_eq!(busy.run(query, Value::Null).await.status, 200, "it is its turn again");
            held.await.unwrap().unwrap();
            server
        },
    )
    .await;
}

/// So many changes of access at once that none of them can be kept for those who follow.
struct Flood;

impl Command for Flood {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let change = || AccessChange::SessionEnded(entities::types::SessionId::new(tx.now())).fact();
        let facts = (0..400).map(|_| change()).collect();
        Ok(feed::append_in(tx, facts).await?)
    }
}

/// A stream that missed what was told of changes of access looks what its viewer may now, and ends where that is not what
/// it was.
#[tokio::test]
async fn a_flood_of_changes_hides_no_withdrawal() {
    story(|server| async move {
        let (lost, kept) = (server.sign_in("reseller-1a/finance").await, server.sign_in("reseller-1a").await);
        let follow = async |client: &Client| {
            let mut socket = Socket::open(server.address, client.token.as_deref()).await;
            socket.subscribe("1", "subscription { events { id } }", Value::Null).await;
            socket
        };
        let (mut loser, mut keeper) = (follow(&lost).await, follow(&kept).await);
        let store = &server.app.store;
        let found = identity_by_name(store.reader(), "reseller-1a", Some("finance")).await.unwrap().unwrap();
        store.execute(Demote(found.member.id, MemberRole::AccountManager)).await.unwrap();
        assert!(loser.is_silent().await && keeper.is_silent().await);
        store.execute(Flood).await.unwrap();
        server.app.hub.settle().await.unwrap();
        assert_eq!(loser.closed().await, 4403);
        assert!(keeper.is_silent().await, "whoever may the same stays");
        server
    })
    .await;
}
