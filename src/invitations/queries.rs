//! Reading invitations within the viewer's scope (Q-CUS-02).

use std::{collections::HashMap, sync::Arc};

use entities::{account, customer, invitation, member, types::InvitationId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use super::inputs::InvitationFilter;
use crate::{
    access::Viewer,
    customers::{begins_with, begins_with_any_case},
    members::queries::called,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of invitations.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "invited-at", by_text: false, descending: true };

fn column(column: invitation::Column) -> SimpleExpr {
    Expr::col((invitation::Entity, column))
}

/// A page of the invitations in scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &InvitationFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<invitation::Model>>, DbErr> {
    use invitation::Column;
    let mut query = Query::select();
    query.from(invitation::Entity).cond_where(viewer.invitations()).cond_where(matching(filter, viewer));
    let listing = Listing {
        query,
        sort: column(Column::InvitedAt),
        id: column(Column::Id),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<invitation::Entity>(store.reader()).await
}

fn matching(filter: &InvitationFilter, viewer: &Viewer) -> Condition {
    use invitation::Column;
    fn given(text: Option<&String>) -> Option<&str> {
        text.map(|text| text.trim()).filter(|text| !text.is_empty())
    }
    let searched = |text: &Option<String>| given(text.as_ref()).map(str::to_lowercase);
    Condition::all()
        .add_option(searched(&filter.full_name).map(|text| begins_with(column(Column::NameKey), &text)))
        .add_option(searched(&filter.email).map(|text| begins_with(column(Column::Email), &text)))
        .add_option(given(filter.tag.as_ref()).map(|text| begins_with_any_case(&column(Column::Tag), text)))
        .add_option(given(filter.remarks.as_ref()).map(|text| begins_with_any_case(&column(Column::Remarks), text)))
        .add_option(searched(&filter.customer).map(|text| Column::CustomerId.in_subquery(customers(viewer, &text))))
        .add_option(
            given(filter.account_manager.as_ref())
                .map(|text| Column::AccountManagerId.in_subquery(managers(viewer, text))),
        )
        .add_option(filter.account_manager_id.map(|id| Column::AccountManagerId.eq(id.0)))
        .add_option(filter.method.as_ref().map(|methods| Column::Method.is_in(methods.iter().copied())))
        .add_option(filter.status.as_ref().map(|statuses| Column::Status.is_in(statuses.iter().copied())))
}

/// The customers in scope of this name or account name.
fn customers(viewer: &Viewer, text: &str) -> SelectStatement {
    let named = begins_with(Expr::col((customer::Entity, customer::Column::NameKey)), text);
    let called = begins_with(Expr::col((account::Entity, account::Column::AccountName)), text);
    Query::select()
        .column((customer::Entity, customer::Column::Id))
        .from(customer::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id)).equals((customer::Entity, customer::Column::Id)),
        )
        .cond_where(viewer.customers())
        .cond_where(Condition::any().add(named).add(called))
        .take()
}

/// The members of the viewer's account of this name or username.
fn managers(viewer: &Viewer, text: &str) -> SelectStatement {
    Query::select()
        .column(member::Column::Id)
        .from(member::Entity)
        .and_where(member::Column::AccountId.eq(viewer.account.id))
        .cond_where(called(text))
        .take()
}

/// Invitations in scope, by id.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[InvitationId],
) -> Result<HashMap<InvitationId, Arc<invitation::Model>>, DbErr> {
    let rows = invitation::Entity::find()
        .filter(viewer.invitations())
        .filter(invitation::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}
