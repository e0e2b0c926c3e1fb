//! Rows that are chosen one by one, instead of by a filter: each once, in the order given.

use std::{collections::HashSet, hash::Hash, str::FromStr};

use async_graphql::ID;
use uuid::Uuid;

use crate::{
    outcome::{Error, Outcome, Refusal},
    store::keyset::{Place, SortValue, Window},
};

/// Most rows that can be chosen one by one: what one statement looks up.
pub const MAX_CHOSEN: usize = 1_000;

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<I>(Vec<I>);

impl<I: FromStr + Copy + Eq + Hash> Chosen<I> {
    /// Those of these ids that are ids at all, each once.
    pub fn of(ids: &[ID]) -> Self {
        let mut known = HashSet::new();
        Self(ids.iter().filter_map(|id| id.parse().ok()).filter(|id| known.insert(*id)).collect())
    }

    /// All of them.
    pub fn ids(&self) -> &[I] {
        &self.0
    }

    /// Those of a page, and where the next one begins: a place is how many of them were before.
    pub fn page(&self, window: &Window) -> (&[I], Option<Place>) {
        let before = match &window.from {
            Some(Place { value: SortValue::Number(before), .. }) => usize::try_from(*before).unwrap_or(usize::MAX),
            _ => 0,
        };
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let end = self.0.len().min(before.saturating_add(limit));
        let next = (end < self.0.len()).then(|| i64::try_from(end).ok()).flatten();
        let next = next.map(|end| Place { value: SortValue::Number(end), id: Uuid::nil() });
        (self.0.get(before..end).unwrap_or_default(), next)
    }
}

/// Checks that rows are chosen in one way, and not too many of them.
pub fn check(ids: &[ID], filtered: bool) -> Result<(), Refusal> {
    if filtered {
        return Err(Refusal::invalid("ids", "give either filter or ids"));
    }
    if !(1..=MAX_CHOSEN).contains(&ids.len()) {
        let message = format!("{} ids are given, 1 to {MAX_CHOSEN} are possible", ids.len());
        return Err(Refusal::invalid("ids", message));
    }
    Ok(())
}

/// Checks that each of the ids names a row in scope; another tenant's is like one that does not exist.
pub fn check_found<I: FromStr>(ids: &[ID], is_found: impl Fn(&I) -> bool) -> Outcome<()> {
    let missing = ids.iter().enumerate().filter(|(_, id)| !id.parse().is_ok_and(|id| is_found(&id)));
    let refusals: Vec<_> = missing.map(|(index, id)| Refusal::not_found("ids", id).at("ids", index)).collect();
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

#[cfg(test)]
mod tests {
    use entities::types::OrderId;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However long the pages are, together they are what was chosen, each once and in order.
        #[test]
        fn pages_are_what_was_chosen(picks in prop::collection::vec(0_u128..20, 0..40), limit in 1_u64..50) {
            let ids: Vec<ID> = picks.iter().map(|pick| OrderId::from_uuid(Uuid::from_u128(*pick)).into()).collect();
            let chosen = Chosen::<OrderId>::of(&ids);
            let (mut seen, mut from) = (Vec::new(), None);
            loop {
                let (some, next) = chosen.page(&Window { limit, backward: false, from });
                prop_assert!(some.len() as u64 <= limit);
                seen.extend_from_slice(some);
                from = next;
                if from.is_none() {
                    break;
                }
            }
            prop_assert_eq!(&seen, chosen.ids());
            let distinct: HashSet<_> = picks.iter().collect();
            prop_assert_eq!(seen.len(), distinct.len());
        }
    }
}
