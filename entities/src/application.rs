//! Applications: requests of many kinds that somebody decides, each with where it stands.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{
        AccountId, AccountKind, ApplicationId, ApplicationKind, ApplicationStatus, CustomerId, DistributorId, MemberId,
        Timestamp,
    },
};

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "applications")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationId,
    /// What it is for.
    pub kind: ApplicationKind,
    /// Whose it is.
    pub account_id: AccountId,
    /// The member that handed it in.
    pub member_id: MemberId,
    /// The customer, reseller or partner that it is about.
    pub subject_id: AccountId,
    /// What that is.
    pub subject_kind: AccountKind,
    /// What decides which members who see less than all see it, and hear of it: the subject, or the row behind it.
    pub topic_id: AccountId,
    /// The account that decides the stages which are not the platform's.
    pub counterparty_id: Option<AccountId>,
    /// What the kind asks for, in its own shape.
    pub form: Json,
    /// Where it stands.
    pub status: ApplicationStatus,
    /// The stage, from 0; the last one that was reached once it is decided.
    pub stage: i16,
    /// The stage at which it began.
    pub first_stage: i16,
    /// How often it was handed in, from 1.
    pub round: i16,
    /// Who decides now: the platform where this is false, and nobody where it is not under review.
    pub with_counterparty: bool,
    /// The newest words of whoever decided.
    pub comment: Option<String>,
    /// When it was handed in, at first.
    pub submitted_at: Timestamp,
    /// Until when whoever has it is to act.
    pub due_at: Option<Timestamp>,
    /// Whether it ends when that time is over.
    pub expires: bool,
    /// When it came to its end.
    pub closed_at: Option<Timestamp>,
    /// What only one open application may claim; null once it is closed.
    pub claim: Option<String>,
    /// The distributor that hears of it.
    pub to_distributor: Option<DistributorId>,
    /// The partner that hears of it.
    pub to_partner: Option<AccountId>,
    /// The customer that hears of it.
    pub to_customer: Option<CustomerId>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, kind: Kind, account_id: AccountId, member_id: MemberId, subject_id: SubjectId,
        subject_kind: SubjectKind, topic_id: TopicId,
        counterparty_id: CounterpartyId, form: Form, status: Status, stage: Stage, first_stage: FirstStage,
        round: Round, with_counterparty: WithCounterparty, comment: Comment, submitted_at: SubmittedAt,
        due_at: DueAt, expires: Expires, closed_at: ClosedAt, claim: Claim, to_distributor: ToDistributor,
        to_partner: ToPartner, to_customer: ToCustomer,
    }
    asked {}
}
