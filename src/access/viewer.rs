//! The viewer: the account and member on whose behalf a request runs.

use entities::{
    account, member,
    types::{AccountId, AccountKind, CustomerId, DistributorId, MemberRole, ResellerId, SessionId, Timestamp},
};

use super::Permissions;

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
    permissions: Permissions,
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
    /// A viewer from its rows. `distributor` is the one above a reseller, `partner` the one of a customer.
    pub fn new(
        account: account::Model,
        member: member::Model,
        session: Option<SessionId>,
        expires_at: Timestamp,
        distributor: Option<DistributorId>,
        partner: Option<AccountId>,
    ) -> Result<Self, Misplaced> {
        let tenant = match (account.kind, distributor) {
            (AccountKind::Platform, _) => Tenant::Platform,
            (AccountKind::Distributor, _) => Tenant::Distributor(account.id.cast()),
            (AccountKind::CloudSolutionProvider, _) => Tenant::Provider(account.id),
            (AccountKind::Reseller, Some(distributor)) => Tenant::Reseller(account.id.cast(), distributor),
            (AccountKind::Reseller, None) => return Err(Misplaced(account.id)),
            (AccountKind::Customer, _) => Tenant::Customer(account.id.cast(), partner),
        };
        let permissions = Permissions::of_roles(&member.roles.0);
        Ok(Self { account, member, session, expires_at, tenant, permissions })
    }

    /// Its place in the hierarchy.
    pub fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// What its roles allow.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Whether it sees only what is assigned to it: account managers and directors that hold no other role
    /// (R-CORE-45).
    pub fn sees_assigned_only(&self) -> bool {
        self.member.roles.0.iter().all(|role| matches!(role, MemberRole::AccountManager | MemberRole::AccountDirector))
    }
}
