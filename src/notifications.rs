//! Messages to people: written to the outbox in the transaction that causes them, handed to a carrier afterwards.
//!
//! Without a mail server messages stay in the outbox; in demonstration mode the playground shows them. A message that
//! holds a code loses its text once it was delivered.

use std::time::Duration;

use entities::{
    message,
    types::{MessageId, Timestamp, VerificationChannel},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Expr,
};

use crate::{
    config::SmtpSettings,
    outcome::{Fault, Outcome},
    store::{Command, Store, Tx},
};

/// A message to one person.
#[derive(Debug, Clone)]
pub struct Message {
    /// How it travels.
    pub channel: VerificationChannel,
    /// To which address or number.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// Whether the text must not outlive the delivery.
    pub secret: bool,
}

/// Puts a message into the outbox.
pub async fn append_in(tx: &Tx, message: Message) -> Result<(), DbErr> {
    let row = message::Model {
        id: MessageId::new(tx.now()),
        channel: message.channel,
        recipient: message.to,
        subject: message.subject,
        body: message.body,
        secret: message.secret,
        created_at: tx.now(),
        sent_at: None,
        attempts: 0,
        next_attempt_at: tx.now(),
    };
    message::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
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

/// Carries messages out of the program.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Messages taken from the outbox at once.
const BATCH: u64 = 50;
/// How long after its n-th failure a message is tried again: 10 s · 2ⁿ, up to an hour.
const MAX_DELAY: Duration = Duration::from_secs(3_600);
/// How often a message is tried. After that it stays in the outbox, unsent.
const MAX_ATTEMPTS: i32 = 12;

impl Mailer {
    /// A mailer for a server; it is not contacted yet.
    pub fn new(settings: &SmtpSettings) -> Result<Self, Fault> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(|error| Fault::because(format!("smtp.url: {error}")))?
            .build();
        let from = settings.from.parse().map_err(|error| Fault::because(format!("smtp.from: {error}")))?;
        Ok(Self { transport, from })
    }

    /// Delivers the e-mails that are due; at least once each, with the outbox id as the message id. Text messages wait
    /// for a carrier of their own. Returns how many were delivered.
    pub async fn deliver_due(&self, store: &Store) -> Outcome<usize> {
        let now = store.clock().now();
        let due = message::Entity::find()
            .filter(message::Column::SentAt.is_null())
            .filter(message::Column::Channel.eq(VerificationChannel::Email))
            .filter(message::Column::NextAttemptAt.lte(now))
            .filter(message::Column::Attempts.lt(MAX_ATTEMPTS))
            .order_by_asc(message::Column::NextAttemptAt)
            .limit(BATCH)
            .all(store.reader())
            .await?;
        let mut delivered = 0;
        for message in due {
            let sent = match self.deliver(&message).await {
                Ok(()) => true,
                Err(fault) => {
                    tracing::warn!(message.id = %message.id, fault = %fault.0, "a message could not be delivered");
                    false
                }
            };
            delivered += usize::from(sent);
            store.execute(Settle { message, sent, at: store.clock().now() }).await?;
        }
        Ok(delivered)
    }

    async fn deliver(&self, message: &message::Model) -> Result<(), Fault> {
        let to: Mailbox = message.recipient.parse().map_err(|_| Fault::because("the address is not valid"))?;
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&message.subject)
            .message_id(Some(format!("<{}@partner-center>", message.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone())
            .map_err(|error| Fault(Box::new(error)))?;
        self.transport.send(mail).await.map_err(|error| Fault(Box::new(error)))?;
        Ok(())
    }
}

struct Settle {
    message: message::Model,
    sent: bool,
    at: Timestamp,
}

impl Command for Settle {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let attempts = self.message.attempts + 1;
        let mut row = self.message.clone().into_active_model();
        row.attempts = Set(attempts);
        if self.sent {
            row.sent_at = Set(Some(self.at));
            if self.message.secret {
                row.body = Set(String::new());
            }
        } else {
            let delay = Duration::from_secs(10) * 2_u32.saturating_pow(attempts.unsigned_abs());
            row.next_attempt_at = Set(self.at.plus(delay.min(MAX_DELAY)));
        }
        row.update(tx.db()).await?;
        Ok(())
    }
}

/// How long the text of a message that holds a code is kept where no carrier took it: longer than the code is good, so
/// that a person can still read it.
const KEEP_SECRETS: Duration = Duration::from_secs(3_600);

/// Forgets messages older than `keep`, and the codes in them long before.
pub struct Forget {
    /// How long messages are kept.
    pub keep: Duration,
}

impl Command for Forget {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        message::Entity::update_many()
            .col_expr(message::Column::Body, Expr::value(String::new()))
            .filter(message::Column::Secret.eq(true))
            .filter(message::Column::Body.ne(String::new()))
            .filter(message::Column::CreatedAt.lt(tx.now().minus(KEEP_SECRETS)))
            .exec(tx.db())
            .await?;
        let oldest = tx.now().minus(self.keep);
        let gone = message::Entity::delete_many().filter(message::Column::CreatedAt.lt(oldest)).exec(tx.db()).await?;
        Ok(gone.rows_affected)
    }
}
