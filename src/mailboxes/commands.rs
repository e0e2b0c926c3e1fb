//! Locking a mailbox, sending it a code, trying that and using it up.

use std::sync::Arc;

use aws_lc_rs::{constant_time, hmac};
use entities::{
    mailbox,
    types::{InvitationId, Timestamp, VerificationChannel},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::rules::{self, BY_LINK_WITHIN, COUNTED_FOR, Refusal};
use crate::{
    notifications::{self, Message, templates},
    outcome::Outcome,
    secret,
    store::{Command, Store, Tx},
    verification::{commands::random_code, rules::LIFETIME},
};

/// What mailboxes are found and their codes hashed with. Cheap to clone.
#[derive(Clone)]
pub struct Mailboxes {
    hashes: Arc<hmac::Key>,
    most_by_partner: i32,
}

/// An invitation whose follower is to be sent a code.
pub struct Asked<'a> {
    /// Its id.
    pub invitation: InvitationId,
    /// What its link ends with.
    pub link_code: &'a str,
    /// To how many mailboxes it may have codes sent within [`BY_LINK_WITHIN`].
    pub most: u64,
    /// Who invites.
    pub partner: &'a str,
}

impl Mailboxes {
    /// Derives the key from the program's secret. Of invitations a partner sends so many by e-mail within a day.
    pub fn derive(secret: &[u8], most_by_partner: i32) -> Self {
        Self { hashes: secret::key_for(secret, "partner-center mailboxes"), most_by_partner }
    }

    pub(super) const fn most_by_partner(&self) -> i32 {
        self.most_by_partner
    }

    pub(super) fn key(&self, email: &str) -> Vec<u8> {
        secret::hash_of(&self.hashes, [b"mailbox".as_slice(), email.as_bytes()])
    }

    fn code_hash(&self, key: &[u8], link_code: &str, code: &str) -> Vec<u8> {
        secret::hash_of(&self.hashes, [b"code".as_slice(), key, link_code.as_bytes(), code.as_bytes()])
    }

    /// Locks the mailbox of an address, which is in lower case, until the transaction ends: one statement, which makes
    /// the row where there is none, so that also of two that come first the second waits.
    pub async fn lock_in(&self, tx: &Tx, email: &str) -> Outcome<mailbox::Model> {
        use mailbox::{Column, Entity};
        let fresh = mailbox::Model {
            key: self.key(email),
            invitation_id: None,
            code_hash: None,
            sent_at: Timestamp::default(),
            expires_at: Timestamp::default(),
            tries: 0,
            counted_since: tx.now(),
            sent: 0,
            wrong: 0,
        };
        let there = OnConflict::column(Column::Key).value(Column::Key, Expr::col((Entity, Column::Key))).to_owned();
        let insert = Entity::insert(fresh.into_active_model()).on_conflict(there);
        Ok(rules::at(insert.exec_with_returning(tx.db()).await?, tx.now()))
    }

    /// Sends a mailbox a code for a sign-up by an invitation; one that was sent before is void. Tells until when it is
    /// good.
    ///
    /// # Refusals, first that holds
    /// `TooSoon` · `TooMany`
    pub async fn send_in(&self, tx: &Tx, email: &str, asked: &Asked<'_>) -> Outcome<Timestamp> {
        use mailbox::Column;
        let row = self.lock_in(tx, email).await?;
        let lately = mailbox::Entity::find()
            .filter(Column::InvitationId.eq(asked.invitation))
            .filter(Column::SentAt.gt(tx.now().minus(BY_LINK_WITHIN)))
            .filter(Column::Key.ne(row.key.clone()));
        rules::check_sending(&row, lately.count(tx.db()).await?, asked.most, tx.now())?;
        let code = random_code()?;
        let expires_at = tx.now().plus(LIFETIME);
        let sent = mailbox::Model {
            invitation_id: Some(asked.invitation),
            code_hash: Some(self.code_hash(&row.key, asked.link_code, &code)),
            sent_at: tx.now(),
            expires_at,
            tries: 0,
            sent: row.sent + 1,
            ..row
        };
        save_in(tx, sent).await?;
        let text = templates::sign_up_code(asked.partner, &code, LIFETIME.as_secs() / 60);
        let message = Message { channel: VerificationChannel::Email, to: email.to_owned(), text, secret: true };
        notifications::append_in(tx, vec![message]).await?;
        Ok(expires_at)
    }

    /// Tries the code that somebody gave for an address, if any was given. The try is counted and committed before the
    /// comparison. What is wrong with the code is not refused here.
    pub async fn check(&self, store: &Store, email: &str, link_code: &str, code: Option<String>) -> Outcome<Proof> {
        let Some(code) = code.filter(|code| !code.is_empty()) else { return Ok(Proof::Nothing) };
        let try_it = CountTry { mailboxes: self.clone(), email: email.to_owned() };
        let row = match store.execute(try_it).await? {
            Ok(row) => row,
            Err(refusal) => return Ok(Proof::Refused(refusal)),
        };
        let hash = self.code_hash(&row.key, link_code, code.trim());
        let live = row.code_hash.unwrap_or_default();
        Ok(match constant_time::verify_slices_are_equal(&hash, &live) {
            Ok(()) => Proof::Right(hash),
            Err(_) => Proof::Refused(Refusal::Invalid),
        })
    }
}

async fn save_in(tx: &Tx, row: mailbox::Model) -> Outcome<()> {
    row.into_active_model().reset_all().update(tx.db()).await?;
    Ok(())
}

struct CountTry {
    mailboxes: Mailboxes,
    email: String,
}

impl Command for CountTry {
    type Output = Result<mailbox::Model, Refusal>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let row = self.mailboxes.lock_in(tx, &self.email).await?;
        let counted = match rules::check_trying(&row, tx.now()) {
            Ok(counted) => counted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        save_in(tx, counted.clone()).await?;
        Ok(Ok(counted))
    }
}

/// What came of the code that somebody gave, before the sign-up itself is looked at.
#[derive(Debug, Clone)]
pub enum Proof {
    /// None was given.
    Nothing,
    /// One that is not good.
    Refused(Refusal),
    /// The right one; to be used up with the sign-up.
    Right(Vec<u8>),
}

impl Proof {
    /// Whether the mailbox, which is locked, is shown to be the follower's own.
    ///
    /// # Refusals, first that holds
    /// `Required` · `TooMany`, `Expired`, `Invalid`
    pub fn check(&self, locked: &mailbox::Model) -> Result<(), Refusal> {
        match self {
            Self::Nothing => Err(Refusal::Required),
            Self::Refused(refusal) => Err(*refusal),
            // It may have been used or replaced since it was compared.
            Self::Right(hash) if locked.code_hash.as_ref() == Some(hash) => Ok(()),
            Self::Right(_) => Err(Refusal::Invalid),
        }
    }
}

/// Uses the code of a locked mailbox up; its try was not a wrong one.
pub async fn use_up_in(tx: &Tx, locked: mailbox::Model) -> Outcome<()> {
    if locked.code_hash.is_none() {
        return Ok(());
    }
    save_in(tx, mailbox::Model { code_hash: None, wrong: Ord::max(locked.wrong - 1, 0), ..locked }).await
}

/// Forgets mailboxes of which nothing is counted any more, some at a time. A code lives for minutes, a count for a day: what
/// is counted no longer has no live code either.
pub async fn forget(store: &Store) -> Outcome<u64> {
    use mailbox::{Column, Entity};
    let over = |now: Timestamp| Column::CountedSince.lte(now.minus(COUNTED_FOR)).and(Column::ExpiresAt.lte(now));
    store.forget::<Entity>(Column::Key, over).await
}
