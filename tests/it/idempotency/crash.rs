//! Keys over kill -9: the real program, killed in the middle of a mutation and asked for it again.

use std::time::Duration;

use serde_json::Value;

use super::{Keyed, PLACE, orders, place};
use crate::support::{Program, fresh_database, key_file, on_postgres};

/// Killed at any time and asked again: the order is there once, and its answer is the first, or is said to be lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_with_a_key_runs_once_over_kill_9() {
    let database = fresh_database().await;
    let key = key_file();
    // Elsewhere another node may run it still, so that each round waits for that to be over.
    let rounds: u64 = if on_postgres() { 6 } else { 24 };
    let (mut lost, mut before, mut replayed) = (0, None, 0);
    for round in 0..rounds {
        let (name, variables) = (format!("crash-{round}"), place(&format!("crash-{round}")));
        let program = Program::start(&database, &key);
        let client = program.sign_in("customer-1b4", Value::Null).await;
        let count = orders(&client).await;
        assert_eq!(count, *before.get_or_insert(count), "one order for each round");
        let keyed = Keyed { url: format!("http://{}/graphql", program.address), token: client.token.clone() };
        let life = Duration::from_millis((round * 7) % 41);
        let _ = tokio::time::timeout(life, keyed.send(&name, PLACE, &variables)).await;
        drop(program);

        let program = Program::start(&database, &key);
        let keyed = Keyed { url: format!("http://{}/graphql", program.address), ..keyed };
        let answer = keyed.send_until_known(&name, PLACE, &variables).await;
        match answer.status {
            410 => lost += 1,
            200 => {
                let order = answer.order();
                assert_ne!(order, Value::Null);
                replayed += u64::from(answer.replayed);
                assert_eq!(keyed.send(&name, PLACE, &variables).await.text, answer.text);
            }
            _ => panic!("{answer:?}"),
        }
        before = before.map(|count| count + 1);
    }
    let program = Program::start(&database, &key);
    assert_eq!(orders(&program.sign_in("customer-1b4", Value::Null).await).await, before.unwrap());
    assert!(lost < rounds, "some were answered: of {rounds}, {replayed} were there again, {lost} were lost");
    let _ = std::fs::remove_file(key);
}
