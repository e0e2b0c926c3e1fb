//! Loaders of how customers are won: what the vendor knows of them, claims and invitations.

use std::{collections::HashMap, sync::Arc};

use dataloader::BatchFn;
use entities::{
    invitation, preregistration,
    types::{CustomerFacts, CustomerId, InvitationId, PreregistrationId},
};

use super::{Batch, Loaded, Loaders, Loading, answer};
use crate::{customer_facts, invitations, preregistrations};

/// What the vendor knows of a customer, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FactsOf(pub CustomerId);

impl Loaders {
    /// What the vendor knows of a customer that the viewer was shown.
    pub fn customer_facts(&self, id: CustomerId) -> Loading<'_, CustomerFacts> {
        Box::pin(async move { Ok(self.load(&self.customer_facts, FactsOf(id)).await?.unwrap_or_default()) })
    }

    /// A preregistration in scope.
    pub fn preregistration(&self, id: PreregistrationId) -> Loading<'_, Option<Arc<preregistration::Model>>> {
        Box::pin(self.load(&self.preregistrations, id))
    }

    /// An invitation in scope.
    pub fn invitation(&self, id: InvitationId) -> Loading<'_, Option<Arc<invitation::Model>>> {
        Box::pin(self.load(&self.invitations, id))
    }
}

impl BatchFn<FactsOf, Loaded<CustomerFacts>> for Batch {
    async fn load(&mut self, keys: &[FactsOf]) -> HashMap<FactsOf, Loaded<CustomerFacts>> {
        let ids: Vec<CustomerId> = keys.iter().map(|key| key.0).collect();
        let found = customer_facts::queries::by_id(self.store.reader(), &ids).await;
        answer(keys, found.map(|rows| rows.into_iter().map(|(id, facts)| (FactsOf(id), facts)).collect()))
    }
}

impl BatchFn<PreregistrationId, Loaded<Arc<preregistration::Model>>> for Batch {
    async fn load(
        &mut self,
        keys: &[PreregistrationId],
    ) -> HashMap<PreregistrationId, Loaded<Arc<preregistration::Model>>> {
        answer(keys, preregistrations::queries::by_id(self.store.reader(), &self.viewer, keys).await)
    }
}

impl BatchFn<InvitationId, Loaded<Arc<invitation::Model>>> for Batch {
    async fn load(&mut self, keys: &[InvitationId]) -> HashMap<InvitationId, Loaded<Arc<invitation::Model>>> {
        answer(keys, invitations::queries::by_id(self.store.reader(), &self.viewer, keys).await)
    }
}
