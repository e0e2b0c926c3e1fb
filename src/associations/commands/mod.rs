//! Associating a customer with the partner that invited it (O-CUS-07).
//!
//! Locks, in the house's order: the customer, then the invitation, then the claim.

mod apply;
mod load;
mod record;

use std::{sync::Arc, time::Duration};

use entities::types::{AssociationFailure, AssociationRecordId, CustomerId};

use super::{rules, sign_up::NewCustomer};
use crate::{
    access::Viewer,
    accounts::{guard::Origin, viewers::Viewers},
    agreements::Texts,
    feed::AccessChange,
    outcome::Outcome,
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

/// Follows an invitation to its end. A code that is not known counts as a failure of the address that it comes from.
/// What stands in the way is a result, since it is kept: nothing else changes.
///
/// # Refusals, first that holds
/// the guard's, for an address with too many failures · `AccountNameTaken`
pub async fn associate(
    store: &Store,
    viewers: &Viewers,
    command: Associate,
) -> Outcome<Result<Association, Vec<AssociationFailure>>> {
    let who = command.who.clone();
    match store.execute(command).await? {
        Followed::ToItsEnd(association) => {
            if let Who::Existing(viewer) = who {
                // Other nodes hear of it in a moment; here it counts at once.
                viewers.forget(&AccessChange::AccountChanged(viewer.account.id));
            }
            Ok(Ok(association))
        }
        Followed::InVain(failures) => Ok(Err(failures)),
        Followed::Nowhere(wait) => {
            tokio::time::sleep(wait).await;
            Ok(Err(vec![AssociationFailure::LinkUnknown]))
        }
    }
}

/// Associates a customer with the partner that an invitation is from.
pub struct Associate {
    /// The customer.
    pub who: Who,
    /// What the invitation's link ends with.
    pub code: String,
    /// What was accepted.
    pub accepted: Accepted,
    /// The texts that are accepted: the newest.
    pub texts: Arc<Texts>,
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
}

impl Command for Associate {
    type Output = Followed;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Followed> {
        self.origin.check_in(tx).await?;
        let customer = load::lock_customer_in(tx, &self.who).await?;
        let Some(invitation) = load::lock_invitation_in(tx, &self.code).await? else {
            return Ok(Followed::Nowhere(self.origin.count_in(tx).await?));
        };
        let (applicant, claim) = load::applicant_in(tx, &self.who, customer.as_ref(), invitation.partner_id).await?;
        let followed = load::followed_in(tx, &invitation).await?;
        let failures = match rules::follow(&followed, &applicant, tx.now()) {
            Err(failure) => vec![failure],
            Ok(()) => rules::obstacles(&applicant, tx.now()),
        };
        if let Some(first) = failures.first() {
            record::failure_in(tx, &invitation, &self.who, *first).await?;
            return Ok(Followed::InVain(failures));
        }
        let association = apply::apply_in(tx, self, &invitation, customer, claim.as_ref()).await?;
        Ok(Followed::ToItsEnd(association))
    }
}
