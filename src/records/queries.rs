//! Reading adjustment records of a subject that the caller has already been shown.

use std::{collections::HashMap, sync::Arc};

use entities::{
    adjustment_record, customer,
    narrow::{Columns, Narrow, Values},
    types::{AccountId, RecordId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    access::{Tenant, Viewer},
    store::{
        Store, add_columns,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of records.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "record-at", by_text: false, descending: true };

fn of(condition: Condition) -> SelectStatement {
    Query::select().from(adjustment_record::Entity).cond_where(condition).take()
}

/// What was done before a customer came to the viewer's account is another partner's affair (R-CORE-01).
fn of_this_association(viewer: &Viewer) -> Condition {
    use adjustment_record::{Column, Entity};
    if viewer.tenant() == Tenant::Platform {
        return Condition::all();
    }
    let later = Query::select()
        .expr(Expr::val(1))
        .from(customer::Entity)
        .and_where(Expr::col((customer::Entity, customer::Column::Id)).equals((Entity, Column::SubjectId)))
        .and_where(Expr::col((customer::Entity, customer::Column::AssociatedAt)).gt(Expr::col((Entity, Column::At))))
        .take();
    Condition::all().add(Expr::exists(later).not())
}

/// Which part of a subject's records is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordList {
    /// The part.
    pub window: Window,
    /// Whether the whole is counted too.
    pub counted: bool,
}

/// A page of records.
pub type RecordPage = Page<Arc<adjustment_record::Model>>;

fn add_record(query: &mut SelectStatement) {
    add_columns(query, adjustment_record::Entity, Columns::<adjustment_record::Entity>::ALL);
}

fn record(values: &mut Values<'_>) -> Result<adjustment_record::Model, DbErr> {
    adjustment_record::Entity::read(values, Columns::ALL)
}

/// The same page of the records of each of several subjects, newest first: one statement, and one more to count.
pub async fn pages(
    store: &Store,
    viewer: &Viewer,
    subjects: &[AccountId],
    list: &RecordList,
) -> Result<HashMap<AccountId, RecordPage>, DbErr> {
    use adjustment_record::Column;
    let listing = Listing {
        query: of(of_this_association(viewer)),
        sort: Expr::col(Column::At),
        id: Expr::col(Column::Id),
        order: NEWEST_FIRST,
        window: &list.window,
        counted: list.counted,
    };
    let subjects: Vec<_> = subjects.iter().map(|subject| subject.uuid()).collect();
    let pages = listing.read_each(store.reader(), Expr::col(Column::SubjectId), &subjects, add_record, record).await?;
    Ok(pages.into_iter().map(|(subject, page)| (AccountId::from_uuid(subject), page)).collect())
}

/// A record by id, if its subject is in the viewer's scope.
pub async fn by_id(
    store: &Store,
    viewer: &Viewer,
    id: RecordId,
) -> Result<Option<Arc<adjustment_record::Model>>, DbErr> {
    if matches!(viewer.tenant(), Tenant::Customer(..)) {
        return Ok(None);
    }
    let seen = viewer.subjects(adjustment_record::Column::SubjectId);
    let mine = of_this_association(viewer);
    let mut query = of(Condition::all().add(adjustment_record::Column::Id.eq(id)).add(seen).add(mine));
    add_record(&mut query);
    let row = store.reader().query_one(&query).await?;
    row.map(|row| record(&mut Values::of(&row)).map(Arc::new)).transpose()
}
