//! The feed: what happened, for whom, in one order, from any point on.
//!
//! - [`append_in`]: a fact is written in the transaction of the change that it tells of;
//! - [`sequence`]: after the commit, one sequencer gives it its position — a serial id is taken before the commit, so
//!   following ids would step over transactions still in flight (docs/decisions/0006);
//! - `wake`: nodes call each other, so that nobody has to look at the log all the time;
//! - [`Hub`]: each node follows the positions once and wakes the subscribers concerned;
//! - [`follow()`]: a subscription is a cursor over the log. It replays, then follows; a slow reader is never a full queue,
//!   it reads on from its cursor.
//!
//! Knows who may see an event, not what it means: the facts belong to the areas.

mod follow;
mod hub;
mod position;
mod read;
pub mod sequence;
mod wake;

use std::{future::Future, time::Duration};

use entities::{
    event,
    types::{AccountId, CustomerId, DistributorId, EventId, EventType},
};
use sea_orm::{ActiveValue::NotSet, EntityTrait, IntoActiveModel, Set};
use serde::{Deserialize, Serialize};

pub use follow::{Following, follow};
pub use hub::{AccessChange, Hub, Lag};
pub use position::{CursorError, Position};
pub use read::{Selection, addressed_to, check_cursor, last, page};

use crate::{
    outcome::Fault,
    store::{Deadline, Tx},
};

/// How long a step of the feed's upkeep may take: much longer than any does.
const STEP: Duration = Duration::from_secs(5);

/// Something that happened, and who may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What.
    pub event_type: EventType,
    /// For whom.
    pub audience: Audience,
    /// The customer or reseller that it tells of; or the preregistration or invitation, by its raw id.
    pub subject: Option<AccountId>,
    /// The particulars, in the shape that the area's `facts.rs` gives them.
    pub payload: serde_json::Value,
}

/// Who may see an event, beside the platform. Decided when it is written: a later association sees nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The distributor.
    pub distributor: Option<DistributorId>,
    /// The reseller or provider.
    pub partner: Option<AccountId>,
    /// The customer.
    pub customer: Option<CustomerId>,
}

impl Audience {
    /// The same without the customer.
    #[must_use]
    pub fn partners_only(self) -> Self {
        Self { customer: None, ..self }
    }
}

/// Rows of one INSERT: nine values each stay below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 2_000;

/// Writes facts to the log, in the order given.
pub async fn append_in(tx: &mut Tx, facts: Vec<Fact>) -> Result<(), Fault> {
    if facts.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let mut rows = facts.into_iter().map(|fact| {
        let mut row = event::Model {
            entry: 0,
            event_id: EventId::new(now),
            position: None,
            event_type: fact.event_type,
            occurred_at: now,
            to_distributor: fact.audience.distributor,
            to_partner: fact.audience.partner,
            to_customer: fact.audience.customer,
            subject_id: fact.subject,
            payload: fact.payload,
        }
        .into_active_model();
        row.entry = NotSet;
        row.position = Set(None);
        row
    });
    loop {
        let some: Vec<_> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        if some.is_empty() {
            break;
        }
        event::Entity::insert_many(some).exec_without_returning(tx.db()).await?;
    }
    tx.note_appended();
    Ok(())
}

/// A step that has no answer in time is given up, and its connection with it: the network may have lost it.
async fn in_time<T, E: Into<Fault>>(step: impl Future<Output = Result<T, E>>) -> Result<T, Fault> {
    Deadline::after(STEP).scope(step).await?.map_err(Into::into)
}
