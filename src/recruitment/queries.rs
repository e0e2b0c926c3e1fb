//! Reading invitations, within the viewer's scope.

use std::sync::Arc;

use entities::{
    reseller_invitation,
    types::{MemberId, ResellerInvitationId, ResellerInvitationStatus, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SimpleExpr},
};

use crate::{
    access::Viewer,
    customers::begins_with,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of invitations.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "invited-at", by_text: false, descending: true };

/// Which invitations a list holds.
#[derive(Debug, Clone, Default)]
pub struct InvitationFilter {
    /// The beginning of the e-mail address.
    pub search: Option<String>,
    /// Where they stand.
    pub status: Option<ResellerInvitationStatus>,
    /// Those of an account manager.
    pub account_manager: Option<MemberId>,
}

/// A page of invitations (Q-CORE-05).
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &InvitationFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<reseller_invitation::Model>>, DbErr> {
    use reseller_invitation::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).cond_where(viewer.reseller_invitations());
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        query.and_where(begins_with(Expr::col((Entity, Column::Email)), &search.to_lowercase()));
    }
    if let Some(status) = filter.status {
        query.and_where(stands_at(status, store.clock().now()));
    }
    if let Some(manager) = filter.account_manager {
        query.and_where(Column::AccountManagerId.eq(manager));
    }
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::InvitedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// Whether an invitation stands so now; see [`status_at`](super::rules::status_at).
fn stands_at(status: ResellerInvitationStatus, now: Timestamp) -> SimpleExpr {
    use reseller_invitation::Column;
    let stored = Column::Status.eq(status);
    match status {
        ResellerInvitationStatus::Pending => stored.and(Column::ExpiresAt.gt(now)),
        ResellerInvitationStatus::Joined => stored,
        ResellerInvitationStatus::Expired => {
            let over = Column::Status.eq(ResellerInvitationStatus::Pending).and(Column::ExpiresAt.lte(now));
            stored.or(over)
        }
    }
}

/// Invitations by id, as far as the viewer may see them.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ResellerInvitationId],
) -> Result<Vec<reseller_invitation::Model>, DbErr> {
    let in_scope: Condition = viewer.reseller_invitations();
    reseller_invitation::Entity::find()
        .filter(in_scope)
        .filter(reseller_invitation::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await
}
