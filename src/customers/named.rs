//! Whose something is, in lists that are exported: a customer and its reseller, masked.

use std::{collections::HashMap, sync::Arc};

use entities::{account, narrow::Columns, types::CustomerId};
use sea_orm::DbErr;

use super::{
    queries::{self, Along, CustomerRow},
    reads::Reads,
};
use crate::{access::mask, exports::lists::Source, graphql::ahead::Reading, resellers::reads::ResellerReads};

/// The customers of some rows, as far as they are in scope.
#[derive(Debug)]
pub struct Named(HashMap<CustomerId, Arc<CustomerRow>>);

impl Named {
    /// Reads them in one statement.
    pub async fn read(source: Source<'_>, ids: impl IntoIterator<Item = CustomerId>) -> Result<Self, DbErr> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let named = Columns::of(&[account::Column::Name, account::Column::AccountName]);
        let reads =
            Reads { account: Reads::KEYS.account.and(named), reseller: Some(ResellerReads::ALL), ..Reads::KEYS };
        Ok(Self(queries::by_id(source.store.reader(), source.viewer, &ids, reads).await?))
    }

    /// The cells of one: id, name, account name, and the name of its reseller; empty where it is not in scope.
    pub fn cells(&self, id: CustomerId) -> [String; 4] {
        let Some(row) = self.0.get(&id) else { return Default::default() };
        let reseller = match &row.along {
            Along::Read(Some(reseller)) => mask::name(&reseller.account.name),
            Along::Read(None) | Along::NotRead => String::new(),
        };
        [id.to_string(), mask::name(&row.account.name), mask::name(&row.account.account_name), reseller]
    }
}
