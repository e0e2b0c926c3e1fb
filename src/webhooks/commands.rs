//! What partners do to their endpoints.

use std::sync::Arc;

use entities::{
    types::{AccessRecordKind, EventType, Tallied, WebhookEndpointId},
    webhook_endpoint::{self, EventTypes},
};
use sea_orm::{
    ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter, QuerySelect, Set,
};

use super::rules::{self, Refusal};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{self, Entry},
    feed::{self, Position},
    notifications::{tell_in, templates::SecurityNews},
    outcome::{Fault, Outcome, Refusal as Reason},
    random,
    store::{Command, Tx},
    tallies,
};

/// Who changes an endpoint.
pub struct By {
    /// The member.
    pub viewer: Arc<Viewer>,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl By {
    /// Puts on record what was done: not all of it is told to people.
    async fn record_in(&self, tx: &Tx, endpoint: WebhookEndpointId, done: impl Into<String>) -> Outcome<()> {
        let entry = Entry::by(&*self.viewer, AccessRecordKind::EndpointChanged).about(endpoint).from(self.address);
        access_records::append_in(tx, vec![entry.detail(done)]).await?;
        Ok(())
    }
}

/// A fresh secret.
pub fn new_secret() -> Result<Vec<u8>, Fault> {
    Ok(random::bytes::<{ rules::SECRET_BYTES }>()?.to_vec())
}

/// Locks an endpoint of the viewer's account.
async fn lock_in(tx: &Tx, viewer: &Viewer, id: WebhookEndpointId) -> Outcome<webhook_endpoint::Model> {
    let found = webhook_endpoint::Entity::find_by_id(id)
        .filter(viewer.webhook_endpoints())
        .lock_exclusive()
        .one(tx.db())
        .await?;
    found.ok_or_else(|| Reason::not_found("id", &id.to_string()).into())
}

/// Makes an endpoint, which gets what happens from now on.
///
/// # Refusals
/// `TooMany`
pub struct Create {
    /// Who acts.
    pub by: By,
    /// Where to; checked by [`Sender::check`](super::delivery::Sender::check).
    pub url: String,
    /// Which events; checked by [`rules::check_types`].
    pub types: Vec<EventType>,
    /// A fresh secret.
    pub secret: Vec<u8>,
}

impl Command for Create {
    type Output = webhook_endpoint::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<webhook_endpoint::Model> {
        let account = self.by.viewer.account.id;
        // Endpoints made at once must not be more than there may be.
        tx.lock_account_in(account).await?;
        let own = webhook_endpoint::Entity::find().filter(self.by.viewer.webhook_endpoints()).count(tx.db()).await?;
        if own >= rules::MAX_ENDPOINTS {
            return Err(Refusal::TooMany.into());
        }
        let Position(position) = feed::last(tx.db()).await?;
        let row = webhook_endpoint::Model {
            id: WebhookEndpointId::new(tx.now()),
            account_id: account,
            url: self.url.clone(),
            types: EventTypes(self.types.clone()),
            secret: self.secret.clone(),
            old_secret: None,
            old_secret_until: None,
            enabled: true,
            disabled_reason: None,
            position,
            attempts: 0,
            failing_since: None,
            next_attempt_at: tx.now(),
            created_at: tx.now(),
        };
        webhook_endpoint::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.db()).await?;
        let host = rules::told(&row.url);
        self.by.record_in(tx, row.id, format!("created for {host}")).await?;
        tell_in(tx, account, SecurityNews::WebhookCreated(&host)).await?;
        Ok(row)
    }
}

/// Changes an endpoint. What was given up, or waits to be tried again, goes on at once.
///
/// # Refusals
/// `NotFound`
pub struct Update {
    /// Who acts.
    pub by: By,
    /// Which.
    pub id: WebhookEndpointId,
    /// Where to from now on; checked like a new one.
    pub url: Option<String>,
    /// Which events from now on.
    pub types: Option<Vec<EventType>>,
    /// Whether events are delivered.
    pub enabled: Option<bool>,
}

impl Command for Update {
    type Output = webhook_endpoint::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<webhook_endpoint::Model> {
        let before = lock_in(tx, &self.by.viewer, self.id).await?;
        let moved = self.url.as_ref().is_some_and(|url| *url != before.url);
        let account = before.account_id;
        let mut row = before.into_active_model();
        if let Some(url) = &self.url {
            row.url = Set(url.clone());
        }
        if let Some(types) = &self.types {
            row.types = Set(EventTypes(types.clone()));
        }
        if let Some(enabled) = self.enabled {
            row.enabled = Set(enabled);
            row.disabled_reason = Set(None);
        }
        row.attempts = Set(0);
        row.failing_since = Set(None);
        row.next_attempt_at = Set(tx.now());
        let row = row.update(tx.db()).await?;
        let host = rules::told(&row.url);
        self.by.record_in(tx, row.id, if moved { format!("moved to {host}") } else { "changed".to_owned() }).await?;
        if moved {
            tell_in(tx, account, SecurityNews::WebhookMoved(&host)).await?;
        }
        Ok(row)
    }
}

/// Deletes an endpoint, and the log of its deliveries with it.
///
/// # Refusals
/// `NotFound`
pub struct Delete {
    /// Who acts.
    pub by: By,
    /// Which.
    pub id: WebhookEndpointId,
}

impl Command for Delete {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        lock_in(tx, &self.by.viewer, self.id).await?.delete(tx.db()).await?;
        self.by.record_in(tx, self.id, "deleted").await?;
        Ok(())
    }
}

/// Gives an endpoint a new secret. The one before signs too for a day, so that the receiver can change over.
///
/// # Refusals, first that holds
/// `NotFound` · `TooManySecrets`
pub struct Rotate {
    /// Who acts.
    pub by: By,
    /// Which.
    pub id: WebhookEndpointId,
    /// A fresh secret.
    pub secret: Vec<u8>,
}

impl Command for Rotate {
    type Output = webhook_endpoint::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<webhook_endpoint::Model> {
        let before = lock_in(tx, &self.by.viewer, self.id).await?;
        let (account, old) = (before.account_id, before.secret.clone());
        let rotations = (Tallied::SecretRotation, before.id.uuid().as_bytes().to_vec());
        if let Err(too_often) = tallies::count_in(tx, rotations, rules::ROTATIONS).await? {
            return Err(Refusal::TooManySecrets(too_often.wait()).into());
        }
        let mut row = before.into_active_model();
        row.secret = Set(self.secret.clone());
        row.old_secret = Set(Some(old));
        row.old_secret_until = Set(Some(tx.now().plus(rules::OLD_SECRET_LASTS)));
        let row = row.update(tx.db()).await?;
        self.by.record_in(tx, row.id, "new secret").await?;
        tell_in(tx, account, SecurityNews::WebhookSecretRotated(&rules::told(&row.url))).await?;
        Ok(row)
    }
}

/// Puts an endpoint's cursor where its owner wants it: what lies behind is delivered again.
///
/// # Refusals, first that holds
/// `NotFound` · `InvalidInput`, where the cursor is none of the feed's or reaches back too far
pub struct Replay {
    /// Who acts.
    pub viewer: Arc<Viewer>,
    /// Which.
    pub id: WebhookEndpointId,
    /// From where on.
    pub after: Position,
}

impl Command for Replay {
    type Output = webhook_endpoint::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<webhook_endpoint::Model> {
        let before = lock_in(tx, &self.viewer, self.id).await?;
        if let Err(error) = feed::check_cursor(tx.db(), self.after).await? {
            return Err(Reason::invalid("after", error.to_string()).into());
        }
        let mut row = before.into_active_model();
        row.position = Set(self.after.0);
        row.attempts = Set(0);
        row.failing_since = Set(None);
        row.next_attempt_at = Set(tx.now());
        Ok(row.update(tx.db()).await?)
    }
}
