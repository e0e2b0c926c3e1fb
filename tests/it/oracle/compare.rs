//! Whether the API and the policies agree on what somebody sees.

use std::collections::{BTreeMap, BTreeSet};

use entities::types::AccountKind;
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::{
    lists::{Row, Shown},
    parts::One,
    reader::{Reader, Sets},
};
use crate::support::{Client, Server};

/// Somebody who looks.
#[derive(Debug, Clone)]
pub struct Who {
    /// The account's name, or `account/member`.
    pub name: String,
    /// The member.
    pub member: Uuid,
}

/// What came of comparing.
#[derive(Debug, Default)]
pub struct Found {
    /// What is different, in words.
    pub wrong: Vec<String>,
    /// Sets of which the viewer saw some rows, and not all.
    pub in_part: BTreeSet<&'static str>,
}

/// What there is, beside which everybody's answers are laid.
pub struct Comparison<'s> {
    server: &'s Server,
    reader: &'s Reader,
    all: Sets,
    one: One,
    kinds: BTreeMap<Uuid, String>,
}

impl<'s> Comparison<'s> {
    /// Of what there is now; filters name the customer and the reseller at these places.
    pub async fn of(server: &'s Server, reader: &'s Reader, places: [usize; 2]) -> Self {
        server.app.hub.settle().await.unwrap();
        let kinds = reader.texts("SELECT id::text, kind FROM accounts").await;
        let prefix = |kind: &String| AccountKind::try_from_value(kind).unwrap().prefix().to_owned();
        let kinds = kinds.iter().map(|[id, kind]| (id.parse().unwrap(), prefix(kind))).collect();
        let all = reader.everything().await;
        let at = |set, place: usize| *all[set].iter().nth(place % all[set].len()).expect("below their number");
        let one = One { customer: at("customers", places[0]), reseller: at("resellers", places[1]) };
        Self { server, reader, all, one, kinds }
    }

    /// All that the API shows a client, by lists, nodes and fields for one row.
    pub async fn shown(&self, client: &Client, page: usize) -> Shown {
        Shown::to(client, page, &self.all, &self.kinds, self.one).await
    }

    /// What the policies show somebody now: of all sets, or of those of one table.
    pub async fn seen(&self, who: &Who, table: Option<&str>) -> Sets {
        self.reader.seen_by(who.member, self.server.app.store.clock().now(), self.one, table).await
    }

    /// What is different for somebody; nothing where all agree.
    pub async fn differences(&self, who: &Who, client: &Client, page: usize) -> Found {
        let seen = self.seen(who, None).await;
        let shown = self.shown(client, page).await;
        let mut wrong = shown.wrong.clone();
        wrong.extend(shown.rows.iter().filter_map(|row| self.difference(&seen, row)));
        wrong.iter_mut().for_each(|text| text.insert_str(0, &format!("{}: ", who.name)));
        let in_part = |name: &&&'static str| !seen[**name].is_empty() && seen[**name] != self.all[**name];
        Found { wrong, in_part: seen.keys().filter(in_part).copied().collect() }
    }

    /// How a set that was shown differs from what is seen of it.
    pub fn difference(&self, seen: &Sets, shown: &Row) -> Option<String> {
        let Row { set, how, ids, whole } = shown;
        let (seen, all) = (&seen[set], self.all[set].len());
        let too_many: Vec<_> = ids.difference(seen).collect();
        let missing: Vec<_> = seen.difference(ids).filter(|_| *whole).collect();
        (!too_many.is_empty() || !missing.is_empty()).then(|| {
            let right = seen.len();
            format!("{set} by {how}: of {all} rows {right} may be seen; beside them {too_many:?}, and not {missing:?}")
        })
    }
}
