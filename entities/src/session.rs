//! Sessions: sign-ins that last until they expire, are signed out or are taken away.

use sea_orm::entity::prelude::*;

use crate::types::{CustomerId, MemberId, SessionId, Timestamp};

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Key; the claim `sid` of its access tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Who signed in.
    pub member_id: MemberId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself; each refresh moves it.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// The customer for whom the member acts, from a switch of roles until it switches back (R-CUS-28).
    pub acting_for: Option<CustomerId>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
