//! What a customer accepts with its association: that is all that this area knows of consents.

use entities::{
    authorization,
    types::{AccountId, AuthorizationId, AuthorizationStatus, CustomerId},
};
use sea_orm::{EntityTrait, IntoActiveModel};

use crate::{outcome::Outcome, store::Tx};

/// Grants the partner what the authorization letter says, since the customer accepted it with its association (R-CUS-16).
/// A customer that is just being associated has no consent that holds: they end with associations.
pub async fn grant_in(tx: &Tx, customer: CustomerId, partner: AccountId, letter_version: i32) -> Outcome<()> {
    let row = authorization::Model {
        id: AuthorizationId::new(tx.now()),
        customer_id: customer,
        partner_id: partner,
        requested_at: tx.now(),
        requested_by: None,
        status: AuthorizationStatus::Accepted,
        effective_at: Some(tx.now()),
        ended_at: None,
        letter_version: letter_version.to_string(),
        revoke_reason: None,
        application_id: None,
    };
    authorization::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}
