//! Which customers a list holds, and what it is sorted by.

use entities::{
    account, customer, reseller, reseller_permission,
    types::{BudgetType, CustomerId, FreezeCause, Month, Thresholds},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, Query, SimpleExpr, UnionType},
};

use super::inputs::{CustomerFilter, CustomerOrderField, amount_bound, ratio_bound};
use crate::{
    access::{Tenant, Viewer},
    store::{Store, json_list_has},
};

/// A column of the customer, whatever is joined to it.
pub fn column(column: customer::Column) -> SimpleExpr {
    Expr::col((customer::Entity, column))
}

/// The present month while there may be rows that tell of an earlier one, none when all have turned. Then figures are
/// plain columns, which indexes serve.
pub async fn turning_to(store: &Store) -> Result<Option<Month>, DbErr> {
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

/// What a list in this order is sorted by.
pub fn sorted_by(field: CustomerOrderField, turning: Option<Month>) -> SimpleExpr {
    match field {
        CustomerOrderField::Name => column(customer::Column::NameKey),
        CustomerOrderField::AssociatedAt => column(customer::Column::AssociatedAt),
        CustomerOrderField::UsagePercent => ratio_now(turning),
        CustomerOrderField::MonthToDateExpenditure => this_month(customer::Column::Expenditure, turning),
    }
}

/// What narrows a list of customers to those that a filter asks for.
pub fn matching(filter: &CustomerFilter, viewer: &Viewer, turning: Option<Month>) -> Condition {
    use customer::Column;
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
    if let Some(unassigned) = filter.unassigned {
        let manager = Column::AccountManagerId;
        all = all.add(if unassigned { manager.is_null() } else { manager.is_not_null() });
    }
    if let Some(tag) = &filter.tag {
        all = all.add(json_list_has(column(Column::Tags), tag));
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
    all
}

/// By prefix, case aside: ranges, so that indexes serve them and no character of the search has a meaning. Each way to be
/// found is a set of ids by itself: an index serves one range, and none serves several at once.
fn search_condition(search: &str, viewer: &Viewer) -> SimpleExpr {
    let key = search.to_lowercase();
    let customers = |which: SimpleExpr| {
        Query::select()
            .column(customer::Column::Id)
            .from(customer::Entity)
            .cond_where(viewer.customers())
            .and_where(which)
            .take()
    };
    let accounts = |column: account::Column, prefix: &str| {
        Query::select()
            .column(account::Column::Id)
            .from(account::Entity)
            .and_where(begins_with(Expr::col((account::Entity, column)), prefix))
            .take()
    };
    let mut found = customers(begins_with(column(customer::Column::NameKey), &key));
    found.union(UnionType::All, accounts(account::Column::AccountName, &key));
    found.union(UnionType::All, accounts(account::Column::MobileNumber, search));
    if let Ok(id) = key.parse::<CustomerId>() {
        found.union(UnionType::All, customers(customer::Column::Id.eq(id)));
    }
    if matches!(viewer.tenant(), Tenant::Distributor(_) | Tenant::Platform) {
        let resellers = Query::select()
            .column(reseller::Column::Id)
            .from(reseller::Entity)
            .cond_where(viewer.resellers())
            .and_where(begins_with(Expr::col((reseller::Entity, reseller::Column::NameKey)), &key))
            .take();
        found.union(UnionType::All, customers(customer::Column::PartnerId.in_subquery(resellers)));
    }
    column(customer::Column::Id).in_subquery(found)
}

/// Whether a text column begins with `prefix`, case aside as the column's collation knows it: for letters of ASCII at least.
pub fn begins_with_any_case(column: &SimpleExpr, prefix: &str) -> SimpleExpr {
    let is = |prefix: String| {
        let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
        let begin = [Func::lower(column.clone()).into(), Expr::val(1), Expr::val(length)];
        Expr::expr(Func::cust("substr").args(begin)).eq(prefix)
    };
    is(prefix.to_ascii_lowercase()).or(is(prefix.to_lowercase()))
}

/// Whether a text column begins with `prefix`, compared by code point.
pub fn begins_with(column: SimpleExpr, prefix: &str) -> SimpleExpr {
    let after_all = format!("{prefix}{}", char::MAX);
    column.clone().gte(prefix).and(column.lt(after_all))
}
