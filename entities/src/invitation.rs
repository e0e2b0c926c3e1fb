//! Invitations: e-mails to preregistered customers, links, and the customers that came by a link for many.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{
        AccountId, AssociationFailure, CustomerId, InvitationId, InvitationMethod, InvitationStatus, MemberId,
        PreregistrationId, Timestamp,
    },
};

/// One invitation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// The provider or reseller that invites.
    pub partner_id: AccountId,
    /// How.
    pub method: InvitationMethod,
    /// What the link ends with; null for a customer that came by a link for many.
    pub code: Option<String>,
    /// The link for many that the customer came by.
    pub link_id: Option<InvitationId>,
    /// The claim that the e-mail was sent for.
    pub preregistration_id: Option<PreregistrationId>,
    /// The customer's address in lower case. Personal data.
    pub email: Option<String>,
    /// The customer's name. Personal data.
    pub full_name: Option<String>,
    /// The name in lower case, for search.
    pub name_key: Option<String>,
    /// The customer that followed it, if it has an account.
    pub customer_id: Option<CustomerId>,
    /// What tells the customers of a link from others.
    pub tag: Option<String>,
    /// The partner's member that will look after the customer (R-CUS-12).
    pub account_manager_id: Option<MemberId>,
    /// The partner's own words.
    pub remarks: Option<String>,
    /// Where it stands.
    pub status: InvitationStatus,
    /// Why it failed last.
    pub failure: Option<AssociationFailure>,
    /// Who invited.
    pub invited_by: MemberId,
    /// When, or when it was sent again.
    pub invited_at: Timestamp,
    /// Until when it can be followed.
    pub valid_until: Timestamp,
    /// When it was followed last.
    pub followed_at: Option<Timestamp>,
    /// When it was taken back, alone or with its claim: it cannot be followed since.
    pub ended_at: Option<Timestamp>,
    /// Who took it back.
    pub ended_by: Option<MemberId>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, partner_id: PartnerId, method: Method, code: Code, link_id: LinkId,
        preregistration_id: PreregistrationId, email: Email, full_name: FullName, name_key: NameKey,
        customer_id: CustomerId, tag: Tag, account_manager_id: AccountManagerId, remarks: Remarks, status: Status,
        failure: Failure, invited_by: InvitedBy, invited_at: InvitedAt, valid_until: ValidUntil,
        followed_at: FollowedAt, ended_at: EndedAt, ended_by: EndedBy,
    }
    asked {}
}
