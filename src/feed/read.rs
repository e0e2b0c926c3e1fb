//! Reading the log from the database, within a viewer's scope.

use entities::{
    event, feed_head,
    types::{AccountId, AccountKind, EventType, Timestamp},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{CursorError, Position};
use crate::{
    access::{Viewer, events_to},
    outcome::Fault,
};

/// Which kinds of events are wanted; empty for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The types.
    pub types: Vec<EventType>,
}

impl Selection {
    /// Whether an event of this type is wanted. Internal ones never are.
    pub fn wants(&self, event_type: EventType) -> bool {
        event_type != EventType::AccessChanged && (self.types.is_empty() || self.types.contains(&event_type))
    }
}

/// The state of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub last: i64,
    pub trimmed_to: i64,
}

pub(super) async fn head(db: &impl ConnectionTrait) -> Result<Head, DbErr> {
    let row = feed_head::Entity::find_by_id(1).one(db).await?;
    Ok(row.map_or(Head { last: 0, trimmed_to: 0 }, |row| Head { last: row.last_position, trimmed_to: row.trimmed_to }))
}

/// Checks that a client's cursor lies within what is kept.
pub(super) fn check(after: Position, head: Head) -> Result<(), CursorError> {
    if after.0 > head.last {
        return Err(CursorError::Invalid);
    }
    if after.0 < head.trimmed_to {
        return Err(CursorError::Expired);
    }
    Ok(())
}

/// A page of the feed's past, oldest first. One event more than `limit` tells that there are more.
pub async fn page(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    after: Option<Position>,
    selection: &Selection,
    limit: u64,
) -> Result<Result<Vec<event::Model>, CursorError>, Fault> {
    let head = head(db).await?;
    if let Some(after) = after
        && let Err(error) = check(after, head)
    {
        return Ok(Err(error));
    }
    let after = after.unwrap_or(Position(head.trimmed_to));
    Ok(Ok(after_position(db, viewer, after, selection, limit + 1).await?))
}

/// The last position that was given.
pub async fn last(db: &impl ConnectionTrait) -> Result<Position, DbErr> {
    Ok(Position(head(db).await?.last))
}

/// Checks that a client's cursor lies within what is kept.
pub async fn check_cursor(db: &impl ConnectionTrait, after: Position) -> Result<Result<(), CursorError>, DbErr> {
    Ok(check(after, head(db).await?))
}

pub(super) async fn after_position(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    after: Position,
    selection: &Selection,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    within(db, viewer.events(), after, selection, limit).await
}

/// Events behind a position that are addressed to an account, oldest first: what its administrator sees.
pub async fn addressed_to(
    db: &impl ConnectionTrait,
    kind: AccountKind,
    account: AccountId,
    after: Position,
    selection: &Selection,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    within(db, events_to(kind, account), after, selection, limit).await
}

async fn within(
    db: &impl ConnectionTrait,
    scope: Condition,
    after: Position,
    selection: &Selection,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    let mut query = event::Entity::find()
        .filter(scope)
        .filter(event::Column::Position.gt(after.0))
        .filter(event::Column::EventType.ne(EventType::AccessChanged))
        .order_by_asc(event::Column::Position)
        .limit(limit);
    if !selection.types.is_empty() {
        query = query.filter(event::Column::EventType.is_in(selection.types.iter().copied()));
    }
    query.all(db).await
}

/// What every node follows: all events behind a position, whoever may see them.
pub(super) async fn everything_after(
    db: &impl ConnectionTrait,
    after: Position,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Position.gt(after.0))
        .order_by_asc(event::Column::Position)
        .limit(limit)
        .all(db)
        .await
}

/// What has not been handed out yet.
pub(super) struct Behind {
    pub waiting: u64,
    pub oldest_waiting: Option<Timestamp>,
    pub next_placed: Option<Timestamp>,
}

pub(super) async fn behind(db: &impl ConnectionTrait, after: Position) -> Result<Behind, DbErr> {
    let (waiting, oldest_waiting): (i64, Option<Timestamp>) = event::Entity::find()
        .filter(event::Column::Position.is_null())
        .select_only()
        .column_as(event::Column::Entry.count(), "waiting")
        .column_as(event::Column::OccurredAt.min(), "oldest")
        .into_tuple()
        .one(db)
        .await?
        .unwrap_or_default();
    let next_placed = event::Entity::find()
        .filter(event::Column::Position.gt(after.0))
        .select_only()
        .column(event::Column::OccurredAt)
        .order_by_asc(event::Column::Position)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(Behind { waiting: waiting.unsigned_abs(), oldest_waiting, next_placed })
}
