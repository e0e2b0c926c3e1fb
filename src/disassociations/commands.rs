//! Asking for the end of an association.

use std::sync::Arc;

use entities::{
    application, customer,
    types::{AccountKind, CustomerFacts, CustomerId, DisassociationObstacle, DisassociationReason},
};
use sea_orm::{DbErr, EntityTrait, QueryFilter};

use super::{
    kind::{Disassociation, DisassociationForm, is_named, started_since},
    rules::{self, Refusal, Side},
};
use crate::{
    access::{ClientAddress, Tenant, Viewer},
    budgets::facts::audience,
    customer_facts,
    feed::Audience,
    outcome::{Outcome, Refusal as Reason},
    reviews::{
        Reviews,
        commands::{Opening, submit_in},
    },
    store::{Command, Store, Tx},
    verification::commands::Checked,
};

/// Asks for the end of an association (O-CUS-08), as its partner or as the customer itself.
///
/// # Refusals, first that holds
/// `RemarksRequired` · `RemarksTooLong` · `NotFound` · `NotAssociated` · `TooMany` (R-CUS-18) · all of `Obstacle`
/// (R-CUS-19) · `OpenAlready` · `Required`, `Expired`, `Invalid` (code of a customer, R-CUS-22)
pub struct RequestDisassociation {
    /// Who asks.
    pub viewer: Arc<Viewer>,
    /// The engine.
    pub reviews: Reviews,
    /// Whose association.
    pub customer: CustomerId,
    /// Why.
    pub reason: DisassociationReason,
    /// In words.
    pub remarks: Option<String>,
    /// The verification code of a customer.
    pub code: Option<Checked>,
    /// Where the request came from.
    pub address: ClientAddress,
}

/// On which side of an association with a customer a viewer is: distributors are on neither.
fn side_of(viewer: &Viewer, row: &customer::Model) -> Option<Side> {
    match viewer.tenant() {
        Tenant::Customer(..) => Some(Side::Customer),
        _ if row.partner_id == Some(viewer.account.id) => Some(Side::Partner),
        _ => None,
    }
}

impl Command for RequestDisassociation {
    type Output = application::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<application::Model> {
        let remarks = rules::check_remarks(self.reason, self.remarks.as_deref())?;
        let found = customer::Entity::find_by_id(self.customer).filter(self.viewer.customers()).one(tx.db()).await?;
        let row = found.ok_or_else(|| Reason::not_found("customerId", &self.customer.to_string()))?;
        let partner = row.partner_id.ok_or(Refusal::NotAssociated)?;
        let counterparty = match side_of(&self.viewer, &row).ok_or(Refusal::NotAssociated)? {
            Side::Customer => partner,
            Side::Partner => row.id.cast(),
        };
        let known: CustomerFacts = customer_facts::queries::of(tx.db(), row.id).await?;
        let form = DisassociationForm { reason: self.reason, remarks, named_account: is_named(known) };
        // The other side and the requester hear of it; what is above them does not.
        let (subject, audience) = (row.id.cast(), Audience { distributor: None, ..audience(&row) });
        let opening = Opening {
            subject,
            subject_kind: AccountKind::Customer,
            topic: None,
            counterparty: Some(counterparty),
            audience,
            form,
            attachments: Vec::new(),
            address: self.address,
        };
        let application = submit_in::<Disassociation>(tx, &self.reviews, &self.viewer, opening).await?;
        if let Some(code) = &self.code {
            code.use_in(tx, false).await?;
        }
        Ok(application)
    }
}

/// What the check before a request finds.
#[derive(Debug, Clone)]
pub struct Findings {
    /// All that stands in the way (R-CUS-19).
    pub obstacles: Vec<DisassociationObstacle>,
    /// How many requests the viewer's side may still start (R-CUS-18).
    pub requests_left: u64,
}

/// Looks whether an association could end, without asking for it. Nothing where the viewer is on neither side of it.
pub async fn check(store: &Store, viewer: &Viewer, customer: CustomerId) -> Result<Option<Findings>, DbErr> {
    let db = store.reader();
    let row = customer::Entity::find_by_id(customer).filter(viewer.customers()).one(db).await?;
    let Some(row) = row.filter(|row| row.partner_id.is_some()) else { return Ok(None) };
    let Some(side) = side_of(viewer, &row) else { return Ok(None) };
    let known = customer_facts::queries::of(db, row.id).await?;
    let since = store.calendar().months_before(store.clock().now(), rules::WINDOW_MONTHS);
    let started = started_since(db, viewer.account.id, row.id.cast(), since).await?;
    Ok(Some(Findings {
        obstacles: rules::obstacles(&rules::Facts { known, frozen: row.freeze_cause, side }),
        requests_left: rules::MAX_REQUESTS.saturating_sub(started),
    }))
}
