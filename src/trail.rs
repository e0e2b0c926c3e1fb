//! The trail: adjustment records of what was changed (R-CORE-44) and access records of personal data that was revealed
//! (R-CORE-42). Both only ever grow.

use std::sync::Mutex;

use entities::{
    access_record, adjustment_record,
    types::{AccountId, AdjustmentKind, MemberId, RecordId, Timestamp},
};
use sea_orm::{ActiveValue::NotSet, DbErr, EntityTrait, IntoActiveModel, Set};
use uuid::Uuid;

use crate::{
    access::Viewer,
    outcome::Outcome,
    store::{Command, Store, Tx},
};

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

/// Personal data that one request revealed. Written before the answer leaves: an answer whose record cannot be kept is
/// not given.
#[derive(Default)]
pub struct Reveals(Mutex<Vec<(Uuid, &'static str)>>);

impl Reveals {
    /// Notes that a field of a subject was revealed.
    pub fn note(&self, subject: Uuid, field: &'static str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((subject, field));
    }

    /// Writes what was noted since the last time.
    pub async fn write(&self, store: &Store, viewer: &Viewer) -> Outcome<()> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(());
        }
        store.execute(KeepReveals { author: viewer.into(), at: store.clock().now(), noted }).await
    }
}

struct KeepReveals {
    author: Author,
    at: Timestamp,
    noted: Vec<(Uuid, &'static str)>,
}

impl Command for KeepReveals {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let rows = self.noted.iter().map(|(subject, field)| access_record::ActiveModel {
            id: NotSet,
            at: Set(self.at),
            by_account: Set(self.author.account),
            by_member: Set(self.author.member),
            subject: Set(*subject),
            field: Set((*field).to_owned()),
        });
        access_record::Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
        Ok(())
    }
}
