//! Access records: who had personal data revealed (R-CORE-42), who signed in and out, and who changed members and roles.
//!
//! They are written in the transaction of what they tell of, by [`append_in`], read by administrators of the account that
//! they are about, and kept as long as the settings say. Knows nothing of what is recorded.

pub mod graphql;
pub mod policy;
pub mod queries;
mod reveals;

use std::time::Duration;

use entities::{
    access_record,
    types::{AccessRecordId, AccessRecordKind, AccountId, AccountKind, Id, MemberId, Named},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel};
use uuid::Uuid;

pub use reveals::Reveals;

use crate::{
    access::ClientAddress,
    outcome::Outcome,
    store::{Store, Tx},
    trail::Author,
};

/// To whom or to what something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    prefix: &'static str,
    id: Uuid,
}

impl Subject {
    /// An account, whose id says of what kind it is.
    pub fn account(kind: AccountKind, id: AccountId) -> Self {
        Self { prefix: kind.prefix(), id: id.uuid() }
    }
}

impl<K: Named> From<Id<K>> for Subject {
    fn from(id: Id<K>) -> Self {
        Self { prefix: K::PREFIX, id: id.uuid() }
    }
}

/// Something to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    kind: AccessRecordKind,
    account: Option<AccountId>,
    member: Option<MemberId>,
    subject: Option<Subject>,
    field: Option<&'static str>,
    detail: Option<String>,
    address: Option<ClientAddress>,
}

impl Entry {
    /// Something in an account by a person whom nobody knows; without an account only the platform reads it.
    pub fn of(account: Option<AccountId>, kind: AccessRecordKind) -> Self {
        Self { kind, account, member: None, subject: None, field: None, detail: None, address: None }
    }

    /// Something that a member did.
    pub fn by(author: impl Into<Author>, kind: AccessRecordKind) -> Self {
        let author = author.into();
        Self { member: Some(author.member), ..Self::of(Some(author.account), kind) }
    }

    /// To whom or to what.
    #[must_use]
    pub fn about(self, subject: impl Into<Subject>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Which field of it.
    #[must_use]
    pub fn field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    /// What else there is to say, in words. No personal data: records outlive those whom they tell of.
    #[must_use]
    pub fn detail(self, words: impl Into<String>) -> Self {
        Self { detail: Some(words.into()), ..self }
    }

    /// From which address.
    #[must_use]
    pub fn from(self, address: ClientAddress) -> Self {
        Self { address: Some(address), ..self }
    }
}

/// Records of one INSERT: 10 values each, below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 1_000;

/// Writes access records, with what they tell of; returns their ids in the order given.
pub async fn append_in(tx: &Tx, entries: Vec<Entry>) -> Result<Vec<AccessRecordId>, DbErr> {
    let rows: Vec<access_record::Model> = entries
        .into_iter()
        .map(|entry| access_record::Model {
            id: AccessRecordId::new(tx.now()),
            kind: entry.kind,
            at: tx.now(),
            by_account: entry.account,
            by_member: entry.member,
            subject_prefix: entry.subject.map(|subject| subject.prefix.to_owned()),
            subject_id: entry.subject.map(|subject| subject.id),
            field: entry.field.map(str::to_owned),
            detail: entry.detail,
            address: entry.address.map(|address| address.to_string()),
        })
        .collect();
    let ids = rows.iter().map(|row| row.id).collect();
    for some in rows.chunks(ROWS_PER_INSERT) {
        let some = some.iter().cloned().map(IntoActiveModel::into_active_model);
        access_record::Entity::insert_many(some).exec_without_returning(tx.db()).await?;
    }
    Ok(ids)
}

/// Forgets records older than `keep`, some at a time.
pub async fn forget(store: &Store, keep: Duration) -> Outcome<u64> {
    use access_record::{Column, Entity};
    store.forget::<Entity>(Column::Id, move |now| Column::At.lt(now.minus(keep))).await
}
