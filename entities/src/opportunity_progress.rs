//! The progress logs of opportunities. Rows only ever grow in number.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{MemberId, OpportunityId, OpportunityPhase, OpportunityProgressId, Timestamp},
};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunity_progress")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OpportunityProgressId,
    /// Of which opportunity.
    pub opportunity_id: OpportunityId,
    /// Who recorded it.
    pub by_member: MemberId,
    /// The phase before; none where the opportunity began.
    pub phase_before: Option<OpportunityPhase>,
    /// The phase after.
    pub phase: OpportunityPhase,
    /// The win probability after, in percent.
    pub win_probability: i32,
    /// In whose words.
    pub details: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, opportunity_id: OpportunityId, by_member: ByMember, phase_before: PhaseBefore, phase: Phase,
        win_probability: WinProbability, details: Details, at: At,
    }
    asked {}
}
