//! The statements behind the loaders of orders and resources.

use std::{collections::HashMap, sync::Arc};

use dataloader::BatchFn;
use entities::{
    order, order_transaction, resource,
    types::{OrderId, ResourceId},
};

use super::{Batch, Loaded, ResourcesOf, TransactionsOf, answer};
use crate::{orders, resources};

impl BatchFn<OrderId, Loaded<Arc<order::Model>>> for Batch {
    async fn load(&mut self, keys: &[OrderId]) -> HashMap<OrderId, Loaded<Arc<order::Model>>> {
        answer(keys, orders::queries::by_id(self.store.reader(), &self.viewer, keys).await)
    }
}

impl BatchFn<TransactionsOf, Loaded<Arc<Vec<order_transaction::Model>>>> for Batch {
    async fn load(
        &mut self,
        keys: &[TransactionsOf],
    ) -> HashMap<TransactionsOf, Loaded<Arc<Vec<order_transaction::Model>>>> {
        let ids: Vec<OrderId> = keys.iter().map(|key| key.0).collect();
        let found = orders::queries::transactions(self.store.reader(), &ids).await;
        let by_key = |(id, rows)| (TransactionsOf(id), Arc::new(rows));
        answer(keys, found.map(|rows| rows.into_iter().map(by_key).collect()))
    }
}

impl BatchFn<ResourceId, Loaded<Arc<resource::Model>>> for Batch {
    async fn load(&mut self, keys: &[ResourceId]) -> HashMap<ResourceId, Loaded<Arc<resource::Model>>> {
        answer(keys, resources::queries::by_id(self.store.reader(), &self.viewer, keys).await)
    }
}

impl BatchFn<ResourcesOf, Loaded<Vec<Arc<resource::Model>>>> for Batch {
    async fn load(&mut self, keys: &[ResourcesOf]) -> HashMap<ResourcesOf, Loaded<Vec<Arc<resource::Model>>>> {
        let ids: Vec<OrderId> = keys.iter().map(|key| key.0).collect();
        let found = resources::queries::of_orders(self.store.reader(), &self.viewer, &ids).await;
        answer(keys, found.map(|rows| rows.into_iter().map(|(id, rows)| (ResourcesOf(id), rows)).collect()))
    }
}
