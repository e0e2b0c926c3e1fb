//! Reading customers: lists, counts and single ones, always within the viewer's scope.
//!
//! A customer is read together with its account in one statement; budget, freeze and usage are columns of the same row,
//! so that a list of customers with their budgets costs one statement, and a list of them for each of many resellers one
//! more (docs/decisions/0004). What is read of each row is said by [`Reads`].

use std::{collections::HashMap, sync::Arc};

use entities::{
    account, customer,
    narrow::{Narrow, Values},
    reseller,
    types::{AccountId, AccountKind, BudgetId, CustomerId, ResellerId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, JoinType,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use super::{
    conditions::{self, column},
    inputs::{CustomerFilter, CustomerOrder},
    reads::Reads,
};
use crate::{
    access::Viewer,
    graphql::ahead::Reading,
    resellers::queries::ResellerRow,
    store::{
        Store, add_columns,
        keyset::{Listing, Page, Window},
    },
};

/// A customer with its account. Columns that were not asked for hold defaults.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    /// Who it is.
    pub account: Arc<account::Model>,
    /// How it stands.
    pub customer: customer::Model,
    /// Its reseller, if that was read along.
    pub along: Along,
}

/// A row that may have been read along with another.
#[derive(Debug, Clone)]
pub enum Along {
    /// It was not.
    NotRead,
    /// It was; none where there is none in the viewer's scope.
    Read(Option<Arc<ResellerRow>>),
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
    /// What of each customer.
    pub reads: Reads,
}

/// A page of a list.
pub type CustomerPage = Page<Arc<CustomerRow>>;

/// Whose customers a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Under {
    /// Those of a reseller or provider.
    Partner(AccountId),
    /// Those below a distributor.
    Distributor(AccountId),
}

impl Under {
    fn column(self) -> customer::Column {
        match self {
            Self::Partner(_) => customer::Column::PartnerId,
            Self::Distributor(_) => customer::Column::DistributorId,
        }
    }

    fn id(self) -> AccountId {
        match self {
            Self::Partner(id) | Self::Distributor(id) => id,
        }
    }
}

fn in_scope(viewer: &Viewer) -> SelectStatement {
    Query::select().from(customer::Entity).cond_where(viewer.customers()).take()
}

/// Joins what [`CustomerRow::add_to`] selects.
fn join(query: &mut SelectStatement, viewer: &Viewer, reads: Reads) {
    let id = Expr::col((account::Entity, account::Column::Id));
    query.inner_join(account::Entity, id.eq(column(customer::Column::Id)));
    if let Some(reads) = reads.reseller {
        let id = Expr::col((reseller::Entity, reseller::Column::Id));
        let above = Condition::all().add(id.eq(column(customer::Column::PartnerId)));
        query.left_join(reseller::Entity, above.add(viewer.resellers()));
        ResellerRow::join(query, JoinType::LeftJoin, RESELLER_ACCOUNT, reads);
    }
}

/// The name by which a reseller's account is joined, beside its customer's.
const RESELLER_ACCOUNT: &str = "reseller_account";

impl CustomerRow {
    fn add_to(query: &mut SelectStatement, reads: Reads) {
        add_columns(query, customer::Entity, reads.customer);
        add_columns(query, account::Entity, reads.account);
        if let Some(reads) = reads.reseller {
            ResellerRow::add_to(query, RESELLER_ACCOUNT, reads);
        }
    }

    fn read(values: &mut Values<'_>, reads: Reads) -> Result<Self, DbErr> {
        let customer = customer::Entity::read(values, reads.customer)?;
        let account = account::Entity::read(values, reads.account)?;
        Ok(Self {
            account: Arc::new(account::Model { id: customer.id.cast(), kind: AccountKind::Customer, ..account }),
            customer,
            along: match reads.reseller {
                None => Along::NotRead,
                // The first of its columns, which no reseller is without.
                Some(_) if values.peek::<Option<ResellerId>>()?.is_none() => Along::Read(None),
                Some(reads) => Along::Read(Some(Arc::new(ResellerRow::read(values, reads)?))),
            },
        })
    }
}

/// Customers by id; those outside the scope are left out as if they did not exist.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[CustomerId],
    reads: Reads,
) -> Result<HashMap<CustomerId, Arc<CustomerRow>>, DbErr> {
    let rows = read(db, viewer, customer::Column::Id.is_in(ids.iter().copied()), reads).await?;
    Ok(rows.into_iter().map(|row| (row.customer.id, Arc::new(row))).collect())
}

/// The customer whose budget has this id.
pub async fn by_budget(db: &impl ConnectionTrait, viewer: &Viewer, id: BudgetId) -> Result<Option<CustomerRow>, DbErr> {
    Ok(read(db, viewer, customer::Column::BudgetId.eq(id), Reads::ALL).await?.pop())
}

async fn read(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    which: SimpleExpr,
    reads: Reads,
) -> Result<Vec<CustomerRow>, DbErr> {
    let mut query = in_scope(viewer);
    query.and_where(which);
    join(&mut query, viewer, reads);
    CustomerRow::add_to(&mut query, reads);
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| CustomerRow::read(&mut Values::of(row), reads)).collect()
}

/// A page of the customers in scope.
pub async fn page(store: &Store, viewer: &Viewer, list: &CustomerList) -> Result<CustomerPage, DbErr> {
    let (listing, add) = listing(store, viewer, list).await?;
    listing.read(store.reader(), add, |values| CustomerRow::read(values, list.reads)).await
}

/// The same page of the list under each of several partners, in one statement, and their lengths in another where asked
/// for. `under` is all of one kind.
pub async fn pages(
    store: &Store,
    viewer: &Viewer,
    under: &[Under],
    list: &CustomerList,
) -> Result<HashMap<Under, CustomerPage>, DbErr> {
    let Some(parent) = under.first().map(|under| under.column()) else { return Ok(HashMap::new()) };
    let (listing, add) = listing(store, viewer, list).await?;
    let ids: Vec<_> = under.iter().map(|under| under.id().uuid()).collect();
    let read = |values: &mut Values<'_>| CustomerRow::read(values, list.reads);
    let mut pages = listing.read_each(store.reader(), column(parent), &ids, add, read).await?;
    Ok(under.iter().filter_map(|under| pages.remove(&under.id().uuid()).map(|page| (*under, page))).collect())
}

/// The list, and what adds the columns to it that are to be read.
async fn listing<'l>(
    store: &Store,
    viewer: &'l Viewer,
    list: &'l CustomerList,
) -> Result<(Listing<'l>, impl FnOnce(&mut SelectStatement) + 'l), DbErr> {
    let turning = conditions::turning_to(store).await?;
    let mut query = in_scope(viewer);
    query.cond_where(conditions::matching(&list.filter, viewer, turning));
    let listing = Listing {
        query,
        sort: conditions::sorted_by(list.order.field, turning),
        id: column(customer::Column::Id),
        order: list.order.list_order(),
        window: &list.window,
        counted: list.counted,
    };
    let add = move |query: &mut SelectStatement| {
        join(query, viewer, list.reads);
        CustomerRow::add_to(query, list.reads);
    };
    Ok((listing, add))
}
