//! Who looked after which customer or reseller, and when. Rows are kept: figures are attributed by them.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, AssignmentId, MemberId, Timestamp},
};

/// One member's time with a customer or reseller.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "manager_assignments")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssignmentId,
    /// The customer or reseller.
    pub subject_id: AccountId,
    /// The partner whose member it is.
    pub account_id: AccountId,
    /// The account manager.
    pub member_id: MemberId,
    /// Since when.
    pub from_at: Timestamp,
    /// Until when; in the future where it was withdrawn (R-CORE-46).
    pub until_at: Option<Timestamp>,
    /// Who assigned it.
    pub assigned_by: MemberId,
    /// Who withdrew or replaced it.
    pub ended_by: Option<MemberId>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, subject_id: SubjectId, account_id: AccountId, member_id: MemberId, from_at: FromAt,
        until_at: UntilAt, assigned_by: AssignedBy, ended_by: EndedBy,
    }
    asked {}
}
