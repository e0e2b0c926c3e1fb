//! What a change of the facts comes to, in words.

use entities::types::{CustomerFact, CustomerFacts};

/// What was added and removed, for the access record.
pub fn describe(before: CustomerFacts, after: CustomerFacts) -> String {
    let words = |facts: CustomerFacts| facts.iter().map(CustomerFact::word).collect::<Vec<_>>().join(", ");
    let parts = [("added", after.without(before)), ("removed", before.without(after))];
    let parts = parts.into_iter().filter(|(_, facts)| *facts != CustomerFacts::NONE);
    parts.map(|(what, facts)| format!("{what} {}", words(facts))).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::Iterable;

    use super::*;

    fn some() -> impl Strategy<Value = CustomerFacts> {
        proptest::sample::subsequence(CustomerFact::iter().collect::<Vec<_>>(), 0..10)
            .prop_map(|facts| facts.into_iter().collect())
    }

    proptest! {
        /// Each fact that changed is named, and no other.
        #[test]
        fn a_description_names_what_changed(before in some(), after in some()) {
            let text = describe(before, after);
            let named: Vec<&str> = text.split([' ', ',', ';']).collect();
            for fact in CustomerFact::iter() {
                prop_assert_eq!(named.contains(&fact.word()), before.has(fact) != after.has(fact));
            }
        }
    }
}
