//! What is acknowledged survives kill -9: the real program, killed again and again under load.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{Client, Fresh, Socket, fresh_database, id};

const ROUNDS: u64 = 6;
const WRITERS: usize = 4;
const RECORD: &str = "mutation($charges: [ChargeInput!]!) { recordCharges(input: { charges: $charges }) \
    { recorded duplicates rejected { chargeId } userErrors { code } } }";
const EVENTS: &str =
    "subscription($after: String) { events(after: $after, types: [BUDGET_THRESHOLD_REACHED]) { id cursor } }";

/// The program, running.
struct Program {
    process: Child,
    address: SocketAddr,
}

impl Drop for Program {
    /// SIGKILL: nothing is said, nothing is finished.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    fn start(database: &Fresh, key: &PathBuf) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_partner-center"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--database-url", &database.url])
            .env("PARTNER_CENTER_AUTH__DEFAULT_KEY_FILE", key)
            .env("PARTNER_CENTER_LOG__FILTER", "error")
            .env_remove("PARTNER_CENTER_TEST_POSTGRES")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().expect("the program says where it listens").unwrap();
        let address = first.trim_start_matches("api: http://").trim_end_matches("/graphql").parse().unwrap();
        Self { process, address }
    }

    fn client(&self, token: Option<String>) -> Client {
        Client::new(reqwest::Client::new(), format!("http://{}", self.address), token)
    }

    async fn sign_in(&self, account: &str, member: Value) -> Client {
        let sign_in = "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
            memberName: $member, password: \"demo-password\" }) { accessToken } }";
        let answer = self.client(None).run(sign_in, json!({ "account": account, "member": member })).await.data();
        self.client(answer["signIn"]["accessToken"].as_str().map(str::to_owned))
    }
}

async fn alerts(client: &Client) -> u64 {
    let alerts = client.ask("{ budgetAlerts { totalCount } }").await;
    alerts["budgetAlerts"]["totalCount"].as_u64().unwrap()
}

fn charge(charge_id: &str, number: u64) -> Value {
    let customers = ["customer-1a1", "customer-1a2", "customer-1b1", "customer-1c1", "customer-csp1-1", "customer-2a1"];
    json!({
        "chargeId": charge_id, "customerId": id(customers[usize::try_from(number).unwrap() % customers.len()]),
        "productType": "ECS", "billingMode": "PAY_PER_USE", "listPrice": "7.13",
        "occurredAt": chrono::DateTime::<chrono::Utc>::from(std::time::UNIX_EPOCH + now()).to_rfc3339(),
    })
}

#[expect(clippy::disallowed_methods, reason = "the program under test has the machine's clock")]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap()
}

/// Records charges until the program is gone; keeps what was acknowledged.
async fn write(client: Client, round: u64, writer: usize, kept: Arc<Mutex<Vec<Value>>>, stop: Arc<AtomicBool>) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let line = charge(&format!("crash-{round}-{writer}-{number}"), number);
        let run = client.try_run(RECORD, json!({ "charges": [line] }));
        let Ok(Some(answer)) = tokio::time::timeout(Duration::from_secs(2), run).await else { return };
        if answer.body["data"]["recordCharges"]["recorded"] == 1 {
            kept.lock().unwrap().push(line);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_survives_kill_9_and_every_alert_is_delivered_once() {
    let database = fresh_database().await;
    let key = std::env::temp_dir().join(format!("pc_crash_{}.key", std::process::id()));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = Value::Null;
    let mut at_first = 0;
    for round in 0..ROUNDS {
        let program = Program::start(&database, &key);
        let meter = program.sign_in("platform", json!("meter")).await;
        let operator = program.sign_in("platform", json!("operator")).await;
        if cursor.is_null() {
            let past = operator.ask("{ events(first: 100) { pageInfo { endCursor hasNextPage } } }").await;
            cursor = past["events"]["pageInfo"]["endCursor"].clone();
            at_first = alerts(&operator).await;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(meter.clone(), round, writer, kept.clone(), stop.clone())))
            .collect();
        let mut socket = Socket::open(program.address, operator.token.as_deref()).await;
        socket.subscribe("1", EVENTS, json!({ "after": cursor })).await;
        let reading = tokio::time::timeout(Duration::from_millis(300 + 170 * round), async {
            loop {
                let event = socket.event().await["events"].clone();
                cursor = event["cursor"].clone();
                seen.push(event["id"].as_str().unwrap().to_owned());
            }
        });
        let _ = reading.await;
        drop(program);
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
    }

    let program = Program::start(&database, &key);
    let acknowledged = std::mem::take(&mut *kept.lock().unwrap());
    assert!(acknowledged.len() > 50, "the writers wrote: {}", acknowledged.len());
    let meter = program.sign_in("platform", json!("meter")).await;
    for lines in acknowledged.chunks(1_000) {
        let again = meter.run(RECORD, json!({ "charges": lines })).await.data()["recordCharges"].clone();
        assert_eq!((&again["recorded"], &again["duplicates"]), (&json!(0), &json!(lines.len())));
    }
    let operator = program.sign_in("platform", json!("operator")).await;
    let raised = alerts(&operator).await - at_first;
    let mut socket = Socket::open(program.address, operator.token.as_deref()).await;
    socket.subscribe("1", EVENTS, json!({ "after": cursor })).await;
    while (seen.len() as u64) < raised {
        seen.push(socket.event().await["events"]["id"].as_str().unwrap().to_owned());
    }
    assert!(socket.is_silent().await);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "none twice");
    drop(program);

    let audit = Command::new(env!("CARGO_BIN_EXE_partner-center"))
        .args(["audit", "--database-url", &database.url])
        .env_remove("PARTNER_CENTER_TEST_POSTGRES")
        .output()
        .unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    let _ = std::fs::remove_file(key);
}
