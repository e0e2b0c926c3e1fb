//! What the roles of a member allow: the codes of the permission matrix, as far as there are operations for them.

use entities::types::MemberRole;

/// One thing that a member may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Permission {
    /// Nothing beyond being signed in.
    ProfileSelf = 1,
    /// See customers, their budgets, alerts and feed (`customer.view`).
    CustomerView = 1 << 1,
    /// Set budgets (`customer.budget`).
    CustomerBudget = 1 << 2,
    /// Freeze and unfreeze (`customer.freeze`).
    CustomerFreeze = 1 << 3,
    /// See resellers (`reseller.view`).
    ResellerView = 1 << 4,
    /// Grant, adjust and revoke resellers' permissions (`reseller.permission`).
    ResellerPermission = 1 << 5,
    /// Record charges (`metering.record`).
    MeteringRecord = 1 << 6,
    /// Keep the lists of who gets which messages (`preferences.manage`).
    PreferencesManage = 1 << 7,
    /// Keep the endpoints that events are delivered to (`webhook.manage`).
    WebhookManage = 1 << 8,
    /// See messages that no carrier took, and have them tried again (`message.dead`).
    MessageDeadLetters = 1 << 9,
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions(u32);

impl Permissions {
    const fn of(list: &[Permission]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < list.len() {
            bits |= list[index] as u32;
            index += 1;
        }
        Self(bits)
    }

    /// Whether `permission` is among them.
    pub const fn allow(self, permission: Permission) -> bool {
        self.0 & permission as u32 != 0
    }

    /// The union over a member's roles.
    pub fn of_roles(roles: &[MemberRole]) -> Self {
        Self(roles.iter().fold(Permission::ProfileSelf as u32, |bits, role| bits | Self::of_role(*role).0))
    }

    const fn of_role(role: MemberRole) -> Self {
        use Permission::{
            CustomerBudget, CustomerFreeze, CustomerView, MessageDeadLetters, MeteringRecord, PreferencesManage,
            ProfileSelf, ResellerPermission, ResellerView, WebhookManage,
        };
        match role {
            MemberRole::Administrator => Self::of(&[
                ProfileSelf,
                CustomerView,
                CustomerBudget,
                CustomerFreeze,
                ResellerView,
                ResellerPermission,
                MeteringRecord,
                PreferencesManage,
                WebhookManage,
                MessageDeadLetters,
            ]),
            MemberRole::Operator | MemberRole::Reviewer => Self::of(&[ProfileSelf, CustomerView, ResellerView]),
            MemberRole::AccountManager | MemberRole::AccountDirector => {
                Self::of(&[ProfileSelf, CustomerView, CustomerBudget, CustomerFreeze, ResellerView])
            }
            MemberRole::Metering => Self::of(&[ProfileSelf, MeteringRecord]),
        }
    }
}
