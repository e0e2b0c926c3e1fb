//! The members of some partners of the cast, and whom they look after.

use entities::types::{AssignedRole, CriticalOperation, MemberId, MemberRole};

use super::{account_id, administrator, check};
use crate::{
    access::ClientAddress,
    accounts::queries,
    app::App,
    managers::commands::{AssignManager, Assigned, Subjects},
    members::{
        commands::{Actor, AssignRoles},
        directors::AssignDirector,
        roles::{CreateRole, Definition},
    },
    outcome::{Error, Fault, Outcome},
};

/// The members of some partners beside their administrators.
pub const MEMBERS: [(&str, MemberRole); 5] = [
    ("manager", MemberRole::AccountManager),
    ("colleague", MemberRole::AccountManager),
    ("director", MemberRole::AccountDirector),
    ("finance", MemberRole::FinanceSpecialist),
    // Gets a role that its account makes.
    ("analyst", MemberRole::FinanceSpecialist),
];

/// What the analyst's role allows.
const ANALYST: [&str; 3] = ["customer.view", "reseller.view", "statistics.customer"];

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
    for account in ["distributor-1", "reseller-1a", "csp-1"] {
        make_analyst(app, account).await?;
    }
    for (account, username, looked_after) in LOOKED_AFTER {
        let actor = actor(app, account).await?;
        let member = named(app, account, username).await?;
        let subjects = if account == "distributor-1" {
            Subjects::Resellers(looked_after.iter().map(|name| account_id(name)).collect())
        } else {
            Subjects::Customers(looked_after.iter().map(|name| account_id(name)).collect())
        };
        app.store
            .execute(AssignManager { actor: actor.clone(), member, subjects, assigned: Assigned::AreReplaced })
            .await?;
        if username == "manager" {
            let director = Some(named(app, account, "director").await?);
            app.store.execute(AssignDirector { actor, managers: vec![member], director }).await?;
        }
    }
    Ok(())
}

pub(super) async fn actor(app: &App, account: &str) -> Outcome<Actor> {
    let viewer = administrator(app, account).await?;
    Ok(Actor { viewer, roles: app.sign_in.roles.clone(), address: ClientAddress::LOCAL })
}

async fn named(app: &App, account: &str, name: &str) -> Outcome<MemberId> {
    let identity = queries::identity_by_name(app.store.reader(), account, Some(name)).await?;
    Ok(identity.ok_or_else(|| Fault::because(format!("{account} has no {name}")))?.member.id)
}

async fn make_analyst(app: &App, account: &str) -> Outcome<()> {
    let actor = actor(app, account).await?;
    let definition = Definition {
        name: "Analyst".to_owned(),
        description: "Looks at customers and what they spend".to_owned(),
        codes: ANALYST.map(str::to_owned).to_vec(),
    };
    let limit = app.settings.custom_roles;
    let role = app.store.execute(CreateRole { actor: actor.clone(), definition, limit }).await;
    let role = match role {
        Ok(role) => role,
        // It was made by a load that was interrupted.
        Err(Error::Refused(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let code = check(app, &actor.viewer, CriticalOperation::AssignMemberRoles, None).await?;
    let member = named(app, account, "analyst").await?;
    let roles = vec![AssignedRole::Custom(role)];
    app.store.execute(AssignRoles { actor, member, roles, code }).await.map(drop)
}
