//! Agreements: which customer signed which version of which text. Rows are kept for good.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AgreementId, AgreementKind, CustomerId, MemberId, Timestamp},
};

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreements")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgreementId,
    /// Who is bound.
    pub customer_id: CustomerId,
    /// By what.
    pub kind: AgreementKind,
    /// In which version.
    pub version: i32,
    /// Which member signed.
    pub by_member: MemberId,
    /// When.
    pub signed_at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, customer_id: CustomerId, kind: Kind, version: Version, by_member: ByMember, signed_at: SignedAt,
    }
    asked {}
}
