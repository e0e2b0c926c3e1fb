//! What time does to prepaid resources: notices of their end, and the end; and asking the provisioner how far it is.

use std::{collections::HashMap, time::Duration};

use entities::{
    customer, resource,
    types::{CustomerId, ResourceId, ResourceStatus, Timestamp},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{
    commands::NoteProvided,
    facts,
    provisioner::{Progress, Provisioner},
    rules::{self, NOTICES},
};
use crate::{
    feed,
    outcome::Outcome,
    store::{Command, Store, Tx},
};

/// Resources of one step.
const AT_ONCE: u64 = 500;
/// Resources that the provisioner is asked about at once.
const ASKED_AT_ONCE: usize = 8;

/// Prepaid resources that are in use.
fn in_use() -> Condition {
    let usable = [ResourceStatus::Running, ResourceStatus::Stopped];
    Condition::all().add(resource::Column::Status.is_in(usable))
}

/// Marks prepaid resources as expired whose time is over.
pub async fn expire(store: &Store) -> Outcome<u64> {
    store.execute_in_steps(AT_ONCE, || Expire).await
}

struct Expire;

impl Command for Expire {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use resource::Column;
        let due: Vec<ResourceId> = resource::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(in_use())
            .filter(Column::ExpiresAt.lte(tx.now()))
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .lock_exclusive()
            .into_tuple()
            .all(tx.db())
            .await?;
        if !due.is_empty() {
            resource::Entity::update_many()
                .col_expr(Column::Status, Expr::value(ResourceStatus::Expired))
                .filter(Column::Id.is_in(due.iter().copied()))
                .exec(tx.db())
                .await?;
        }
        Ok(due.len() as u64)
    }
}

/// Tells partners of prepaid resources that expire in 30, 15 or 7 days: each once, the nearest only.
pub async fn tell_of_expiring(store: &Store) -> Outcome<u64> {
    store.execute_in_steps(AT_ONCE, || TellOfExpiring).await
}

struct TellOfExpiring;

impl Command for TellOfExpiring {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use resource::Column;
        let now = tx.now();
        let due: Vec<resource::Model> = resource::Entity::find()
            .filter(in_use())
            .filter(Column::ExpiresAt.gt(now))
            .filter(untold(now))
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .lock_exclusive()
            .all(tx.db())
            .await?;
        let customers: Vec<CustomerId> = due.iter().map(|row| row.customer_id).collect();
        let customers: HashMap<CustomerId, customer::Model> = customer::Entity::find()
            .filter(customer::Column::Id.is_in(customers))
            .all(tx.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut told: HashMap<i16, Vec<ResourceId>> = HashMap::new();
        let mut facts = Vec::new();
        for row in &due {
            let (Some(expires_at), Some(customer)) = (row.expires_at, customers.get(&row.customer_id)) else {
                continue;
            };
            if let Some(days) = rules::notice_due(expires_at, row.told_days, now) {
                told.entry(days).or_default().push(row.id);
                facts.push(facts::resource_expiring(customer, row, expires_at, days));
            }
        }
        for (days, ids) in told {
            resource::Entity::update_many()
                .col_expr(Column::ToldDays, Expr::value(Some(days)))
                .filter(Column::Id.is_in(ids))
                .exec(tx.db())
                .await?;
        }
        feed::append_in(tx, facts).await?;
        Ok(due.len() as u64)
    }
}

/// Of prepaid resources those that have reached a notice that was not given: what [`rules::notice_due`] says of a row.
fn untold(now: Timestamp) -> Condition {
    use resource::Column;
    NOTICES.into_iter().fold(Condition::any(), |any, days| {
        let reached = now.plus(Duration::from_secs(u64::from(days.unsigned_abs()) * 24 * 3_600));
        let untold = Condition::any().add(Column::ToldDays.is_null()).add(Column::ToldDays.gt(days));
        any.add(Condition::all().add(Column::ExpiresAt.lte(reached)).add(untold))
    })
}

/// Asks the provisioner how far it is with all that is being provided, some at a time; returns how many run now. What fails
/// is asked for again the next time.
pub async fn provide(store: &Store, provisioner: &dyn Provisioner) -> Outcome<u64> {
    use resource::Column;
    let creating = Condition::any()
        .add(Column::Status.eq(ResourceStatus::Creating))
        .add(Column::StatusBefore.eq(ResourceStatus::Creating));
    let (mut provided, mut after) = (0, None);
    loop {
        // Their ids are in the order in which they were bought.
        let waiting = resource::Entity::find()
            .filter(creating.clone())
            .filter(Condition::all().add_option(after.map(|last| Column::Id.gt(last))))
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .all(store.reader())
            .await?;
        let Some(last) = waiting.last() else { return Ok(provided) };
        after = Some(last.id);
        let asked = stream::iter(waiting).map(|row| ask(store, provisioner, row)).buffer_unordered(ASKED_AT_ONCE);
        provided += asked.try_fold(0, async |sum, runs| Ok(sum + u64::from(runs))).await?;
    }
}

/// Asks about one, and notes that it runs where it does.
async fn ask(store: &Store, provisioner: &dyn Provisioner, row: resource::Model) -> Outcome<bool> {
    match provisioner.provide(&row).await {
        Ok(Progress::Running) => store.execute(NoteProvided { resource: row.id }).await.map(|()| true),
        Ok(Progress::Waiting) => Ok(false),
        Err(fault) => {
            tracing::error!(resource.id = %row.id, fault = %fault.0, "a resource is not provided yet");
            Ok(false)
        }
    }
}
