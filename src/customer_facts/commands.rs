//! Keeping the facts.

use std::sync::Arc;

use entities::{
    customer_facts,
    types::{AccessRecordKind, CustomerFacts, CustomerId},
};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};

use super::{queries, rules};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{self, Entry},
    outcome::{Outcome, Refusal},
    store::{Command, Tx},
};

/// Says what the vendor knows of a customer; replaces what was known before.
///
/// # Refusals
/// `NotFound`
pub struct SetCustomerFacts {
    /// The platform's member.
    pub viewer: Arc<Viewer>,
    /// Of whom.
    pub customer: CustomerId,
    /// All that holds.
    pub facts: CustomerFacts,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Command for SetCustomerFacts {
    type Output = CustomerId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<CustomerId> {
        // The lock of the customer: no association decides on facts that change meanwhile.
        let found = tx.lock_customers_in(self.viewer.customers(), &[self.customer]).await?;
        if found.is_empty() {
            return Err(Refusal::not_found("customerId", &self.customer.to_string()).into());
        }
        let before = queries::of(tx.db(), self.customer).await?;
        if before == self.facts {
            return Ok(self.customer);
        }
        let row = customer_facts::Model {
            customer_id: self.customer,
            facts: self.facts,
            updated_at: tx.now(),
            updated_by: self.viewer.member.id,
        };
        use customer_facts::Column;
        let replace = OnConflict::column(Column::CustomerId)
            .update_columns([Column::Facts, Column::UpdatedAt, Column::UpdatedBy])
            .to_owned();
        let insert = customer_facts::Entity::insert(row.into_active_model()).on_conflict(replace);
        insert.exec_without_returning(tx.db()).await?;
        let record = Entry::by(&*self.viewer, AccessRecordKind::CustomerFactsChanged)
            .about(self.customer)
            .detail(rules::describe(before, self.facts))
            .from(self.address);
        access_records::append_in(tx, vec![record]).await?;
        Ok(self.customer)
    }
}
