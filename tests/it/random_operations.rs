//! Random operations over the whole schema, as every kind of viewer, with arguments from plausible to hostile: nothing
//! panics or fails on our side, every error has a code, nobody sees what is somebody else's, and personal data is masked
//! (R-CORE-01, R-CORE-42).
//!
//! A bounded run belongs to the tests. A long one by hand:
//! `PARTNER_CENTER_RANDOM_OPERATIONS=100000 PARTNER_CENTER_RANDOM_SEED=7 cargo test --test it -- random_operations`.
//! A failure names the seed of its round: with it and at most [`A_ROUND`] operations it comes again.

mod judge;
mod operation;
pub mod values;
mod world;

use std::{
    collections::{BTreeMap, HashMap},
    env,
};

use partner_center::{access::Viewer, config::Settings, graphql::policy::Table};
use serde_json::Value;

use crate::{
    access::VIEWERS,
    support::{Client, Server, on_postgres, story_with},
};
use judge::Judge;
use operation::Author;
use values::Chance;
use world::World;

/// Operations on one database: what they wrote is there for those that follow, and a failure is found again soon.
const A_ROUND: u64 = 750;
/// Operations in the tests.
const OPERATIONS: u64 = 1_500;

/// Those beside whom the test of authorization knows: of another tree, and under other partners.
const OTHERS: [&str; 3] = ["reseller-2b", "customer-1b4", "customer-csp1-1"];

/// Somebody that the demonstration knows, of any kind of account and role, or a stranger.
fn anybody(chance: &mut Chance) -> &'static str {
    let place = chance.below(VIEWERS.len() + OTHERS.len());
    VIEWERS.iter().chain(&OTHERS).nth(place).expect("below their number")
}

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text}")))
}

/// A viewer as the test knows it.
struct Actor {
    who: &'static str,
    client: Client,
    viewer: Option<Viewer>,
}

impl Actor {
    /// None where it cannot sign in any more: an operation may have locked or deleted it.
    async fn enter(server: &Server, who: &'static str) -> Option<Self> {
        if who.is_empty() {
            return Some(Self { who, client: server.stranger(), viewer: None });
        }
        let (account, member) = who.split_once('/').map_or((who, None), |(account, member)| (account, Some(member)));
        let db = server.app.store.reader();
        let identity = partner_center::accounts::queries::identity_by_name(db, account, member).await.unwrap()?;
        let viewer = identity.into_viewer(&server.app.sign_in.roles, None, server.app.store.clock().now()).unwrap();
        let sign_in = "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
            memberName: $member, password: \"demo-password\" }) { accessToken } }";
        let names = serde_json::json!({ "account": account, "member": member });
        let answer = server.stranger().run(sign_in, names).await;
        let token = answer.body["data"]["signIn"]["accessToken"].as_str()?.to_owned();
        Some(Self { who, client: server.stranger().with_token(&token), viewer: Some(viewer) })
    }
}

fn patient(settings: &mut Settings) {
    settings.guard.address_failures = u32::MAX;
    settings.guard.name_tries = u32::MAX;
}

/// What became of the operations: by code.
type Tally = BTreeMap<String, u64>;

async fn round(seed: u64, operations: u64, tally: &mut Tally) {
    story_with(patient, |server| async move {
        let world = World::read();
        let table = Table::new();
        let judge = Judge::of(&server).await;
        let mut author = Author::new(&world, Chance::new(seed));
        author.values.learn_from_cast();
        let mut actors: HashMap<&str, Actor> = HashMap::new();
        for number in 0..operations {
            let who = anybody(&mut author.values.chance);
            if !actors.contains_key(who) {
                let Some(actor) = Actor::enter(&server, who).await else { continue };
                actors.insert(who, actor);
            }
            let actor = &actors[who];
            let operation = author.write(|on, field| table.allows(on, field, actor.viewer.as_ref()));
            let told = || format!("seed {seed}, operation {number}, as {:?}: {operation}", actor.who);
            let answer = actor.client.try_run(&operation.query, operation.variables.clone()).await;
            let Some(answer) = answer else { panic!("no answer: {}", told()) };
            let code = judge.check(&server, actor.who, &operation, &answer).await;
            let code = code.unwrap_or_else(|wrong| panic!("{wrong}\n{}\n{}", told(), answer.body));
            if code == "UNAUTHENTICATED" {
                // An operation has ended its sessions.
                actors.remove(who);
            }
            *tally.entry(code).or_default() += 1;
            author.values.learn(&answer.body);
        }
        server
    })
    .await;
}

/// R-CORE-01, R-CORE-42: whatever is asked, by whomever.
#[tokio::test(flavor = "multi_thread")]
async fn random_operations_are_answered_in_order_and_tell_nobody_too_much() {
    let asked = number("PARTNER_CENTER_RANDOM_OPERATIONS", if on_postgres() { OPERATIONS / 3 } else { OPERATIONS });
    let first_seed = number("PARTNER_CENTER_RANDOM_SEED", 1);
    let (mut tally, mut done) = (Tally::new(), 0);
    while done < asked {
        let operations = A_ROUND.min(asked - done);
        round(first_seed + done / A_ROUND, operations, &mut tally).await;
        done += operations;
    }
    if let Ok(file) = std::env::var("PARTNER_CENTER_RANDOM_TALLY") {
        std::fs::write(file, format!("{done} operations from seed {first_seed}: {tally:#?}\n")).unwrap();
    }
    let executed = tally.get("").copied().unwrap_or_default();
    assert!(executed * 3 > done, "a third is executed without an error of the document at least: {tally:?}");
}

/// What a value of an answer is made of, visited one by one.
fn texts<'v>(value: &'v Value, found: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}
