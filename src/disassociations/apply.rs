//! What follows from a request and its decision.

use entities::types::TraceStatus;

use super::kind::{DisassociationForm, Facts};
use crate::{
    authorizations, budgets, customers,
    feed::{self, AccessChange},
    managers,
    outcome::Outcome,
    reviews::{Case, Happening},
    store::Tx,
    traces,
    trail::Author,
};

/// See [`Kind::apply_in`](crate::reviews::Kind::apply_in).
pub(super) async fn apply_in(
    tx: &mut Tx,
    case: &Case<DisassociationForm>,
    facts: &Facts,
    happening: Happening,
    by: Option<Author>,
) -> Outcome<()> {
    let traced = match happening {
        Happening::Submitted => Some(traces::names::DISASSOCIATION_REQUESTED),
        Happening::Approved | Happening::Rejected => Some(traces::names::REQUEST_DECIDED),
        _ => None,
    };
    if let Some(name) = traced {
        traces::append_in(tx, vec![trace(case, facts, name, by)]).await?;
    }
    if happening == Happening::Approved {
        leave_in(tx, facts, by).await?;
    }
    Ok(())
}

fn trace(case: &Case<DisassociationForm>, facts: &Facts, name: &'static str, by: Option<Author>) -> traces::Entry {
    traces::Entry {
        customer: facts.customer.id,
        name,
        source: "ASSOCIATION",
        resource_type: "APPLICATION",
        resource: Some((case.id.to_string(), "disassociation".to_owned())),
        status: TraceStatus::Normal,
        author: by,
        on_behalf: false,
        address: None,
    }
}

/// The customer leaves: whatever the partner set for it, or may do for it, ends with the association.
async fn leave_in(tx: &mut Tx, facts: &Facts, by: Option<Author>) -> Outcome<()> {
    let customer = &facts.customer;
    authorizations::commands::end_with_association_in(tx, customer.id, by).await?;
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
