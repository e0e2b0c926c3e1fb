//! Scalars, and inputs made of them.

use std::{borrow::Cow, collections::HashSet};

use async_graphql::{
    ID, InputObject, InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value, registry::Registry,
};
use chrono::{DateTime, Utc};
use entities::types::{self, Amount, Named, Timestamp};

use crate::outcome::{Error, Refusal};

/// An exact decimal number, written as a string such as `"1250.00"`. Whole numbers are accepted without quotes; other
/// numbers are not, because they lose digits on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal(pub rust_decimal::Decimal);

#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match &value {
            Value::String(text) if text.len() <= MAX_DECIMAL_LENGTH => {
                rust_decimal::Decimal::from_str_exact(text).map_err(|error| error.to_string())
            }
            Value::String(_) => Err("too many digits".to_owned()),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Ok(whole.into()),
                None => Err("write it as a string: a number would lose digits".to_owned()),
            },
            _ => return Err(InputValueError::expected_type(value)),
        };
        parsed.map(Self).map_err(|error| InputValueError::custom(format!("not a decimal: {error}")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Longest text of a decimal: more digits than 28 it cannot hold anyway.
const MAX_DECIMAL_LENGTH: usize = 40;

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        Self(amount.to_decimal())
    }
}

/// A usage ratio as a percentage with two places.
pub fn percent_of_ratio(ratio: i64) -> Decimal {
    let percent = rust_decimal::Decimal::new(ratio, 6);
    let mut rounded = percent.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    Decimal(rounded)
}

/// Reads the ids of a batch, which `field` of the input holds; the same one twice is a mistake.
pub fn distinct<K: Named>(ids: &[ID], field: &str) -> Result<Vec<types::Id<K>>, Error> {
    let (mut distinct, mut seen) = (Vec::with_capacity(ids.len()), HashSet::with_capacity(ids.len()));
    for (index, id) in ids.iter().enumerate() {
        let one = id.parse().map_err(|_| Refusal::not_found(field, id).at(field, index))?;
        if !seen.insert(one) {
            return Err(Refusal::invalid(field, format!("{} is given twice", id.as_str())).at(field, index).into());
        }
        distinct.push(one);
    }
    Ok(distinct)
}

/// An id in a filter. One that is not well formed names nothing, so it matches nothing, like one out of scope.
pub struct Id<K>(pub types::Id<K>);

impl<K> std::fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}

impl<K: Named + Send + Sync> InputType for Id<K> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <async_graphql::ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <async_graphql::ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let id = <async_graphql::ID as InputType>::parse(value).map_err(InputValueError::propagate)?;
        Ok(Self(id.parse().unwrap_or(types::Id::from_uuid(uuid::Uuid::nil()))))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A span of time: from the first instant, inclusive, to the last, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct DateTimeRange {
    /// The first instant.
    from: Option<DateTime<Utc>>,
    /// The instant after the last.
    to: Option<DateTime<Utc>>,
}

impl DateTimeRange {
    /// The first instant.
    pub fn from(&self) -> Option<Timestamp> {
        self.from.map(Timestamp::from)
    }

    /// The instant after the last.
    pub fn to(&self) -> Option<Timestamp> {
        self.to.map(Timestamp::from)
    }
}

/// A span of numbers, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct DecimalRange {
    /// The smallest.
    pub min: Option<Decimal>,
    /// The largest.
    pub max: Option<Decimal>,
}
