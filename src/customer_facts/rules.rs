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
mod tests;
