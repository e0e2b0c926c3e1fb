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
