//! Batches of invitations: all that are named, or none.

use entities::{invitation, types::InvitationId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::rules::{self, Refusal};
use crate::{
    access::Viewer,
    outcome::{Error, Outcome, Refusal as Reason},
    store::Tx,
};

/// The argument that names them.
const LIST: &str = "invitationIds";

/// Locks those of the named invitations that are in the viewer's scope, in the order of their ids.
///
/// # Refusals
/// `BatchSize`
pub async fn lock_in(tx: &Tx, viewer: &Viewer, ids: &[InvitationId]) -> Outcome<Vec<invitation::Model>> {
    use invitation::{Column, Entity};
    if !(1..=rules::MAX_BATCH).contains(&ids.len()) {
        return Err(Refusal::BatchSize(LIST, ids.len()).into());
    }
    let rows = Entity::find().filter(viewer.invitations()).filter(Column::Id.is_in(ids.iter().copied()));
    Ok(rows.order_by_asc(Column::Id).lock_exclusive().all(tx.db()).await?)
}

/// What each of the named invitations comes to, in the order given.
///
/// # Refusals
/// `NotFound` and those of `judge`, for each
pub fn each<'r, T>(
    rows: &'r [invitation::Model],
    ids: &[InvitationId],
    mut judge: impl FnMut(&'r invitation::Model) -> Outcome<T>,
) -> Outcome<Vec<T>> {
    let (mut judged, mut refusals) = (Vec::with_capacity(ids.len()), Vec::new());
    for (index, id) in ids.iter().enumerate() {
        let Some(row) = rows.iter().find(|row| row.id == *id) else {
            refusals.push(Reason::not_found(LIST, &id.to_string()).at(LIST, index));
            continue;
        };
        match judge(row) {
            Err(error) => refusals.extend(error.at(LIST, index)?),
            Ok(one) => judged.push(one),
        }
    }
    if refusals.is_empty() { Ok(judged) } else { Err(Error::Refused(refusals)) }
}
