//! Reading customers: lists, counts and single ones, always within the viewer's scope.
//!
//! A customer is read together with its account in one statement; budget, freeze and usage are columns of the same row,
//! so that a list of customers with their budgets costs one statement, and a list of them for each of many resellers one
//! more (docs/decisions/0004).

use std::{collections::HashMap, sync::Arc};

use entities::{
    account, customer, reseller, reseller_permission,
    types::{AccountId, BudgetId, BudgetType, CustomerId, FreezeCause, Month, Thresholds},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult, QueryResult,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use super::inputs::{CustomerFilter, CustomerOrder, CustomerOrderField, amount_bound, ratio_bound};
use crate::{
    access::{Tenant, Viewer},
    store::{
        Prefixed, Store, add_columns,
        keyset::{self, Slice, Window},
    },
};

const ACCOUNT: Prefixed = Prefixed("a_");
const CUSTOMER: Prefixed = Prefixed("c_");

/// A customer with its account.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    /// Who it is.
    pub account: account::Model,
    /// How it stands.
    pub customer: customer::Model,
}

impl FromQueryResult for CustomerRow {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Ok(Self {
            account: account::Model::from_query_result(row, ACCOUNT.0)?,
            customer: customer::Model::from_query_result(row, CUSTOMER.0)?,
        })
    }
}

/// A list of customers as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CustomerList {
    /// Which.
    pub filter: CustomerFilter,
    /// In which order.
    pub order: CustomerOrder,
    /// Which part.
    pub window: Window,
    /// Whether the whole list is counted too.
    pub counted: bool,
}

/// A page of a list, and the length of the list where it was asked for.
#[derive(Debug, Clone)]
pub struct CustomerPage {
    /// The rows.
    pub slice: Slice<Arc<CustomerRow>>,
    /// The length of the whole list.
    pub total: Option<u64>,
}

/// Whose customers a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Under {
    /// All in the viewer's scope.
    Scope,
    /// Those of a reseller or provider.
    Partner(AccountId),
    /// Those below a distributor.
    Distributor(AccountId),
}

fn column(column: customer::Column) -> SimpleExpr {
    Expr::col((customer::Entity, column))
}

fn in_scope(viewer: &Viewer) -> SelectStatement {
    Query::select().from(customer::Entity).cond_where(viewer.customers()).take()
}

fn join_accounts(query: &mut SelectStatement) {
    query.inner_join(
        account::Entity,
        Expr::col((account::Entity, account::Column::Id)).equals((customer::Entity, customer::Column::Id)),
    );
}

fn joined(viewer: &Viewer) -> SelectStatement {
    let mut query = in_scope(viewer);
    join_accounts(&mut query);
    query
}

fn all_columns(query: &mut SelectStatement) {
    add_columns::<account::Entity>(query, ACCOUNT);
    add_columns::<customer::Entity>(query, CUSTOMER);
}

/// Customers by id; those outside the scope are left out as if they did not exist.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, Arc<CustomerRow>>, DbErr> {
    let mut query = joined(viewer);
    all_columns(&mut query);
    query.and_where(customer::Column::Id.is_in(ids.iter().copied()));
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| CustomerRow::from_query_result(row, "").map(|row| (row.customer.id, Arc::new(row)))).collect()
}

/// The customer whose budget has this id.
pub async fn by_budget(db: &impl ConnectionTrait, viewer: &Viewer, id: BudgetId) -> Result<Option<CustomerRow>, DbErr> {
    let mut query = joined(viewer);
    all_columns(&mut query);
    query.and_where(customer::Column::BudgetId.eq(id));
    db.query_one(&query).await?.map(|row| CustomerRow::from_query_result(&row, "")).transpose()
}

/// A page of a list.
pub async fn page(store: &Store, viewer: &Viewer, list: &CustomerList) -> Result<CustomerPage, DbErr> {
    let mut pages = pages(store, viewer, &[Under::Scope], list).await?;
    Ok(pages.remove(&Under::Scope).unwrap_or(CustomerPage { slice: Slice::empty(), total: list.counted.then_some(0) }))
}

/// The same page of the list under each of several partners, in one statement, and their lengths in another where asked
/// for. `under` is not empty, and all of one kind.
pub async fn pages(
    store: &Store,
    viewer: &Viewer,
    under: &[Under],
    list: &CustomerList,
) -> Result<HashMap<Under, CustomerPage>, DbErr> {
    let parent = parent_column(under);
    let turning = turning_to(store).await?;
    let order = list.order.list_order();
    let mut query = in_scope(viewer);
    narrow(&mut query, viewer, list, turning, parent, under);
    // Counting reads an index alone where no column of the account matters.
    let searches = list.filter.searched().is_some();
    if searches {
        join_accounts(&mut query);
    }
    let counts = if list.counted { Some(counts(store, query.clone(), parent).await?) } else { None };

    if !searches {
        join_accounts(&mut query);
    }
    all_columns(&mut query);
    if let Some(parent) = parent {
        query.expr_as(column(parent), Alias::new(keyset::PARENT));
    }
    let sort = sort_expression(list.order.field, turning);
    let query = keyset::page(query, sort, column(customer::Column::Id), &order, &list.window, parent.is_some());
    let mut rows: HashMap<Under, Vec<_>> = HashMap::new();
    for row in store.reader().query_all(&query).await? {
        let key = match parent {
            None => Under::Scope,
            Some(column) => under_of(column, row.try_get("", keyset::PARENT)?),
        };
        let place = keyset::place_of(&row, &order)?;
        rows.entry(key).or_default().push((place, Arc::new(CustomerRow::from_query_result(&row, "")?)));
    }
    Ok(under
        .iter()
        .map(|key| {
            let slice = keyset::slice(rows.remove(key).unwrap_or_default(), &list.window);
            let total = counts.as_ref().map(|counts| counts.get(key).copied().unwrap_or(0));
            (*key, CustomerPage { slice, total })
        })
        .collect())
}

fn parent_column(under: &[Under]) -> Option<customer::Column> {
    under.iter().find_map(|under| match under {
        Under::Scope => None,
        Under::Partner(_) => Some(customer::Column::PartnerId),
        Under::Distributor(_) => Some(customer::Column::DistributorId),
    })
}

fn under_of(column: customer::Column, id: AccountId) -> Under {
    if matches!(column, customer::Column::DistributorId) { Under::Distributor(id) } else { Under::Partner(id) }
}

async fn counts(
    store: &Store,
    mut query: SelectStatement,
    parent: Option<customer::Column>,
) -> Result<HashMap<Under, u64>, DbErr> {
    query.expr_as(Func::count(column(customer::Column::Id)), Alias::new("total"));
    if let Some(parent) = parent {
        query.expr_as(column(parent), Alias::new(keyset::PARENT)).add_group_by([column(parent)]);
    }
    let mut counts = HashMap::new();
    for row in store.reader().query_all(&query).await? {
        let key = match parent {
            None => Under::Scope,
            Some(column) => under_of(column, row.try_get("", keyset::PARENT)?),
        };
        counts.insert(key, row.try_get::<i64>("", "total")?.unsigned_abs());
    }
    Ok(counts)
}

/// The present month while there may be rows that tell of an earlier one, none when all have turned. Then figures are
/// plain columns, which indexes serve.
async fn turning_to(store: &Store) -> Result<Option<Month>, DbErr> {
    let month = store.calendar().month_of(store.clock().now());
    if store.has_turned_to(month) {
        return Ok(None);
    }
    let mut earlier = Query::select();
    earlier.expr(column(customer::Column::Id)).from(customer::Entity).limit(1);
    earlier.and_where(customer::Column::ExpenditureMonth.lt(month));
    if store.reader().query_one(&earlier).await?.is_some() {
        return Ok(Some(month));
    }
    store.note_turned_to(month);
    Ok(None)
}

/// What is current of a monthly figure: 0 where the row tells of an earlier month (R-CORE-17).
fn this_month(figure: customer::Column, turning: Option<Month>) -> SimpleExpr {
    let Some(month) = turning else { return column(figure) };
    CaseStatement::new()
        .case(column(customer::Column::ExpenditureMonth).eq(month), column(figure))
        .finally(0_i64)
        .into()
}

/// The usage ratio now: a monthly budget of which an earlier month's usage is stored has used nothing yet.
fn ratio_now(turning: Option<Month>) -> SimpleExpr {
    let Some(month) = turning else { return column(customer::Column::UsageRatio) };
    let stale = customer::Column::BudgetType
        .eq(BudgetType::Monthly)
        .and(customer::Column::ExpenditureMonth.lt(month))
        .and(customer::Column::UsageRatio.gt(0_i64));
    CaseStatement::new().case(stale, 0_i64).finally(column(customer::Column::UsageRatio)).into()
}

fn has_open_alerts(turning: Option<Month>) -> SimpleExpr {
    let open = customer::Column::OpenAlerts.ne(Thresholds::NONE);
    let Some(month) = turning else { return open };
    open.and(customer::Column::ExpenditureMonth.eq(month).or(customer::Column::BudgetType.eq(BudgetType::OneTime)))
}

fn sort_expression(field: CustomerOrderField, turning: Option<Month>) -> SimpleExpr {
    match field {
        CustomerOrderField::Name => column(customer::Column::NameKey),
        CustomerOrderField::AssociatedAt => column(customer::Column::AssociatedAt),
        CustomerOrderField::UsagePercent => ratio_now(turning),
        CustomerOrderField::MonthToDateExpenditure => this_month(customer::Column::Expenditure, turning),
    }
}

fn narrow(
    query: &mut SelectStatement,
    viewer: &Viewer,
    list: &CustomerList,
    turning: Option<Month>,
    parent: Option<customer::Column>,
    under: &[Under],
) {
    use customer::Column;
    if let Some(parent) = parent {
        let ids = under.iter().filter_map(|under| match under {
            Under::Scope => None,
            Under::Partner(id) | Under::Distributor(id) => Some(*id),
        });
        query.and_where(column(parent).is_in(ids));
    }
    let filter = &list.filter;
    let mut all = Condition::all();
    if let Some(search) = filter.searched() {
        all = all.add(search_condition(search, viewer));
    }
    if let Some(reseller) = filter.reseller() {
        all = all.add(Column::PartnerId.eq(reseller));
    }
    if let Some(manager) = filter.account_manager() {
        all = all.add(Column::AccountManagerId.eq(manager));
    }
    if let Some(tag) = &filter.tag {
        // Tags are a JSON array of strings; the quotes delimit one.
        let quoted = serde_json::to_string(tag).unwrap_or_default();
        let text = column(Column::Tags).cast_as("text");
        all = all.add(Func::cust(Alias::new("replace")).args([text.clone(), quoted.into(), "".into()]).ne(text));
    }
    if let Some(automatic) = filter.automatically_frozen {
        let by_system = Column::FreezeCause.eq(FreezeCause::BudgetExhausted);
        let not = Column::FreezeCause.is_null().or(Column::FreezeCause.ne(FreezeCause::BudgetExhausted));
        all = all.add(if automatic { by_system } else { not });
    }
    if let Some(levels) = &filter.freeze_level {
        all = all.add(Column::FreezeLevel.is_in(levels.iter().copied()));
    }
    if let Some(authorized) = filter.reseller_authorized {
        let resellers = Query::select()
            .column(reseller_permission::Column::ResellerId)
            .from(reseller_permission::Entity)
            .and_where(reseller_permission::Column::BudgetAndFreeze.eq(authorized))
            .take();
        all = all.add(Column::PartnerId.in_subquery(resellers));
    }
    if let Some(budget_type) = filter.budget_type {
        all = all.add(Column::BudgetType.eq(budget_type));
    }
    if let Some(range) = &filter.usage_percent {
        let ratio = ratio_now(turning);
        all = all.add(ratio.clone().gte(range.min.map_or(0, |min| Ord::max(ratio_bound(min, true), 0))));
        if let Some(max) = range.max {
            all = all.add(ratio.lte(ratio_bound(max, false)));
        }
    }
    if let Some(range) = &filter.month_to_date_expenditure {
        let spent = this_month(Column::Expenditure, turning);
        if let Some(min) = range.min {
            all = all.add(spent.clone().gte(amount_bound(min, true)));
        }
        if let Some(max) = range.max {
            all = all.add(spent.lte(amount_bound(max, false)));
        }
    }
    if let Some(range) = &filter.associated_at {
        if let Some(from) = range.from() {
            all = all.add(Column::AssociatedAt.gte(from));
        }
        if let Some(to) = range.to() {
            all = all.add(Column::AssociatedAt.lt(to));
        }
    }
    if let Some(wanted) = filter.has_open_alerts {
        let open = has_open_alerts(turning);
        all = all.add(if wanted { open } else { Func::coalesce([open, false.into()]).eq(false) });
    }
    query.cond_where(all);
}

/// By prefix, case aside: a range, so that an index serves it and no character of the search has a meaning.
fn search_condition(search: &str, viewer: &Viewer) -> Condition {
    let key = search.to_lowercase();
    let mut any = Condition::any()
        .add(begins_with(column(customer::Column::NameKey), &key))
        .add(begins_with(Expr::col((account::Entity, account::Column::AccountName)), &key))
        .add(begins_with(Expr::col((account::Entity, account::Column::MobileNumber)), search));
    if let Ok(id) = key.parse::<CustomerId>() {
        any = any.add(customer::Column::Id.eq(id));
    }
    if matches!(viewer.tenant(), Tenant::Distributor(_) | Tenant::Platform) {
        let resellers = Query::select()
            .column(reseller::Column::Id)
            .from(reseller::Entity)
            .cond_where(viewer.resellers())
            .and_where(begins_with(Expr::col((reseller::Entity, reseller::Column::NameKey)), &key))
            .take();
        any = any.add(customer::Column::PartnerId.in_subquery(resellers));
    }
    any
}

/// Whether a text column begins with `prefix`, compared by code point.
pub fn begins_with(column: SimpleExpr, prefix: &str) -> SimpleExpr {
    let after_all = format!("{prefix}{}", char::MAX);
    column.clone().gte(prefix).and(column.lt(after_all))
}
