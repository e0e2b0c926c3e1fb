//! The percentages of a budget at which somebody is warned, and sets of them.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// A share of a budget, in percent, whose reaching raises an alert (R-CORE-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Threshold {
    /// 75 %.
    P75,
    /// 90 %.
    P90,
    /// 100 %: exhausted.
    P100,
}

impl Threshold {
    /// All of them, lowest first.
    pub const ALL: [Self; 3] = [Self::P75, Self::P90, Self::P100];

    /// In percent.
    pub const fn percent(self) -> i16 {
        match self {
            Self::P75 => 75,
            Self::P90 => 90,
            Self::P100 => 100,
        }
    }

    const fn bit(self) -> i16 {
        match self {
            Self::P75 => 1,
            Self::P90 => 2,
            Self::P100 => 4,
        }
    }
}

/// A set of thresholds, stored as bits: 1 for 75 %, 2 for 90 %, 4 for 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, DeriveValueType, Serialize, Deserialize)]
pub struct Thresholds(i16);

impl Thresholds {
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether `threshold` is in the set.
    pub const fn contains(self, threshold: Threshold) -> bool {
        self.0 & threshold.bit() != 0
    }

    /// The members, lowest first.
    pub fn iter(self) -> impl Iterator<Item = Threshold> {
        Threshold::ALL.into_iter().filter(move |t| self.contains(*t))
    }

    /// How many there are.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of `self` that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<Threshold> for Thresholds {
    fn from_iter<I: IntoIterator<Item = Threshold>>(items: I) -> Self {
        Self(items.into_iter().fold(0, |bits, t| bits | t.bit()))
    }
}
