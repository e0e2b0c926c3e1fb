//! Preregistrations: partners' claims on potential customers, for a time.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, CustomerId, MemberId, PreregistrationId, PreregistrationStatus, Timestamp},
};

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "preregistrations")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PreregistrationId,
    /// The provider or reseller whose claim it is.
    pub partner_id: AccountId,
    /// The customer that it led to.
    pub customer_id: Option<CustomerId>,
    /// The customer's name. Personal data.
    pub full_name: String,
    /// The name in lower case, for search.
    pub name_key: String,
    /// The customer's address in lower case: of all claims that hold, one has it. Personal data.
    pub email: String,
    /// Personal data.
    pub mobile_number: Option<String>,
    /// The partner's own words.
    pub remarks: Option<String>,
    /// Where it stands.
    pub status: PreregistrationStatus,
    /// The partner's member that looks after it.
    pub account_manager_id: Option<MemberId>,
    /// Who made it.
    pub created_by: MemberId,
    /// When.
    pub preregistered_at: Timestamp,
    /// Until when it holds (R-CUS-05).
    pub expires_at: Timestamp,
    /// When the partner was told that it ends soon.
    pub warned_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, partner_id: PartnerId, customer_id: CustomerId, full_name: FullName, name_key: NameKey, email: Email,
        mobile_number: MobileNumber, remarks: Remarks, status: Status, account_manager_id: AccountManagerId,
        created_by: CreatedBy, preregistered_at: PreregisteredAt, expires_at: ExpiresAt, warned_at: WarnedAt,
    }
    asked {}
}
