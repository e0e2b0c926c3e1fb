//! Traces: what was done in a customer's account, by itself, by its partner on its behalf, or by the system; its operation
//! log (Q-CUS-08, Q-CUS-09).
//!
//! They are written in the transaction of what they tell of, by [`append_in`], read by the customer, and kept for 7 days
//! (R-CUS-38). What a partner does on behalf of a customer is told with the partner's account and member (R-CUS-28).
//! Knows nothing of what is traced.

pub mod graphql;
pub mod policy;
pub mod queries;

use std::time::Duration;

use entities::{
    trace,
    types::{CustomerId, TraceId, TraceStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel};

use crate::{
    access::ClientAddress,
    outcome::Outcome,
    store::{Store, Tx},
    trail::Author,
};

/// How long traces are kept and shown (R-CUS-38).
pub const KEEP: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Names of traces that the specification gives (R-CUS-38).
pub mod names {
    /// A customer that has an account was invited by a partner.
    pub const INVITED: &str = "addBpInviteTraceLog";
    /// A customer opened its account by a partner's invitation, and was associated with it.
    pub const ENTERED: &str = "customerEnter";
    /// The customer decided a partner's request for authorization.
    pub const AUTHORIZATION_DECIDED: &str = "confirmCustomerAgentAuthorizationApply";
    /// The end of an association, or another partner, was asked for.
    pub const DISASSOCIATION_REQUESTED: &str = "applyUnbindOrSwitchCooperation";
    /// A request of the other side was decided.
    pub const REQUEST_DECIDED: &str = "approvePartnerOrCustomerApply";
    /// A partner paid for the customer, on its behalf.
    pub const PAYMENT_REQUESTED: &str = "applyPartnerPayment";
    /// A customer was associated with the account that it has. The specification names no trace of it: it is called as
    /// the operation is.
    pub const ASSOCIATED: &str = "associateWithPartner";
    /// A partner's member switched to the role of the customer; the same.
    pub const SWITCHED: &str = "switchRole";
}

/// Something that was done in a customer's account.
#[derive(Debug, Clone)]
pub struct Entry {
    /// In whose.
    pub customer: CustomerId,
    /// What, in one word: one of [`names`], or of the same make.
    pub name: &'static str,
    /// The part of the program, in one word.
    pub source: &'static str,
    /// What kind of thing it was done to, in one word.
    pub resource_type: &'static str,
    /// To which: its id as the API shows it, and how it is called.
    pub resource: Option<(String, String)>,
    /// How grave it is.
    pub status: TraceStatus,
    /// By whom; none for the system.
    pub author: Option<Author>,
    /// Whether a partner's member did it for the customer (R-CUS-28). Then there is an author.
    pub on_behalf: bool,
    /// From which address, where a request caused it.
    pub address: Option<ClientAddress>,
}

/// Traces of one INSERT: thirteen values each stay below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 1_000;

/// Writes traces, in the order given.
pub async fn append_in(tx: &Tx, entries: Vec<Entry>) -> Result<(), DbErr> {
    let rows: Vec<trace::Model> = entries.into_iter().map(|entry| row(tx, entry)).collect();
    for some in rows.chunks(ROWS_PER_INSERT) {
        let some = some.iter().cloned().map(IntoActiveModel::into_active_model);
        trace::Entity::insert_many(some).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

fn row(tx: &Tx, entry: Entry) -> trace::Model {
    let (resource_id, resource_name) = entry.resource.unzip();
    trace::Model {
        id: TraceId::new(tx.now()),
        customer_id: entry.customer,
        name: entry.name.to_owned(),
        source: entry.source.to_owned(),
        resource_type: entry.resource_type.to_owned(),
        resource_id,
        resource_name,
        status: entry.status,
        by_account: entry.author.map(|author| author.account),
        by_member: entry.author.map(|author| author.member),
        on_behalf: entry.on_behalf,
        address: entry.address.map(|address| address.to_string()),
        at: tx.now(),
    }
}

/// Forgets traces older than 7 days, some at a time.
pub async fn forget(store: &Store) -> Outcome<u64> {
    use trace::{Column, Entity};
    store.forget::<Entity>(Column::Id, |now| Column::At.lt(now.minus(KEEP))).await
}
