//! Reading consents.

use entities::{
    authorization,
    types::{AuthorizationStatus, CustomerId},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::Tx;

/// The consent of a customer that holds now, if there is one. It stays so until the transaction ends.
pub async fn in_force_in(tx: &Tx, customer: CustomerId) -> Result<Option<authorization::Model>, DbErr> {
    authorization::Entity::find()
        .filter(authorization::Column::CustomerId.eq(customer))
        .filter(authorization::Column::Status.eq(AuthorizationStatus::Accepted))
        .lock_shared()
        .one(tx.db())
        .await
}
