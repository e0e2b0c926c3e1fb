//! Associating a customer with the partner that invited it (O-CUS-07).
//!
//! Locks, in the house's order: the member who is to look after the customer, the customer, then the invitation, the
//! mailbox of a new customer, and the claim.

mod apply;
mod load;
mod mailbox;
mod record;

use std::{sync::Arc, time::Duration};

use entities::types::{AssociationFailure, AssociationRecordId, CustomerId};

pub use mailbox::{Sent, send_code};

use super::{rules, sign_up::NewCustomer};
use crate::{
    access::Viewer,
    accounts::{guard::Origin, viewers::Viewers},
    agreements::Texts,
    feed::AccessChange,
    mailboxes::{Mailboxes, commands::use_up_in},
    outcome::{Fault, Outcome},
    store::{Command, Store, Tx},
};

/// Whoever follows an invitation.
#[derive(Clone)]
pub enum Who {
    /// A customer that is signed in.
    Existing(Arc<Viewer>),
    /// One without an account.
    New(Box<NewCustomer>),
}

/// What the customer has accepted (R-CUS-16). The association instructions it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// The instructions alone.
    Instructions,
    /// The authorization letter, too.
    Letter,
}

/// An association that was made.
#[derive(Debug, Clone, Copy)]
pub struct Association {
    /// Whose.
    pub customer: CustomerId,
    /// The record of it.
    pub record: AssociationRecordId,
}

/// How often an association is begun again because the claim on its customer has become another one meanwhile.
const MAX_ATTEMPTS: usize = 5;

/// Follows an invitation to its end. A code that is not known counts as a failure of the address that it comes from.
/// What stands in the way is a result, since it is kept: nothing else changes.
///
/// # Refusals, first that holds
/// the guard's, for an address with too many failures · `Required`, `TooMany`, `Expired`, `Invalid` (the code of a new
/// customer that comes by a link) · `AccountNameTaken`
pub async fn associate(
    store: &Store,
    viewers: &Viewers,
    command: Associate,
) -> Outcome<Result<Association, Vec<AssociationFailure>>> {
    for _ in 0..MAX_ATTEMPTS {
        match store.execute(command.clone()).await? {
            Followed::ToItsEnd(association) => {
                if let Who::Existing(viewer) = command.who {
                    // Other nodes hear of it in a moment; here it counts at once.
                    viewers.forget(&AccessChange::AccountChanged(viewer.account.id));
                }
                return Ok(Ok(association));
            }
            Followed::InVain(failures) => return Ok(Err(failures)),
            Followed::Nowhere(wait) => {
                tokio::time::sleep(wait).await;
                return Ok(Err(vec![AssociationFailure::LinkUnknown]));
            }
            Followed::AnotherClaim => {}
        }
    }
    Err(Fault::because("the claim on a customer did not come to rest").into())
}

/// Associates a customer with the partner that an invitation is from.
#[derive(Clone)]
pub struct Associate {
    /// The customer.
    pub who: Who,
    /// What the invitation's link ends with.
    pub code: String,
    /// What was accepted.
    pub accepted: Accepted,
    /// The texts that are accepted: the newest.
    pub texts: Arc<Texts>,
    /// The mailboxes of new customers.
    pub mailboxes: Mailboxes,
    /// Where the request comes from.
    pub origin: Origin,
}

/// Where an invitation led.
pub enum Followed {
    /// To an association.
    ToItsEnd(Association),
    /// To none, for these reasons: one at least.
    InVain(Vec<AssociationFailure>),
    /// There is no such invitation; the answer should wait so long.
    Nowhere(Duration),
    /// Nowhere yet: another member is to look after the customer than the one who was held.
    AnotherClaim,
}

impl Command for Associate {
    type Output = Followed;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Followed> {
        self.origin.check_in(tx).await?;
        let manager = load::hold_manager_in(tx, self).await?;
        let customer = load::lock_customer_in(tx, &self.who).await?;
        let Some(invitation) = load::lock_invitation_in(tx, &self.code).await? else {
            return Ok(Followed::Nowhere(self.origin.count_in(tx).await?));
        };
        // Its lock lets one sign-up with an address pass at a time: the next one finds the account (R-CUS-13).
        let mailbox = match &self.who {
            Who::New(new) => Some((new, self.mailboxes.lock_in(tx, &new.email).await?)),
            Who::Existing(_) => None,
        };
        let (applicant, claim) = load::applicant_in(tx, &self.who, customer.as_ref(), invitation.partner_id).await?;
        let followed = load::followed_in(tx, &invitation).await?;
        let failures = match rules::check_open(&followed, tx.now()) {
            Err(failure) => vec![failure],
            Ok(()) => {
                // Before anything is told of the address, or kept: whoever comes by a link shows that it is its own.
                if let Some((new, mailbox)) = &mailbox
                    && !rules::shows_mailbox(invitation.method)
                {
                    new.mailbox.check(mailbox)?;
                }
                match rules::check_follower(&followed, &applicant) {
                    Err(failure) => vec![failure],
                    Ok(()) => rules::obstacles(&applicant, tx.now()),
                }
            }
        };
        if let Some(first) = failures.first() {
            record::failure_in(tx, &invitation, &self.who, *first).await?;
            return Ok(Followed::InVain(failures));
        }
        if load::manager_of(&invitation, claim.as_ref()) != manager.named {
            return Ok(Followed::AnotherClaim);
        }
        if let Some((_, mailbox)) = mailbox {
            use_up_in(tx, mailbox).await?;
        }
        let found = apply::Found { invitation: &invitation, customer, claim: claim.as_ref(), manager: manager.held };
        Ok(Followed::ToItsEnd(apply::apply_in(tx, self, found).await?))
    }
}
