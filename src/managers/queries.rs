//! Reading assignments, as far as their customers and resellers are in the viewer's scope.

use std::sync::Arc;

use entities::{
    manager_assignment,
    types::{AccountId, AssignmentId, MemberId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, Query},
};

use crate::{
    access::Viewer,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of assignments.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "assigned-at", by_text: false, descending: true };

/// Which assignments a list holds.
#[derive(Debug, Clone, Default)]
pub struct AssignmentFilter {
    /// Those of a customer or reseller.
    pub subject: Option<AccountId>,
    /// Those of a member.
    pub member: Option<MemberId>,
}

/// A page of assignments.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &AssignmentFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<manager_assignment::Model>>, DbErr> {
    use manager_assignment::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).and_where(Column::AccountId.eq(viewer.account.id));
    if !viewer.sees_all() {
        query.cond_where(viewer.subjects(Column::SubjectId));
    }
    if let Some(subject) = filter.subject {
        query.and_where(Column::SubjectId.eq(subject));
    }
    if let Some(member) = filter.member {
        query.and_where(Column::MemberId.eq(member));
    }
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::FromAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// Assignments of the viewer's account, by id.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[AssignmentId],
) -> Result<Vec<manager_assignment::Model>, DbErr> {
    manager_assignment::Entity::find()
        .filter(manager_assignment::Column::Id.is_in(ids.iter().copied()))
        .filter(manager_assignment::Column::AccountId.eq(viewer.account.id))
        .all(db)
        .await
}
