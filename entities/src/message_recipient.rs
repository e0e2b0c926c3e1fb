//! Who is told of what: for each account and type of message, a list of people.

use sea_orm::entity::prelude::*;

use crate::types::{AccountId, MessageType};

/// One person of one list.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_recipients")]
pub struct Model {
    /// Whose list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Of which messages.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_type: MessageType,
    /// The place in the list, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i16,
    /// Personal data.
    pub name: String,
    /// Personal data.
    pub email: Option<String>,
    /// Personal data.
    pub mobile_number: Option<String>,
    /// Whether messages go to the e-mail address, which is there then.
    pub by_email: bool,
    /// Whether messages go to the mobile number, which is there then.
    pub by_sms: bool,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
