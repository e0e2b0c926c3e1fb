//! Which role allows what: a table, so that a deployment can correct it without a new program.
//!
//! The table that is built in (`roles.csv`) follows the matrix of the specification, whose source prints only parts of
//! it. A setting names another one.

use std::{collections::HashMap, path::Path};

use entities::types::{AccountKind, AssignedRole, MemberRole, RoleId};

use super::{Permission, Permissions};
use crate::{config::table, outcome::Fault};

const BUILT_IN: &str = include_str!("roles.csv");

/// Whether accounts may put a permission into roles of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grantable {
    /// It is in all of them (R-ORG-17).
    Always,
    /// They may.
    Yes,
    /// Administrators only.
    No,
}

/// A permission in the catalogue.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Which.
    pub permission: Permission,
    /// The part of the program that it is about.
    pub module: String,
    /// Whether roles of accounts may have it.
    pub grantable: Grantable,
}

/// The table of roles and permissions.
#[derive(Debug, Clone)]
pub struct RoleTable {
    catalogue: Vec<Listed>,
    roles: HashMap<MemberRole, Permissions>,
    defaults: Permissions,
}

impl RoleTable {
    /// The table in this file, or the one that is built in.
    pub fn load(file: Option<&Path>) -> Result<Self, Fault> {
        table::load(file, BUILT_IN, Self::read)
    }

    /// Reads a table: a line for each permission, a column for each role of the system.
    ///
    /// # Errors
    /// Where a word is not known, or a permission is missing or comes twice.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, head) = lines.next().ok_or_else(|| Fault::because("the table of roles is empty"))?;
        let roles = head.split(',').skip(3).map(|word| role(word.trim())).collect::<Result<Vec<_>, _>>()?;
        let mut allowed: HashMap<MemberRole, Vec<Permission>> = roles.iter().map(|role| (*role, Vec::new())).collect();
        let mut catalogue: Vec<Listed> = Vec::new();
        for (number, line) in lines {
            let wrong = |what: &str| Fault::because(format!("line {}: {what}", number + 1));
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let [code, module, custom, marks @ ..] = cells.as_slice() else { return Err(wrong("too few columns")) };
            let permission = Permission::of_code(code).ok_or_else(|| wrong("there is no such permission"))?;
            if catalogue.iter().any(|listed| listed.permission == permission) {
                return Err(wrong("the permission comes twice"));
            }
            let grantable = match *custom {
                "always" => Grantable::Always,
                "grant" => Grantable::Yes,
                "fixed" => Grantable::No,
                _ => return Err(wrong("the third column is always, grant or fixed")),
            };
            if marks.len() != roles.len() {
                return Err(wrong("as many columns as the first line has are needed"));
            }
            for (role, mark) in roles.iter().zip(marks) {
                match *mark {
                    "x" => allowed.entry(*role).or_default().push(permission),
                    "" => {}
                    _ => return Err(wrong("a role has x, or nothing")),
                }
            }
            catalogue.push(Listed { permission, module: (*module).to_owned(), grantable });
        }
        if let Some(missing) =
            Permission::ALL.iter().find(|one| !catalogue.iter().any(|listed| listed.permission == **one))
        {
            return Err(Fault::because(format!("{} is missing in the table of roles", missing.code())));
        }
        let defaults = catalogue.iter().filter(|listed| listed.grantable == Grantable::Always);
        let defaults = defaults.map(|listed| listed.permission).collect();
        let roles = allowed.into_iter().map(|(role, permissions)| (role, permissions.into_iter().collect())).collect();
        Ok(Self { catalogue, roles, defaults })
    }

    /// All permissions, in the table's order.
    pub fn catalogue(&self) -> &[Listed] {
        &self.catalogue
    }

    /// What a role of the system allows.
    pub fn of_system(&self, role: MemberRole) -> Permissions {
        self.roles.get(&role).copied().unwrap_or_default()
    }

    /// What every role allows (R-ORG-17).
    pub fn defaults(&self) -> Permissions {
        self.defaults
    }

    /// What a role of an account allows. Codes that this program does not know, or that no longer can be granted, allow
    /// nothing.
    pub fn of_custom(&self, codes: &[String]) -> Permissions {
        let can = |permission: &Permission| {
            let listed = self.catalogue.iter().find(|listed| listed.permission == *permission);
            listed.is_some_and(|listed| listed.grantable != Grantable::No)
        };
        codes
            .iter()
            .filter_map(|code| Permission::of_code(code))
            .filter(can)
            .collect::<Permissions>()
            .and(self.defaults)
    }

    /// The union over a member's roles (R-ORG-03). `custom` has the codes of the roles that its account made.
    pub fn of_roles(&self, roles: &[AssignedRole], custom: &HashMap<RoleId, Vec<String>>) -> Permissions {
        roles.iter().fold(Permissions::default(), |all, role| {
            all.and(match role {
                AssignedRole::System(role) => self.of_system(*role),
                AssignedRole::Custom(id) => custom.get(id).map(|codes| self.of_custom(codes)).unwrap_or_default(),
            })
        })
    }

    /// The roles of the system that members of an account of this kind may have.
    pub fn system_roles(kind: AccountKind) -> &'static [MemberRole] {
        match kind {
            AccountKind::Platform => {
                &[MemberRole::Administrator, MemberRole::Operator, MemberRole::Reviewer, MemberRole::Metering]
            }
            AccountKind::Distributor | AccountKind::CloudSolutionProvider | AccountKind::Reseller => &[
                MemberRole::Administrator,
                MemberRole::AccountDirector,
                MemberRole::AccountManager,
                MemberRole::FinanceSpecialist,
            ],
            AccountKind::Customer => &[MemberRole::Administrator],
        }
    }
}

fn role(word: &str) -> Result<MemberRole, Fault> {
    use sea_orm::Iterable;
    let found = MemberRole::iter().find(|role| role.word() == word && *role != MemberRole::Custom);
    found.ok_or_else(|| Fault::because(format!("{word} is no role of the system")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_whole() {
        let table = RoleTable::load(None).unwrap_or_else(|fault| panic!("{}", fault.0));
        assert_eq!(table.catalogue().len(), Permission::ALL.len());
        let all = table.of_system(MemberRole::Administrator);
        assert!(Permission::ALL.iter().all(|permission| all.allow(*permission)), "an administrator may everything");
        assert!(table.of_system(MemberRole::FinanceSpecialist).allow(Permission::FinancePay));
        assert!(!table.of_system(MemberRole::AccountDirector).allow(Permission::OpportunityManage), "R-ORG-30");
    }

    #[test]
    fn a_wrong_table_is_refused() {
        let refused = |text: &str, why: &str| {
            let fault = RoleTable::read(text).expect_err("a wrong table");
            assert!(fault.0.to_string().contains(why), "{}", fault.0);
        };
        refused("", "empty");
        refused("permission,module,custom,BOSS\n", "BOSS is no role");
        refused("permission,module,custom,OPERATOR\nhome.watch,Home,grant,x\n", "line 2: there is no such permission");
        refused("permission,module,custom,OPERATOR\nhome.view,Home,maybe,x\n", "always, grant or fixed");
        refused("permission,module,custom,OPERATOR\nhome.view,Home,grant,x\n", "profile.self is missing");
    }

    #[test]
    fn what_cannot_be_granted_is_never_in_a_role_of_an_account() {
        let table = RoleTable::load(None).unwrap_or_else(|fault| panic!("{}", fault.0));
        let codes = ["customer.export", "customer.view", "gone.by"].map(str::to_owned);
        let allowed = table.of_custom(&codes);
        assert!(allowed.allow(Permission::CustomerView) && !allowed.allow(Permission::CustomerExport));
        assert!(allowed.include(table.defaults()), "R-ORG-17");
    }
}
