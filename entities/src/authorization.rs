//! Consents of customers that their partner orders and operates on their behalf. Rows are kept when they end.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, AuthorizationId, AuthorizationStatus, CustomerId, MemberId, Timestamp},
};

/// One consent, from the partner's request on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorizations")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuthorizationId,
    /// Whose consent.
    pub customer_id: CustomerId,
    /// To which partner.
    pub partner_id: AccountId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// By which member of the partner; none where the customer gave it with its association.
    pub requested_by: Option<MemberId>,
    /// Where it stands.
    pub status: AuthorizationStatus,
    /// Since when it holds.
    pub effective_at: Option<Timestamp>,
    /// When it was refused or taken back.
    pub ended_at: Option<Timestamp>,
    /// The version of the letter that it is given by.
    pub letter_version: String,
    /// Why it was taken back (R-CUS-26).
    pub revoke_reason: Option<String>,
    /// The application that it is decided by.
    pub application_id: Option<Uuid>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, customer_id: CustomerId, partner_id: PartnerId, requested_at: RequestedAt, requested_by: RequestedBy,
        status: Status, effective_at: EffectiveAt, ended_at: EndedAt, letter_version: LetterVersion,
        revoke_reason: RevokeReason, application_id: ApplicationId,
    }
    asked {}
}
