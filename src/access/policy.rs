//! Which field of the schema is open to whom. A field without a row is closed to everybody.

use std::fmt;

use entities::types::AccountKind;
use sea_orm::Iterable;

use super::{Permission, Viewer};

/// A set of account kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// The platform.
    pub const PLATFORM: Self = Self(1);
    /// Distributors.
    pub const DISTRIBUTOR: Self = Self(1 << 1);
    /// Cloud solution providers.
    pub const PROVIDER: Self = Self(1 << 2);
    /// Resellers.
    pub const RESELLER: Self = Self(1 << 3);
    /// Customers.
    pub const CUSTOMER: Self = Self(1 << 4);
    /// Whoever is above a reseller.
    pub const ABOVE_RESELLERS: Self = Self::PLATFORM.and(Self::DISTRIBUTOR);
    /// Whoever may be in charge of a customer.
    pub const PARTNERS: Self = Self::DISTRIBUTOR.and(Self::PROVIDER).and(Self::RESELLER);
    /// Partners and the platform.
    pub const ABOVE_CUSTOMERS: Self = Self::PLATFORM.and(Self::PARTNERS);
    /// Everybody who can sign in.
    pub const ALL: Self = Self::ABOVE_CUSTOMERS.and(Self::CUSTOMER);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether accounts of `kind` are among them.
    pub const fn contain(self, kind: AccountKind) -> bool {
        let bit = match kind {
            AccountKind::Platform => Self::PLATFORM.0,
            AccountKind::Distributor => Self::DISTRIBUTOR.0,
            AccountKind::CloudSolutionProvider => Self::PROVIDER.0,
            AccountKind::Reseller => Self::RESELLER.0,
            AccountKind::Customer => Self::CUSTOMER.0,
        };
        self.0 & bit != 0
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("all");
        }
        let kinds = AccountKind::iter().filter(|kind| self.contain(*kind));
        f.write_str(&kinds.map(|kind| kind.word().to_lowercase().replace('_', " ")).collect::<Vec<_>>().join(", "))
    }
}

/// What a viewer must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: open before sign-in.
    Nothing,
    /// An account of one of these kinds, and a member with this permission.
    Seat(Kinds, Permission),
    /// One of several such.
    Seats(&'static [(Kinds, Permission)]),
    /// An account of one of these kinds, and a member with all of these permissions.
    All(Kinds, &'static [Permission]),
}

impl Needs {
    /// Whether this viewer has it.
    pub fn met_by(self, viewer: Option<&Viewer>) -> bool {
        match self {
            Self::Nothing => true,
            Self::Seat(kinds, permission) => viewer.is_some_and(|viewer| viewer.has_seat(kinds, permission)),
            Self::Seats(seats) => viewer
                .is_some_and(|viewer| seats.iter().any(|(kinds, permission)| viewer.has_seat(*kinds, *permission))),
            Self::All(kinds, permissions) => {
                viewer.is_some_and(|viewer| permissions.iter().all(|permission| viewer.has_seat(kinds, *permission)))
            }
        }
    }
}

/// Fields of one type of the schema and who they are open to.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The type.
    pub on: &'static str,
    /// Its fields.
    pub fields: &'static [&'static str],
    /// Who may use them.
    pub needs: Needs,
}

/// Opens fields to accounts of some kinds whose member has a permission.
pub const fn open(on: &'static str, fields: &'static [&'static str], kinds: Kinds, permission: Permission) -> Policy {
    Policy { on, fields, needs: Needs::Seat(kinds, permission) }
}
