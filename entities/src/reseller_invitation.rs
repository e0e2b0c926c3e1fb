//! Invitations by which distributors win resellers.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{DistributorId, MemberId, ResellerId, ResellerInvitationId, ResellerInvitationStatus, Timestamp},
};

/// One invitation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reseller_invitations")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResellerInvitationId,
    /// Who invites.
    pub distributor_id: DistributorId,
    /// Whom, in lower case. Personal data.
    pub email: String,
    /// The distributor's member that will look after the reseller.
    pub account_manager_id: Option<MemberId>,
    /// Where it stands; one that is past its time may still say that it is pending.
    pub status: ResellerInvitationStatus,
    /// The hash of the code that was sent last; only that one is good.
    pub code_hash: Vec<u8>,
    /// Which member invites.
    pub invited_by: MemberId,
    /// When it was made.
    pub invited_at: Timestamp,
    /// When it was sent last.
    pub sent_at: Timestamp,
    /// How often it was sent.
    pub times_sent: i32,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When it was used.
    pub joined_at: Option<Timestamp>,
    /// By whom.
    pub reseller_id: Option<ResellerId>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, distributor_id: DistributorId, email: Email, account_manager_id: AccountManagerId, status: Status,
        code_hash: CodeHash, invited_by: InvitedBy, invited_at: InvitedAt, sent_at: SentAt, times_sent: TimesSent,
        expires_at: ExpiresAt, joined_at: JoinedAt, reseller_id: ResellerId,
    }
    asked {}
}
