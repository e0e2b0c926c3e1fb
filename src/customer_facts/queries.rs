//! Reading the facts of customers that the caller may look at.

use std::collections::HashMap;

use entities::{
    customer_facts,
    types::{CustomerFacts, CustomerId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

/// The facts of customers, by id; customers of whom nothing is known are left out.
pub async fn by_id(db: &impl ConnectionTrait, ids: &[CustomerId]) -> Result<HashMap<CustomerId, CustomerFacts>, DbErr> {
    let rows = customer_facts::Entity::find()
        .filter(customer_facts::Column::CustomerId.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.facts)).collect())
}

/// The facts of one customer; none where nothing is known.
pub async fn of(db: &impl ConnectionTrait, id: CustomerId) -> Result<CustomerFacts, DbErr> {
    Ok(by_id(db, &[id]).await?.remove(&id).unwrap_or_default())
}
