//! What becomes of attachments: reserved, stored, claimed, let go, removed, gone.

use std::{sync::Arc, time::Duration};

use entities::{attachment, types::AttachmentId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    AttachmentSettings,
    formats::Format,
    rules::{self, Given, Refusal, Slot},
};
use crate::{
    access::Viewer,
    files::Stored,
    outcome::{Error, Fault, Outcome, Refusal as Reason},
    store::{Command, Tx},
};

/// How long a file is kept that no application has: longer than it takes to fill in a form.
pub const FREE_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Makes room for a file that is about to come.
///
/// # Refusals, first that holds
/// `TooManyFree` · `TooManyBytes`
pub struct Reserve {
    /// Who uploads it.
    pub viewer: Arc<Viewer>,
    /// What it is called; checked by [`rules::check_name`].
    pub name: String,
    /// What it is; checked by [`rules::check_content`].
    pub format: Format,
    /// Its bytes, or the most that it may have where that is not known.
    pub bytes: u64,
    /// The bounds.
    pub settings: AttachmentSettings,
}

impl Command for Reserve {
    type Output = attachment::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<attachment::Model> {
        use attachment::Column;
        let account = self.viewer.account.id;
        // Files that come at once must not be more than there may be.
        tx.lock_account_in(account).await?;
        let sizes: Vec<i64> = attachment::Entity::find()
            .select_only()
            .column(Column::Size)
            .filter(Column::AccountId.eq(account))
            .filter(Column::ApplicationId.is_null())
            .filter(Column::RemovedAt.is_null())
            .limit(self.settings.free_files as u64)
            .into_tuple()
            .all(tx.db())
            .await?;
        let sizes: Vec<u64> = sizes.into_iter().map(i64::unsigned_abs).collect();
        rules::check_room(&sizes, self.bytes, &self.settings)?;
        let row = attachment::Model {
            id: AttachmentId::new(tx.now()),
            account_id: account,
            member_id: self.viewer.member.id,
            name: self.name.clone(),
            media_type: self.format.media_type().to_owned(),
            size: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            sha256: None,
            created_at: tx.now(),
            stored_at: None,
            application_id: None,
            slot: None,
            free_since: Some(tx.now()),
            removed_at: None,
        };
        attachment::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.db()).await?;
        Ok(row)
    }
}

/// Notes that all bytes of a file are stored.
pub struct Keep {
    /// Which.
    pub id: AttachmentId,
    /// What was stored.
    pub stored: Stored,
}

impl Command for Keep {
    type Output = attachment::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<attachment::Model> {
        let found = attachment::Entity::find_by_id(self.id).lock_exclusive().one(tx.db()).await?;
        let coming = found.filter(|row| row.stored_at.is_none() && row.removed_at.is_none());
        let row = coming.ok_or_else(|| Fault::because(format!("{} was removed while it came", self.id)))?;
        let mut row = row.into_active_model();
        row.size = Set(i64::try_from(self.stored.size).unwrap_or(i64::MAX));
        row.sha256 = Set(Some(self.stored.sha256.clone()));
        row.stored_at = Set(Some(tx.now()));
        Ok(row.update(tx.db()).await?)
    }
}

/// Marks a file as removed, whose upload did not come to its end.
pub struct Discard {
    /// Which.
    pub id: AttachmentId,
}

impl Command for Discard {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        use attachment::Column;
        attachment::Entity::update_many()
            .col_expr(Column::RemovedAt, Expr::value(tx.now()))
            .filter(Column::Id.eq(self.id))
            .filter(Column::StoredAt.is_null())
            .filter(Column::RemovedAt.is_null())
            .exec(tx.db())
            .await?;
        Ok(())
    }
}

/// Marks a file of the viewer's account as removed. Its bytes are gone soon after.
///
/// # Refusals, first that holds
/// `NotFound` · `Claimed`
pub struct Remove {
    /// Who acts.
    pub viewer: Arc<Viewer>,
    /// Which.
    pub id: AttachmentId,
}

impl Command for Remove {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let found = attachment::Entity::find_by_id(self.id)
            .filter(self.viewer.attachments())
            .lock_exclusive()
            .one(tx.db())
            .await?;
        let row = found.ok_or_else(|| Reason::not_found("id", &self.id.to_string()))?;
        if row.application_id.is_some() {
            return Err(Refusal::Claimed.into());
        }
        let mut row = row.into_active_model();
        row.removed_at = Set(Some(tx.now()));
        row.update(tx.db()).await?;
        Ok(())
    }
}

/// The input field that names the files of an application.
const FIELD: &str = "attachments";

/// Claims files for an application: all those that it is to have, each for one of its slots. Returns them in the order
/// given.
///
/// They must be the viewer's account's own, and nobody else's. Files that the application had and that are not given any
/// more are let go: free again, and gone after a day. The rows are locked in id order, after whatever else the caller
/// locks.
///
/// # Refusals
/// for each file `NotFound`, `Twice`, `Claimed` · then those of [`rules::check_slots`]; all at `attachments`, with the
/// index of the file
pub async fn claim_in(
    tx: &Tx,
    viewer: &Viewer,
    application: Uuid,
    given: &[(&str, AttachmentId)],
    slots: &[Slot],
) -> Outcome<Vec<attachment::Model>> {
    use attachment::Column;
    let rows = attachment::Entity::find()
        .filter(viewer.attachments())
        .filter(Column::Id.is_in(given.iter().map(|(_, id)| *id)))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx.db())
        .await?;
    let (mut files, mut refusals) = (Vec::with_capacity(given.len()), Vec::new());
    for (index, (_, id)) in given.iter().enumerate() {
        let twice = given[..index].iter().any(|(_, other)| other == id);
        match rows.iter().find(|row| row.id == *id) {
            None => refusals.push(Reason::not_found(FIELD, &id.to_string()).at(FIELD, index)),
            Some(_) if twice => refusals.push(Reason::of(&Refusal::Twice).at(FIELD, index)),
            Some(row) if row.application_id.is_some_and(|other| other != application) => {
                refusals.push(Reason::of(&Refusal::Claimed).at(FIELD, index));
            }
            Some(row) => files.push(row.clone()),
        }
    }
    if refusals.is_empty() {
        let given: Vec<Given<'_>> = given
            .iter()
            .zip(&files)
            .map(|((slot, _), file)| Given { slot, name: &file.name, size: file.size.unsigned_abs() })
            .collect();
        refusals.extend(rules::check_slots(slots, &given).into_iter().map(|(index, refusal)| {
            let reason = Reason::of(&refusal);
            match index {
                Some(index) => reason.at(FIELD, index),
                None => Reason { field: vec![FIELD.to_owned()], ..reason },
            }
        }));
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    let kept: Vec<AttachmentId> = given.iter().map(|(_, id)| *id).collect();
    let_go_but_in(tx, application, &kept).await?;
    let mut claimed = Vec::with_capacity(files.len());
    for ((slot, _), file) in given.iter().zip(files) {
        let mut row = file.into_active_model();
        row.application_id = Set(Some(application));
        row.slot = Set(Some((*slot).to_owned()));
        row.free_since = Set(None);
        claimed.push(row.update(tx.db()).await?);
    }
    Ok(claimed)
}

/// Lets all files of an application go, where it is deleted: free again, and gone after a day.
pub async fn let_go_in(tx: &Tx, application: Uuid) -> Result<(), DbErr> {
    let_go_but_in(tx, application, &[]).await
}

async fn let_go_but_in(tx: &Tx, application: Uuid, kept: &[AttachmentId]) -> Result<(), DbErr> {
    use attachment::Column;
    attachment::Entity::update_many()
        .col_expr(Column::ApplicationId, Expr::value(None::<Uuid>))
        .col_expr(Column::Slot, Expr::value(None::<String>))
        .col_expr(Column::FreeSince, Expr::value(tx.now()))
        .filter(Column::ApplicationId.eq(application))
        .filter(Column::Id.is_not_in(kept.iter().copied()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Marks files as removed that were free for long enough, and uploads that never ended.
pub struct RemoveStale {
    /// How many at once.
    pub at_once: u64,
}

impl Command for RemoveStale {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use attachment::Column;
        let still = Condition::all()
            .add(Column::FreeSince.lte(tx.now().minus(FREE_FOR)))
            .add(Column::ApplicationId.is_null())
            .add(Column::RemovedAt.is_null());
        let some = attachment::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(still.clone())
            .order_by_asc(Column::Id)
            .limit(self.at_once)
            .into_query();
        // Asked again of each: one may have been claimed meanwhile.
        let stale = attachment::Entity::update_many()
            .col_expr(Column::RemovedAt, Expr::value(tx.now()))
            .filter(still)
            .filter(Column::Id.in_subquery(some))
            .exec(tx.db())
            .await?;
        Ok(stale.rows_affected)
    }
}

/// Forgets files whose bytes are gone.
pub struct Forget {
    /// Which.
    pub ids: Vec<AttachmentId>,
}

impl Command for Forget {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        use attachment::Column;
        let gone = attachment::Entity::delete_many()
            .filter(Column::Id.is_in(self.ids.iter().copied()))
            .filter(Column::RemovedAt.is_not_null())
            .exec(tx.db())
            .await?;
        Ok(gone.rows_affected)
    }
}
