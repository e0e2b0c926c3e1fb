//! Reading adjustment records of a subject that the caller has already been shown.

use std::{collections::HashMap, sync::Arc};

use entities::{
    adjustment_record,
    types::{AccountId, RecordId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult,
    sea_query::{Alias, Expr, Func, Query, SelectStatement},
};

use crate::{
    access::{Tenant, Viewer},
    store::{
        Prefixed, Store, add_columns,
        keyset::{self, ListOrder, Slice, Window},
    },
};

const RECORD: Prefixed = Prefixed("d_");

/// Newest first, the one order of records.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "record-at", by_text: false, descending: true };

fn of(condition: Condition) -> SelectStatement {
    Query::select().from(adjustment_record::Entity).cond_where(condition).take()
}

/// Which part of a subject's records is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordList {
    /// The part.
    pub window: Window,
    /// Whether the whole is counted too.
    pub counted: bool,
}

/// A page of records, and how many there are where that was asked for.
#[derive(Debug, Clone)]
pub struct RecordPage {
    /// The records.
    pub slice: Slice<Arc<adjustment_record::Model>>,
    /// How many there are.
    pub total: Option<u64>,
}

/// The same page of the records of each of several subjects, newest first: one statement, and one more to count.
pub async fn pages(
    store: &Store,
    subjects: &[AccountId],
    list: &RecordList,
) -> Result<HashMap<AccountId, RecordPage>, DbErr> {
    use adjustment_record::Column;
    let mut query = of(Condition::all().add(Column::SubjectId.is_in(subjects.iter().copied())));
    query.expr_as(Expr::col(Column::SubjectId), Alias::new(keyset::PARENT));
    let mut totals: HashMap<AccountId, u64> = HashMap::new();
    if list.counted {
        let mut count = query.clone();
        count.expr_as(Func::count(Expr::col(Column::Id)), Alias::new("total")).group_by_col(Column::SubjectId);
        for row in store.reader().query_all(&count).await? {
            totals.insert(row.try_get("", keyset::PARENT)?, row.try_get::<i64>("", "total")?.unsigned_abs());
        }
    }
    add_columns::<adjustment_record::Entity>(&mut query, RECORD);
    let query = keyset::page(query, Expr::col(Column::At), Expr::col(Column::Id), &NEWEST_FIRST, &list.window, true);
    let mut rows: HashMap<AccountId, Vec<_>> = HashMap::new();
    for row in store.reader().query_all(&query).await? {
        let record = adjustment_record::Model::from_query_result(&row, RECORD.0)?;
        let place = keyset::place_of(&row, &NEWEST_FIRST)?;
        rows.entry(record.subject_id).or_default().push((place, Arc::new(record)));
    }
    let pages = subjects.iter().map(|subject| {
        let slice = keyset::slice(rows.remove(subject).unwrap_or_default(), &list.window);
        let total = list.counted.then(|| totals.get(subject).copied().unwrap_or(0));
        (*subject, RecordPage { slice, total })
    });
    Ok(pages.collect())
}

/// A record by id, if its subject is in the viewer's scope.
pub async fn by_id(
    store: &Store,
    viewer: &Viewer,
    id: RecordId,
) -> Result<Option<Arc<adjustment_record::Model>>, DbErr> {
    use entities::{customer, reseller};
    if matches!(viewer.tenant(), Tenant::Customer(..)) {
        return Ok(None);
    }
    let customers =
        Query::select().column(customer::Column::Id).from(customer::Entity).cond_where(viewer.customers()).take();
    let resellers =
        Query::select().column(reseller::Column::Id).from(reseller::Entity).cond_where(viewer.resellers()).take();
    let mut query = of(Condition::all().add(adjustment_record::Column::Id.eq(id)).add(
        Condition::any()
            .add(adjustment_record::Column::SubjectId.in_subquery(customers))
            .add(adjustment_record::Column::SubjectId.in_subquery(resellers)),
    ));
    add_columns::<adjustment_record::Entity>(&mut query, RECORD);
    match store.reader().query_one(&query).await? {
        Some(row) => adjustment_record::Model::from_query_result(&row, RECORD.0).map(|row| Some(Arc::new(row))),
        None => Ok(None),
    }
}
