//! Access records: who had personal data revealed, signed in or out, or changed members and roles.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccessRecordId, AccessRecordKind, AccountId, MemberId, Timestamp},
};

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_records")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccessRecordId,
    /// What happened.
    pub kind: AccessRecordKind,
    /// When.
    pub at: Timestamp,
    /// In whose account; null where a name was tried that no account has.
    pub by_account: Option<AccountId>,
    /// By which of its members; null where nobody knows.
    pub by_member: Option<MemberId>,
    /// What the id of the subject begins with at the API.
    pub subject_prefix: Option<String>,
    /// To whom or to what: the raw id of an account, a member or a role.
    pub subject_id: Option<Uuid>,
    /// Which field was revealed.
    pub field: Option<String>,
    /// What else there is to say, in words.
    pub detail: Option<String>,
    /// The client's address.
    pub address: Option<String>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, kind: Kind, at: At, by_account: ByAccount, by_member: ByMember, subject_prefix: SubjectPrefix,
        subject_id: SubjectId, field: Field, detail: Detail, address: Address,
    }
    asked {}
}
