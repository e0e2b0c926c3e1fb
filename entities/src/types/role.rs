//! The roles that members hold.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MemberRole, RoleId};

/// A role that a member holds: one that every account of the kind has, or one that its account made.
///
/// In the database it is a word or an id, in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AssignedRole {
    /// A role of the system.
    System(MemberRole),
    /// A role of the account.
    Custom(RoleId),
}

impl AssignedRole {
    /// The roles of the system, and the number that their ids are made of. Numbers are never given twice.
    const SYSTEM: [(u128, MemberRole); 7] = [
        (1, MemberRole::Administrator),
        (2, MemberRole::AccountDirector),
        (3, MemberRole::AccountManager),
        (4, MemberRole::FinanceSpecialist),
        (5, MemberRole::Operator),
        (6, MemberRole::Reviewer),
        (7, MemberRole::Metering),
    ];

    /// The role with this id.
    pub fn of_id(id: RoleId) -> Self {
        let system = Self::SYSTEM.iter().find(|(number, _)| Uuid::from_u128(*number) == id.uuid());
        system.map_or(Self::Custom(id), |(_, role)| Self::System(*role))
    }

    /// Its id.
    pub fn id(self) -> RoleId {
        match self {
            Self::Custom(id) => id,
            Self::System(role) => {
                let number = Self::SYSTEM.iter().find(|(_, one)| *one == role).map_or(0, |(number, _)| *number);
                RoleId::from_uuid(Uuid::from_u128(number))
            }
        }
    }

    /// Its word, the same for all roles that accounts make.
    pub fn word(self) -> MemberRole {
        match self {
            Self::System(role) => role,
            Self::Custom(_) => MemberRole::Custom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(role: AssignedRole) -> serde_json::Result<AssignedRole> {
        serde_json::from_str(&serde_json::to_string(&role)?)
    }

    #[test]
    fn roles_read_back_from_their_ids_and_words() {
        for (_, role) in AssignedRole::SYSTEM {
            let assigned = AssignedRole::System(role);
            assert_eq!(AssignedRole::of_id(assigned.id()), assigned);
            assert_eq!(serde_json::json!(assigned), role.word());
            assert!(kept(assigned).is_ok_and(|kept| kept == assigned));
        }
        let own = AssignedRole::Custom(RoleId::from_uuid(Uuid::from_u128(1 << 100)));
        assert_eq!(AssignedRole::of_id(own.id()), own);
        assert!(kept(own).is_ok_and(|kept| kept == own));
    }
}
