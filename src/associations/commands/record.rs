//! What an invitation keeps of those who followed it.

use entities::{
    invitation,
    types::{AssociationFailure, CustomerId, InvitationId, InvitationStatus},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use super::{
    super::rules::{Kept, keep},
    Who,
};
use crate::{
    feed,
    invitations::{self, rules::is_for_one},
    outcome::Outcome,
    store::Tx,
};

/// Keeps a failure with the invitation, and tells the partner where it is news.
pub(super) async fn failure_in(
    tx: &mut Tx,
    invitation: &invitation::Model,
    who: &Who,
    failure: AssociationFailure,
) -> Outcome<()> {
    match keep(failure) {
        Kept::Nothing => Ok(()),
        Kept::Ends => {
            // One that failed keeps the cause: it tells more than that its time is over.
            if invitation.status == InvitationStatus::Sent {
                let mut row = invitation.clone().into_active_model();
                row.status = Set(InvitationStatus::Expired);
                row.update(tx.db()).await?;
            }
            Ok(())
        }
        Kept::Failure => {
            // Of whoever fails by an invitation for one customer nothing stays: it is somebody else's.
            let for_one = is_for_one(invitation.method);
            let before = if for_one { invitation.clone() } else { row_by_link_in(tx, invitation, who).await? };
            // Whoever came by this link already is not made to fail by another one.
            if before.status == InvitationStatus::Associated {
                return Ok(());
            }
            let after = invitation::Model {
                status: InvitationStatus::Failed,
                failure: Some(failure),
                customer_id: if for_one { None } else { who.customer() },
                followed_at: Some(tx.now()),
                ..before.clone()
            };
            save_in(tx, invitation.id, &after).await?;
            if before.failure != Some(failure) {
                feed::append_in(tx, vec![invitations::facts::failed(&after, failure)]).await?;
            }
            Ok(())
        }
    }
}

/// Notes that a customer was associated by an invitation; returns the row that says so.
pub(super) async fn success_in(
    tx: &Tx,
    invitation: &invitation::Model,
    who: &Who,
    customer: CustomerId,
) -> Outcome<invitation::Model> {
    let before = if is_for_one(invitation.method) {
        named(invitation.clone(), who)
    } else {
        row_by_link_in(tx, invitation, who).await?
    };
    let after = invitation::Model {
        status: InvitationStatus::Associated,
        failure: None,
        customer_id: Some(customer),
        followed_at: Some(tx.now()),
        ..before
    };
    save_in(tx, invitation.id, &after).await?;
    Ok(after)
}

/// An invitation with the name and address of the customer that came by it.
fn named(row: invitation::Model, who: &Who) -> invitation::Model {
    invitation::Model {
        email: row.email.or_else(|| who.email()),
        full_name: row.full_name.or_else(|| Some(who.name().to_owned())),
        name_key: row.name_key.or_else(|| Some(who.name().to_lowercase())),
        ..row
    }
}

/// The row that keeps what becomes of a customer that follows a link for many: one of the customer's own, which is new
/// where it does for the first time.
async fn row_by_link_in(tx: &Tx, invitation: &invitation::Model, who: &Who) -> Outcome<invitation::Model> {
    use invitation::Column;
    let same = Condition::any()
        .add_option(who.email().map(|email| Column::Email.eq(email)))
        .add_option(who.customer().map(|customer| Column::CustomerId.eq(customer)));
    let before = invitation::Entity::find()
        .filter(Column::LinkId.eq(invitation.id))
        .filter(same)
        .lock_exclusive()
        .one(tx.db())
        .await?;
    Ok(before.unwrap_or_else(|| {
        let row = invitation::Model {
            id: InvitationId::new(tx.now()),
            code: None,
            link_id: Some(invitation.id),
            customer_id: None,
            status: InvitationStatus::Sent,
            failure: None,
            invited_at: tx.now(),
            ..invitation.clone()
        };
        named(row, who)
    }))
}

/// Writes a row: a new one where it is of a customer that follows a link for the first time.
async fn save_in(tx: &Tx, followed: InvitationId, row: &invitation::Model) -> Outcome<()> {
    let is_there = row.id == followed || invitation::Entity::find_by_id(row.id).one(tx.db()).await?.is_some();
    let active = row.clone().into_active_model();
    if is_there {
        active.reset_all().update(tx.db()).await?;
    } else {
        invitation::Entity::insert(active).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}
