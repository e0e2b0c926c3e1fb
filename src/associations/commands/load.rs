//! What an association is decided on, under lock.

use entities::{
    account, customer, invitation, order, preregistration,
    types::{AccountId, CustomerId, InvitationId, MemberId},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use super::{
    super::rules::{Applicant, BY_LINK_WITHIN, Claim, Followed},
    Associate, Who,
};
use crate::{
    customer_facts,
    managers::commands::{Held, hold_in},
    orders,
    outcome::{Fault, Outcome},
    preregistrations::{
        self,
        queries::{registered, who_have_spent},
    },
    store::Tx,
};

impl Who {
    /// Its address, in lower case.
    pub(super) fn email(&self) -> Option<String> {
        match self {
            Self::Existing(viewer) => viewer.account.email.as_ref().map(|email| email.trim().to_lowercase()),
            Self::New(new) => Some(new.email.clone()),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Existing(viewer) => &viewer.account.name,
            Self::New(new) => &new.name,
        }
    }

    /// Its account, if it has one.
    pub(super) fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Existing(viewer) => Some(viewer.account.id.cast()),
            Self::New(_) => None,
        }
    }
}

/// The member whom an invitation or a claim names as the one who looks after its customer (R-CUS-12).
pub(super) fn manager_of(
    invitation: &invitation::Model,
    claim: Option<&preregistration::Model>,
) -> Option<(AccountId, MemberId)> {
    let own = claim.filter(|claim| claim.partner_id == invitation.partner_id);
    let member = invitation.account_manager_id.or_else(|| own.and_then(|claim| claim.account_manager_id));
    member.map(|member| (invitation.partner_id, member))
}

/// Whoever is to look after the customer.
pub(super) struct Manager {
    /// As it was named before anything was locked.
    pub(super) named: Option<(AccountId, MemberId)>,
    /// The member, held, if it can.
    pub(super) held: Option<Held>,
}

/// Holds that member: before customers, as whoever else locks both does. What names it is locked afterwards, and looked at
/// again then.
pub(super) async fn hold_manager_in(tx: &Tx, command: &Associate) -> Outcome<Manager> {
    let found = invitation::Entity::find().filter(invitation::Column::Code.eq(&command.code));
    let Some(invitation) = found.one(tx.db()).await? else { return Ok(Manager { named: None, held: None }) };
    let claim = match command.who.email() {
        Some(email) => preregistrations::commands::claim_on(tx, &email).one(tx.db()).await?,
        None => None,
    };
    let named = manager_of(&invitation, claim.as_ref());
    let held = match named {
        Some((partner, member)) => hold_in(tx, partner, member).await?,
        None => None,
    };
    Ok(Manager { named, held })
}

/// The row of a customer that has one: its lock keeps two associations apart.
pub(super) async fn lock_customer_in(tx: &Tx, who: &Who) -> Outcome<Option<customer::Model>> {
    let Some(id) = who.customer() else { return Ok(None) };
    let row = tx.lock_customers_in(Condition::all(), &[id]).await?.pop();
    Ok(Some(row.ok_or_else(|| Fault::because("the viewer's own row is missing"))?))
}

/// The invitation of a code: of those who follow it at once, one comes after the other.
pub(super) async fn lock_invitation_in(tx: &Tx, code: &str) -> Outcome<Option<invitation::Model>> {
    let found = invitation::Entity::find().filter(invitation::Column::Code.eq(code)).lock_exclusive();
    Ok(found.one(tx.db()).await?)
}

/// The invitation as rules see it.
pub(super) async fn followed_in(tx: &Tx, invitation: &invitation::Model) -> Outcome<Followed> {
    Ok(Followed {
        method: invitation.method,
        status: invitation.status,
        ended: invitation.ended_at.is_some(),
        valid_until: invitation.valid_until,
        email: invitation.email.clone(),
        lately: came_lately_in(tx, invitation.id).await?,
    })
}

async fn came_lately_in(tx: &Tx, link: InvitationId) -> Outcome<u64> {
    use invitation::Column;
    let lately = invitation::Entity::find()
        .filter(Column::LinkId.eq(link))
        .filter(Column::FollowedAt.gt(tx.now().minus(BY_LINK_WITHIN)));
    Ok(lately.count(tx.db()).await?)
}

/// Whoever follows an invitation of a partner, and the claim on it that holds.
pub(super) async fn applicant_in(
    tx: &Tx,
    who: &Who,
    customer: Option<&customer::Model>,
    partner: AccountId,
) -> Outcome<(Applicant, Option<preregistration::Model>)> {
    let email = who.email();
    let claim = match &email {
        Some(email) => preregistrations::commands::claims_in(tx, email).await?.into_iter().next(),
        None => None,
    };
    let mut applicant = Applicant {
        is_new: customer.is_none(),
        has_other_account: false,
        email: email.clone(),
        associated: false,
        claim: match &claim {
            None => Claim::None,
            Some(claim) if claim.partner_id == partner => Claim::Own,
            Some(_) => Claim::Others,
        },
        registered_at: tx.now(),
        has_spent: false,
        has_unpaid_orders: false,
        facts: entities::types::CustomerFacts::NONE,
    };
    match customer {
        Some(row) => {
            let account = account::Entity::find_by_id(AccountId::from_uuid(row.id.uuid())).one(tx.db()).await?;
            let account = account.ok_or_else(|| Fault::because("a customer without an account"))?;
            applicant.associated = row.partner_id.is_some();
            applicant.registered_at = account.created_at;
            applicant.has_spent = !who_have_spent(tx.db(), &[row.id]).await?.is_empty();
            applicant.has_unpaid_orders = has_unpaid_orders_in(tx, row.id).await?;
            applicant.facts = customer_facts::queries::of(tx.db(), row.id).await?;
        }
        // Whoever has an account already does not get a second one by another door (R-CUS-13).
        None => {
            let email = email.unwrap_or_default();
            applicant.has_other_account = !registered(tx.db(), partner, &email).await?.is_empty();
        }
    }
    Ok((applicant, claim))
}

async fn has_unpaid_orders_in(tx: &Tx, customer: CustomerId) -> Outcome<bool> {
    let unpaid =
        order::Entity::find().filter(order::Column::CustomerId.eq(customer)).filter(orders::queries::waits(tx.now()));
    Ok(unpaid.limit(1).one(tx.db()).await?.is_some())
}
