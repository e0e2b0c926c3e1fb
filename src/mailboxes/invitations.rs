//! How many invitations by e-mail a mailbox gets, and a partner sends, whatever becomes of the claims and invitations that
//! they are sent for (docs/decisions/0037).

use std::time::Duration;

use entities::types::{AccountId, Tallied};

use super::Mailboxes;
use crate::{
    outcome::{Outcome, Refuse, UserErrorCode},
    store::Tx,
    tallies::{self, Bound, Name, Tallies, TooOften},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Invitations of one partner to one mailbox: once more for whoever lost it, too few to fill anything.
pub const BY_PARTNER_TO: Bound = Bound { rest: Duration::from_secs(60), most: 5, within: DAY };
/// Invitations of all partners together to one mailbox.
pub const TO: Bound = Bound { rest: Duration::ZERO, most: 10, within: DAY };

/// Why an invitation is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too soon after the last one.
    #[error("an invitation was sent to this address less than a minute ago: try again in {0} s")]
    TooSoon(u64),
    /// Too many to the mailbox. Not whose they were: others' invitations are nobody's business.
    #[error("enough invitations were sent to this address within a day: try again later")]
    MailboxFull,
    /// Too many of the partner.
    #[error("you have sent {0} invitations by e-mail within a day, and that is the most: try again later")]
    PartnerFull(i32),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::TooManyRequests
    }

    fn field(&self) -> Option<&'static str> {
        Some("email")
    }
}

/// The counts that invitations of a partner to some mailboxes touch, locked until the transaction ends.
pub struct Outgoing<'m> {
    mailboxes: &'m Mailboxes,
    partner: AccountId,
    tallies: Tallies,
}

impl Mailboxes {
    /// Locks the counts of a partner and of these addresses, which are in lower case.
    pub async fn outgoing_in<'e>(
        &self,
        tx: &Tx,
        partner: AccountId,
        emails: impl IntoIterator<Item = &'e str>,
    ) -> Outcome<Outgoing<'_>> {
        let mut names = vec![by(partner)];
        for email in emails {
            names.extend([self.to(email), self.by_partner_to(partner, email)]);
        }
        Ok(Outgoing { mailboxes: self, partner, tallies: tallies::lock_in(tx, names).await? })
    }

    fn to(&self, email: &str) -> Name {
        (Tallied::InvitationsTo, self.key(email))
    }

    fn by_partner_to(&self, partner: AccountId, email: &str) -> Name {
        (Tallied::InvitationsByPartnerTo, [partner.uuid().as_bytes().as_slice(), &self.key(email)].concat())
    }
}

fn by(partner: AccountId) -> Name {
    (Tallied::InvitationsByPartner, partner.uuid().as_bytes().to_vec())
}

impl Outgoing<'_> {
    /// Counts one invitation, if it may be sent.
    ///
    /// # Refusals, first that holds
    /// `MailboxFull`, `TooSoon`, of this partner · `MailboxFull`, of all · `PartnerFull`
    pub fn count(&mut self, email: &str) -> Outcome<()> {
        let most = self.mailboxes.most_by_partner();
        let by_partner = Bound { rest: Duration::ZERO, most, within: DAY };
        let (own, all, partner) =
            (self.mailboxes.by_partner_to(self.partner, email), self.mailboxes.to(email), by(self.partner));
        let counted = self.tallies.count(&[(&own, BY_PARTNER_TO), (&all, TO), (&partner, by_partner)])?;
        Ok(counted.map_err(|why| match why {
            (_, TooOften::Resting(wait)) => Refusal::TooSoon(wait.as_secs() + 1),
            (2, TooOften::Enough(_)) => Refusal::PartnerFull(most),
            (_, TooOften::Enough(_)) => Refusal::MailboxFull,
        })?)
    }

    /// Writes what was counted.
    pub async fn save_in(self, tx: &Tx) -> Outcome<()> {
        self.tallies.save_in(tx).await
    }
}
