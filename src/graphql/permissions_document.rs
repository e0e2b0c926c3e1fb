//! The policies as a table for people.

use entities::types::MemberRole;

use super::policy::Table;
use crate::access::{Grantable, Kinds, Needs, Permission, RoleTable};

/// What each root field needs, and which role of the system has it, as a table for people: docs/permissions.md.
pub fn as_document(table: &Table, roles: &RoleTable) -> String {
    let mut text = "# Who may ask for what\n\nMade from the policies and the table of roles; a test keeps it so. A field is open \
        to members of accounts of the kinds named whose roles allow the permission named. Which rows they then see is said \
        by their account's place, and by their roles for account managers and directors.\n\n\
        Roles: A administrator, D account director, M account manager, F finance specialist; of the platform O operator, R \
        reviewer, U metering. Roles that accounts make have what was put into them.\n"
        .to_owned();
    for root in ["Query", "Mutation", "Subscription"] {
        text += &format!("\n## {root}\n\n| field | kinds of accounts | permission | roles |\n|---|---|---|---|\n");
        for (_, field, needs) in table.rows().into_iter().filter(|(on, _, _)| *on == root) {
            for (kinds, permission, held) in seats(needs, roles) {
                text += &format!("| `{field}` | {kinds} | {permission} | {held} |\n");
            }
        }
    }
    text += "\n## Permissions\n\n| permission | part | in roles of accounts | roles |\n|---|---|---|---|\n";
    for listed in roles.catalogue() {
        let grantable = match listed.grantable {
            Grantable::Always => "always",
            Grantable::Yes => "can be",
            Grantable::No => "never",
        };
        let (code, held) = (listed.permission.code(), holders(&[listed.permission], roles));
        text += &format!("| `{code}` | {} | {grantable} | {held} |\n", listed.module);
    }
    text
}

const LETTERS: [(MemberRole, char); 7] = [
    (MemberRole::Administrator, 'A'),
    (MemberRole::AccountDirector, 'D'),
    (MemberRole::AccountManager, 'M'),
    (MemberRole::FinanceSpecialist, 'F'),
    (MemberRole::Operator, 'O'),
    (MemberRole::Reviewer, 'R'),
    (MemberRole::Metering, 'U'),
];

fn holders(permissions: &[Permission], roles: &RoleTable) -> String {
    let allows = |role| permissions.iter().all(|permission| roles.of_system(role).allow(*permission));
    let held = LETTERS.iter().filter(|(role, _)| allows(*role));
    held.map(|(_, letter)| *letter).collect()
}

/// The kinds, the permission and the roles of what a field needs.
fn seats(needs: Needs, roles: &RoleTable) -> Vec<(String, String, String)> {
    let seat = |kinds: Kinds, permissions: &[Permission]| {
        let codes: Vec<String> = permissions.iter().map(|permission| format!("`{}`", permission.code())).collect();
        (kinds.to_string(), codes.join(" with "), holders(permissions, roles))
    };
    match needs {
        Needs::Nothing => vec![("everybody, signed in or not".to_owned(), String::new(), String::new())],
        Needs::Seat(kinds, permission) => vec![seat(kinds, &[permission])],
        Needs::Seats(seats) => seats.iter().map(|(kinds, permission)| seat(*kinds, &[*permission])).collect(),
        Needs::All(kinds, permissions) => vec![seat(kinds, permissions)],
    }
}
