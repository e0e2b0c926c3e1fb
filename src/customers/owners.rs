//! Whose something is: what lists of things that belong to customers, such as orders, are narrowed by.

use entities::{
    account, customer,
    types::{CustomerId, ResellerId},
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query},
};

use super::begins_with;
use crate::access::Viewer;

/// Which customers' things a list holds; all in scope where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// Those of this one.
    pub id: Option<CustomerId>,
    /// Those of customers whose name or account name begins so, case aside.
    pub search: Option<String>,
    /// Those of a reseller's customers.
    pub reseller: Option<ResellerId>,
}

impl Owners {
    /// Whether a column names one of these, within the viewer's scope.
    pub fn own(&self, column: impl ColumnTrait, viewer: &Viewer) -> Condition {
        let search = self.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let all = match self.id {
            // By value, so that an index by customer serves the list.
            Some(id) => viewer.of_customers(column).add(column.eq(id)),
            None => viewer.of_customers(column),
        };
        if search.is_none() && self.reseller.is_none() {
            return all;
        }
        let mut named = Query::select();
        named.column(customer::Column::Id).from(customer::Entity).cond_where(viewer.customers());
        if let Some(reseller) = self.reseller {
            named.and_where(customer::Column::PartnerId.eq(reseller));
        }
        if let Some(search) = search {
            let key = search.to_lowercase();
            let accounts = Query::select()
                .column(account::Column::Id)
                .from(account::Entity)
                .and_where(begins_with(Expr::col((account::Entity, account::Column::AccountName)), &key))
                .take();
            let name = begins_with(Expr::col((customer::Entity, customer::Column::NameKey)), &key);
            named.and_where(name.or(customer::Column::Id.in_subquery(accounts)));
        }
        all.add(column.in_subquery(named.take()))
    }
}
