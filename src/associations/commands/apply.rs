//! What an association changes, all of it in one transaction.

use entities::{
    account, association_record, customer, invitation, preregistration, reseller,
    types::{
        AccountId, AccountKind, AdjustmentKind, AgreementKind, AssociationPurpose, AssociationRecordId,
        AssociationRecordStatus, AssociationType, CustomerId, DistributorId, InitiationMethod, InvitationMethod,
        MemberId, PreregistrationStatus, TraceStatus,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use super::{
    super::{facts, rules},
    Accepted, Associate, Association, Who, record,
};
use crate::{
    agreements, authorizations,
    customers::{
        commands::{association as new_row, save_in},
        standing::Standing,
    },
    feed::{self, AccessChange},
    freezes, invitations,
    managers::{
        self,
        commands::{Held, Subjects},
    },
    opportunities,
    outcome::{Fault, Outcome},
    store::Tx,
    traces,
    trail::{self, Author},
};

/// The partner above a customer from now on.
struct Above {
    partner: AccountId,
    distributor: Option<DistributorId>,
}

/// What an association is made of: all of it locked, and looked at.
pub(super) struct Found<'a> {
    pub(super) invitation: &'a invitation::Model,
    pub(super) customer: Option<customer::Model>,
    /// The claim of the partner's that ends with it.
    pub(super) claim: Option<&'a preregistration::Model>,
    /// Who will look after the customer.
    pub(super) manager: Option<Held>,
}

/// Makes the association.
pub(super) async fn apply_in(tx: &mut Tx, command: &Associate, found: Found<'_>) -> Outcome<Association> {
    let Found { invitation, customer, claim, manager } = found;
    let above = above_in(tx, invitation).await?;
    let (account, requested_by, row, told) = match (&command.who, customer) {
        (Who::New(new), _) => {
            let (account, holder) = new.open_in(tx, command.origin.address()).await?;
            let row = new_row(tx, &account, above.partner, above.distributor);
            customer::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.db()).await?;
            let frozen = freezes::facts::freeze_changed(&row, &Standing::of(&row).freeze);
            (account, holder, row, vec![frozen])
        }
        (Who::Existing(viewer), Some(before)) => {
            let row = move_in(tx, &before, &above).await?;
            // Whoever is signed in for the customer sees its partner from now on.
            let mut told = vec![AccessChange::AccountChanged(viewer.account.id).fact()];
            let freeze = Standing::of(&row).freeze;
            if freeze != Standing::of(&before).freeze {
                told.push(freezes::facts::freeze_changed(&row, &freeze));
            }
            (viewer.account.clone(), viewer.member.id, row, told)
        }
        (Who::Existing(_), None) => return Err(Fault::because("an associated customer without a row").into()),
    };
    if let Some(manager) = manager {
        let by = Author { account: above.partner, member: invitation.invited_by };
        managers::commands::begin_in(tx, by, manager, &Subjects::Customers(vec![row.id])).await?;
    }
    if let Some(claim) = claim {
        end_claim_in(tx, claim, row.id).await?;
    }
    if let Some(email) = &account.email {
        opportunities::commands::associated_in(tx, above.partner, email, row.id).await?;
    }
    sign_in(tx, command, row.id, requested_by, above.partner).await?;
    let record = record(tx, command, invitation, &above, &account, requested_by);
    let id = record.id;
    association_record::Entity::insert(record.into_active_model()).exec_without_returning(tx.db()).await?;
    let followed = record::success_in(tx, invitation, &command.who, row.id).await?;
    tell_in(tx, &row, &followed, &above, id, told).await?;
    traces::append_in(tx, vec![trace(command, &account, requested_by, &followed)]).await?;
    Ok(Association { customer: row.id, record: id })
}

/// The partner of an invitation and the distributor above it.
async fn above_in(tx: &Tx, invitation: &invitation::Model) -> Outcome<Above> {
    let partner = account::Entity::find_by_id(invitation.partner_id).one(tx.db()).await?;
    let partner = partner.ok_or_else(|| Fault::because("an invitation of nobody"))?;
    let distributor = match partner.kind {
        AccountKind::Reseller => {
            let row = reseller::Entity::find_by_id(partner.id.cast()).one(tx.db()).await?;
            Some(row.ok_or_else(|| Fault::because("a reseller without its row"))?.distributor_id)
        }
        _ => None,
    };
    Ok(Above { partner: partner.id, distributor })
}

/// Puts a customer that has its row under the partner, and freezes it (R-CORE-29).
async fn move_in(tx: &Tx, before: &customer::Model, above: &Above) -> Outcome<customer::Model> {
    use customer::Column;
    let standing = rules::associated(&Standing::of(before), tx.now());
    save_in(tx, [(before.id, &standing)]).await?;
    customer::Entity::update_many()
        .col_expr(Column::PartnerId, Expr::value(Some(above.partner)))
        .col_expr(Column::DistributorId, Expr::value(above.distributor))
        .col_expr(Column::AssociatedAt, Expr::value(tx.now()))
        .col_expr(Column::AccountManagerId, Expr::value(None::<MemberId>))
        .filter(Column::Id.eq(before.id))
        .exec(tx.db())
        .await?;
    let row = customer::Entity::find_by_id(before.id).one(tx.db()).await?;
    Ok(row.ok_or_else(|| Fault::because("a customer vanished under its lock"))?)
}

/// Signs what was accepted, in its newest version (R-CUS-16); the letter grants the partner what it says.
async fn sign_in(
    tx: &Tx,
    command: &Associate,
    customer: CustomerId,
    member: MemberId,
    partner: AccountId,
) -> Outcome<()> {
    let newest = |kind| {
        let text = command.texts.newest(kind, tx.now());
        text.map(|text| text.version).ok_or_else(|| Fault::because("a text that is to be accepted is missing"))
    };
    let kind = AgreementKind::AssociationInstructions;
    agreements::commands::sign_in(tx, customer, member, kind, newest(kind)?).await?;
    if command.accepted == Accepted::Letter {
        let kind = AgreementKind::AuthorizationLetter;
        let version = newest(kind)?;
        agreements::commands::sign_in(tx, customer, member, kind, version).await?;
        authorizations::commands::grant_in(tx, customer, partner, &version.to_string()).await?;
    }
    Ok(())
}

async fn end_claim_in(tx: &Tx, claim: &preregistration::Model, customer: CustomerId) -> Outcome<()> {
    use preregistration::Column;
    preregistration::Entity::update_many()
        .col_expr(Column::Status, Expr::value(PreregistrationStatus::Associated))
        .col_expr(Column::CustomerId, Expr::value(Some(customer)))
        .filter(Column::Id.eq(claim.id))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn record(
    tx: &Tx,
    command: &Associate,
    invitation: &invitation::Model,
    above: &Above,
    account: &account::Model,
    requested_by: MemberId,
) -> association_record::Model {
    association_record::Model {
        id: AssociationRecordId::new(tx.now()),
        customer_id: account.id.cast(),
        partner_id: above.partner,
        distributor_id: above.distributor,
        account_name: account.account_name.clone(),
        customer_name: account.name.clone(),
        mobile_number: account.mobile_number.clone(),
        association_type: AssociationType::Reseller,
        purpose: AssociationPurpose::Association,
        reason: None,
        initiation: match invitation.method {
            InvitationMethod::FromPartnerCenter => InitiationMethod::InvitedByEmail,
            InvitationMethod::GeneralLink | InvitationMethod::CustomizedLink | InvitationMethod::PromotionalLink => {
                InitiationMethod::Recommended
            }
        },
        status: AssociationRecordStatus::Completed,
        requested_at: tx.now(),
        requested_by: Some(requested_by),
        approved_at: Some(tx.now()),
        instructions_accepted_at: Some(tx.now()),
        letter_accepted_at: (command.accepted == Accepted::Letter).then(|| tx.now()),
    }
}

/// What the customer's operation log says of it (R-CUS-38).
fn trace(
    command: &Associate,
    account: &account::Model,
    requested_by: MemberId,
    followed: &invitation::Model,
) -> traces::Entry {
    traces::Entry {
        customer: account.id.cast(),
        name: match command.who {
            Who::New(_) => traces::names::ENTERED,
            Who::Existing(_) => traces::names::ASSOCIATED,
        },
        source: "associations",
        resource_type: "invitation",
        resource: Some((followed.id.to_string(), followed.method.word().to_owned())),
        status: TraceStatus::Normal,
        author: Some(Author { account: account.id, member: requested_by }),
        on_behalf: false,
        address: Some(command.origin.address()),
    }
}

/// The adjustment record of the freeze, and what all sides hear.
async fn tell_in(
    tx: &mut Tx,
    row: &customer::Model,
    followed: &invitation::Model,
    above: &Above,
    record: AssociationRecordId,
    mut told: Vec<feed::Fact>,
) -> Outcome<()> {
    let entry = trail::Entry {
        kind: AdjustmentKind::Frozen,
        subject: row.id.cast(),
        author: None,
        before: None,
        after: Some(freezes::rules::describe(&Standing::of(row).freeze)),
        reason: Some("a new association".to_owned()),
    };
    trail::append_in(tx, vec![entry]).await?;
    told.push(facts::associated(row, above.partner, record));
    told.push(invitations::facts::accepted(followed, row));
    feed::append_in(tx, told).await?;
    Ok(())
}
