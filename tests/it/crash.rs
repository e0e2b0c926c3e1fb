//! What is acknowledged survives kill -9: the real program, killed again and again under mixed load.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{
    Client, Program, RECORD_CHARGES, Socket, audit, charge_line, fresh_database, id, key_file, machine_time,
};

const ROUNDS: u64 = 50;
/// Lines that must have been acknowledged in them; on a busy machine that takes more rounds.
const ENOUGH: usize = 500;
const WRITERS: usize = 4;
const EVENTS: &str =
    "subscription($after: String) { events(after: $after, types: [BUDGET_THRESHOLD_REACHED]) { id cursor } }";
const SET: &str = "mutation($id: ID!, $amount: Decimal!, $type: BudgetType!) { setCustomerBudget(input: { customerId: $id, \
    type: $type, amount: $amount, exhaustionPolicy: MANUAL }) { userErrors { code } } }";
const FREEZE: &str = "mutation($id: ID!) { freezeAccount(input: { customerIds: [$id], reason: \"load\" }) \
    { userErrors { code } } }";
const UNFREEZE: &str = "mutation($id: ID!) { unfreezeAccount(input: { customerIds: [$id], reason: \"load\" }) \
    { userErrors { code } } }";
const CUSTOMERS: [&str; 6] =
    ["customer-1a1", "customer-1a2", "customer-1b1", "customer-1c1", "customer-csp1-1", "customer-2a1"];

async fn alerts(client: &Client) -> u64 {
    let alerts = client.ask("{ budgetAlerts { totalCount } }").await;
    alerts["budgetAlerts"]["totalCount"].as_u64().unwrap()
}

fn charge(charge_id: &str, number: usize) -> Value {
    charge_line(charge_id, CUSTOMERS[number % CUSTOMERS.len()], "7.13", &machine_time())
}

/// What the writers of one round share.
#[derive(Clone)]
struct Load {
    round: u64,
    /// Lines that were acknowledged.
    kept: Arc<Mutex<Vec<Value>>>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Runs operations until the program is gone; hands the answers to `keep`.
    async fn write(
        self,
        client: Client,
        next: impl Fn(usize) -> (&'static str, Value),
        keep: impl Fn(&Self, &Value, &Value),
    ) {
        for number in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let (operation, variables) = next(number);
            let run = client.try_run(operation, variables.clone());
            let Ok(Some(answer)) = tokio::time::timeout(Duration::from_secs(2), run).await else { return };
            keep(&self, &variables, &answer.body);
        }
    }

    /// The meter: single lines and small batches.
    async fn charge(self, client: Client, writer: usize) {
        let round = self.round;
        let next = move |number: usize| {
            let lines = if number.is_multiple_of(3) { 5 } else { 1 };
            let lines: Vec<Value> = (0..lines)
                .map(|line| charge(&format!("crash-{round}-{writer}-{number}-{line}"), number + line))
                .collect();
            (RECORD_CHARGES, json!({ "charges": lines }))
        };
        let keep = |load: &Self, variables: &Value, body: &Value| {
            let lines = variables["charges"].as_array().unwrap();
            if body["data"]["recordCharges"]["recorded"] == lines.len() {
                load.kept.lock().unwrap().extend(lines.iter().cloned());
            }
        };
        self.write(client, next, keep).await;
    }

    /// A partner that changes budgets of both kinds up and down, freezes and unfreezes.
    async fn manage(self, client: Client) {
        let round = usize::try_from(self.round).unwrap();
        let next = move |number: usize| {
            let customer = id(["customer-1b1", "customer-1b2"][number % 2]);
            let kind = if (number / 4).is_multiple_of(2) { "MONTHLY" } else { "ONE_TIME" };
            match number % 4 {
                0 | 1 => (
                    SET,
                    json!({ "id": customer, "type": kind, "amount": format!("{}", 50 + (round * 37 + number * 13) % 900) }),
                ),
                2 => (FREEZE, json!({ "id": customer })),
                _ => (UNFREEZE, json!({ "id": customer })),
            }
        };
        self.write(client, next, |_, _, _| {}).await;
    }
}

/// A subscriber that comes back with its cursor after each crash.
struct Reader {
    seen: Vec<String>,
    cursor: Value,
}

impl Reader {
    async fn follow(&mut self, program: &Program, operator: &Client) {
        let mut socket = Socket::open(program.address, operator.token.as_deref()).await;
        socket.subscribe("1", EVENTS, json!({ "after": self.cursor })).await;
        loop {
            let event = socket.event().await["events"].clone();
            self.cursor = event["cursor"].clone();
            self.seen.push(event["id"].as_str().unwrap().to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_survives_kill_9_and_every_alert_is_delivered_once() {
    let database = fresh_database().await;
    let key = key_file();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut reader = Reader { seen: Vec::new(), cursor: Value::Null };
    let mut at_first = 0;
    for round in 0..4 * ROUNDS {
        if round >= ROUNDS && kept.lock().unwrap().len() > ENOUGH {
            break;
        }
        let program = Program::start(&database, &key);
        let operator = program.sign_in("platform", json!("operator")).await;
        if reader.cursor.is_null() {
            let past = operator.ask("{ events(first: 100) { pageInfo { endCursor hasNextPage } } }").await;
            reader.cursor = past["events"]["pageInfo"]["endCursor"].clone();
            at_first = alerts(&operator).await;
        }
        let meter = program.sign_in("platform", json!("meter")).await;
        let partner = program.sign_in("reseller-1b", Value::Null).await;
        let load = Load { round, kept: kept.clone(), stop: Arc::new(AtomicBool::new(false)) };
        let mut writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(load.clone().charge(meter.clone(), writer))).collect();
        writers.push(tokio::spawn(load.clone().manage(partner)));
        // Sooner or later in what the program does: at once, or in full swing.
        let life = Duration::from_millis(60 + (round * 97) % 700);
        let _ = tokio::time::timeout(life, reader.follow(&program, &operator)).await;
        drop(program);
        load.stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
    }

    let program = Program::start(&database, &key);
    let acknowledged = std::mem::take(&mut *kept.lock().unwrap());
    assert!(acknowledged.len() > ENOUGH, "the writers wrote: {}", acknowledged.len());
    let meter = program.sign_in("platform", json!("meter")).await;
    for lines in acknowledged.chunks(1_000) {
        let again = meter.run(RECORD_CHARGES, json!({ "charges": lines })).await.data()["recordCharges"].clone();
        assert_eq!((&again["recorded"], &again["duplicates"]), (&json!(0), &json!(lines.len())));
    }
    let operator = program.sign_in("platform", json!("operator")).await;
    let raised = alerts(&operator).await - at_first;
    assert!(raised > 20, "there was something to deliver: {raised}");
    let mut socket = Socket::open(program.address, operator.token.as_deref()).await;
    socket.subscribe("1", EVENTS, json!({ "after": reader.cursor })).await;
    while (reader.seen.len() as u64) < raised {
        reader.seen.push(socket.event().await["events"]["id"].as_str().unwrap().to_owned());
    }
    assert!(socket.is_silent().await);
    assert_eq!(reader.seen.iter().collect::<BTreeSet<_>>().len(), reader.seen.len(), "none twice");
    drop(program);
    audit(&database);
    let _ = std::fs::remove_file(key);
}
