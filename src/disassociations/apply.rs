//! What follows from a request and its decision.

use entities::{
    association_record,
    types::{
        AssociationPurpose, AssociationRecordId, AssociationRecordStatus, AssociationType, InitiationMethod,
        TraceStatus,
    },
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use super::kind::{DisassociationForm, Facts};
use crate::{
    authorizations, budgets, customers,
    feed::{self, AccessChange},
    managers,
    outcome::Outcome,
    reviews::{By, Case, Happening},
    store::Tx,
    traces,
};

/// See [`Kind::apply_in`](crate::reviews::Kind::apply_in).
pub(super) async fn apply_in(
    tx: &mut Tx,
    case: &Case<DisassociationForm>,
    facts: &Facts,
    happening: Happening,
    by: Option<By>,
) -> Outcome<()> {
    let traced = match happening {
        Happening::Submitted => Some(traces::names::DISASSOCIATION_REQUESTED),
        Happening::Approved | Happening::Rejected => Some(traces::names::REQUEST_DECIDED),
        _ => None,
    };
    if let Some(name) = traced {
        traces::append_in(tx, vec![trace(case, facts, name, by)]).await?;
    }
    match happening {
        Happening::Submitted => begin_record_in(tx, case, facts).await?,
        Happening::Passed => move_record_in(tx, case, AssociationRecordStatus::PendingConfirmation).await?,
        Happening::Approved => {
            move_record_in(tx, case, AssociationRecordStatus::Completed).await?;
            leave_in(tx, facts, by).await?;
        }
        Happening::Rejected | Happening::Cancelled | Happening::Expired => {
            move_record_in(tx, case, AssociationRecordStatus::Rejected).await?;
        }
        Happening::Resubmitted | Happening::Returned => {}
    }
    Ok(())
}

/// The request as both sides see it among their association records (Q-CUS-03).
async fn begin_record_in(tx: &Tx, case: &Case<DisassociationForm>, facts: &Facts) -> Outcome<()> {
    let customer = &facts.customer;
    let by_customer = case.account == case.subject;
    let record = association_record::Model {
        id: AssociationRecordId::new(tx.now()),
        customer_id: customer.id,
        partner_id: customer.partner_id.unwrap_or(case.account),
        distributor_id: customer.distributor_id,
        account_name: facts.account.account_name.clone(),
        customer_name: facts.account.name.clone(),
        mobile_number: facts.account.mobile_number.clone(),
        association_type: AssociationType::Reseller,
        purpose: AssociationPurpose::Disassociation,
        reason: case.form.remarks.clone().or_else(|| Some(case.form.reason.word().to_owned())),
        initiation: if by_customer {
            InitiationMethod::RequestedByCustomer
        } else {
            InitiationMethod::RequestedByPartner
        },
        status: if case.form.named_account {
            AssociationRecordStatus::PendingPreReview
        } else {
            AssociationRecordStatus::PendingConfirmation
        },
        requested_at: tx.now(),
        requested_by: Some(case.member),
        approved_at: None,
        instructions_accepted_at: None,
        letter_accepted_at: None,
    };
    record.into_active_model().insert(tx.db()).await?;
    Ok(())
}

/// There is one that is pending, at most.
async fn move_record_in(tx: &Tx, case: &Case<DisassociationForm>, to: AssociationRecordStatus) -> Outcome<()> {
    use association_record::Column;
    let pending = [AssociationRecordStatus::PendingPreReview, AssociationRecordStatus::PendingConfirmation];
    association_record::Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .col_expr(Column::ApprovedAt, Expr::value((to == AssociationRecordStatus::Completed).then(|| tx.now())))
        .filter(Column::CustomerId.eq(case.subject.cast::<entities::types::Customer>()))
        .filter(Column::Purpose.eq(AssociationPurpose::Disassociation))
        .filter(Column::Status.is_in(pending))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn trace(case: &Case<DisassociationForm>, facts: &Facts, name: &'static str, by: Option<By>) -> traces::Entry {
    traces::Entry {
        customer: facts.customer.id,
        name,
        source: "ASSOCIATION",
        resource_type: "APPLICATION",
        resource: Some((case.id.to_string(), "disassociation".to_owned())),
        status: TraceStatus::Normal,
        author: by.map(|by| by.author),
        on_behalf: false,
        address: by.map(|by| by.address),
    }
}

/// The customer leaves: whatever the partner set for it, or may do for it, ends with the association.
async fn leave_in(tx: &mut Tx, facts: &Facts, by: Option<By>) -> Outcome<()> {
    let customer = &facts.customer;
    authorizations::commands::end_with_association_in(tx, customer.id, by).await?;
    let by = by.map(|by| by.author);
    budgets::ending::end_in(tx, customer, by).await?;
    if let Some(partner) = customer.partner_id {
        let member = by.filter(|author| author.account == partner).map(|author| author.member);
        managers::commands::end_for_in(tx, partner, customer.id.cast(), member).await?;
    }
    customers::commands::leave_in(tx, customer.id).await?;
    // The customer's place in the hierarchy is part of its sessions.
    feed::append_in(tx, vec![AccessChange::AccountChanged(customer.id.cast()).fact()]).await?;
    Ok(())
}
