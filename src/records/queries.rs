//! Reading adjustment records of a subject that the caller has already been shown.

use std::sync::Arc;

use entities::{
    adjustment_record,
    types::{AccountId, RecordId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult,
    sea_query::{Expr, Query, SelectStatement},
};

use crate::{
    access::{Tenant, Viewer},
    store::{
        Prefixed, Store, add_columns,
        keyset::{ListOrder, Listing, Slice, Window},
    },
};

const RECORD: Prefixed = Prefixed("d_");

/// Newest first, the one order of records.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "record-at", by_text: false, descending: true };

fn of(condition: Condition) -> SelectStatement {
    Query::select().from(adjustment_record::Entity).cond_where(condition).take()
}

/// A page of a subject's records, newest first, and how many there are where that is asked for.
pub async fn page(
    store: &Store,
    subject: AccountId,
    window: &Window,
    counted: bool,
) -> Result<(Slice<Arc<adjustment_record::Model>>, Option<u64>), DbErr> {
    let listing = Listing {
        query: of(Condition::all().add(adjustment_record::Column::SubjectId.eq(subject))),
        sort: Expr::col(adjustment_record::Column::At),
        id: Expr::col(adjustment_record::Column::Id),
        order: &NEWEST_FIRST,
        window,
        counted,
    };
    listing
        .read(
            store.reader(),
            |query| add_columns::<adjustment_record::Entity>(query, RECORD),
            |row| adjustment_record::Model::from_query_result(row, RECORD.0),
        )
        .await
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
