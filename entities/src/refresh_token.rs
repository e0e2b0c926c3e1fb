//! Refresh tokens: each is good for one refresh; using one twice ends its session.

use sea_orm::entity::prelude::*;

use crate::types::{SessionId, Timestamp};

/// One refresh token.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    /// SHA-256 of the token; the token itself is known to the client only.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// Whose.
    pub session_id: SessionId,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
