//! Reading resellers: lists, counts and single ones, always within the viewer's scope. A reseller is read together with
//! its account and its permissions in one statement.

use std::{collections::HashMap, sync::Arc};

use entities::{
    account, reseller, reseller_permission,
    types::{DistributorId, ResellerId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult, QueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::inputs::{ResellerFilter, ResellerOrder, ResellerOrderField};
use crate::{
    access::Viewer,
    customers::queries::begins_with,
    store::{
        Prefixed, Store, add_columns,
        keyset::{Listing, Slice, Window},
    },
};

const ACCOUNT: Prefixed = Prefixed("a_");
const RESELLER: Prefixed = Prefixed("r_");
const PERMISSION: Prefixed = Prefixed("p_");

/// A reseller with its account and permissions.
#[derive(Debug, Clone)]
pub struct ResellerRow {
    /// Who it is.
    pub account: account::Model,
    /// Where it stands.
    pub reseller: reseller::Model,
    /// What it may.
    pub permission: reseller_permission::Model,
}

impl FromQueryResult for ResellerRow {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Ok(Self {
            account: account::Model::from_query_result(row, ACCOUNT.0)?,
            reseller: reseller::Model::from_query_result(row, RESELLER.0)?,
            permission: reseller_permission::Model::from_query_result(row, PERMISSION.0)?,
        })
    }
}

/// A list of resellers as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResellerList {
    /// Which.
    pub filter: ResellerFilter,
    /// In which order.
    pub order: ResellerOrder,
    /// Which part.
    pub window: Window,
    /// Whether the whole list is counted too.
    pub counted: bool,
}

/// A page of a list, and the length of the list where it was asked for.
#[derive(Debug, Clone)]
pub struct ResellerPage {
    /// The rows.
    pub slice: Slice<Arc<ResellerRow>>,
    /// The length of the whole list.
    pub total: Option<u64>,
}

fn joined(viewer: &Viewer) -> SelectStatement {
    Query::select()
        .from(reseller::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id)).equals((reseller::Entity, reseller::Column::Id)),
        )
        .inner_join(
            reseller_permission::Entity,
            Expr::col((reseller_permission::Entity, reseller_permission::Column::ResellerId))
                .equals((reseller::Entity, reseller::Column::Id)),
        )
        .cond_where(viewer.resellers())
        .take()
}

fn all_columns(query: &mut SelectStatement) {
    add_columns::<account::Entity>(query, ACCOUNT);
    add_columns::<reseller::Entity>(query, RESELLER);
    add_columns::<reseller_permission::Entity>(query, PERMISSION);
}

/// Resellers by id; those outside the scope are left out as if they did not exist.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ResellerId],
) -> Result<HashMap<ResellerId, Arc<ResellerRow>>, DbErr> {
    let mut query = joined(viewer);
    all_columns(&mut query);
    query.and_where(reseller::Column::Id.is_in(ids.iter().copied()));
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| ResellerRow::from_query_result(row, "").map(|row| (row.reseller.id, Arc::new(row)))).collect()
}

/// A page of the resellers in the viewer's scope, or of one distributor among them.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    distributor: Option<DistributorId>,
    list: &ResellerList,
) -> Result<ResellerPage, DbErr> {
    let order = list.order.list_order();
    let mut query = joined(viewer);
    if let Some(distributor) = distributor {
        query.and_where(reseller::Column::DistributorId.eq(distributor));
    }
    query.cond_where(filter_condition(&list.filter));
    let sort = match list.order.field {
        ResellerOrderField::Name => Expr::col((reseller::Entity, reseller::Column::NameKey)),
        ResellerOrderField::AssociatedAt => Expr::col((reseller::Entity, reseller::Column::AssociatedAt)),
    };
    let listing = Listing {
        query,
        sort,
        id: Expr::col((reseller::Entity, reseller::Column::Id)),
        order: &order,
        window: &list.window,
        counted: list.counted,
    };
    let (slice, total) =
        listing.read(store.reader(), all_columns, |row| ResellerRow::from_query_result(row, "")).await?;
    Ok(ResellerPage { slice, total })
}

fn filter_condition(filter: &ResellerFilter) -> Condition {
    let mut all = Condition::all();
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        let key = search.to_lowercase();
        let account = |column: account::Column| Expr::col((account::Entity, column));
        let mut any = Condition::any()
            .add(begins_with(Expr::col((reseller::Entity, reseller::Column::NameKey)), &key))
            .add(begins_with(account(account::Column::AccountName), &key))
            .add(begins_with(account(account::Column::Email), &key))
            .add(begins_with(account(account::Column::MobileNumber), search));
        if let Ok(id) = key.parse::<ResellerId>() {
            any = any.add(reseller::Column::Id.eq(id));
        }
        all = all.add(any);
    }
    if let Some(range) = &filter.associated_at {
        if let Some(from) = range.from() {
            all = all.add(reseller::Column::AssociatedAt.gte(from));
        }
        if let Some(to) = range.to() {
            all = all.add(reseller::Column::AssociatedAt.lt(to));
        }
    }
    if let Some(authorized) = filter.budget_and_freeze {
        all = all.add(reseller_permission::Column::BudgetAndFreeze.eq(authorized));
    }
    if let Some(authorized) = filter.on_behalf {
        all = all.add(reseller_permission::Column::OnBehalf.eq(authorized));
    }
    if let Some(manager) = &filter.account_manager_id {
        all = all.add(reseller::Column::AccountManagerId.eq(manager.0));
    }
    all
}
