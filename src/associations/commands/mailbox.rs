//! Sending whoever signs up by a link a code, to show that the address is its own.

use std::time::Duration;

use entities::{
    account,
    types::{AssociationFailure, Timestamp},
};
use sea_orm::EntityTrait;

use super::{
    super::rules::{self, Refusal},
    load,
};
use crate::{
    accounts::guard::Origin,
    mailboxes::{Mailboxes, commands::Asked},
    outcome::{Fault, Outcome},
    store::{Command, Store, Tx},
};

/// A code that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// To which address.
    pub to: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Sends a code for a sign-up. Whether the address has an account already is not told: whoever has the mailbox hears of it
/// when it signs up. A link that is not known counts as a failure of the network address that it comes from.
///
/// # Refusals, first that holds
/// the guard's, for a network address with too many failures · `NotAssociated` (what is wrong with the link) ·
/// `NoCodeNeeded` · `TooSoon`, `TooMany` (of the mailbox)
pub async fn send_code(
    store: &Store,
    mailboxes: &Mailboxes,
    code: String,
    email: String,
    origin: Origin,
) -> Outcome<Sent> {
    let command = SendCode { mailboxes: mailboxes.clone(), code, email: email.clone(), origin };
    match store.execute(command).await? {
        Ok(expires_at) => Ok(Sent { to: email, expires_at }),
        Err(wait) => {
            tokio::time::sleep(wait).await;
            Err(Refusal::NotAssociated(AssociationFailure::LinkUnknown).into())
        }
    }
}

struct SendCode {
    mailboxes: Mailboxes,
    /// What the link ends with.
    code: String,
    /// In lower case.
    email: String,
    origin: Origin,
}

impl Command for SendCode {
    /// Until when the code is good; or how long the answer should wait, where there is no such link.
    type Output = Result<Timestamp, Duration>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        self.origin.check_in(tx).await?;
        let Some(invitation) = load::lock_invitation_in(tx, &self.code).await? else {
            return Ok(Err(self.origin.count_in(tx).await?));
        };
        let followed = load::followed_in(tx, &invitation).await?;
        rules::check_open(&followed, tx.now()).map_err(Refusal::NotAssociated)?;
        if rules::shows_mailbox(invitation.method) {
            return Err(Refusal::NoCodeNeeded.into());
        }
        let partner = account::Entity::find_by_id(invitation.partner_id).one(tx.db()).await?;
        let partner = partner.ok_or_else(|| Fault::because("an invitation of nobody"))?;
        let asked = Asked {
            invitation: invitation.id,
            link_code: &self.code,
            most: rules::most_mailboxes(invitation.method),
            partner: &partner.name,
        };
        Ok(Ok(self.mailboxes.send_in(tx, &self.email, &asked).await?))
    }
}
