//! Setting recipients, and having messages tried again that were given up.

use std::sync::Arc;

use entities::{
    message, message_recipient,
    types::{AccessRecordKind, MessageId, MessageType},
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, Query},
};

use super::{recipients::tell_in, rules::Recipient, templates::SecurityNews};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{self, Entry},
    outcome::{Error, Outcome, Refusal, UserErrorCode},
    store::{
        Command, Store, Tx,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Replaces the account's list for a type of message. Whoever stood in the list of SECURITY before hears of it, so that
/// nobody can put himself in their place in silence; it is on record, too.
pub struct SetRecipients {
    /// Who acts.
    pub viewer: Arc<Viewer>,
    /// For which messages.
    pub of: MessageType,
    /// The list; checked by [`rules::check_list`](super::rules::check_list).
    pub recipients: Vec<Recipient>,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Command for SetRecipients {
    type Output = Vec<message_recipient::Model>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let account = self.viewer.account.id;
        // Two lists set at once must not become one.
        tx.lock_account_in(account).await?;
        tell_in(tx, account, SecurityNews::RecipientsChanged(self.of)).await?;
        let changed = Entry::by(&*self.viewer, AccessRecordKind::RecipientsChanged).from(self.address);
        access_records::append_in(tx, vec![changed.detail(self.of.word())]).await?;
        message_recipient::Entity::delete_many()
            .filter(self.viewer.message_recipients())
            .filter(message_recipient::Column::MessageType.eq(self.of))
            .exec(tx.db())
            .await?;
        let rows: Vec<_> = (0_i16..)
            .zip(&self.recipients)
            .map(|(place, recipient)| message_recipient::Model {
                account_id: account,
                message_type: self.of,
                place,
                name: recipient.name.clone(),
                email: recipient.email.clone(),
                mobile_number: recipient.mobile_number.clone(),
                by_email: recipient.by_email,
                by_sms: recipient.by_sms,
            })
            .collect();
        if !rows.is_empty() {
            let inserted = rows.iter().cloned().map(IntoActiveModel::into_active_model);
            message_recipient::Entity::insert_many(inserted).exec_without_returning(tx.db()).await?;
        }
        Ok(rows)
    }
}

/// Has messages tried again that were given up: all of them, or none.
///
/// # Refusals, for each message
/// `NotFound` · `Conflict`, where it held a code and has lost its text
pub struct RetryDead {
    /// Which, without repetition.
    pub messages: Vec<MessageId>,
}

impl Command for RetryDead {
    type Output = usize;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<usize> {
        use message::Column;
        let dead = message::Entity::find()
            .filter(Column::Id.is_in(self.messages.iter().copied()))
            .filter(Column::DeadAt.is_not_null())
            .lock_exclusive()
            .all(tx.db())
            .await?;
        let mut refusals = Vec::new();
        for (index, id) in self.messages.iter().enumerate() {
            match dead.iter().find(|message| message.id == *id) {
                None => refusals.push(Refusal::not_found("ids", &id.to_string()).at("ids", index)),
                Some(message) if message.body.is_empty() => refusals.push(Refusal {
                    code: UserErrorCode::Conflict,
                    message: format!("{id} held a code that is no longer good"),
                    field: vec!["ids".to_owned(), index.to_string()],
                }),
                Some(_) => {}
            }
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        message::Entity::update_many()
            .col_expr(Column::DeadAt, Expr::value(None::<i64>))
            .col_expr(Column::Attempts, Expr::value(0))
            .col_expr(Column::NextAttemptAt, Expr::value(tx.now()))
            .filter(Column::Id.is_in(self.messages.iter().copied()))
            .exec(tx.db())
            .await?;
        Ok(self.messages.len())
    }
}

/// The latest first, the one order of dead messages.
pub const LATEST_FIRST: ListOrder = ListOrder { name: "dead-at", by_text: false, descending: true };

/// A page of the messages that were given up.
pub async fn dead(store: &Store, window: &Window, counted: bool) -> Result<Page<Arc<message::Model>>, DbErr> {
    let listing = Listing {
        query: Query::select()
            .from(message::Entity)
            .cond_where(Condition::all().add(message::Column::DeadAt.is_not_null()))
            .take(),
        sort: Expr::col(message::Column::DeadAt),
        id: Expr::col(message::Column::Id),
        order: LATEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<message::Entity>(store.reader()).await
}
