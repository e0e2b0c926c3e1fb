//! What freezes tell the world.

use entities::{
    customer,
    types::{CustomerId, EventType, FreezeCause, FreezeLevel},
};
use serde::{Deserialize, Serialize};

use crate::{budgets::facts::audience, customers::standing::Freeze, feed::Fact};

/// The particulars of a change of freeze.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FreezeChanged {
    /// Whose.
    pub customer_id: CustomerId,
    /// The level now.
    pub level: FreezeLevel,
    /// Why it is frozen now.
    pub cause: Option<FreezeCause>,
    /// In whose words.
    pub reason: Option<String>,
}

/// A customer was frozen, by a partner or by the system.
pub fn freeze_changed(row: &customer::Model, freeze: &Freeze) -> Fact {
    let event_type = match freeze.level() {
        FreezeLevel::AccountAndResources => EventType::ResourcesFrozen,
        FreezeLevel::Account | FreezeLevel::None => EventType::AccountFrozen,
    };
    fact(row, event_type, freeze, freeze.frozen().and_then(|frozen| frozen.reason.clone()))
}

/// A freeze was lifted.
pub fn unfrozen(row: &customer::Model, lifted: &Freeze, reason: &str) -> Fact {
    let event_type = match lifted.level() {
        FreezeLevel::AccountAndResources => EventType::ResourcesUnfrozen,
        FreezeLevel::Account | FreezeLevel::None => EventType::AccountUnfrozen,
    };
    fact(row, event_type, &Freeze::None, Some(reason.to_owned()))
}

/// The retention of frozen resources ended.
pub fn resources_released(row: &customer::Model, freeze: &Freeze) -> Fact {
    fact(row, EventType::ResourcesReleased, freeze, Some("the retention period ended".to_owned()))
}

fn fact(row: &customer::Model, event_type: EventType, freeze: &Freeze, reason: Option<String>) -> Fact {
    Fact {
        event_type,
        audience: audience(row),
        subject: Some(row.id.cast()),
        payload: serde_json::json!(FreezeChanged {
            customer_id: row.id,
            level: freeze.level(),
            cause: freeze.frozen().map(|frozen| frozen.cause),
            reason,
        }),
    }
}
