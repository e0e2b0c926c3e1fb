//! The trail: adjustment records of what was changed (R-CORE-44). They only ever grow.

use entities::{
    adjustment_record,
    types::{AccountId, AdjustmentKind, MemberId, RecordId},
};
use sea_orm::{DbErr, EntityTrait, IntoActiveModel};

use crate::{access::Viewer, store::Tx};

/// Who changed something: a partner's member, or nobody where the system did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The account.
    pub account: AccountId,
    /// Its member.
    pub member: MemberId,
}

impl From<&Viewer> for Author {
    fn from(viewer: &Viewer) -> Self {
        Self { account: viewer.account.id, member: viewer.member.id }
    }
}

/// A change to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What changed.
    pub kind: AdjustmentKind,
    /// The reseller or customer it happened to.
    pub subject: AccountId,
    /// By whom; none for the system.
    pub author: Option<Author>,
    /// The state before, in words.
    pub before: Option<String>,
    /// The state after, in words.
    pub after: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
}

/// Writes adjustment records in one statement and returns them in the order given.
pub async fn append_in(tx: &Tx, entries: Vec<Entry>) -> Result<Vec<adjustment_record::Model>, DbErr> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let records: Vec<adjustment_record::Model> = entries
        .into_iter()
        .map(|entry| adjustment_record::Model {
            id: RecordId::new(tx.now()),
            kind: entry.kind,
            subject_id: entry.subject,
            at: tx.now(),
            by_account: entry.author.map(|author| author.account),
            by_member: entry.author.map(|author| author.member),
            before: entry.before,
            after: entry.after,
            reason: entry.reason,
        })
        .collect();
    let rows = records.iter().cloned().map(IntoActiveModel::into_active_model);
    adjustment_record::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    Ok(records)
}
