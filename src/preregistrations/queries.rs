//! Reading preregistrations within the viewer's scope; and what is known of whoever has an address.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use entities::{
    account, charge, customer, preregistration,
    types::{AccountId, AccountKind, CustomerId, PreregistrationId, PreregistrationStatus, Timestamp},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, Query, SimpleExpr},
};

use super::rules::Known;
use crate::{
    access::Viewer,
    customer_facts,
    customers::begins_with,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of preregistrations.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "preregistered-at", by_text: false, descending: true };

/// Which preregistrations a list holds.
#[derive(Debug, Clone, Default)]
pub struct PreregistrationFilter {
    /// Beginning of the full name.
    pub full_name: Option<String>,
    /// Beginning of the number.
    pub mobile_number: Option<String>,
    /// Beginning of the address.
    pub email: Option<String>,
    /// Where they stand.
    pub statuses: Option<Vec<PreregistrationStatus>>,
}

fn column(column: preregistration::Column) -> SimpleExpr {
    Expr::col((preregistration::Entity, column))
}

/// A page of the preregistrations in scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &PreregistrationFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<preregistration::Model>>, DbErr> {
    use preregistration::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).cond_where(viewer.preregistrations());
    let searched = [
        (Column::NameKey, filter.full_name.as_ref().map(|text| text.to_lowercase())),
        (Column::MobileNumber, filter.mobile_number.clone()),
        (Column::Email, filter.email.as_ref().map(|text| text.to_lowercase())),
    ];
    for (of, text) in searched {
        if let Some(text) = text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            query.and_where(begins_with(column(of), text));
        }
    }
    if let Some(statuses) = &filter.statuses {
        query.and_where(Column::Status.is_in(statuses.iter().copied()));
    }
    let listing = Listing {
        query,
        sort: column(Column::PreregisteredAt),
        id: column(Column::Id),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// Preregistrations in scope, by id.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[PreregistrationId],
) -> Result<HashMap<PreregistrationId, Arc<preregistration::Model>>, DbErr> {
    let rows = preregistration::Entity::find()
        .filter(viewer.preregistrations())
        .filter(preregistration::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// An account of a customer that an address belongs to, and what is known of it, for a partner that claims it.
pub struct Registered {
    /// The account.
    pub customer: CustomerId,
    /// Whether it is this partner's already.
    pub is_own: bool,
    /// The rest.
    pub known: Known,
}

/// Those of some customers that have spent something here: a charge was recorded for them.
pub async fn who_have_spent(db: &impl ConnectionTrait, customers: &[CustomerId]) -> Result<HashSet<CustomerId>, DbErr> {
    let charged = Query::select()
        .expr(Expr::val(1))
        .from(charge::Entity)
        .and_where(
            Expr::col((charge::Entity, charge::Column::CustomerId)).equals((customer::Entity, customer::Column::Id)),
        )
        .and_where(charge::Column::ListPrice.gt(0_i64))
        .take();
    let spent = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::Id.is_in(customers.iter().copied()))
        .filter(Expr::exists(charged));
    Ok(spent.into_tuple().all(db).await?.into_iter().collect())
}

/// The customers' accounts that have one of some addresses, which are in lower case; each with its address.
pub async fn accounts_of<'a>(
    db: &impl ConnectionTrait,
    emails: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<(CustomerId, String)>, DbErr> {
    let address = || Expr::expr(Func::lower(Expr::col((account::Entity, account::Column::Email))));
    let found = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .expr_as(address(), "address")
        .filter(account::Column::Kind.eq(AccountKind::Customer))
        .filter(address().is_in(emails));
    found.into_tuple().all(db).await
}

/// The customers' accounts that have an address, which is in lower case.
pub async fn registered(db: &impl ConnectionTrait, partner: AccountId, email: &str) -> Result<Vec<Registered>, DbErr> {
    use account::Column;
    let address = Func::lower(Expr::col((account::Entity, Column::Email)));
    let query = Query::select()
        .column((account::Entity, Column::Id))
        .column((account::Entity, Column::CountryRegion))
        .column((account::Entity, Column::CreatedAt))
        .column((customer::Entity, customer::Column::PartnerId))
        .from(account::Entity)
        .inner_join(
            customer::Entity,
            Expr::col((customer::Entity, customer::Column::Id)).equals((account::Entity, Column::Id)),
        )
        .and_where(Expr::col((account::Entity, Column::Kind)).eq(AccountKind::Customer))
        .and_where(Expr::expr(address).eq(email))
        .take();
    let rows = db.query_all(&query).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<CustomerId>, _>>()?;
    let facts = customer_facts::queries::by_id(db, &ids).await?;
    let spent = who_have_spent(db, &ids).await?;
    let mut found = Vec::with_capacity(rows.len());
    for (row, customer) in rows.iter().zip(ids) {
        let its_partner: Option<AccountId> = row.try_get_by_index(3)?;
        found.push(Registered {
            customer,
            is_own: its_partner == Some(partner),
            known: Known {
                associated_elsewhere: its_partner.is_some_and(|its| its != partner),
                country: row.try_get_by_index(1)?,
                registered_at: row.try_get_by_index::<Timestamp>(2)?,
                has_spent: spent.contains(&customer),
                facts: facts.get(&customer).copied().unwrap_or_default(),
            },
        });
    }
    Ok(found)
}
