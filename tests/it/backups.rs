//! A backup that is taken while the program works is whole, and what is restored from it goes on.

use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{
    Client, Fresh, Program, Socket, audit, charge_line, empty_database, fresh_database, key_file, machine_time,
    on_postgres, program,
};

const EVENTS: &str = "subscription($after: String) { events(after: $after) { id cursor } }";

fn line(charge_id: &str, customer: &str, list_price: &str) -> Value {
    charge_line(charge_id, customer, list_price, &machine_time())
}

fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).output().unwrap();
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
}

/// As docs/operations.md says it.
fn back_up(database: &Fresh, file: &str) {
    if on_postgres() {
        run("pg_dump", &["--format=custom", &format!("--file={file}"), &database.url]);
    } else {
        let copied = program(&["backup", file, "--database-url", &database.url]);
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    }
}

async fn restore(file: &str) -> Fresh {
    let restored = empty_database().await;
    if on_postgres() {
        run("pg_restore", &["--no-owner", "--exit-on-error", &format!("--dbname={}", restored.url), file]);
        std::fs::remove_file(file).unwrap();
    } else {
        let path = restored.url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
        std::fs::rename(file, path).unwrap();
    }
    let told = program(&["restored", "--database-url", &restored.url]);
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    restored
}

async fn newest(client: &Client) -> Value {
    let page = client.ask("{ events(first: 100) { pageInfo { endCursor } } }").await;
    page["events"]["pageInfo"]["endCursor"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_whole_and_what_is_restored_goes_on() {
    let (database, key) = (fresh_database().await, key_file());
    let first = Program::start(&database, &key);
    let meter = first.sign_in("platform", json!("meter")).await;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (meter, kept, stop) = (meter.clone(), kept.clone(), stop.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let customer = ["customer-1a1", "customer-1b1", "customer-2a1"][number % 3];
                    let charge = line(&format!("backup-{writer}-{number}"), customer, "3.33");
                    assert_eq!(meter.record(std::slice::from_ref(&charge)).await["recorded"], 1);
                    kept.lock().unwrap().push(charge);
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let before: Vec<Value> = kept.lock().unwrap().clone();
    let file = std::env::temp_dir().join(format!("pc_{}.backup", uuid::Uuid::new_v4())).display().to_string();
    tokio::task::block_in_place(|| back_up(&database, &file));
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(before.len() > 10 && kept.lock().unwrap().len() > before.len(), "there was load before and after");
    let operator = first.sign_in("platform", json!("operator")).await;
    let cursor = newest(&operator).await;
    first.end().await;

    let restored = restore(&file).await;
    audit(&restored);
    let second = Program::start(&restored, &key);
    let meter = second.sign_in("platform", json!("meter")).await;
    for lines in before.chunks(1_000) {
        let answer = meter.record(lines).await;
        assert_eq!(answer["duplicates"], lines.len(), "what was acknowledged before the backup is in it: {answer}");
    }

    let operator = second.sign_in("platform", json!("operator")).await;
    let mut old = Socket::open(second.address, operator.token.as_deref()).await;
    old.subscribe("1", EVENTS, json!({ "after": cursor })).await;
    let refused = old.next().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "CURSOR_EXPIRED", "{refused}");
    let cursor = newest(&operator).await;
    let mut new = Socket::open(second.address, operator.token.as_deref()).await;
    new.subscribe("1", EVENTS, json!({ "after": cursor })).await;
    meter.record(&[line("after-the-restoring", "customer-1c1", "100000")]).await;
    assert!(new.event().await["events"]["id"].is_string(), "the feed goes on");
    second.end().await;
    audit(&restored);
}
