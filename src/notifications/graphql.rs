//! Recipients and dead messages at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    message, message_recipient,
    types::{MessageId, MessageType, Timestamp, VerificationChannel},
};

use super::{
    commands::{self, LATEST_FIRST, RetryDead, SetRecipients},
    recipients,
    rules::{self, Given},
};
use crate::{
    access::mask,
    access_records::Subject,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::{Asking, Revealed},
        errors::{UserError, failed, settle},
        plain::Plain,
    },
    outcome::{Error, Outcome, Refusal},
};

/// A person who is told of what happens to an account.
pub struct MessageRecipient(message_recipient::Model);

impl MessageRecipient {
    /// Recipients are shown to their own account only, so its kind is the viewer's.
    fn reveal(&self, ctx: &Context<'_>, reveal: Option<bool>, field: &'static str) -> Option<Revealed> {
        let kind = ctx.viewer().ok()?.account.kind;
        let subject = Subject::account(kind, self.0.account_id);
        Revealed::asked(reveal, subject, field)
    }
}

/// A person who is told of what happens to an account.
#[Object]
impl MessageRecipient {
    /// The person's name; masked unless revealed, which leaves an access record.
    async fn name(&self, ctx: &Context<'_>, #[graphql(default_with = "Some(false)")] reveal: Option<bool>) -> String {
        ctx.personal(&self.0.name, mask::name, self.reveal(ctx, reveal, "messageRecipients.name"))
    }

    /// The e-mail address; masked unless revealed, which leaves an access record.
    async fn email(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let email = self.0.email.as_deref()?;
        Some(ctx.personal(email, mask::email, self.reveal(ctx, reveal, "messageRecipients.email")))
    }

    /// The mobile number; masked unless revealed, which leaves an access record.
    async fn mobile_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let number = self.0.mobile_number.as_deref()?;
        Some(ctx.personal(number, mask::mobile_number, self.reveal(ctx, reveal, "messageRecipients.mobileNumber")))
    }

    /// How messages travel to the person.
    async fn channels(&self) -> Vec<VerificationChannel> {
        let email = self.0.by_email.then_some(VerificationChannel::Email);
        let sms = self.0.by_sms.then_some(VerificationChannel::Sms);
        email.into_iter().chain(sms).collect()
    }
}

/// A message that no carrier took in twelve tries.
#[derive(Debug, Clone)]
pub struct DeadMessage(Arc<message::Model>);

/// A message that no carrier took in twelve tries. Its text is not shown.
#[Object]
impl DeadMessage {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// How it was to travel.
    async fn channel(&self) -> VerificationChannel {
        self.0.channel
    }

    /// To which address or number; masked unless revealed, which leaves an access record.
    async fn recipient(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> String {
        let mask = match self.0.channel {
            VerificationChannel::Email => mask::email,
            VerificationChannel::Sms => mask::mobile_number,
        };
        let revealed = Revealed { subject: self.0.id.into(), field: "deadMessages.recipient" };
        ctx.personal(&self.0.recipient, mask, reveal.unwrap_or(false).then_some(revealed))
    }

    /// Its subject; empty for text messages.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// What the carrier said the last time.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }

    /// When it was given up.
    async fn dead_at(&self) -> Option<DateTime<Utc>> {
        self.0.dead_at.map(Timestamp::to_datetime)
    }
}

impl Plain for DeadMessage {}

/// A person to be told.
#[derive(InputObject)]
struct MessageRecipientInput {
    /// Who it is; 1 to 64 characters.
    name: String,
    /// An e-mail address.
    email: Option<String>,
    /// A mobile number: 6 to 15 digits, with a + before them or not.
    mobile_number: Option<String>,
    /// Over which channels; over each that has an address where not given.
    channels: Option<Vec<VerificationChannel>>,
}

/// Replacing the recipients of a type of message.
#[derive(InputObject)]
struct SetMessageRecipientsInput {
    /// Of which messages.
    #[graphql(name = "type")]
    of: MessageType,
    /// All of them, at most 20; none ends the messages.
    recipients: Vec<MessageRecipientInput>,
}

/// The recipients that were set, or why not.
#[derive(SimpleObject, Default)]
struct SetMessageRecipientsPayload {
    /// All of them.
    recipients: Option<Vec<MessageRecipient>>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// Trying dead messages again.
#[derive(InputObject)]
struct RetryDeadMessagesInput {
    /// Which; 1 to 100.
    ids: Vec<ID>,
}

/// Messages that are tried again, or why not.
#[derive(SimpleObject, Default)]
struct RetryDeadMessagesPayload {
    /// How many.
    retried: i32,
    /// What to mend, for each message; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// The queries about messages.
#[derive(Default)]
pub struct NotificationsQuery;

#[Object]
impl NotificationsQuery {
    /// Who is told, in the partner's own order. Budget warnings go to the recipients of every partner above a customer
    /// (R-CORE-21, R-CORE-22).
    async fn message_recipients(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "type")] of: MessageType,
    ) -> async_graphql::Result<Vec<MessageRecipient>> {
        let rows = recipients::list(ctx.app().store.reader(), ctx.viewer()?, of).await.map_err(failed)?;
        Ok(rows.into_iter().map(MessageRecipient).collect())
    }

    /// Messages that no carrier took, the latest first. For the platform.
    async fn dead_messages(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<DeadMessage>> {
        let window = PageArguments { first, after, last, before }.window(ctx, LATEST_FIRST)?;
        let page = commands::dead(&ctx.app().store, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(LATEST_FIRST, page, DeadMessage))
    }
}

async fn set(ctx: &Context<'_>, input: SetMessageRecipientsInput) -> Outcome<Vec<message_recipient::Model>> {
    let given = input.recipients.into_iter().map(|one| Given {
        name: one.name,
        email: one.email,
        mobile_number: one.mobile_number,
        channels: one.channels,
    });
    let recipients = rules::check_list(given.collect()).map_err(|refusals| {
        let told = refusals.into_iter().map(|(index, refusal)| match index {
            Some(index) => Refusal::of(&refusal).at("recipients", index),
            None => Refusal::of(&refusal),
        });
        Error::Refused(told.collect())
    })?;
    let (viewer, address) = (ctx.acting()?.clone(), ctx.origin().address());
    ctx.app().store.execute(SetRecipients { viewer, of: input.of, recipients, address }).await
}

/// Most messages that are tried again at once.
const MAX_RETRIED: usize = 100;

async fn retry(ctx: &Context<'_>, ids: &[ID]) -> Outcome<usize> {
    if ids.is_empty() || ids.len() > MAX_RETRIED {
        return Err(Refusal::invalid("ids", format!("give 1 to {MAX_RETRIED} ids, not {}", ids.len())).into());
    }
    let mut messages: Vec<MessageId> = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        match id.parse() {
            Ok(id) if messages.contains(&id) => {}
            Ok(id) => messages.push(id),
            Err(_) => return Err(Refusal::not_found("ids", id).at("ids", index).into()),
        }
    }
    ctx.app().store.execute(RetryDead { messages }).await
}

/// The mutations of messages.
#[derive(Default)]
pub struct NotificationsMutation;

#[Object]
impl NotificationsMutation {
    /// Replaces the list of who is told. The former recipients of SECURITY hear of every such change.
    async fn set_message_recipients(
        &self,
        ctx: &Context<'_>,
        input: SetMessageRecipientsInput,
    ) -> async_graphql::Result<SetMessageRecipientsPayload> {
        Ok(match settle(set(ctx, input).await)? {
            Ok(rows) => SetMessageRecipientsPayload {
                recipients: Some(rows.into_iter().map(MessageRecipient).collect()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => SetMessageRecipientsPayload { user_errors, ..Default::default() },
        })
    }

    /// Has messages tried again that were given up, from their first try on. For the platform.
    async fn retry_dead_messages(
        &self,
        ctx: &Context<'_>,
        input: RetryDeadMessagesInput,
    ) -> async_graphql::Result<RetryDeadMessagesPayload> {
        Ok(match settle(retry(ctx, &input.ids).await)? {
            Ok(retried) => RetryDeadMessagesPayload {
                retried: i32::try_from(retried).unwrap_or(i32::MAX),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RetryDeadMessagesPayload { user_errors, ..Default::default() },
        })
    }
}
