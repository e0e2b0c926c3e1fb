//! Reading traces: a customer's own, as long as they are kept.

use std::sync::Arc;

use entities::{
    account, member,
    narrow::{Columns, Narrow, Values},
    trace,
    types::{Timestamp, TraceId, TraceStatus},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::KEEP;
use crate::{
    access::Viewer,
    store::{
        Store, add_columns,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of traces.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "trace-at", by_text: false, descending: true };

/// Which traces a list holds.
#[derive(Debug, Clone, Default)]
pub struct TraceFilter {
    /// What was done.
    pub name: Option<String>,
    /// In which part of the program.
    pub source: Option<String>,
    /// To what kind of thing.
    pub resource_type: Option<String>,
    /// To which: its id, or how it is called.
    pub resource: Option<String>,
    /// By which account, by its login name.
    pub operator: Option<String>,
    /// How grave.
    pub status: Option<TraceStatus>,
    /// On behalf of the customer, or not.
    pub on_behalf: Option<bool>,
    /// Not before these instants.
    pub from: Vec<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

/// A trace with the names of whoever did it.
#[derive(Debug, Clone)]
pub struct TraceRow {
    /// The trace.
    pub trace: trace::Model,
    /// The login name of the account that did it.
    pub account_name: Option<String>,
    /// The name of its member. Personal data.
    pub member_name: Option<String>,
}

impl TraceRow {
    fn add_to(query: &mut SelectStatement) {
        let of = |column| Expr::col((trace::Entity, column));
        let account = Expr::col((account::Entity, account::Column::Id)).eq(of(trace::Column::ByAccount));
        let member = Expr::col((member::Entity, member::Column::Id)).eq(of(trace::Column::ByMember));
        query.left_join(account::Entity, account).left_join(member::Entity, member);
        add_columns(query, trace::Entity, Columns::<trace::Entity>::ALL);
        query.expr(Expr::col((account::Entity, account::Column::AccountName)));
        query.expr(Expr::col((member::Entity, member::Column::Name)));
    }

    fn read(values: &mut Values<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            trace: trace::Entity::read(values, Columns::ALL)?,
            account_name: values.take()?,
            member_name: values.take()?,
        })
    }
}

/// A page of the viewer's traces, newest first, none older than 7 days (R-CUS-38).
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &TraceFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<TraceRow>>, DbErr> {
    use trace::Column;
    let query = kept(store, viewer).cond_where(condition(filter)).take();
    let listing = Listing {
        query,
        sort: Expr::col((trace::Entity, Column::At)),
        id: Expr::col((trace::Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read(store.reader(), TraceRow::add_to, TraceRow::read).await
}

/// A trace of the viewer's, as long as it is kept.
pub async fn by_id(store: &Store, viewer: &Viewer, id: TraceId) -> Result<Option<TraceRow>, DbErr> {
    let mut query = kept(store, viewer).and_where(trace::Column::Id.eq(id)).take();
    TraceRow::add_to(&mut query);
    let row = store.reader().query_one(&query).await?;
    row.map(|row| TraceRow::read(&mut Values::of(&row))).transpose()
}

/// The viewer's traces, none older than 7 days (R-CUS-38).
fn kept(store: &Store, viewer: &Viewer) -> SelectStatement {
    let since = store.clock().now().minus(KEEP);
    Query::select().from(trace::Entity).cond_where(viewer.traces()).and_where(trace::Column::At.gte(since)).take()
}

fn condition(filter: &TraceFilter) -> Condition {
    use trace::Column;
    let resource = filter
        .resource
        .as_ref()
        .map(|resource| Condition::any().add(Column::ResourceId.eq(resource)).add(Column::ResourceName.eq(resource)));
    let operator = filter.operator.as_ref().map(|name| {
        let accounts = Query::select()
            .column(account::Column::Id)
            .from(account::Entity)
            .and_where(account::Column::AccountName.eq(name.trim().to_lowercase()))
            .take();
        Column::ByAccount.in_subquery(accounts)
    });
    let from = filter.from.iter().map(|from| Column::At.gte(*from));
    from.fold(Condition::all(), Condition::add)
        .add_option(filter.name.as_ref().map(|name| Column::Name.eq(name)))
        .add_option(filter.source.as_ref().map(|source| Column::Source.eq(source)))
        .add_option(filter.resource_type.as_ref().map(|kind| Column::ResourceType.eq(kind)))
        .add_option(resource)
        .add_option(operator)
        .add_option(filter.status.map(|status| Column::Status.eq(status)))
        .add_option(filter.on_behalf.map(|on_behalf| Column::OnBehalf.eq(on_behalf)))
        .add_option(filter.to.map(|to| Column::At.lt(to)))
}
