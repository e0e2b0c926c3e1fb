//! Association records: how partners and customers came together and parted. Rows are kept.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{
        AccountId, AssociationPurpose, AssociationRecordId, AssociationRecordStatus, AssociationType, CustomerId,
        DistributorId, InitiationMethod, MemberId, Timestamp,
    },
};

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "association_records")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssociationRecordId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The provider or reseller.
    pub partner_id: AccountId,
    /// The distributor above a reseller.
    pub distributor_id: Option<DistributorId>,
    /// The customer's login name then: a partner that has parted from it still reads its records.
    pub account_name: String,
    /// The customer's name then. Personal data.
    pub customer_name: String,
    /// The customer's number then. Personal data.
    pub mobile_number: Option<String>,
    /// What they are to each other.
    pub association_type: AssociationType,
    /// Beginning or end.
    pub purpose: AssociationPurpose,
    /// Why, in the words of whoever asked.
    pub reason: Option<String>,
    /// How it was set in motion.
    pub initiation: InitiationMethod,
    /// How far it has come.
    pub status: AssociationRecordStatus,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// By which member; null where the system did.
    pub requested_by: Option<MemberId>,
    /// When it was done.
    pub approved_at: Option<Timestamp>,
    /// When the customer accepted the association instructions (R-CUS-16).
    pub instructions_accepted_at: Option<Timestamp>,
    /// When the customer accepted the authorization letter, if it did.
    pub letter_accepted_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, customer_id: CustomerId, partner_id: PartnerId, distributor_id: DistributorId,
        account_name: AccountName, customer_name: CustomerName, mobile_number: MobileNumber,
        association_type: AssociationType, purpose: Purpose, reason: Reason, initiation: Initiation, status: Status,
        requested_at: RequestedAt, requested_by: RequestedBy, approved_at: ApprovedAt,
        instructions_accepted_at: InstructionsAcceptedAt, letter_accepted_at: LetterAcceptedAt,
    }
    asked {}
}
