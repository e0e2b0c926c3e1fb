//! The viewer: the account and member on whose behalf a request runs.

use entities::{
    account, member,
    types::{
        AccountId, AccountKind, AssignedRole, CustomerId, DistributorId, MemberRole, ResellerId, SessionId, Timestamp,
    },
};

use super::{Kinds, Permission, Permissions};

/// Who is asking. Made from a session or a token only.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account.
    pub account: account::Model,
    /// The member of it.
    pub member: member::Model,
    /// The session; none for tokens of an outside issuer.
    pub session: Option<SessionId>,
    /// When the access token ends.
    pub expires_at: Timestamp,
    tenant: Tenant,
    rows: Rows,
    permissions: Permissions,
}

/// Which of its account's customers and resellers a member sees (R-CORE-45).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rows {
    /// All of them, as far as its permissions go.
    All,
    /// Those that are assigned to it.
    Assigned,
    /// Those that are assigned to it or to the managers that it directs.
    OfManagers,
}

impl Rows {
    /// Decided once for a member's roles: account managers and directors that hold no other role see less than all
    /// (R-ORG-13, R-ORG-14).
    pub fn of(roles: &[AssignedRole]) -> Self {
        match roles {
            [AssignedRole::System(MemberRole::AccountManager)] => Self::Assigned,
            [AssignedRole::System(MemberRole::AccountDirector)] => Self::OfManagers,
            _ => Self::All,
        }
    }
}

/// The viewer's place in the hierarchy (R-CORE-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// The vendor: everything.
    Platform,
    /// A distributor: its resellers and their customers.
    Distributor(DistributorId),
    /// A provider: its customers.
    Provider(AccountId),
    /// A reseller: its customers, and the distributor above it as a contact.
    Reseller(ResellerId, DistributorId),
    /// A customer: itself, and its partner as a contact.
    Customer(CustomerId, Option<AccountId>),
}

/// An account whose rows do not fit its kind; never a caller's fault.
#[derive(Debug, thiserror::Error)]
#[error("account {0:?} has no place in the hierarchy")]
pub struct Misplaced(AccountId);

impl Viewer {
    /// A viewer from its rows. `distributor` is the one above a reseller, `partner` the one of a customer,
    /// `permissions` what its roles allow.
    pub fn new(
        account: account::Model,
        member: member::Model,
        session: Option<SessionId>,
        expires_at: Timestamp,
        distributor: Option<DistributorId>,
        partner: Option<AccountId>,
        permissions: Permissions,
    ) -> Result<Self, Misplaced> {
        let tenant = match (account.kind, distributor) {
            (AccountKind::Platform, _) => Tenant::Platform,
            (AccountKind::Distributor, _) => Tenant::Distributor(account.id.cast()),
            (AccountKind::CloudSolutionProvider, _) => Tenant::Provider(account.id),
            (AccountKind::Reseller, Some(distributor)) => Tenant::Reseller(account.id.cast(), distributor),
            (AccountKind::Reseller, None) => return Err(Misplaced(account.id)),
            (AccountKind::Customer, _) => Tenant::Customer(account.id.cast(), partner),
        };
        let rows = Rows::of(&member.roles.0);
        Ok(Self { account, member, session, expires_at, tenant, rows, permissions })
    }

    /// Its place in the hierarchy.
    pub fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// What its roles allow.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Whether its account is of one of these kinds, and its roles allow this.
    pub fn has_seat(&self, kinds: Kinds, permission: Permission) -> bool {
        kinds.contain(self.account.kind) && self.permissions.allow(permission)
    }

    /// Which of its account's customers and resellers it sees.
    pub fn rows(&self) -> Rows {
        self.rows
    }

    /// Whether it sees all of its account's customers and resellers.
    pub fn sees_all(&self) -> bool {
        self.rows == Rows::All
    }

    /// Whether it is an administrator of its account.
    pub fn is_administrator(&self) -> bool {
        self.member.roles.0.contains(&AssignedRole::System(MemberRole::Administrator))
    }
}
