//! Money: an exact number of 10⁻⁸ USD in 64 bits, the same in both databases (docs/decisions/0003).

use rust_decimal::Decimal;
use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// An amount of USD, exact to 8 places. Ranges over ±92 billion; arithmetic that would leave the range is refused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, DeriveValueType, Serialize, Deserialize,
)]
pub struct Amount(i64);

/// Why a decimal is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountError {
    /// More decimal places than allowed.
    TooPrecise {
        /// The number of places that the value has.
        places: u32,
        /// The number of places that are allowed.
        allowed: u32,
    },
    /// Below zero where only zero and above make sense.
    Negative,
    /// Beyond what an amount can hold.
    TooLarge,
}

impl std::fmt::Display for AmountError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooPrecise { places, allowed } => {
                write!(f, "has {places} decimal places, at most {allowed} are allowed")
            }
            Self::Negative => f.write_str("is negative, 0 or more is expected"),
            Self::TooLarge => write!(f, "is too large, at most {} is possible", Amount::MAX),
        }
    }
}

impl Amount {
    /// Decimal places of the stored number.
    pub const SCALE: u32 = 8;
    /// Decimal places of budgets and quotas (R-CORE-48).
    pub const CENTS: u32 = 2;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount a caller may give: a tenth of the range, so that sums of many stay inside it.
    pub const MAX: Self = Self(i64::MAX / 10);

    /// From units of 10⁻⁸ USD.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// In units of 10⁻⁸ USD.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Reads a caller's decimal: at least 0, at most `places` decimal places, within the range.
    pub fn parse(value: Decimal, places: u32) -> Result<Self, AmountError> {
        let value = value.normalize();
        if value.scale() > places {
            return Err(AmountError::TooPrecise { places: value.scale(), allowed: places });
        }
        if value.is_sign_negative() && !value.is_zero() {
            return Err(AmountError::Negative);
        }
        let units = value.mantissa() * 10_i128.pow(Self::SCALE - value.scale());
        match i64::try_from(units) {
            Ok(units) if units <= Self::MAX.0 => Ok(Self(units)),
            _ => Err(AmountError::TooLarge),
        }
    }

    /// As a decimal with at least two places, no trailing zeros beyond them.
    pub fn to_decimal(self) -> Decimal {
        let mut value = Decimal::new(self.0, Self::SCALE).normalize();
        if value.scale() < Self::CENTS {
            value.rescale(Self::CENTS);
        }
        value
    }

    /// The sum, or `None` beyond the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The difference, which may be negative: a budget that is overspent has less than nothing left.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_decimal().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn amounts_are_exact_and_bounded() {
        assert_eq!(Amount::parse(dec!(100.00), 2).map(Amount::units), Ok(10_000_000_000));
        assert_eq!(Amount::parse(dec!(0.00000001), 8).map(Amount::units), Ok(1));
        assert_eq!(Amount::parse(dec!(100.005), 2), Err(AmountError::TooPrecise { places: 3, allowed: 2 }));
        assert_eq!(Amount::parse(dec!(-0.01), 2), Err(AmountError::Negative));
        assert_eq!(Amount::parse(dec!(-0), 2), Ok(Amount::ZERO));
        assert_eq!(Amount::parse(dec!(99999999999), 2), Err(AmountError::TooLarge));
    }

    #[test]
    fn amounts_print_two_places_or_as_many_as_they_need() {
        assert_eq!(Amount::from_units(10_000_000_000).to_string(), "100.00");
        assert_eq!(Amount::from_units(1).to_string(), "0.00000001");
        assert_eq!(Amount::from_units(-150_000_000).to_string(), "-1.50");
    }
}
