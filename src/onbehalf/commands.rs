//! Switching roles, and finding out for whom somebody acts.

use std::sync::Arc;

use entities::{
    customer, reseller_permission, session,
    types::{CustomerId, SessionId, TraceStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use super::rules::{self, Consents, Refusal};
use crate::{
    access::{ClientAddress, Tenant, Viewer},
    authorizations,
    outcome::{Outcome, Refusal as Reason},
    store::{Command, Tx},
    traces::{self, names},
};

/// Who operates, and from where.
#[derive(Clone)]
pub struct Operator {
    /// The member.
    pub viewer: Arc<Viewer>,
    /// Where the request came from.
    pub address: ClientAddress,
}

/// For whom somebody acts in this transaction: a customer whose row is locked.
pub struct Acting {
    /// The customer.
    pub customer: customer::Model,
    /// Whether its partner acts, on its behalf.
    pub on_behalf: bool,
}

/// What was done, for the customer's operation log.
pub struct Deed {
    /// In one word.
    pub name: &'static str,
    /// The part of the program.
    pub source: &'static str,
    /// What kind of thing it was done to.
    pub resource_type: &'static str,
    /// To which: its id as the API shows it, and how it is called. None where it was done to the account.
    pub resource: Option<(String, String)>,
}

impl Operator {
    /// For whom it acts: a customer's member for its account, a partner's member for the customer whose role it has. The
    /// customer is locked, behind the permission of its reseller, and both consents hold until the transaction ends
    /// (R-CUS-25).
    ///
    /// # Refusals, first that holds
    /// `NoSession` · `NotSwitched` · `NotFound` where the customer has left the scope · `NotPermitted` · `NotAuthorized`
    pub async fn acting_in(&self, tx: &Tx) -> Outcome<Acting> {
        if let Tenant::Customer(own, _) = self.viewer.tenant() {
            let customer = self.lock_customer_in(tx, own).await?;
            return Ok(Acting { customer, on_behalf: false });
        }
        let session = self.viewer.session.ok_or(Refusal::NoSession)?;
        let acting_for: Option<CustomerId> = session::Entity::find_by_id(session)
            .select_only()
            .column(session::Column::ActingFor)
            .into_tuple()
            .one(tx.db())
            .await?
            .flatten();
        let customer = self.admit_in(tx, acting_for.ok_or(Refusal::NotSwitched)?).await?;
        Ok(Acting { customer, on_behalf: true })
    }

    /// A customer for whom the partner may act now, locked.
    async fn admit_in(&self, tx: &Tx, id: CustomerId) -> Outcome<customer::Model> {
        let permitted = permission_in(tx, &self.viewer).await?;
        let customer = self.lock_customer_in(tx, id).await?;
        let consent = authorizations::queries::in_force_in(tx, id).await?;
        let consented = consent.is_some_and(|consent| consent.partner_id == self.viewer.account.id);
        rules::check(Consents { distributor: permitted, customer: consented })?;
        Ok(customer)
    }

    async fn lock_customer_in(&self, tx: &Tx, id: CustomerId) -> Outcome<customer::Model> {
        let found = tx.lock_customers_in(self.viewer.customers(), &[id]).await?.pop();
        Ok(found.ok_or_else(|| Reason::not_found("customerId", &id.to_string()))?)
    }

    /// Tells in the customer's operation log what was done (R-CUS-28).
    pub async fn tell_in(&self, tx: &Tx, acting: &Acting, deeds: Vec<Deed>) -> Result<(), DbErr> {
        let entries = deeds.into_iter().map(|deed| traces::Entry {
            customer: acting.customer.id,
            name: deed.name,
            source: deed.source,
            resource_type: deed.resource_type,
            resource: deed.resource,
            status: TraceStatus::Normal,
            author: Some((&*self.viewer).into()),
            on_behalf: acting.on_behalf,
            address: Some(self.address),
        });
        traces::append_in(tx, entries.collect()).await
    }
}

/// Whether its distributor lets a reseller act on behalf of customers; none for whoever has no distributor above. It stays
/// so until the transaction ends. To be asked before customers are locked.
pub async fn permission_in(tx: &Tx, viewer: &Viewer) -> Result<Option<bool>, DbErr> {
    let Tenant::Reseller(own, _) = viewer.tenant() else { return Ok(None) };
    let row = reseller_permission::Entity::find_by_id(own).lock_shared().one(tx.db()).await?;
    Ok(Some(row.is_some_and(|row| row.on_behalf)))
}

/// Switches a partner's member to the role of a customer; from another customer's, too.
///
/// # Refusals, first that holds
/// `NoSession` · `NotFound` · `NotPermitted`, `NotAuthorized` (R-CUS-25)
pub struct SwitchRole {
    /// Who switches.
    pub operator: Operator,
    /// To whose role.
    pub customer: CustomerId,
}

impl Command for SwitchRole {
    type Output = CustomerId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<CustomerId> {
        let session = self.operator.viewer.session.ok_or(Refusal::NoSession)?;
        let customer = self.operator.admit_in(tx, self.customer).await?;
        set_role_in(tx, session, Some(customer.id)).await?;
        let entered = Deed { name: names::SWITCHED, source: "onbehalf", resource_type: "customer", resource: None };
        self.operator.tell_in(tx, &Acting { customer, on_behalf: true }, vec![entered]).await?;
        Ok(self.customer)
    }
}

/// Switches a partner's member back to its own role; does nothing where it has no other.
pub struct SwitchBack {
    /// Whose session.
    pub session: SessionId,
}

impl Command for SwitchBack {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        set_role_in(tx, self.session, None).await
    }
}

async fn set_role_in(tx: &Tx, session: SessionId, acting_for: Option<CustomerId>) -> Outcome<()> {
    session::Entity::update_many()
        .col_expr(session::Column::ActingFor, Expr::value(acting_for))
        .filter(session::Column::Id.eq(session))
        .exec(tx.db())
        .await?;
    Ok(())
}
