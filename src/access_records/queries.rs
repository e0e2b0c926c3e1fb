//! Reading access records, within the viewer's own account; the platform reads all.

use std::sync::Arc;

use entities::{
    access_record,
    narrow::{Columns, Narrow, Values},
    types::{AccessRecordId, AccessRecordKind, MemberId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr,
    sea_query::{Expr, Query, SelectStatement},
};

use super::graphql::AccessRecordFilter;
use crate::{
    access::{Permission, Viewer},
    graphql::scalars::DateTimeRange,
    store::{
        Store, add_columns,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of records.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "access-at", by_text: false, descending: true };

/// The records that a viewer may read.
fn scoped(viewer: &Viewer) -> SelectStatement {
    Query::select().from(access_record::Entity).cond_where(viewer.access_records()).take()
}

fn add_record(query: &mut SelectStatement) {
    add_columns(query, access_record::Entity, Columns::<access_record::Entity>::ALL);
}

fn record(values: &mut Values<'_>) -> Result<access_record::Model, DbErr> {
    access_record::Entity::read(values, Columns::ALL)
}

/// A page of records, newest first, and how many there are where that is asked for.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &AccessRecordFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<access_record::Model>>, DbErr> {
    use access_record::Column;
    let mut query = scoped(viewer);
    query.cond_where(filter_condition(filter));
    let listing = Listing {
        query,
        sort: Expr::col((access_record::Entity, Column::At)),
        id: Expr::col((access_record::Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<access_record::Entity>(store.reader()).await
}

fn filter_condition(filter: &AccessRecordFilter) -> Condition {
    use access_record::Column;
    let kind = filter.kind.map(|kind: AccessRecordKind| Column::Kind.eq(kind));
    let member = filter.member_id.as_ref().map(|member| {
        let member: MemberId = member.0;
        Condition::any().add(Column::ByMember.eq(member)).add(Column::SubjectId.eq(member.uuid()))
    });
    let range = filter.at.as_ref();
    Condition::all()
        .add_option(kind)
        .add_option(member)
        .add_option(range.and_then(DateTimeRange::from).map(|from| Column::At.gte(from)))
        .add_option(range.and_then(DateTimeRange::to).map(|to| Column::At.lt(to)))
}

/// A record by id, if the viewer may read it.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: AccessRecordId,
) -> Result<Option<Arc<access_record::Model>>, DbErr> {
    if !viewer.permissions().allow(Permission::AuditView) {
        return Ok(None);
    }
    let mut query = scoped(viewer);
    query.and_where(access_record::Column::Id.eq(id));
    add_record(&mut query);
    let row = db.query_one(&query).await?;
    row.map(|row| record(&mut Values::of(&row)).map(Arc::new)).transpose()
}
