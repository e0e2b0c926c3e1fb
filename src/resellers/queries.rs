//! Reading resellers: lists, counts and single ones, always within the viewer's scope. A reseller is read together with
//! its account and its permissions in one statement.

use std::{collections::HashMap, sync::Arc};

use entities::{
    account,
    narrow::{Columns, Narrow, Values},
    reseller, reseller_permission,
    types::{AccountKind, DistributorId, ResellerId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, JoinType,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{
    inputs::{ResellerFilter, ResellerOrder, ResellerOrderField},
    reads::ResellerReads,
};
use crate::{
    access::Viewer,
    customers::begins_with,
    store::{
        Store, add_columns,
        keyset::{Listing, Page, Window},
    },
};

/// A reseller with its account and permissions. Columns that were not asked for hold defaults.
#[derive(Debug, Clone)]
pub struct ResellerRow {
    /// Who it is.
    pub account: Arc<account::Model>,
    /// Where it stands.
    pub reseller: reseller::Model,
    /// What it may, if that was asked for.
    pub permission: Option<reseller_permission::Model>,
}

impl ResellerRow {
    /// Joins what is asked for to the resellers of a select, the account under a name of its own. `kind` says what
    /// becomes of a row without a reseller.
    pub fn join(query: &mut SelectStatement, kind: JoinType, account: &'static str, reads: ResellerReads) {
        let id = || Expr::col((reseller::Entity, reseller::Column::Id));
        query.join_as(kind, account::Entity, account, Expr::col((account, account::Column::Id)).eq(id()));
        if reads.permission {
            let of = Expr::col((reseller_permission::Entity, reseller_permission::Column::ResellerId));
            query.join(kind, reseller_permission::Entity, of.eq(id()));
        }
    }

    /// Selects what [`ResellerRow::read`] reads, the account under the name that it is joined by.
    pub fn add_to(query: &mut SelectStatement, account: &'static str, reads: ResellerReads) {
        add_columns(query, reseller::Entity, reads.reseller);
        add_columns(query, account, reads.account);
        if reads.permission {
            add_columns(query, reseller_permission::Entity, Columns::<reseller_permission::Entity>::ALL);
        }
    }

    /// Reads it from the next values.
    pub fn read(values: &mut Values<'_>, reads: ResellerReads) -> Result<Self, DbErr> {
        let permission = |values: &mut Values<'_>| reseller_permission::Entity::read(values, Columns::ALL);
        let reseller = reseller::Entity::read(values, reads.reseller)?;
        let account = account::Entity::read(values, reads.account)?;
        Ok(Self {
            account: Arc::new(account::Model { id: reseller.id.cast(), kind: AccountKind::Reseller, ..account }),
            reseller,
            permission: reads.permission.then(|| permission(values)).transpose()?,
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
    /// What of each reseller.
    pub reads: ResellerReads,
}

/// A page of a list.
pub type ResellerPage = Page<Arc<ResellerRow>>;

/// The name by which its account is joined.
const ACCOUNT: &str = "accounts";

fn in_scope(viewer: &Viewer) -> SelectStatement {
    Query::select().from(reseller::Entity).cond_where(viewer.resellers()).take()
}

/// Resellers by id; those outside the scope are left out as if they did not exist.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ResellerId],
    reads: ResellerReads,
) -> Result<HashMap<ResellerId, Arc<ResellerRow>>, DbErr> {
    let mut query = in_scope(viewer);
    ResellerRow::join(&mut query, JoinType::InnerJoin, ACCOUNT, reads);
    ResellerRow::add_to(&mut query, ACCOUNT, reads);
    query.and_where(reseller::Column::Id.is_in(ids.iter().copied()));
    let rows = db.query_all(&query).await?;
    let read = |row| ResellerRow::read(&mut Values::of(row), reads).map(|row| (row.reseller.id, Arc::new(row)));
    rows.iter().map(read).collect()
}

/// A page of the resellers in the viewer's scope, or of one distributor among them.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    distributor: Option<DistributorId>,
    list: &ResellerList,
) -> Result<ResellerPage, DbErr> {
    let mut query = in_scope(viewer);
    // Filters may ask for what nobody is shown.
    let permission = list.filter.budget_and_freeze.is_some() || list.filter.on_behalf.is_some();
    let reads = ResellerReads { permission: permission || list.reads.permission, ..list.reads };
    ResellerRow::join(&mut query, JoinType::InnerJoin, ACCOUNT, reads);
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
        order: list.order.list_order(),
        window: &list.window,
        counted: list.counted,
    };
    let add = |query: &mut SelectStatement| ResellerRow::add_to(query, ACCOUNT, list.reads);
    listing.read(store.reader(), add, |values| ResellerRow::read(values, list.reads)).await
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
    if let Some(unassigned) = filter.unassigned {
        let manager = reseller::Column::AccountManagerId;
        all = all.add(if unassigned { manager.is_null() } else { manager.is_not_null() });
    }
    all
}
