//! What is fuzzed: functions that take any bytes and panic where a promise does not hold. Not part of the program's API.
//!
//! `fuzz/` runs them under libFuzzer for as long as one likes; `tests/it/fuzzing.rs` runs the same over the corpus of
//! `fuzz/corpus` and some thousands of mutations of it, under `cargo test`.

mod document;

use async_graphql::{InputType, ScalarType, Value};
use entities::types::{Amount, Id, Named, parse_global_id};

pub use document::documents;

use crate::{
    customers::inputs::{CustomerFilter, amount_bound, ratio_bound},
    feed::Position,
    graphql::scalars::{self, DateTimeRange, DecimalRange},
    http,
    idempotency::Key,
    invitations::inputs::InvitationFilter,
    orders::inputs::OrderFilter,
    resellers::inputs::ResellerFilter,
    resources::inputs::ResourceFilter,
    store::{CursorKey, keyset::ListOrder},
};

/// A target: its name, which is that of its folder in the corpus, and what it tries.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 6] = [
    ("cursors", cursors),
    ("ids", ids),
    ("amounts", amounts),
    ("filters", filters),
    ("messages", messages),
    ("documents", documents),
];

/// Cursors of lists and of the feed, and keys of requests: what opens is what we sealed, to the letter.
pub fn cursors(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(position) = Position::from_cursor(text) {
        assert_eq!(position.to_cursor(), text, "two cursors for one position");
    }
    if let Ok(key) = Key::parse(text) {
        assert!(key.text().bytes().all(|byte| byte.is_ascii_graphic()));
    }
    let key = CursorKey::derive(b"a secret of the fuzzer").expect("a key");
    for by_text in [true, false] {
        let order = ListOrder { name: "fuzzed", by_text, descending: false };
        if let Ok(place) = key.open(text, order) {
            assert_eq!(key.seal(order, &place), text, "two cursors for one place");
        }
    }
}

/// Ids: what is read is written the same.
pub fn ids(data: &[u8]) {
    fn one<K: Named + Send + Sync>(text: &str) {
        if let Ok(id) = text.parse::<Id<K>>() {
            assert_eq!(id.to_string(), text, "two texts for one id");
        }
        // One that is not well formed names nothing; it is no error.
        let read = <scalars::Id<K> as InputType>::parse(Some(Value::from(text)));
        assert!(read.is_ok(), "an id in a filter is refused");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    one::<entities::types::Customer>(text);
    one::<entities::types::Reseller>(text);
    one::<entities::types::Member>(text);
    one::<entities::types::Order>(text);
    if let Some((prefix, uuid)) = parse_global_id(text) {
        assert_eq!(entities::types::global_id(&prefix, uuid), text, "two texts for one id");
    }
}

/// Amounts: exact, within their range, and the same when they are written and read again.
pub fn amounts(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let whole = text.parse::<i64>().map(Value::from);
    for value in [Value::from(text)].into_iter().chain(whole) {
        let Ok(decimal) = <scalars::Decimal as ScalarType>::parse(value) else { continue };
        for places in [Amount::CENTS, Amount::SCALE] {
            let Ok(amount) = Amount::parse(decimal.0, places) else { continue };
            assert!(amount >= Amount::ZERO && amount <= Amount::MAX, "{amount} is out of range");
            assert_eq!(amount.to_decimal(), decimal.0, "an amount is not what was written");
            let again = amount.to_string().parse().map(|decimal| Amount::parse(decimal, Amount::SCALE));
            assert_eq!(again, Ok(Ok(amount)), "an amount does not read back");
        }
        for round in [amount_bound, ratio_bound] {
            assert!(round(decimal, false) <= round(decimal, true), "a bound is rounded the wrong way");
        }
    }
}

/// Filters and ranges from JSON, as variables carry them: read without a panic, and written they read the same.
pub fn filters(data: &[u8]) {
    fn one<T: InputType>(value: &Value) {
        if let Ok(filter) = T::parse(Some(value.clone())) {
            let written = filter.to_value();
            let again = T::parse(Some(written.clone())).ok();
            assert_eq!(again.map(|again| again.to_value()), Some(written), "a filter does not read back");
        }
    }
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let Ok(value) = Value::from_json(json) else { return };
    one::<CustomerFilter>(&value);
    one::<ResellerFilter>(&value);
    one::<OrderFilter>(&value);
    one::<ResourceFilter>(&value);
    one::<InvitationFilter>(&value);
    one::<DateTimeRange>(&value);
    one::<DecimalRange>(&value);
}

/// Messages of sockets and bodies of requests: read without a panic.
pub fn messages(data: &[u8]) {
    http::try_messages(data);
}
