//! The members of some partners of the cast, and whom they look after.

use entities::types::{MemberId, MemberRole};

use super::{account_id, administrator};
use crate::{
    access::ClientAddress,
    accounts::queries,
    app::App,
    managers::commands::{AssignManager, Subjects},
    members::{commands::Actor, directors::AssignDirector},
    outcome::{Fault, Outcome},
};

/// The members of some partners beside their administrators.
pub const MEMBERS: [(&str, MemberRole); 4] = [
    ("manager", MemberRole::AccountManager),
    ("colleague", MemberRole::AccountManager),
    ("director", MemberRole::AccountDirector),
    ("finance", MemberRole::FinanceSpecialist),
];

/// Managers look after these; their director directs "manager" and not "colleague".
const LOOKED_AFTER: [(&str, &str, &[&str]); 6] = [
    ("distributor-1", "manager", &["reseller-1a"]),
    ("distributor-1", "colleague", &["reseller-1b"]),
    ("reseller-1a", "manager", &["customer-1a1", "customer-1a2"]),
    ("reseller-1a", "colleague", &["customer-1a3"]),
    ("csp-1", "manager", &["customer-csp1-1", "customer-csp1-2"]),
    ("csp-1", "colleague", &["customer-csp1-3"]),
];

/// Says who looks after whom.
pub async fn assign(app: &App) -> Outcome<()> {
    for (account, username, looked_after) in LOOKED_AFTER {
        let viewer = administrator(app, account).await?;
        let actor = Actor { viewer, roles: app.sign_in.roles.clone(), address: ClientAddress::LOCAL };
        let named = async |name: &str| -> Outcome<MemberId> {
            let identity = queries::identity_by_name(app.store.reader(), account, Some(name)).await?;
            Ok(identity.ok_or_else(|| Fault::because(format!("{account} has no {name}")))?.member.id)
        };
        let member = named(username).await?;
        let subjects = if account == "distributor-1" {
            Subjects::Resellers(looked_after.iter().map(|name| account_id(name)).collect())
        } else {
            Subjects::Customers(looked_after.iter().map(|name| account_id(name)).collect())
        };
        app.store.execute(AssignManager { actor: actor.clone(), member, subjects }).await?;
        if username == "manager" {
            let director = Some(named("director").await?);
            app.store.execute(AssignDirector { actor, managers: vec![member], director }).await?;
        }
    }
    Ok(())
}
