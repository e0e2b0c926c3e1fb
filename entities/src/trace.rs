//! Traces: what was done in a customer's account, kept for 7 days (R-CUS-38).

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{AccountId, CustomerId, MemberId, Timestamp, TraceId, TraceStatus},
};

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "traces")]
pub struct Model {
    /// Key, in the order of time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TraceId,
    /// In whose account.
    pub customer_id: CustomerId,
    /// What was done, in one word.
    pub name: String,
    /// The part of the program in which it was done.
    pub source: String,
    /// What kind of thing it was done to.
    pub resource_type: String,
    /// To which: an id, as the API shows it.
    pub resource_id: Option<String>,
    /// How that is called.
    pub resource_name: Option<String>,
    /// How grave it is.
    pub status: TraceStatus,
    /// The account that did it; null where the system did.
    pub by_account: Option<AccountId>,
    /// Its member.
    pub by_member: Option<MemberId>,
    /// Whether a partner did it for the customer (R-CUS-28).
    pub on_behalf: bool,
    /// The client's address.
    pub address: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, customer_id: CustomerId, name: Name, source: Source, resource_type: ResourceType,
        resource_id: ResourceId, resource_name: ResourceName, status: Status, by_account: ByAccount,
        by_member: ByMember, on_behalf: OnBehalf, address: Address, at: At,
    }
    asked {}
}
