//! Several nodes on one database: they wake each other, one of them orders the feed and runs the jobs, and another goes
//! on when that one dies or stalls.

use std::{collections::BTreeSet, time::Duration};

use entities::{event, types::ReviewDecision};
use partner_center::{
    accounts::tokens::Keys,
    app::App,
    clock::Clock,
    config::{Settings, WakeBy},
    demo,
    feed::{self, sequence::place_waiting},
    outcome::{Error, Outcome},
    reviews::facts::{ReviewDecided, review_decided},
    store::{Command, Lease, TakenOver, Tx},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Client, Program, Server, Socket, audit, fresh_database, id, key_file, nats, on_postgres, settings, story,
    story_with, until,
};

pub const OUTCOMES: &str =
    "subscription($after: String) { events(after: $after, types: [REVIEW_OUTCOME]) { id cursor } }";
const BUDGETS: &str = "subscription { events(types: [BUDGET_CHANGED]) { ... on BudgetChanged { amount } } }";
const SET: &str = "mutation($id: ID!, $amount: Decimal!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
    amount: $amount, exhaustionPolicy: MANUAL }) { userErrors { code } } }";
/// Longer than any test: nothing is found by looking, only by being called.
const NEVER: u64 = 24 * 3_600 * 1_000;

/// Appends an event and holds its transaction open.
pub struct Held(pub Duration);

impl Command for Held {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let decided = ReviewDecided {
            subject_kind: entities::types::AccountKind::Reseller,
            subject_id: demo::account_id("reseller-1a"),
            decision: ReviewDecision::Approved,
            comment: None,
            application_id: None,
            stage: None,
            is_final: true,
        };
        let audience = feed::Audience { partner: Some(demo::account_id("reseller-1a")), ..feed::Audience::default() };
        feed::append_in(tx, vec![review_decided(audience, decided.subject_id, &decided)]).await?;
        tokio::time::sleep(self.0).await;
        Ok(())
    }
}

/// Numbers that look like chance and are the same each time.
fn chance(seed: u64) -> u64 {
    let mixed = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

async fn head(client: &Client) -> Value {
    let past = client.ask("{ events(first: 100) { pageInfo { endCursor hasNextPage } } }").await;
    assert_eq!(past["events"]["pageInfo"]["hasNextPage"], false);
    past["events"]["pageInfo"]["endCursor"].clone()
}

/// Each node hears what the other commits, though neither ever looks by itself.
async fn nodes_hear_each_other(wake: WakeBy) {
    let change = |settings: &mut Settings| {
        settings.wake = wake;
        settings.feed_poll_ms = NEVER;
    };
    story_with(change, |first| async move {
        let second = first.beside().await;
        let duty = |server: &Server| server.app.jobs.fence().is_some();
        first.until("one has the duties", || async { duty(&first) || duty(&second) }).await;
        let mut sockets = Vec::new();
        for server in [&first, &second] {
            let client = server.sign_in("reseller-1a").await;
            let mut socket = server.socket(&client).await;
            socket.subscribe("1", OUTCOMES, json!({})).await;
            sockets.push(socket);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        for round in 0..20 {
            let server = if round % 2 == 0 { &first } else { &second };
            server.app.store.execute(Held(Duration::ZERO)).await.unwrap();
            let mut heard = BTreeSet::new();
            for socket in &mut sockets {
                heard.insert(socket.event().await["events"]["id"].as_str().unwrap().to_owned());
            }
            assert_eq!(heard.len(), 1, "both hear the same");
        }
        second.end().await;
        first
    })
    .await;
}

/// A session that ends at one node is refused by the other, which had it at hand, as soon as that hears of it.
#[tokio::test]
async fn a_session_that_ends_at_one_node_ends_at_the_other() {
    if !on_postgres() {
        return;
    }
    story(|first| async move {
        let second = first.beside().await;
        let here = first.sign_in("csp-1").await;
        let there = second.stranger().with_token(here.token.as_deref().unwrap());
        let is_refused = || async { there.run("{ viewer { currency } }", json!({})).await.status == 401 };
        assert!(!is_refused().await);
        here.ask("mutation { signOut { userErrors { code } } }").await;
        first.until("the other node refuses it", is_refused).await;
        second.end().await;
        first
    })
    .await;
}

#[tokio::test]
async fn nodes_wake_each_other_through_the_database() {
    if on_postgres() {
        nodes_hear_each_other(WakeBy::Database).await;
    }
}

#[tokio::test]
async fn nodes_wake_each_other_through_nats() {
    if let (true, Some(url)) = (on_postgres(), nats()) {
        nodes_hear_each_other(WakeBy::Nats(url)).await;
    }
}

/// A lost call costs the time until the next look, and nothing else: here all are lost.
#[tokio::test]
async fn without_any_call_nodes_look_at_the_log_themselves() {
    if !on_postgres() {
        return;
    }
    let change = |settings: &mut Settings| {
        settings.wake = WakeBy::Nobody;
        settings.feed_poll_ms = 100;
    };
    story_with(change, |first| async move {
        let second = first.beside().await;
        let mut socket = second.socket(&second.sign_in("reseller-1a").await).await;
        socket.subscribe("1", OUTCOMES, json!({})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        for _ in 0..5 {
            first.app.store.execute(Held(Duration::ZERO)).await.unwrap();
            socket.event().await;
        }
        second.end().await;
        first
    })
    .await;
}

/// Transactions that begin in one order commit in another, with tailers following all the while from any cursor, on every
/// node: everybody gets every event once, and all in the same order.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_stepped_over_however_transactions_commit() {
    const WRITERS: u16 = 12;
    const EACH: u16 = 15;
    let all = usize::from(WRITERS * EACH);
    story(|first| async move {
        let second = if on_postgres() { Some(first.beside().await) } else { None };
        let nodes: Vec<&Server> = std::iter::once(&first).chain(&second).collect();
        let start = head(&first.sign_in("reseller-1a").await).await;
        let writers = (0..WRITERS).map(|writer| {
            let store = nodes[usize::from(writer) % nodes.len()].app.store.clone();
            async move {
                for number in 0..EACH {
                    let open = if on_postgres() { chance(u64::from(writer * EACH + number)) % 120 } else { 0 };
                    store.execute(Held(Duration::from_millis(open))).await.unwrap();
                }
            }
        });
        // One that never leaves, and some that come back with a cursor after every few events.
        let tailers = [(0, all), (1, 7), (0, 3), (1, 1)].map(|(node, at_a_time)| {
            let server = nodes[node % nodes.len()];
            let start = start.clone();
            async move {
                let client = server.sign_in("reseller-1a").await;
                let (mut seen, mut cursor) = (Vec::new(), start);
                while seen.len() < all {
                    let mut socket = server.socket(&client).await;
                    socket.subscribe("1", OUTCOMES, json!({ "after": cursor })).await;
                    for _ in 0..at_a_time.min(all - seen.len()) {
                        let event = socket.event().await["events"].clone();
                        cursor = event["cursor"].clone();
                        seen.push(event["id"].as_str().unwrap().to_owned());
                    }
                }
                seen
            }
        });
        let (_, seen) = tokio::join!(futures_util::future::join_all(writers), futures_util::future::join_all(tailers));
        assert_eq!(seen[0].iter().collect::<BTreeSet<_>>().len(), all, "none twice, none missing");
        assert!(seen.iter().all(|of_one| of_one == &seen[0]), "all in one order");

        let entries: Vec<i64> = event::Entity::find()
            .select_only()
            .column(event::Column::Entry)
            .order_by_asc(event::Column::Position)
            .into_tuple()
            .all(first.app.store.reader())
            .await
            .unwrap();
        assert_eq!(entries.is_sorted(), !on_postgres(), "ids and commits were indeed in different orders");
        if let Some(second) = second {
            second.end().await;
        }
        first
    })
    .await;
}

/// A node that was asleep while another took its duties over can do nothing with them.
#[tokio::test]
async fn whoever_slept_through_a_take_over_writes_nothing() {
    story_with(
        |settings| settings.feed_poll_ms = NEVER,
        |server| async move {
            let store = &server.app.store;
            let life = Duration::from_millis(300);
            let (asleep, awake) =
                (Lease::new(store, "test", Uuid::new_v4(), life), Lease::new(store, "test", Uuid::new_v4(), life));
            assert!(asleep.take().await.unwrap());
            assert!(!awake.take().await.unwrap(), "not before it ran out");
            let stale = asleep.store().expect("it has the duty");
            stale.execute(Held(Duration::ZERO)).await.unwrap();
            tokio::time::sleep(life * 2).await;
            assert!(asleep.fence().is_none(), "it knows that its time is over, even without asking");
            assert!(awake.take().await.unwrap());

            let before = event::Entity::find().count(store.reader()).await.unwrap();
            match stale.execute(Held(Duration::ZERO)).await {
                Err(Error::Fault(fault)) => assert!(fault.0.is::<TakenOver>(), "{}", fault.0),
                other => panic!("{other:?}"),
            }
            assert_eq!(event::Entity::find().count(store.reader()).await.unwrap(), before);
            awake.store().expect("it has the duty").execute(Held(Duration::ZERO)).await.unwrap();
            server
        },
    )
    .await;
}

/// The same for the sequencer, whose placing is one statement. The database is one that no program orders.
#[tokio::test]
async fn a_stale_sequencer_places_nothing() {
    let database = fresh_database().await;
    let settings = settings(&database.url);
    let keys = Keys::ephemeral(&settings.auth).unwrap();
    let app = App::start(settings, keys, Clock::default()).await.unwrap();
    let life = Duration::from_millis(200);
    let waiting = || event::Entity::find().filter(event::Column::Position.is_null()).count(app.store.reader());
    let [asleep, awake] = [(); 2].map(|()| Lease::new(&app.store, "sequencer", Uuid::new_v4(), life));
    app.store.execute(Held(Duration::ZERO)).await.unwrap();
    assert!(asleep.take().await.unwrap());
    let stale = asleep.fence().unwrap();
    tokio::time::sleep(life * 2).await;
    assert!(awake.take().await.unwrap());
    let fault = place_waiting(&app.store, stale).await.expect_err("the epoch is gone");
    assert!(fault.0.is::<TakenOver>(), "{}", fault.0);
    assert_eq!(waiting().await.unwrap(), 1);
    assert!(place_waiting(&app.store, awake.fence().unwrap()).await.unwrap());
    assert_eq!(waiting().await.unwrap(), 0);
    app.store.close().await.unwrap();
}

/// The nodes of a fleet, as programs, and who has which duty.
struct Fleet(Vec<Program>);

impl Fleet {
    /// The one that has a duty, and the other.
    async fn holder(&self, lease: &str) -> (&Program, &Program) {
        let [one, two] = &self.0[..] else { panic!("two nodes") };
        loop {
            match (one.has_duty(lease).await, two.has_duty(lease).await) {
                (true, false) => return (one, two),
                (false, true) => return (two, one),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

async fn set(program: &Program, amount: u32) {
    let partner = program.sign_in("reseller-1b", Value::Null).await;
    let set = partner.run(SET, json!({ "id": id("customer-1b1"), "amount": amount.to_string() })).await.data();
    assert_eq!(set["setCustomerBudget"]["userErrors"], json!([]));
}

/// Two programs: the one with the duties stalls, wakes up too late, and in the end the other one is killed.
#[tokio::test(flavor = "multi_thread")]
async fn duties_move_on_when_a_node_stalls_or_dies() {
    if !on_postgres() {
        return;
    }
    let (database, key) = (fresh_database().await, key_file());
    let mut fleet = Fleet(vec![Program::start(&database, &key), Program::start(&database, &key)]);
    let (stalled, other) = fleet.holder("sequencer").await;
    let sweeps = async |program: &Program| program.metrics().await.contains("job_runs_total{job=\"sweep\"");
    fleet.holder("jobs").await;
    until("jobs run where the duty is, and only there", || async {
        sweeps(other).await == other.has_duty("jobs").await
    })
    .await;

    let operator = other.sign_in("platform", json!("operator")).await;
    let mut socket = Socket::open(other.address, operator.token.as_deref()).await;
    socket.subscribe("1", BUDGETS, Value::Null).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    stalled.signal("STOP");
    set(other, 1_001).await;
    assert_eq!(socket.event().await["events"]["amount"], "1001.00");
    until("both duties moved", || async { other.has_duty("sequencer").await && other.has_duty("jobs").await }).await;
    until("the jobs run there", || sweeps(other)).await;

    stalled.signal("CONT");
    for amount in [1_002, 1_003] {
        set(stalled, amount).await;
        assert_eq!(socket.event().await["events"]["amount"], format!("{amount}.00"));
    }
    let stalled = stalled.address;
    assert_eq!(fleet.holder("sequencer").await.1.address, stalled, "it knows that another has taken over");
    audit(&database);

    fleet.0.retain(|program| program.address == stalled);
    let survivor = &fleet.0[0];
    let operator = survivor.sign_in("platform", json!("operator")).await;
    let mut socket = Socket::open(survivor.address, operator.token.as_deref()).await;
    socket.subscribe("1", BUDGETS, Value::Null).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    set(survivor, 1_004).await;
    assert_eq!(socket.event().await["events"]["amount"], "1004.00");
    assert!(survivor.has_duty("sequencer").await);
    audit(&database);
    let _ = std::fs::remove_file(key);
}

/// Whoever places at the same moment, each event gets one position and none is left out.
#[tokio::test(flavor = "multi_thread")]
async fn placing_twice_at_once_places_once() {
    story(|server| async move {
        let start = head(&server.sign_in("reseller-1a").await).await;
        let placers = (0..6).map(|_| {
            let server = &server;
            async move {
                for _ in 0..15 {
                    server.app.store.execute(Held(Duration::ZERO)).await.unwrap();
                    server.app.hub.settle().await.unwrap();
                }
            }
        });
        futures_util::future::join_all(placers).await;
        let client = server.sign_in("reseller-1a").await;
        let query = "query($after: String) { events(first: 100, after: $after) { nodes { id } } }";
        let events = client.run(query, json!({ "after": start })).await.data();
        let ids: BTreeSet<&str> =
            events["events"]["nodes"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 90);
        // The audit at the end looks for gaps.
        server
    })
    .await;
}
