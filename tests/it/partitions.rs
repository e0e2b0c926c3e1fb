//! Networks that fail: a node that does not reach its database, is cut from it while it has a duty, or hears no calls of
//! others. One node reaches the database by a way that can be held up; another stands beside it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use entities::event;
use futures_util::future::join_all;
use partner_center::{
    config::{Settings, WakeBy},
    outcome::Error,
    store::TakenOver,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    attachments::PDF,
    nodes::{Held, OUTCOMES},
    support::{Client, Proxy, Server, id, nats, postgres, story_with},
};

const BUDGETS: &str = "subscription { events(types: [BUDGET_CHANGED]) { ... on BudgetChanged { amount } } }";
const SET: &str = "mutation($id: ID!, $amount: Decimal!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
    amount: $amount, exhaustionPolicy: MANUAL }) { userErrors { code } } }";
const CUSTOMERS: &str = "{ customers { totalCount nodes { name } } }";
/// What a request may take here.
const LIMIT: Duration = Duration::from_secs(2);
/// What more it may take until its answer is here, on a busy machine.
const SLACK: Duration = Duration::from_secs(3);
/// In what time all must be well after the network is.
const SECONDS: Duration = Duration::from_secs(15);
/// Longer than a session is believed without a look.
const BELIEVED: Duration = Duration::from_secs(6);

/// Two nodes: `far` comes to the database by a way that can fail, and has the duties; `near` has nothing between. Nothing
/// to tell on SQLite.
async fn apart<F: Future<Output = (Server, Server)>>(
    limit: Duration,
    tell: impl FnOnce(Arc<Proxy>, Server, Server) -> F,
) {
    let Some(postgres) = postgres() else { return };
    let way = Arc::new(Proxy::to(&postgres).await);
    let change = |settings: &mut Settings| {
        settings.database.url = way.through(&settings.database.url);
        settings.database.acquire_timeout_secs = LIMIT.as_secs();
        settings.database.statement_timeout_secs = limit.as_secs();
        settings.database.idle_in_transaction_timeout_secs = 2;
        settings.limits.request_timeout_secs = limit.as_secs();
        settings.lease_secs = 1;
        settings.feed_poll_ms = 200;
    };
    story_with(change, |far| async {
        far.until("it has the duties", || async { far.app.jobs.fence().is_some() }).await;
        let near = far.beside_with(|settings| settings.database.url = way.around(&settings.database.url)).await;
        let (far, near) = tell(way.clone(), far, near).await;
        near.end().await;
        far
    })
    .await;
}

async fn set(client: &Client, amount: u32) {
    let set = client.run(SET, json!({ "id": id("customer-1b1"), "amount": amount.to_string() })).await.data();
    assert_eq!(set["setCustomerBudget"]["userErrors"], json!([]));
}

/// Whatever is asked of a node without its database is answered with a code, and in time; what watches it is told.
async fn answers_in_time(server: &Server, partner: &Client) {
    let started = Instant::now();
    let stranger = server.stranger();
    let set = json!({ "id": id("customer-1b2"), "amount": "77" });
    let sign_in = "mutation { signIn(input: { accountName: \"csp-1\", password: \"demo-password\" }) { accessToken } }";
    let asked = [(partner, CUSTOMERS, Value::Null), (partner, SET, set), (&stranger, sign_in, Value::Null)];
    let answers = join_all(asked.map(|(client, document, variables)| client.run(document, variables)));
    let upload = server.http.post(server.url("/attachments?name=plan.pdf")).body(PDF);
    let upload = upload.bearer_auth(partner.token.as_deref().unwrap()).send();
    let get = async |path: &str| server.http.get(server.url(path)).send().await.unwrap().status().as_u16();
    let (answers, upload, metrics) = tokio::join!(answers, upload, get("/metrics"));
    for answer in answers {
        assert!(["TIMEOUT", "INTERNAL"].contains(&answer.code()), "{}", answer.body);
    }
    let upload: Value = upload.unwrap().json().await.unwrap();
    assert!(["TIMEOUT", "INTERNAL"].map(Value::from).contains(&upload["errors"][0]["extensions"]["code"]), "{upload}");
    assert_eq!(metrics, 200);
    server.until("it says that it is not ready", || async { get("/readyz").await == 503 }).await;
    // Its session has to be looked up now.
    server.app.store.clock().advance(BELIEVED);
    let answer = partner.run(CUSTOMERS, Value::Null).await;
    assert_eq!(answer.code(), "INTERNAL", "it is not believed for longer: {}", answer.body);
    assert!(started.elapsed() < 2 * (LIMIT + SLACK), "{:?}", started.elapsed());
}

/// A node works again by itself, with all of its connections.
async fn works_again(server: &Server, partner: &Client) {
    let started = Instant::now();
    let works = || async {
        let answers = join_all((0..12).map(|_| partner.run(CUSTOMERS, Value::Null))).await;
        answers.iter().all(|answer| answer.status == 200 && answer.body.get("errors").is_none())
    };
    server.until("it works again", works).await;
    let is_ready = || async { server.http.get(server.url("/readyz")).send().await.unwrap().status() == 200 };
    server.until("it is ready again", is_ready).await;
    assert!(started.elapsed() < SECONDS, "{:?}", started.elapsed());
}

/// Nothing that is asked waits for a database that cannot be reached; and when it can, all goes on without a restart, and
/// subscribers have missed nothing and hear nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_its_database_says_so_and_works_again_by_itself() {
    apart(LIMIT, |way, far, near| async move {
        let (partner, elsewhere) = (far.sign_in("reseller-1b").await, near.sign_in("reseller-1b").await);
        let mut socket = far.socket(&far.sign_in("reseller-1b").await).await;
        socket.subscribe("1", BUDGETS, Value::Null).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut amount = 1_000;
        let mut change = async |times: u32| {
            for _ in 0..times {
                amount += 1;
                set(&elsewhere, amount).await;
            }
            amount
        };
        change(1).await;
        let mut heard = 1_000;
        let mut hear = async |to: u32| {
            while heard < to {
                heard += 1;
                let event = socket.event().await;
                // What a request that was told TIMEOUT did all the same.
                assert_eq!(event["events"]["amount"], format!("{heard}.00"));
            }
        };
        for trouble in [Proxy::hold, Proxy::hold_answers, Proxy::cut] {
            trouble(&way);
            answers_in_time(&far, &partner).await;
            let last = change(3).await;
            way.heal();
            works_again(&far, &partner).await;
            hear(last).await;
        }
        // Now connections that there were are dead, and nobody was told.
        way.forget();
        let last = change(3).await;
        works_again(&far, &partner).await;
        hear(last).await;
        assert!(socket.is_silent().await);
        (far, near)
    })
    .await;
}

/// Who is cut off while it has the duties does nothing more with them: another takes over, no event has two positions, and
/// none is missing.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_cut_off_from_the_database_loses_its_duties() {
    apart(LIMIT, |way, mut far, mut near| async move {
        for hears_nothing in [false, true] {
            let trouble = if hears_nothing { Proxy::hold_answers } else { Proxy::hold };
            far.until("it has the duties", || async { far.app.jobs.fence().is_some() }).await;
            let mut sockets = Vec::new();
            for server in [&far, &near] {
                let mut socket = server.socket(&server.sign_in("reseller-1a").await).await;
                socket.subscribe("1", OUTCOMES, json!({})).await;
                sockets.push(socket);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            let before = event::Entity::find().count(near.app.store.reader()).await.unwrap();
            let held = far.app.jobs.store().expect("it has the duty");
            // In the middle of a change as the holder of the duty, which keeps the lease locked. Where only answers are
            // lost it would come to its end, and rightly: it still has the duty then.
            let stuck = (!hears_nothing).then(|| {
                let held = held.clone();
                tokio::spawn(async move { held.execute(Held(Duration::from_millis(600))).await })
            });
            tokio::time::sleep(Duration::from_millis(300)).await;
            trouble(&way);
            near.until("the other one has the duties", || async { near.app.jobs.fence().is_some() }).await;
            assert!(far.app.jobs.fence().is_none(), "it knows that its time is over");
            let mut heard = Vec::new();
            for _ in 0..5 {
                near.app.store.execute(Held(Duration::ZERO)).await.unwrap();
                heard.push(sockets[1].event().await["events"]["id"].clone());
            }
            way.heal();
            if let Some(stuck) = stuck {
                assert!(stuck.await.unwrap().is_err(), "what it was about to do did not happen");
            }
            let is_told = || async { matches!(held.execute(Held(Duration::ZERO)).await, Err(Error::Fault(fault)) if fault.0.is::<TakenOver>()) };
            far.until("it is told that another one has taken over", is_told).await;
            for id in &heard {
                assert_eq!(&sockets[0].event().await["events"]["id"], id);
            }
            far.app.store.execute(Held(Duration::ZERO)).await.unwrap();
            let last: Vec<Value> = vec![sockets[0].event().await, sockets[1].event().await];
            assert_eq!(last[0], last[1]);
            assert!(sockets[0].is_silent().await && sockets[1].is_silent().await);
            let after = event::Entity::find().count(near.app.store.reader()).await.unwrap();
            assert_eq!(after - before, 6, "and nothing else was appended");
            // Now the other one's turn: the duties go back, for the next round.
            near.end().await;
            far.until("it has the duties", || async { far.app.jobs.fence().is_some() }).await;
            near = far.beside_with(|settings| settings.database.url = way.around(&settings.database.url)).await;
        }
        far = works(far).await;
        (far, near)
    })
    .await;
}

/// Positions are without gaps and given once; the audit looks, too.
async fn works(server: Server) -> Server {
    let all = event::Entity::find().all(server.app.store.reader()).await.unwrap();
    let positions: BTreeSet<i64> = all.iter().filter_map(|event| event.position).collect();
    assert_eq!(positions.len(), all.len(), "each has one of its own");
    assert_eq!(positions.last().unwrap() - positions.first().unwrap() + 1, i64::try_from(all.len()).unwrap());
    server
}

/// A session that has ended elsewhere is believed for as long as it may be kept without a look, and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_believes_no_session_for_long() {
    apart(LIMIT, |way, far, near| async move {
        let client = far.sign_in("csp-1").await;
        let status = || async { client.run("{ viewer { currency } }", Value::Null).await.status };
        assert_eq!(status().await, 200);
        way.hold();
        let elsewhere = near.stranger().with_token(client.token.as_deref().unwrap());
        elsewhere.ask("mutation { signOut { userErrors { code } } }").await;
        assert_eq!(status().await, 200, "nobody could tell it");
        far.app.store.clock().advance(BELIEVED);
        assert_eq!(status().await, 503, "it cannot look, and does not believe");
        way.heal();
        far.until("it is refused", || async { status().await == 401 }).await;
        (far, near)
    })
    .await;
}

/// A slow network makes things slow, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_changes_nothing_but_the_time() {
    apart(Duration::from_secs(30), |way, far, near| async move {
        let partner = far.sign_in("reseller-1b").await;
        let mut socket = far.socket(&partner).await;
        socket.subscribe("1", BUDGETS, Value::Null).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        way.delay(Duration::from_millis(100));
        let elsewhere = near.sign_in("reseller-1b").await;
        for amount in [1_001, 1_003] {
            set(&partner, amount).await;
            set(&elsewhere, amount + 1).await;
        }
        for amount in 1_001..=1_004 {
            assert_eq!(socket.event().await["events"]["amount"], format!("{amount}.00"));
        }
        let (here, there) = (partner.ask(CUSTOMERS).await, elsewhere.ask(CUSTOMERS).await);
        assert_eq!(here, there);
        way.heal();
        (far, near)
    })
    .await;
}

/// Without NATS, events come when nodes look at the log, each `feed_poll_ms`; with it, as before.
#[tokio::test(flavor = "multi_thread")]
async fn without_nats_events_come_by_looking() {
    let (Some(_), Some(url)) = (postgres(), nats()) else { return };
    let way = Proxy::to(&url).await;
    let change = |settings: &mut Settings| settings.wake = WakeBy::Nats(way.through(&url));
    story_with(change, |first| async {
        let second = first.beside().await;
        let mut sockets = Vec::new();
        for server in [&first, &second] {
            let mut socket = server.socket(&server.sign_in("reseller-1a").await).await;
            socket.subscribe("1", OUTCOMES, json!({})).await;
            sockets.push(socket);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        for trouble in [None, Some(Proxy::hold as fn(&Proxy)), Some(Proxy::cut)] {
            if let Some(trouble) = trouble {
                trouble(&way);
            }
            for server in [&first, &second] {
                let started = Instant::now();
                server.app.store.execute(Held(Duration::ZERO)).await.unwrap();
                let (one, other) = (sockets[0].event().await, sockets[1].event().await);
                assert_eq!(one, other);
                // To be placed, and to be handed out, by whoever was not called for either.
                let most = Duration::from_millis(2 * first.app.settings.feed_poll_ms) + SLACK;
                assert!(started.elapsed() < most, "{:?}", started.elapsed());
            }
            way.heal();
        }
        second.end().await;
        first
    })
    .await;
}
