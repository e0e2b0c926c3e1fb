//! The history of applications: each step with who took it. It only ever grows.

use sea_orm::entity::prelude::*;

use crate::types::{AccountId, ApplicationId, ApplicationStepId, ApplicationStepKind, MemberId, Timestamp};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application_steps")]
pub struct Model {
    /// Key; in the order of the steps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationStepId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// What happened.
    pub kind: ApplicationStepKind,
    /// At which stage, from 0.
    pub stage: i16,
    /// In which round, from 1.
    pub round: i16,
    /// When.
    pub at: Timestamp,
    /// By which account; none where it was time that passed.
    pub by_account: Option<AccountId>,
    /// By which member of it.
    pub by_member: Option<MemberId>,
    /// In whose words.
    pub comment: Option<String>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
