//! A disk without room: what was acknowledged is kept, what is not is told with a code, and all goes on when there is room
//! again. On SQLite, whose files are the program's own; PostgreSQL looks after its disk itself.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use entities::attachment;
use sea_orm::{ConnectionTrait, Database, DbBackend, EntityTrait, PaginatorTrait, Statement};
use serde_json::{Value, json};

use crate::{
    attachments::{files_in, large},
    support::{
        Client, Fresh, Program, RECORD_CHARGES, audit, charge_line, directory, fresh_database, id, key_file,
        machine_time, on_postgres,
    },
};

const WRITERS: usize = 6;
/// Bytes of a file that can be written where there is no room: the log of changes begins anew now and then, and then there is
/// some for a while.
const FULL: u64 = 100_000;
/// Charges that must be refused before a disk counts as full.
const REFUSED: usize = 60;

/// What the writers were answered.
#[derive(Default)]
struct Told {
    /// Lines that were acknowledged.
    kept: Vec<Value>,
    /// Lines that were answered with an error.
    refused: Vec<Value>,
    /// Lines that were not answered.
    unanswered: usize,
}

/// Writers that record charges, each line once, whatever they are told.
struct Load {
    told: Arc<Mutex<Told>>,
    stop: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(meter: &Client, round: &'static str) -> Self {
        let (told, stop) = (Arc::<Mutex<Told>>::default(), Arc::<AtomicBool>::default());
        let writers = (0..WRITERS).map(|writer| {
            let (meter, told, stop) = (meter.clone(), told.clone(), stop.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let customer = ["customer-1a1", "customer-1b1", "customer-2a1"][number % 3];
                    let line =
                        charge_line(&format!("full-{round}-{writer}-{number}"), customer, "3.33", &machine_time());
                    let Some(answer) = meter.try_run(RECORD_CHARGES, json!({ "charges": [line] })).await else {
                        told.lock().unwrap().unanswered += 1;
                        return;
                    };
                    if answer.body["data"]["recordCharges"]["recorded"] == 1 {
                        told.lock().unwrap().kept.push(line);
                    } else {
                        assert_eq!(answer.code(), "INTERNAL", "{}", answer.body);
                        told.lock().unwrap().refused.push(line);
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                }
            })
        });
        Self { writers: writers.collect(), told, stop }
    }

    async fn until(&self, what: &str, holds: impl Fn(&Told) -> bool) {
        for _ in 0..1_000 {
            if holds(&self.told.lock().unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("waited in vain: {what}");
    }

    async fn end(self) -> Told {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

/// How large the log of changes beside the database is, which is what grows.
fn wal_bytes(database: &Fresh) -> u64 {
    let file = database.file.as_ref().unwrap();
    fs::metadata(format!("{}-wal", file.display())).map_or(0, |wal| wal.len())
}

async fn record(meter: &Client, lines: &[Value]) -> (u64, u64) {
    let (mut recorded, mut duplicates) = (0, 0);
    for lines in lines.chunks(1_000) {
        let answer = meter.record(lines).await;
        recorded += answer["recorded"].as_u64().unwrap();
        duplicates += answer["duplicates"].as_u64().unwrap();
    }
    (recorded, duplicates)
}

/// What was acknowledged is there, and what was refused is not.
async fn is_as_told(meter: &Client, told: &Told) {
    let (kept, refused) = (told.kept.len() as u64, told.refused.len() as u64);
    assert_eq!(record(meter, &told.kept).await, (0, kept), "recorded and duplicates of what was acknowledged");
    assert_eq!(record(meter, &told.refused).await, (refused, 0), "recorded and duplicates of what was refused");
}

async fn is_whole(database: &Fresh) {
    let db = Database::connect(&database.url).await.unwrap();
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    let found: String = db.query_one_raw(check).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(found, "ok");
    db.close().await.unwrap();
    audit(database);
}

/// Lines of errors in the log, which a failing request may fill no faster than requests come.
fn is_no_flood(log: &str, requests: usize) {
    let lines = log.lines().count();
    assert!(lines < 2 * requests + 100, "{lines} lines for {requests} requests: {}", &log[..log.len().min(4_000)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_acknowledged_and_is_survived() {
    if on_postgres() {
        return;
    }
    let (database, key) = (fresh_database().await, key_file());
    let program = Program::start_bounded(&database, &key, &[]);
    let meter = program.sign_in("platform", json!("meter")).await;
    let partner = program.sign_in("reseller-1a", Value::Null).await;

    let load = Load::start(&meter, "first");
    load.until("it writes", |told| told.kept.len() > 60).await;
    program.limit_files(Some(FULL));
    load.until("the disk is full", |told| told.refused.len() > REFUSED).await;
    let read = partner.ask("{ customers { totalCount nodes { name email } } }").await;
    assert!(read["customers"]["totalCount"].as_u64().unwrap() > 0, "reading goes on: {read}");
    program.limit_files(Some(1));
    let revealed = partner.run("{ customers(first: 1) { nodes { name(reveal: true) } } }", Value::Null).await;
    assert_eq!(revealed.code(), "INTERNAL", "nothing is revealed that could not be put on record: {}", revealed.body);
    let sign_in = "mutation { signIn(input: { accountName: \"csp-1\", password: \"demo-password\" }) { accessToken } }";
    assert_eq!(program.client(None).run(sign_in, Value::Null).await.code(), "INTERNAL");

    program.limit_files(None);
    let kept = load.told.lock().unwrap().kept.len();
    load.until("there is room again, and it goes on without a restart", |told| told.kept.len() > kept + 50).await;
    let told = load.end().await;
    assert!(told.kept.len() > 60 && told.refused.len() > REFUSED && told.unanswered == 0);
    is_as_told(&meter, &told).await;

    let load = Load::start(&meter, "second");
    load.until("it writes", |told| told.kept.len() > 60).await;
    program.limit_files(Some(FULL));
    load.until("the disk is full", |told| told.refused.len() > REFUSED).await;
    let log = program.kill();
    let again = load.end().await;
    is_no_flood(&log, told.refused.len() + again.refused.len());
    is_whole(&database).await;
    let program = Program::start(&database, &key);
    let meter = program.sign_in("platform", json!("meter")).await;
    is_as_told(&meter, &again).await;
    program.end().await;
    is_whole(&database).await;
    let _ = fs::remove_file(key);
}

/// R-BLD-49: a file for which there is no room is refused, and leaves neither a part nor an attachment.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_without_room_leaves_nothing() {
    if on_postgres() {
        return;
    }
    let (database, key) = (fresh_database().await, key_file());
    let program = Program::start_bounded(&database, &key, &[]);
    let partner = program.sign_in("reseller-1a", Value::Null).await;
    let upload = async |bytes: usize| {
        let url = format!("http://{}/attachments?name=plan.pdf", program.address);
        let sent = reqwest::Client::new().post(url).bearer_auth(partner.token.as_deref().unwrap()).body(large(bytes));
        let response = sent.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let attachments = async || {
        let db = Database::connect(&database.url).await.unwrap();
        let count = attachment::Entity::find().count(&db).await.unwrap();
        db.close().await.unwrap();
        (count, files_in(&directory(&database.url)))
    };
    // Room for rows, but not for all of the file, in parts or at once; and for neither.
    let some = wal_bytes(&database) + 500_000;
    for (room, bytes) in [(some, 3 * large_part()), (some, 5_200_000), (1, 1_000)] {
        program.limit_files(Some(room));
        let (status, answer) = upload(bytes).await;
        assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (500, &json!("INTERNAL")), "{answer}");
        assert_eq!(attachments().await, (0, 0), "{bytes} bytes");
    }
    program.limit_files(None);
    let (status, answer) = upload(3 * large_part()).await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(attachments().await, (1, 1), "{}", id("reseller-1a"));
    let log = program.end().await;
    is_no_flood(&log, 3);
    is_whole(&database).await;
    let _ = fs::remove_file(key);
}

/// More than what is written at once.
const fn large_part() -> usize {
    5 * 1024 * 1024
}
