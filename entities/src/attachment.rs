//! Files that members have uploaded for applications. The bytes lie in the store of files, by the row's id.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::types::{AccountId, AttachmentId, MemberId, Timestamp};

/// One file. The row is there before the bytes are, and until they are gone.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachments")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    /// Whose.
    pub account_id: AccountId,
    /// Who uploaded it.
    pub member_id: MemberId,
    /// What it is called, with its extension.
    pub name: String,
    /// What it is, by its content and its extension.
    pub media_type: String,
    /// Bytes; while it is being uploaded, those that are reserved for it.
    pub size: i64,
    /// SHA-256 of the bytes; null while it is being uploaded.
    pub sha256: Option<Vec<u8>>,
    /// When the upload began.
    pub created_at: Timestamp,
    /// When all bytes were there.
    pub stored_at: Option<Timestamp>,
    /// The application that has claimed it.
    pub application_id: Option<Uuid>,
    /// For what in that application.
    pub slot: Option<String>,
    /// Since when no application has it; null while one has.
    pub free_since: Option<Timestamp>,
    /// When it was removed: nobody sees it any more, and its bytes are about to go.
    pub removed_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
