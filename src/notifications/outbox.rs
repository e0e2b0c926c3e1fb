//! The outbox: messages that wait for a carrier, are tried again, and are given up in the end.

use std::time::Duration;

use entities::{
    message,
    types::{MessageId, Timestamp, VerificationChannel},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Expr,
};

use super::{carriers::Carriers, rules, templates::Text};
use crate::{
    access::mask,
    backoff,
    outcome::Outcome,
    store::{Command, Store, Tx},
    telemetry::figures,
};

/// A message to one person.
#[derive(Debug, Clone)]
pub struct Message {
    /// How it travels.
    pub channel: VerificationChannel,
    /// To which address or number.
    pub to: String,
    /// What it says.
    pub text: Text,
    /// Whether the text must not outlive the delivery.
    pub secret: bool,
}

/// Messages of one INSERT: twelve values each stay below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 2_000;

/// Puts messages into the outbox.
pub async fn append_in(tx: &Tx, messages: Vec<Message>) -> Result<(), DbErr> {
    let now = tx.now();
    let mut rows = messages.into_iter().map(|message| {
        let subject = match message.channel {
            VerificationChannel::Email => message.text.subject,
            VerificationChannel::Sms => String::new(),
        };
        message::Model {
            id: MessageId::new(now),
            channel: message.channel,
            recipient: message.to,
            subject,
            body: message.text.body,
            secret: message.secret,
            created_at: now,
            sent_at: None,
            attempts: 0,
            next_attempt_at: now,
            failure: None,
            dead_at: None,
        }
        .into_active_model()
    });
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        if some.is_empty() {
            return Ok(());
        }
        message::Entity::insert_many(some).exec_without_returning(tx.db()).await?;
    }
}

/// The newest messages, newest first.
pub async fn newest(store: &Store, limit: u64) -> Result<Vec<message::Model>, DbErr> {
    message::Entity::find()
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .limit(limit)
        .all(store.reader())
        .await
}

/// Messages taken from the outbox at once.
pub const BATCH: u64 = 100;
/// Messages on their way at once: one that takes long does not hold up the others.
const AT_ONCE: usize = 8;
/// Most characters of a carrier's words that are kept.
const MAX_FAILURE: usize = 300;

/// Delivers the messages that are due; at least once each. What no carrier takes stays. Returns how many were
/// delivered.
pub async fn deliver_due(store: &Store, carriers: &Carriers) -> Outcome<usize> {
    let due = message::Entity::find()
        .filter(message::Column::SentAt.is_null())
        .filter(message::Column::DeadAt.is_null())
        .filter(message::Column::Channel.is_in(carriers.channels()))
        .filter(message::Column::NextAttemptAt.lte(store.clock().now()))
        // A code that nobody carried in time has lost its text.
        .filter(message::Column::Body.ne(String::new()))
        // Codes are good for minutes: they do not wait behind warnings.
        .order_by_desc(message::Column::Secret)
        .order_by_asc(message::Column::NextAttemptAt)
        .limit(BATCH)
        .all(store.reader())
        .await?;
    let delivered: Vec<bool> = stream::iter(due)
        .map(|message| deliver(store, carriers, message))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(delivered.into_iter().filter(|sent| *sent).count())
}

async fn deliver(store: &Store, carriers: &Carriers, message: message::Model) -> Outcome<bool> {
    let failure = match carriers.carry(&message).await {
        Ok(()) => None,
        Err(fault) => {
            let failure = without_address(&fault.0.to_string(), &message);
            tracing::warn!(message.id = %message.id, failure, "a message could not be delivered");
            Some(failure)
        }
    };
    let sent = failure.is_none();
    figures::message(message.channel.word(), sent);
    store.execute(Settle { message, failure, at: store.clock().now(), draw: backoff::draw()? }).await?;
    Ok(sent)
}

/// A mail server names the address that it does not like.
fn without_address(failure: &str, message: &message::Model) -> String {
    let masked = match message.channel {
        VerificationChannel::Email => mask::email(&message.recipient),
        VerificationChannel::Sms => mask::mobile_number(&message.recipient),
    };
    failure.replace(&message.recipient, &masked).chars().take(MAX_FAILURE).collect()
}

struct Settle {
    message: message::Model,
    failure: Option<String>,
    at: Timestamp,
    draw: u16,
}

impl Command for Settle {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let attempts = self.message.attempts + 1;
        let mut row = self.message.clone().into_active_model();
        row.attempts = Set(attempts);
        row.failure = Set(self.failure.clone());
        match self.failure {
            None => {
                row.sent_at = Set(Some(self.at));
                if self.message.secret {
                    row.body = Set(String::new());
                }
            }
            Some(_) if attempts >= rules::MAX_ATTEMPTS => row.dead_at = Set(Some(self.at)),
            Some(_) => {
                let delay = rules::RETRY.delay(attempts.unsigned_abs(), self.draw);
                row.next_attempt_at = Set(self.at.plus(delay));
            }
        }
        row.update(tx.db()).await?;
        Ok(())
    }
}

/// How long the text of a message that holds a code is kept where no carrier took it: longer than the code is good, so
/// that a person can still read it.
const KEEP_SECRETS: Duration = Duration::from_secs(3_600);

/// Forgets messages older than `keep`, and the codes in them long before.
pub async fn forget(store: &Store, keep: Duration) -> Outcome<u64> {
    use message::{Column, Entity};
    store.execute(ForgetCodes).await?;
    store.forget::<Entity>(Column::Id, move |now| Column::CreatedAt.lt(now.minus(keep))).await
}

struct ForgetCodes;

impl Command for ForgetCodes {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use message::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::Body, Expr::value(String::new()))
            .filter(Column::Secret.eq(true))
            .filter(Column::Body.ne(String::new()))
            .filter(Column::CreatedAt.lt(tx.now().minus(KEEP_SECRETS)))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}
