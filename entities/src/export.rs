//! Exports: lists that are written into files, the files' history, and how far those are that run.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, ExportFormat, ExportId, ExportKind, ExportState, MemberId, Timestamp},
};

/// One export. The file lies in the store of files, by the row's id and the number of the attempt that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exports")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExportId,
    /// Whose.
    pub account_id: AccountId,
    /// Who asked for it, and whose rights decide what is in it.
    pub member_id: MemberId,
    /// Whether that member saw all of the account's customers and resellers when it asked, and the file may hold them.
    pub wide: bool,
    /// Which list.
    pub kind: ExportKind,
    /// Which kind of file.
    pub format: ExportFormat,
    /// What was asked for, as the mutation was given it.
    pub selection: Json,
    /// How far it is.
    pub state: ExportState,
    /// Rows written so far.
    pub rows_done: i64,
    /// Rows that there are, as counted when it began.
    pub rows_total: i64,
    /// How often it was begun.
    pub attempts: i32,
    /// The epoch of the duty under which it runs; 0 before it was begun.
    pub epoch: i64,
    /// When it may be begun, or begun again on the same node.
    pub due_at: Timestamp,
    /// Bytes of the file.
    pub size: Option<i64>,
    /// SHA-256 of the file.
    pub sha256: Option<Vec<u8>>,
    /// Why there is no file.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Until when the file is kept.
    pub expires_at: Option<Timestamp>,
    /// When the file, and whatever failed attempts left, was removed.
    pub removed_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, account_id: AccountId, member_id: MemberId, wide: Wide, kind: Kind, format: Format, selection: Selection,
        state: State, rows_done: RowsDone, rows_total: RowsTotal, attempts: Attempts, epoch: Epoch, due_at: DueAt,
        size: Size, sha256: Sha256, failure: Failure, created_at: CreatedAt, finished_at: FinishedAt,
        expires_at: ExpiresAt, removed_at: RemovedAt,
    }
    asked {}
}
