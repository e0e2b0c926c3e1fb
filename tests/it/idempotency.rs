//! Mutations that are repeated with a key: run once, answered alike, whatever happens in between.

mod crash;

use std::time::Duration;

use entities::{adjustment_record, idempotency_key, types::IdempotencyState};
use partner_center::{
    idempotency::rules::LEASE,
    outcome::{Error, Outcome},
    store::{Attempt, Command, Overtaken, Tx},
};
use sea_orm::{ActiveValue, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::{
    members::{ADMINISTRATOR, change},
    orders::{server_for_a_month, server_per_use},
    support::{Client, RECORD_CHARGES, Server, charge_line, id, on_postgres, story, story_with},
};

const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id number status } \
    userErrors { code message } } }";
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A client that sends keys.
#[derive(Clone)]
struct Keyed {
    url: String,
    token: Option<String>,
}

/// What it was answered, to the byte.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    text: String,
    replayed: bool,
    retry_after: Option<String>,
}

impl Answer {
    fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn code(&self) -> String {
        self.body()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }

    fn order(&self) -> Value {
        let body = self.body();
        assert_eq!(body["data"]["placeOrder"]["userErrors"], json!([]), "{body}");
        body["data"]["placeOrder"]["order"]["id"].clone()
    }
}

impl Keyed {
    fn new(server: &Server, client: &Client) -> Self {
        Self { url: server.url("/graphql"), token: client.token.clone() }
    }

    async fn try_send(&self, key: &str, query: &str, variables: &Value) -> Option<Answer> {
        let mut request = reqwest::Client::new()
            .post(&self.url)
            .header("accept", "application/graphql-response+json")
            .header("idempotency-key", key)
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.ok()?;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (replayed, retry_after) = (header("idempotent-replayed").is_some(), header("retry-after"));
        let status = response.status().as_u16();
        Some(Answer { status, text: response.text().await.ok()?, replayed, retry_after })
    }

    async fn send(&self, key: &str, query: &str, variables: &Value) -> Answer {
        self.try_send(key, query, variables).await.expect("the server answers")
    }

    /// As a client should: again after a conflict.
    async fn send_until_known(&self, key: &str, query: &str, variables: &Value) -> Answer {
        loop {
            let answer = self.send(key, query, variables).await;
            if answer.status != 409 {
                return answer;
            }
            assert_eq!(answer.retry_after.as_deref(), Some("1"), "{answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn place(name: &str) -> Value {
    let mut input = server_per_use();
    input["name"] = json!(name);
    json!({ "input": input })
}

async fn orders(client: &Client) -> u64 {
    client.ask("{ orders { totalCount } }").await["orders"]["totalCount"].as_u64().unwrap()
}

async fn rows(server: &Server) -> Vec<idempotency_key::Model> {
    idempotency_key::Entity::find().all(server.app.store.reader()).await.unwrap()
}

/// Writes the one row as it would be in the middle of a run.
struct Unfinished(idempotency_key::Model, IdempotencyState);

impl Command for Unfinished {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let mut row = self.0.clone().into_active_model();
        row.state = ActiveValue::Set(self.1);
        row.answer = ActiveValue::Set(None);
        row.leased_until = ActiveValue::Set(tx.now().plus(LEASE));
        idempotency_key::Entity::update(row).exec(tx.db()).await?;
        Ok(())
    }
}

async fn unfinished(server: &Server, state: IdempotencyState) -> Attempt {
    let row = rows(server).await.remove(0);
    server.app.store.execute(Unfinished(row.clone(), state)).await.unwrap();
    Attempt { account: row.account_id, key_hash: row.key_hash, id: row.attempt }
}

/// The first answer, to the byte, and one change; the same over a socket.
#[tokio::test]
async fn a_repeated_mutation_is_answered_as_it_was_first() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let before = orders(&client).await;
        let keyed = Keyed::new(&server, &client);
        let first = keyed.send("key-1", PLACE, &place("one")).await;
        assert!(first.status == 200 && !first.replayed, "{first:?}");
        let again = keyed.send("\"key-1\"", PLACE, &place("one")).await;
        assert!(again.status == 200 && again.replayed, "{again:?}");
        assert_eq!(again.text, first.text);
        let second = keyed.send("key-2", PLACE, &place("one")).await;
        assert_ne!(second.order(), first.order(), "another key, another order");
        assert_eq!(orders(&client).await, before + 2);

        let mut socket = server.socket(&client).await;
        for round in ["1", "2"] {
            let payload =
                json!({ "query": PLACE, "variables": place("one"), "extensions": { "idempotencyKey": "key-1" } });
            socket.send(json!({ "id": round, "type": "subscribe", "payload": payload })).await;
            let next = socket.next().await;
            assert_eq!(next["payload"], first.body(), "{next}");
            assert_eq!(socket.next().await["type"], "complete");
        }
        let nowhere =
            json!({ "input": { "productId": "none", "region": "x", "billingMode": "PAY_PER_USE", "name": "x" } });
        let refused = keyed.send("key-3", PLACE, &nowhere).await;
        assert_ne!(refused.body()["data"]["placeOrder"]["userErrors"], json!([]));
        assert_eq!(orders(&client).await, before + 2, "a refusal changes nothing");
        server
    })
    .await;
}

/// A document with several roots is answered as a whole; charges are told as recorded, not as duplicates.
#[tokio::test]
async fn documents_of_several_roots_and_batches_are_answered_whole() {
    story(|server| async move {
        let meter = Keyed::new(&server, &server.sign_in("platform/meter").await);
        let now = server.app.store.clock().now().to_datetime().to_rfc3339();
        let lines = json!({ "charges": [charge_line("once-1", "customer-1a1", "7.13", &now)] });
        let first = meter.send("batch", RECORD_CHARGES, &lines).await;
        assert_eq!(first.body()["data"]["recordCharges"]["recorded"], 1, "{first:?}");
        assert_eq!(meter.send("batch", RECORD_CHARGES, &lines).await.text, first.text);
        let row = rows(&server).await.remove(0);
        assert_eq!(row.state, IdempotencyState::Answered);

        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        let before = orders(&client).await;
        let two = "mutation($input: PlaceOrderInput!, $other: PlaceOrderInput!) { a: placeOrder(input: $input) { order { id } } \
            b: placeOrder(input: $other) { order { id } } }";
        let variables = json!({ "input": place("a")["input"], "other": server_for_a_month() });
        let first = keyed.send("two", two, &variables).await;
        assert_ne!(first.body()["data"]["a"]["order"]["id"], first.body()["data"]["b"]["order"]["id"]);
        assert_eq!(keyed.send("two", two, &variables).await.text, first.text);
        assert_eq!(orders(&client).await, before + 2);
        server
    })
    .await;
}

/// A key stands for one request of one member; other accounts have keys of their own.
#[tokio::test]
async fn a_key_is_bound_to_its_account_its_member_and_its_request() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        let first = keyed.send("shared", PLACE, &place("one")).await.order();
        let before = orders(&client).await;
        let renamed = PLACE.replace("number", "type");
        for (query, variables) in [(PLACE, place("two")), (renamed.as_str(), place("one"))] {
            let other = keyed.send("shared", query, &variables).await;
            assert_eq!((other.status, other.code().as_str()), (422, "IDEMPOTENCY_KEY_REUSED"), "{other:?}");
        }
        assert_eq!(orders(&client).await, before);
        let neighbour = server.sign_in("customer-1a3").await;
        let theirs = Keyed::new(&server, &neighbour).send("shared", PLACE, &place("one")).await;
        assert!(theirs.status == 200 && !theirs.replayed, "{theirs:?}");
        assert_ne!(theirs.body()["data"]["placeOrder"]["order"]["id"], first);

        // A colleague asks for the same with the same key: its answer could hold what only the first may see.
        let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \"77\", \
            exhaustionPolicy: MANUAL }) { userErrors { code } } }";
        let customer = json!({ "id": id("customer-1a1") });
        let holder = Keyed::new(&server, &server.sign_in("reseller-1a").await);
        let colleague = Keyed::new(&server, &server.sign_in("reseller-1a/manager").await);
        let of_holder = holder.send("office", set, &customer).await;
        assert_eq!(of_holder.status, 200, "{of_holder:?}");
        let of_colleague = colleague.send("office", set, &customer).await;
        assert_eq!((of_colleague.status, of_colleague.code().as_str()), (422, "IDEMPOTENCY_KEY_REUSED"));
        assert_eq!(colleague.send("own", set, &customer).await.status, 200);
        server
    })
    .await;
}

/// Of 32 at once, on two nodes where there can be two, one runs.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_runs() {
    story(|server| async move {
        let second = if on_postgres() { Some(server.beside().await) } else { None };
        let client = server.sign_in("customer-1b4").await;
        let before = orders(&client).await;
        let nodes = [&server, second.as_ref().unwrap_or(&server)];
        let sent = (0..32).map(|number| {
            let keyed = Keyed::new(nodes[number % 2], &client);
            tokio::spawn(async move { keyed.send_until_known("race", PLACE, &place("one")).await })
        });
        let mut answers = Vec::new();
        for sent in sent.collect::<Vec<_>>() {
            answers.push(sent.await.unwrap());
        }
        assert!(answers.iter().all(|answer| answer.status == 200 && answer.text == answers[0].text), "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert_eq!(orders(&client).await, before + 1);
        if let Some(second) = second {
            second.end().await;
        }
        server
    })
    .await;
}

/// A key is good for 24 hours, then it is forgotten with its answer.
#[tokio::test]
async fn a_key_is_forgotten_after_24_hours() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let first = Keyed::new(&server, &client).send("day", PLACE, &place("one")).await.order();
        server.app.store.clock().advance(DAY - Duration::from_secs(60));
        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        assert_eq!(keyed.send("day", PLACE, &place("one")).await.order(), first);
        server.app.store.clock().advance(Duration::from_secs(61));
        let anew = keyed.send("day", PLACE, &place("one")).await;
        assert!(!anew.replayed && anew.order() != first, "{anew:?}");
        server.app.store.clock().advance(DAY + Duration::from_secs(3_600));
        server.until("the hourly job forgets it", || async { rows(&server).await.is_empty() }).await;
        server
    })
    .await;
}

/// While the first runs the others wait; where it ended without a trace another one runs, and the first can change nothing
/// any more; where it had changed something, its answer is lost and nothing runs again.
#[tokio::test]
async fn what_broke_off_is_run_again_only_where_nothing_was_changed() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        keyed.send("broken", PLACE, &place("one")).await.order();
        let before = orders(&client).await;
        let attempt = unfinished(&server, IdempotencyState::Running).await;
        let waits = keyed.send("broken", PLACE, &place("one")).await;
        assert_eq!((waits.status, waits.code().as_str()), (409, "IDEMPOTENCY_KEY_IN_USE"), "{waits:?}");
        assert_eq!(waits.retry_after.as_deref(), Some("1"));
        assert_eq!(orders(&client).await, before);

        server.app.store.clock().advance(LEASE);
        let taken_over = keyed.send("broken", PLACE, &place("one")).await;
        assert!(taken_over.status == 200 && !taken_over.replayed, "{taken_over:?}");
        assert_eq!(orders(&client).await, before + 1);
        let late = std::sync::Arc::new(attempt).scope(server.app.store.execute(Nothing)).await;
        assert!(matches!(late, Err(Error::Fault(fault)) if fault.0.is::<Overtaken>()));

        let attempt = unfinished(&server, IdempotencyState::Running).await;
        std::sync::Arc::new(attempt).scope(server.app.store.execute(Nothing)).await.unwrap();
        assert_eq!(rows(&server).await[0].state, IdempotencyState::Changed, "each transaction notes it");
        assert_eq!(keyed.send("broken", PLACE, &place("one")).await.status, 409);
        server.app.store.clock().advance(LEASE);
        for _ in 0..2 {
            let lost = keyed.send("broken", PLACE, &place("one")).await;
            assert_eq!((lost.status, lost.code().as_str()), (410, "IDEMPOTENCY_ANSWER_LOST"), "{lost:?}");
        }
        assert_eq!(orders(&client).await, before + 1);
        server
    })
    .await;
}

/// A change of nothing.
struct Nothing;

impl Command for Nothing {
    type Output = ();

    async fn run_in(&self, _: &mut Tx) -> Outcome<()> {
        Ok(())
    }
}

/// Runs a statement of DDL.
struct Ddl(&'static str);

impl Command for Ddl {
    type Output = ();

    #[expect(clippy::disallowed_methods, reason = "DDL takes no parameters")]
    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        tx.db().execute_unprepared(self.0).await?;
        Ok(())
    }
}

/// A fault of ours is no answer: the key is free again.
#[tokio::test]
async fn a_fault_before_any_change_gives_the_key_back() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        let store = &server.app.store;
        store.execute(Ddl("ALTER TABLE orders RENAME TO orders_gone")).await.unwrap();
        let failed = keyed.send("fault", PLACE, &place("one")).await;
        assert_eq!(failed.code(), "INTERNAL", "{failed:?}");
        assert!(rows(&server).await.is_empty());
        store.execute(Ddl("ALTER TABLE orders_gone RENAME TO orders")).await.unwrap();
        let then = keyed.send("fault", PLACE, &place("one")).await;
        assert!(then.status == 200 && !then.replayed, "{then:?}");
        then.order();
        server
    })
    .await;
}

/// Neither the key nor what the answer tells, a secret here, can be read in the database.
#[tokio::test]
async fn keys_and_answers_are_not_stored_in_clear() {
    story(|server| async move {
        let keyed = Keyed::new(&server, &server.sign_in("reseller-1a").await);
        let create = "mutation { createWebhookEndpoint(input: { url: \"https://hooks.example/in\" }) { secret \
            endpoint { id } userErrors { code } } }";
        let first = keyed.send("visible-key-canary", create, &Value::Null).await;
        let secret = first.body()["data"]["createWebhookEndpoint"]["secret"].as_str().unwrap().to_owned();
        assert_eq!(keyed.send("visible-key-canary", create, &Value::Null).await.text, first.text);
        let row = rows(&server).await.remove(0);
        let stored = [row.key_hash, row.request_hash, row.answer.unwrap()].concat();
        for canary in [secret.as_str(), "visible-key-canary", "createWebhookEndpoint", "userErrors"] {
            assert!(!stored.windows(canary.len()).any(|part| part == canary.as_bytes()), "{canary}");
        }
        server
    })
    .await;
}

/// Keys that are none, or where none is possible, are refused before anything runs; queries need none.
#[tokio::test]
async fn keys_belong_to_mutations_of_accounts() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        let before = orders(&client).await;
        for key in ["", "a b", "x\u{7f}", &"x".repeat(256)] {
            if let Some(refused) = keyed.try_send(key, PLACE, &place("one")).await {
                assert_eq!((refused.status, refused.code().as_str()), (400, "IDEMPOTENCY_KEY_INVALID"), "{refused:?}");
            }
        }
        assert_eq!(orders(&client).await, before);
        let sign_in = "mutation { signIn(input: { accountName: \"customer-1b4\", password: \"demo-password\" }) \
            { accessToken } }";
        let in_fragment = "mutation { ...A } fragment A on Mutation { refreshSession(input: { refreshToken: \"x\" }) \
            { accessToken } }";
        let stranger = Keyed { token: None, ..keyed.clone() };
        for (who, document) in [(&stranger, sign_in), (&keyed, sign_in), (&keyed, in_fragment)] {
            let refused = who.send("k", document, &Value::Null).await;
            assert_eq!((refused.status, refused.code().as_str()), (400, "IDEMPOTENCY_KEY_INVALID"), "{refused:?}");
        }
        for _ in 0..2 {
            let query = keyed.send("k", "{ orders { totalCount } }", &Value::Null).await;
            assert!(query.status == 200 && !query.replayed, "{query:?}");
        }
        assert!(rows(&server).await.is_empty());
        server
    })
    .await;
}

/// Who sends no key pays for none.
#[tokio::test]
async fn requests_without_a_key_cost_nothing_more() {
    story(|server| async move {
        let client = server.sign_in("customer-1b4").await;
        let keyed = Keyed::new(&server, &client);
        let (client, keyed) = (&client, &keyed);
        let without = server.statements(async |_| drop(client.run(PLACE, place("one")).await)).await;
        let with =
            server.statements(async |time| drop(keyed.send(&format!("cost-{time}"), PLACE, &place("one")).await)).await;
        assert!(with > without && with <= without + 12, "{with} and {without}");
        assert_eq!(idempotency_key::Entity::find().count(server.app.store.reader()).await.unwrap(), 5);
        server
    })
    .await;
}

/// An account has so many keys at a time: beyond them nothing runs, and what ran is answered still.
#[tokio::test]
async fn an_account_keeps_so_many_keys() {
    story_with(
        |settings| settings.idempotency.keys_per_account = 3,
        |server| async move {
            let client = server.sign_in("customer-1b4").await;
            let keyed = Keyed::new(&server, &client);
            let before = orders(&client).await;
            let first = keyed.send("0", PLACE, &place("one")).await;
            for key in ["1", "2"] {
                assert_eq!(keyed.send(key, PLACE, &place("one")).await.status, 200);
            }
            for key in ["3", "4"] {
                let refused = keyed.send(key, PLACE, &place("one")).await;
                assert_eq!((refused.status, refused.code().as_str()), (429, "TOO_MANY_REQUESTS"), "{refused:?}");
                let wait: u64 = refused.retry_after.as_deref().unwrap().parse().unwrap();
                assert!((DAY.as_secs() - 600..=DAY.as_secs() + 1).contains(&wait), "{wait}");
            }
            assert_eq!((orders(&client).await, rows(&server).await.len()), (before + 3, 3), "nothing ran");
            assert_eq!(keyed.send("0", PLACE, &place("one")).await.text, first.text);
            let neighbour = server.sign_in("customer-1a3").await;
            assert_eq!(Keyed::new(&server, &neighbour).send("3", PLACE, &place("one")).await.status, 200);
            server.app.store.clock().advance(DAY);
            let client = server.sign_in("customer-1b4").await;
            assert_eq!(Keyed::new(&server, &client).send("3", PLACE, &place("one")).await.status, 200, "a day later");
            server
        },
    )
    .await;
}

/// R-CORE-45: a member whose customer was given to a colleague, or that has other roles now, gets no answer from before; and
/// nothing runs again.
#[tokio::test]
async fn an_answer_is_given_again_to_who_may_still_see_it() {
    story(|server| async move {
        let set = "mutation($id: ID!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, amount: \"77\", \
            exhaustionPolicy: MANUAL }) { budget { amount } userErrors { code } } }";
        let customer = json!({ "id": id("customer-1a1") });
        let manager = Keyed::new(&server, &server.sign_in("reseller-1a/manager").await);
        let first = manager.send("mine", set, &customer).await;
        assert_eq!(first.body()["data"]["setCustomerBudget"]["userErrors"], json!([]), "{first:?}");
        assert_eq!(manager.send("mine", set, &customer).await.text, first.text, "as long as it is its own");

        let holder = server.sign_in("reseller-1a").await;
        let members = holder.ask("{ members(first: 50) { nodes { id details { username } } } }").await;
        let named = |name: &str| {
            let nodes = members["members"]["nodes"].as_array().unwrap();
            nodes.iter().find(|node| node["details"]["username"] == name).unwrap()["id"].clone()
        };
        let input = json!({ "memberId": named("colleague"), "customerIds": [id("customer-1a1")] });
        let assigned = change(&holder, "assignAccountManager", input, "assignments { id }").await;
        assert_eq!(assigned["userErrors"], json!([]), "{assigned}");
        let lost = manager.send("mine", set, &customer).await;
        assert_eq!((lost.status, lost.code().as_str()), (410, "IDEMPOTENCY_ANSWER_LOST"), "{lost:?}");

        let colleague = Keyed::new(&server, &server.sign_in("reseller-1a/colleague").await);
        assert_eq!(colleague.send("role", set, &customer).await.status, 200);
        let changes = async || adjustment_record::Entity::find().count(server.app.store.reader()).await.unwrap();
        let before = changes().await;
        let input = json!({ "memberId": named("colleague"), "roles": [ADMINISTRATOR] });
        let given = change(&holder, "assignMemberRoles", input, "member { id }").await;
        assert_eq!(given["userErrors"], json!([]), "{given}");
        let colleague = Keyed::new(&server, &server.sign_in("reseller-1a/colleague").await);
        let lost = colleague.send("role", set, &customer).await;
        assert_eq!((lost.status, lost.code().as_str()), (410, "IDEMPOTENCY_ANSWER_LOST"), "{lost:?}");
        assert_eq!(changes().await, before, "nothing ran again");
        server
    })
    .await;
}
