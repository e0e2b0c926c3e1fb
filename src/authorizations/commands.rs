//! Asking for authorizations, giving them with an association, and taking them back.

use std::sync::Arc;

use entities::{
    application, authorization,
    types::{AccountId, AccountKind, ApplicationId, AuthorizationId, AuthorizationStatus, CustomerId, TraceStatus},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use super::{
    facts,
    kind::{Authorization, AuthorizationForm},
    queries,
    rules::{self, Refusal},
};
use crate::{
    access::{ClientAddress, Viewer},
    budgets::facts::audience,
    feed::{self, Audience},
    outcome::{Outcome, Refusal as Reason},
    reviews::{
        By, Reviews,
        commands::{Opening, cancel_in, submit_in},
    },
    store::{Command, Tx},
    traces,
    trail::Author,
    verification::commands::Checked,
};

/// Asks a customer to let its partner act on its behalf (O-CUS-10).
///
/// # Refusals, first that holds
/// `NotFound` · `NotItsPartner` · `NoPermission` · `AskedAlready` (R-CUS-24)
pub struct RequestAuthorization {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// The engine.
    pub reviews: Reviews,
    /// Whom.
    pub customer: CustomerId,
    /// The version of the letter that the customer is shown.
    pub letter_version: i32,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Command for RequestAuthorization {
    type Output = application::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<application::Model> {
        let found = entities::customer::Entity::find_by_id(self.customer).filter(self.viewer.customers());
        let found = found.one(tx.db()).await?;
        let row = found.ok_or_else(|| Reason::not_found("customerId", &self.customer.to_string()))?;
        let opening = Opening {
            subject: row.id.cast(),
            subject_kind: AccountKind::Customer,
            topic: None,
            counterparty: Some(row.id.cast()),
            // The other side and the requester hear of it; what is above them does not.
            audience: Audience { distributor: None, ..audience(&row) },
            form: AuthorizationForm { letter_version: self.letter_version },
            attachments: Vec::new(),
            address: self.address,
        };
        submit_in::<Authorization>(tx, &self.reviews, &self.viewer, opening).await
    }
}

/// Takes an authorization back, for good (O-CUS-12). What the partner does at that moment is refused from then on.
///
/// # Refusals, first that holds
/// `NotFound` · `Reason` · `NotInForce` · `Required`, `Expired`, `Invalid` (code, R-CUS-26)
pub struct RevokeAuthorization {
    /// The customer's member.
    pub viewer: Arc<Viewer>,
    /// Which.
    pub authorization: AuthorizationId,
    /// Why.
    pub reason: String,
    /// The verification code.
    pub code: Checked,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Command for RevokeAuthorization {
    type Output = authorization::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<authorization::Model> {
        // The customer is locked first, as by whoever acts on its behalf.
        let own: CustomerId = self.viewer.account.id.cast();
        let customers = tx.lock_customers_in(self.viewer.customers(), &[own]).await?;
        let not_found = || Reason::not_found("authorizationId", &self.authorization.to_string());
        let customer = customers.first().ok_or_else(not_found)?;
        let found = authorization::Entity::find_by_id(self.authorization)
            .filter(authorization::Column::CustomerId.eq(own))
            .lock_exclusive()
            .one(tx.db())
            .await?;
        let row = found.ok_or_else(not_found)?;
        let reason = rules::check_revoking(row.status, &self.reason)?;
        self.code.use_in(tx, false).await?;
        let row = end_in(tx, row, &reason).await?;
        let entry = traces::Entry {
            customer: own,
            name: "revokeAuthorization",
            source: "AUTHORIZATION",
            resource_type: "AUTHORIZATION",
            resource: Some((row.id.to_string(), "authorization".to_owned())),
            status: TraceStatus::Normal,
            author: Some(Author::from(&*self.viewer)),
            on_behalf: false,
            address: Some(self.address),
        };
        traces::append_in(tx, vec![entry]).await?;
        feed::append_in(tx, vec![facts::revoked(customer, row.id, &reason)]).await?;
        Ok(row)
    }
}

async fn end_in(tx: &Tx, row: authorization::Model, reason: &str) -> Outcome<authorization::Model> {
    let mut active = row.into_active_model();
    active.status = Set(AuthorizationStatus::Revoked);
    active.ended_at = Set(Some(tx.now()));
    active.revoke_reason = Set(Some(reason.to_owned()));
    Ok(active.update(tx.db()).await?)
}

/// Ends whatever authorization of a customer holds or is asked for: its association ends. The caller holds the
/// customer's lock.
pub async fn end_with_association_in(tx: &mut Tx, customer: CustomerId, by: Option<By>) -> Outcome<()> {
    let Some(row) = queries::open_in(tx, customer).await? else { return Ok(()) };
    match (row.status, row.application_id) {
        (AuthorizationStatus::PendingAcceptance, Some(application)) => {
            cancel_in::<Authorization>(tx, ApplicationId::from_uuid(application), by).await
        }
        _ => end_in(tx, row, "the association ended").await.map(drop),
    }
}

/// The customer consents with its association (R-CUS-16). The caller holds the customer's lock; there is none yet.
pub async fn grant_in(tx: &Tx, customer: CustomerId, partner: AccountId, letter_version: &str) -> Outcome<()> {
    if queries::open_in(tx, customer).await?.is_some() {
        return Err(Refusal::AskedAlready.into());
    }
    let row = authorization::Model {
        id: AuthorizationId::new(tx.now()),
        customer_id: customer,
        partner_id: partner,
        requested_at: tx.now(),
        requested_by: None,
        status: AuthorizationStatus::Accepted,
        effective_at: Some(tx.now()),
        ended_at: None,
        letter_version: letter_version.to_owned(),
        revoke_reason: None,
        application_id: None,
    };
    row.into_active_model().insert(tx.db()).await?;
    Ok(())
}
