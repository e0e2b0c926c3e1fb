//! The outbox: messages to people, written in the transaction that causes them, delivered afterwards.

use sea_orm::entity::prelude::*;

use crate::{
    narrow::narrow,
    types::{MessageId, Timestamp, VerificationChannel},
};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// Key, in the order of time; also the message id that the receiver sees.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// E-mail or text message.
    pub channel: VerificationChannel,
    /// To which address or number. Personal data.
    pub recipient: String,
    /// Its subject; empty for text messages.
    pub subject: String,
    /// Its text. Emptied once a message that holds a code was delivered.
    pub body: String,
    /// Whether the text must not outlive the delivery.
    pub secret: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was handed to the carrier; null until then.
    pub sent_at: Option<Timestamp>,
    /// How often delivery was tried.
    pub attempts: i32,
    /// When it is to be tried next.
    pub next_attempt_at: Timestamp,
    /// Why the last try failed.
    pub failure: Option<String>,
    /// When it was given up: on the list of dead messages until somebody has it tried again.
    pub dead_at: Option<Timestamp>,
}

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, channel: Channel, recipient: Recipient, subject: Subject, body: Body, secret: Secret,
        created_at: CreatedAt, sent_at: SentAt, attempts: Attempts, next_attempt_at: NextAttemptAt, failure: Failure,
        dead_at: DeadAt,
    }
    asked {}
}
