//! What becomes of exports: asked for, begun, on their way, done or failed, forgotten.

use std::{sync::Arc, time::Duration};

use entities::{
    export,
    types::{AccessRecordKind, ExportFormat, ExportId, ExportKind, ExportState},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, JsonValue, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};

use super::{
    ExportSettings,
    rules::{self, MAX_ATTEMPTS},
};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{self, Entry},
    files::Stored,
    outcome::Outcome,
    store::{Command, Tx},
};

/// Asks for an export, which leaves an access record.
///
/// # Refusals, first that holds
/// `TooMany` · `TooLarge` · `SheetFull`
pub struct Request {
    /// Who asks.
    pub viewer: Arc<Viewer>,
    /// From where.
    pub address: ClientAddress,
    /// For which list.
    pub kind: ExportKind,
    /// In which kind of file.
    pub format: ExportFormat,
    /// Which rows of it.
    pub selection: JsonValue,
    /// How many there are now.
    pub rows: u64,
    /// The bounds.
    pub settings: ExportSettings,
}

impl Command for Request {
    type Output = export::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<export::Model> {
        use export::Column;
        let account = self.viewer.account.id;
        // Exports that are asked for at once must not be more than there may be.
        tx.lock_account_in(account).await?;
        let unfinished = export::Entity::find()
            .filter(Column::AccountId.eq(account))
            .filter(Column::FinishedAt.is_null())
            .count(tx.db())
            .await?;
        rules::check_unfinished(unfinished, &self.settings)?;
        rules::check_rows(self.rows, self.format, &self.settings)?;
        let row = export::Model {
            id: ExportId::new(tx.now()),
            account_id: account,
            member_id: self.viewer.member.id,
            wide: self.viewer.sees_all(),
            kind: self.kind,
            format: self.format,
            selection: self.selection.clone(),
            state: ExportState::Pending,
            rows_done: 0,
            rows_total: count(self.rows),
            attempts: 0,
            epoch: 0,
            due_at: tx.now(),
            size: None,
            sha256: None,
            failure: None,
            created_at: tx.now(),
            finished_at: None,
            expires_at: None,
            removed_at: None,
        };
        export::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.db()).await?;
        let record = Entry::by(&*self.viewer, AccessRecordKind::ListExported).about(row.id).from(self.address);
        let record = record.detail(format!("{} as {}", self.kind.word(), self.format.word()));
        access_records::append_in(tx, vec![record]).await?;
        Ok(row)
    }
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// What may be begun by a node that has the duty in an epoch, and runs these already: what waits, what another life of
/// the duty has left, and what broke here some time ago.
pub fn may_begin(epoch: i64, running: &[ExportId], now: entities::types::Timestamp) -> Condition {
    use export::Column;
    let left = Condition::any()
        .add(Column::State.eq(ExportState::Pending))
        .add(Column::Epoch.ne(epoch))
        .add(Column::DueAt.lte(now));
    Condition::all()
        .add(Column::FinishedAt.is_null())
        .add(left)
        .add(Condition::any().add(Column::Epoch.ne(epoch)).add(Column::Id.is_not_in(running.iter().copied())))
}

/// Begins the export that waits longest, or gives it up where it was begun too often.
pub struct Begin {
    /// The epoch of the duty.
    pub epoch: i64,
    /// What runs on this node already.
    pub running: Vec<ExportId>,
}

impl Command for Begin {
    /// The export, RUNNING or FAILED; none where there is nothing to do.
    type Output = Option<export::Model>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use export::Column;
        let found = export::Entity::find()
            .filter(may_begin(self.epoch, &self.running, tx.now()))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(1)
            .lock_exclusive()
            .one(tx.db())
            .await?;
        let Some(found) = found else { return Ok(None) };
        let attempt = found.attempts + 1;
        let mut row = found.into_active_model();
        if attempt > MAX_ATTEMPTS {
            row.state = Set(ExportState::Failed);
            row.failure = Set(Some("it broke off too often on our side: ask for it again".to_owned()));
            row.finished_at = Set(Some(tx.now()));
        } else {
            row.state = Set(ExportState::Running);
            row.attempts = Set(attempt);
            row.epoch = Set(self.epoch);
            row.due_at = Set(rules::begin_again_at(tx.now(), attempt));
            row.rows_done = Set(0);
        }
        Ok(Some(row.update(tx.db()).await?))
    }
}

/// What an attempt comes to.
pub enum Step {
    /// It goes on.
    OnItsWay {
        /// Rows written so far.
        done: u64,
        /// Rows that there are.
        total: u64,
        /// Whether it holds what only those may see who see all customers.
        wide: bool,
    },
    /// The file is there.
    Done {
        /// Rows written.
        rows: u64,
        /// What was stored.
        stored: Stored,
        /// How long it is kept.
        keep: Duration,
    },
    /// There will be no file.
    Failed {
        /// Why, for whoever asked for it.
        reason: String,
    },
}

/// Notes how far an attempt is.
pub struct Note {
    /// The export, as the attempt began it.
    pub export: export::Model,
    /// What it comes to.
    pub step: Step,
}

impl Command for Note {
    /// Whether the attempt is still the one that counts.
    type Output = bool;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<bool> {
        let found = export::Entity::find_by_id(self.export.id).lock_exclusive().one(tx.db()).await?;
        let same = |row: &export::Model| {
            row.state == ExportState::Running && row.epoch == self.export.epoch && row.attempts == self.export.attempts
        };
        let Some(row) = found.filter(same) else { return Ok(false) };
        let mut row = row.into_active_model();
        match &self.step {
            Step::OnItsWay { done, total, wide } => {
                row.wide = Set(*wide);
                row.rows_done = Set(count(*done));
                row.rows_total = Set(count(*total));
            }
            Step::Done { rows, stored, keep } => {
                row.state = Set(ExportState::Done);
                row.rows_done = Set(count(*rows));
                row.rows_total = Set(count(*rows));
                row.size = Set(Some(count(stored.size)));
                row.sha256 = Set(Some(stored.sha256.clone()));
                row.finished_at = Set(Some(tx.now()));
                row.expires_at = Set(Some(tx.now().plus(*keep)));
            }
            Step::Failed { reason } => {
                row.state = Set(ExportState::Failed);
                row.failure = Set(Some(reason.clone()));
                row.finished_at = Set(Some(tx.now()));
            }
        }
        row.update(tx.db()).await?;
        Ok(true)
    }
}

/// Notes that the files of exports are removed.
pub struct Removed {
    /// Which.
    pub ids: Vec<ExportId>,
}

impl Command for Removed {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use export::Column;
        let removed = export::Entity::update_many()
            .col_expr(Column::RemovedAt, sea_orm::sea_query::Expr::value(tx.now()))
            .filter(Column::Id.is_in(self.ids.iter().copied()))
            .filter(Column::RemovedAt.is_null())
            .exec(tx.db())
            .await?;
        Ok(removed.rows_affected)
    }
}
