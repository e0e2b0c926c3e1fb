//! An independent oracle of who may see what (R-CORE-01, R-CORE-45): row-level security of PostgreSQL, written from the
//! specification. In random trees, before and after random changes, every list of the API and every row by its id are
//! compared with what the policies show the same member; `totalCount` is the length of the list.
//!
//! A few trees belong to the tests. More by hand, on PostgreSQL:
//! `PARTNER_CENTER_ORACLE_TREES=50 PARTNER_CENTER_ORACLE_SEED=7 bin/postgres cargo test --test it -- oracle`.
//! A failure names the seed of its tree.

mod changes;
mod compare;
mod lists;
mod parts;
mod reader;
mod tree;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use futures_util::{StreamExt, stream};
use partner_center::{config::Settings, demo::development};

use crate::support::{Server, on_postgres, story_with};
use changes::{Change, TURNS};
use compare::{Comparison, Found};
use lists::Row;
use reader::{Reader, SETS, Sets};
use tree::World;

/// Trees in the tests.
const TREES: u64 = 2;
/// How often a tree is changed and looked at again.
const ROUNDS: usize = 1;
/// Changes in a round.
const CHANGES: usize = 20;
/// How many look at a time: all would take too long.
const VIEWERS: usize = 6;
/// How many of them ask at once.
const AT_ONCE: usize = 4;

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text}")))
}

/// One viewer asks more within seconds than people do in hours.
fn patient(settings: &mut Settings) {
    settings.guard.address_failures = u32::MAX;
    settings.guard.name_tries = u32::MAX;
    settings.limits.cost = u64::MAX;
    settings.limits.root_fields = 1_000;
    settings.limits.aliases = 1_000;
    settings.limits.selections = 1_000_000;
    settings.limits.document_bytes = 1_000_000;
    settings.limits.tokens = 1_000_000;
    settings.rates.account_cost = 0;
    settings.rates.address_requests = 0;
}

/// What became of a run: which changes were made or refused, and of which sets somebody saw some rows and not all.
#[derive(Debug, Default)]
struct Tally {
    changes: BTreeMap<String, [u32; 2]>,
    in_part: BTreeSet<&'static str>,
}

impl World<'_> {
    /// Compares what some, chosen by chance, see; what is different.
    async fn look(&mut self, tally: &mut Tally) -> Vec<String> {
        let everybody = self.everybody().await;
        let mut chosen = Vec::new();
        for _ in 0..VIEWERS {
            let who = everybody[self.chance.below(everybody.len())].clone();
            let client = self.client(&who.name).await;
            chosen.push((who, client, 1 + self.chance.below(60)));
        }
        let places = [self.chance.below(1_000), self.chance.below(1_000)];
        let comparison = &Comparison::of(self.server, self.reader, places).await;
        let (server, reader) = (self.server, self.reader);
        let found: Vec<Found> = stream::iter(&chosen)
            .map(|(who, client, page)| async move {
                let found = comparison.differences(who, client, *page).await;
                if found.wrong.is_empty() {
                    return found;
                }
                // A job may have gone on between the two: what is wrong stays wrong.
                Comparison::of(server, reader, places).await.differences(who, client, *page).await
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        tally.in_part.extend(found.iter().flat_map(|found| &found.in_part));
        found.into_iter().flat_map(|found| found.wrong).collect()
    }

    async fn make_and_count(&mut self, change: Change, tally: &mut Tally) {
        let made = self.make(change).await.is_some();
        tally.changes.entry(format!("{change:?}")).or_default()[usize::from(made)] += 1;
    }
}

async fn tree(seed: u64, tally: &mut Tally) {
    story_with(patient, |server: Server| async move {
        development::load(&server.app).await.unwrap();
        let reader = Reader::install(&server).await;
        let mut world = World::grow(&server, &reader, seed).await;
        for change in TURNS {
            world.make_and_count(change, tally).await;
        }
        for round in 0..=ROUNDS {
            let wrong = world.look(tally).await;
            assert!(wrong.is_empty(), "seed {seed}, round {round}:\n{}", wrong.join("\n"));
            for _ in 0..if round < ROUNDS { CHANGES } else { 0 } {
                let change = world.any_change();
                world.make_and_count(change, tally).await;
            }
        }
        server
    })
    .await;
}

/// R-CORE-01, R-CORE-45, R-ORG-03, R-ORG-13, R-ORG-14, R-CUS-31, R-CUS-35: whoever looks at whatever list sees what the
/// policies show, and finds by its id what it sees and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_independent_policies_show() {
    if !on_postgres() {
        return;
    }
    let first = number("PARTNER_CENTER_ORACLE_SEED", 1);
    let mut tally = Tally::default();
    for seed in first..first + number("PARTNER_CENTER_ORACLE_TREES", TREES) {
        tree(seed, &mut tally).await;
    }
    if let Ok(file) = env::var("PARTNER_CENTER_ORACLE_TALLY") {
        std::fs::write(file, format!("{tally:#?}\n")).unwrap();
    }
    let never: Vec<_> = SETS.iter().map(|set| set.0).filter(|set| !tally.in_part.contains(set)).collect();
    assert!(never.len() * 2 < SETS.len(), "nobody saw a part of {never:?}: {tally:?}");
}

/// The oracle can fail: whichever policy shows all rows, or none, the comparison tells.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_wrong_is_found() {
    if !on_postgres() {
        return;
    }
    story_with(patient, |server: Server| async move {
        development::load(&server.app).await.unwrap();
        let reader = Reader::install(&server).await;
        let mut world = World::grow(&server, &reader, 1).await;
        for change in TURNS {
            world.make(change).await;
        }
        world.export("north-1", "exportOrders").await.unwrap();
        world.upload("north-1").await.unwrap();
        world.endpoint("north-1").await.unwrap();
        let everybody = world.everybody().await;
        let mut found = BTreeSet::new();
        for name in ["north-1", "distributor-1", "customer-1a1"] {
            let who = everybody.iter().find(|who| who.name == name).unwrap();
            let client = world.client(name).await;
            let comparison = Comparison::of(&server, &reader, [0, 0]).await;
            let (shown, right) = (comparison.shown(&client, 100).await, comparison.seen(who, None).await);
            let differ = |seen: &Sets, row: &&Row| comparison.difference(seen, row).is_some();
            assert!(!shown.rows.iter().any(|row| differ(&right, &row)), "{name}: the policies are right at first");
            for table in reader.tables().await {
                let about = |row: &&Row| SETS.iter().any(|set| set.0 == row.set && set.1 == table);
                for wrong in ["TRUE", "FALSE"] {
                    let right = reader.put_policy(&table, wrong).await;
                    let seen = comparison.seen(who, Some(&table)).await;
                    if shown.rows.iter().filter(about).any(|row| differ(&seen, &row)) {
                        found.insert((table.clone(), wrong));
                    }
                    reader.put_policy(&table, &right).await;
                }
            }
        }
        let mut missed = reader.tables().await;
        missed.retain(|table| !found.contains(&(table.clone(), "TRUE")) || !found.contains(&(table.clone(), "FALSE")));
        assert_eq!(missed, Vec::<String>::new(), "found were {found:?}");
        server
    })
    .await;
}
