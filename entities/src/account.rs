//! Accounts: every party of the business that signs in, whatever its kind.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, AccountKind, AccountStatus, Timestamp},
};

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    /// Key; a reseller's and a customer's own row has the same.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// What it is.
    pub kind: AccountKind,
    /// The login name, unique.
    pub account_name: String,
    /// The company's or person's name. Personal data.
    pub name: String,
    /// Personal data.
    pub email: Option<String>,
    /// Personal data.
    pub mobile_number: Option<String>,
    /// Where it does business; cannot change once set.
    pub country_region: Option<String>,
    /// Whether it may do business.
    pub status: AccountStatus,
    /// Whether critical operations ask its members for a verification code (R-CORE-28).
    pub verification_enabled: bool,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {}
    asked {
        id: Id, kind: Kind, status: Status, account_name: AccountName, name: Name, email: Email,
        mobile_number: MobileNumber, country_region: CountryRegion, verification_enabled: VerificationEnabled,
        created_at: CreatedAt,
    }
}
