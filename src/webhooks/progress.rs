//! What deliveries leave behind: the cursor moved on, a try counted, an endpoint given up, and the log.

use std::time::Duration;

use entities::{
    event,
    types::{EventId, EventType, WebhookDeliveryId, WebhookEndpointId},
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set, sea_query::Expr,
};

use super::{
    delivery::Attempt,
    rules::{self, AfterFailure},
};
use crate::{
    feed::Position,
    notifications::{tell_in, templates::SecurityNews},
    outcome::Outcome,
    store::{Command, Store, Tx},
};

/// What was sent.
struct Sent {
    event: EventId,
    event_type: Option<EventType>,
    position: Option<i64>,
    attempt: i32,
}

async fn log_in(
    tx: &Tx,
    endpoint: WebhookEndpointId,
    sent: &Sent,
    attempt: &Attempt,
) -> Result<webhook_delivery::Model, DbErr> {
    let row = webhook_delivery::Model {
        id: WebhookDeliveryId::new(attempt.at),
        endpoint_id: endpoint,
        event_id: sent.event,
        event_type: sent.event_type,
        position: sent.position,
        attempt: sent.attempt,
        status: attempt.status.map(i32::from),
        duration_ms: i32::try_from(attempt.took.as_millis()).unwrap_or(i32::MAX),
        error: attempt.error.clone(),
        at: attempt.at,
    };
    webhook_delivery::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(row)
}

/// Keeps what came of a delivery. Where the endpoint was changed meanwhile, only the log tells of it: its owner has
/// decided where it goes on.
pub struct Settle {
    /// The endpoint as it was when the delivery began.
    pub endpoint: webhook_endpoint::Model,
    /// What was delivered.
    pub event: event::Model,
    /// What came of it.
    pub attempt: Attempt,
    /// A number for the time to the next try.
    pub draw: u16,
}

impl Command for Settle {
    /// The endpoint, where it may go on at once.
    type Output = Option<webhook_endpoint::Model>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let found = webhook_endpoint::Entity::find_by_id(self.endpoint.id).lock_exclusive().one(tx.db()).await?;
        let Some(present) = found else { return Ok(None) };
        let failures = self.endpoint.attempts + 1;
        let sent = Sent {
            event: self.event.event_id,
            event_type: Some(self.event.event_type),
            position: self.event.position,
            attempt: failures,
        };
        log_in(tx, present.id, &sent, &self.attempt).await?;
        let same = present.enabled
            && present.position == self.endpoint.position
            && present.attempts == self.endpoint.attempts
            && present.url == self.endpoint.url;
        if !same {
            return Ok(None);
        }
        let failing_since = present.failing_since.unwrap_or(self.attempt.at);
        let (account, url) = (present.account_id, rules::told(&present.url));
        let mut row = present.into_active_model();
        let Some(error) = &self.attempt.error else {
            row.position = Set(self.event.position.unwrap_or(self.endpoint.position));
            row.attempts = Set(0);
            row.failing_since = Set(None);
            row.next_attempt_at = Set(tx.now());
            return Ok(Some(row.update(tx.db()).await?));
        };
        row.attempts = Set(failures);
        row.failing_since = Set(Some(failing_since));
        match rules::after_failure(failures.unsigned_abs(), failing_since, tx.now(), self.draw) {
            AfterFailure::RetryAt(at) => row.next_attempt_at = Set(at),
            AfterFailure::GiveUp => {
                let hours = rules::GIVE_UP_AFTER.as_secs() / 3_600;
                let reason = format!("deliveries have failed for {hours} hours, the last one because {error}");
                row.enabled = Set(false);
                row.disabled_reason = Set(Some(reason.clone()));
                tell_in(tx, account, SecurityNews::WebhookDisabled(&url, &reason)).await?;
            }
        }
        row.update(tx.db()).await?;
        Ok(None)
    }
}

/// Moves an endpoint past what it does not want, and behind those that wait.
pub struct Advance {
    /// Which.
    pub endpoint: WebhookEndpointId,
    /// Where it must be still.
    pub from: i64,
    /// Where it is then.
    pub to: Position,
}

impl Command for Advance {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use webhook_endpoint::Column;
        webhook_endpoint::Entity::update_many()
            .col_expr(Column::Position, Expr::value(self.to.0))
            .col_expr(Column::NextAttemptAt, Expr::value(tx.now()))
            .filter(Column::Id.eq(self.endpoint))
            .filter(Column::Position.eq(self.from))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}

/// Writes a ping to the log.
pub struct LogPing {
    /// To which endpoint.
    pub endpoint: WebhookEndpointId,
    /// The id that was sent.
    pub event: EventId,
    /// What came of it.
    pub attempt: Attempt,
}

impl Command for LogPing {
    /// The entry; none where the endpoint was deleted meanwhile.
    type Output = Option<webhook_delivery::Model>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let found = webhook_endpoint::Entity::find_by_id(self.endpoint).lock_shared().one(tx.db()).await?;
        if found.is_none() {
            return Ok(None);
        }
        let sent = Sent { event: self.event, event_type: None, position: None, attempt: 1 };
        Ok(Some(log_in(tx, self.endpoint, &sent, &self.attempt).await?))
    }
}

/// Forgets deliveries older than `keep`, and secrets that sign no more.
pub async fn forget(store: &Store, keep: Duration) -> Outcome<u64> {
    use webhook_delivery::{Column, Entity};
    store.execute(ForgetSecrets).await?;
    store.forget::<Entity>(Column::Id, move |now| Column::At.lt(now.minus(keep))).await
}

struct ForgetSecrets;

impl Command for ForgetSecrets {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use webhook_endpoint::Column;
        webhook_endpoint::Entity::update_many()
            .col_expr(Column::OldSecret, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::OldSecretUntil, Expr::value(None::<i64>))
            .filter(Column::OldSecretUntil.lte(tx.now()))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}
