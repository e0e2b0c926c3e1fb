//! Reading applications in the viewer's scope.

use std::{collections::HashMap, sync::Arc};

use entities::{
    application, application_step,
    types::{AccountId, AccountKind, ApplicationId, ApplicationKind, ApplicationStatus, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, Query},
};

use super::{Decider, Reviews};
use crate::{
    access::{Permission, Viewer},
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// By the time when they were handed in at first.
pub const fn by_submission(descending: bool) -> ListOrder {
    ListOrder { name: "submitted-at", by_text: false, descending }
}

/// Which applications a list holds; conditions given together must all hold.
#[derive(Debug, Clone, Default)]
pub struct ApplicationFilter {
    /// Of these kinds.
    pub kinds: Option<Vec<ApplicationKind>>,
    /// In these states.
    pub statuses: Option<Vec<ApplicationStatus>>,
    /// About this customer, reseller or partner.
    pub subject: Option<AccountId>,
    /// Handed in from this instant on.
    pub from: Option<Timestamp>,
    /// Handed in before this instant.
    pub to: Option<Timestamp>,
    /// Whether their time is over.
    pub overdue: Option<bool>,
    /// Whether the viewer decides them now.
    pub to_decide: Option<bool>,
}

/// The applications that wait for a decision of the viewer.
fn to_decide(viewer: &Viewer, reviews: &Reviews) -> Condition {
    use application::Column;
    let allow = |permission| viewer.permissions().allow(permission);
    let waiting = Condition::all().add(Column::Status.eq(ApplicationStatus::UnderReview));
    if viewer.account.kind == AccountKind::Platform {
        let may = Expr::val(allow(Permission::ApplicationReview));
        return waiting.add(Column::WithCounterparty.eq(false)).add(may);
    }
    let kinds = reviews.declarations().filter(|declaration| {
        declaration
            .stages
            .iter()
            .any(|stage| matches!(stage.decider, Decider::Counterparty(permission) if allow(permission)))
    });
    waiting
        .add(Column::WithCounterparty.eq(true))
        .add(Column::CounterpartyId.eq(viewer.account.id))
        .add(Column::Kind.is_in(kinds.map(|declaration| declaration.kind)))
}

fn matching(filter: &ApplicationFilter, viewer: &Viewer, reviews: &Reviews, now: Timestamp) -> Condition {
    use application::Column;
    let mut all = Condition::all()
        .add_option(filter.kinds.as_ref().map(|kinds| Column::Kind.is_in(kinds.iter().copied())))
        .add_option(filter.statuses.as_ref().map(|statuses| Column::Status.is_in(statuses.iter().copied())))
        .add_option(filter.subject.map(|subject| Column::SubjectId.eq(subject)))
        .add_option(filter.from.map(|from| Column::SubmittedAt.gte(from)))
        .add_option(filter.to.map(|to| Column::SubmittedAt.lt(to)));
    if let Some(wanted) = filter.overdue {
        let over = Condition::all().add(Column::DueAt.is_not_null()).add(Column::DueAt.lte(now));
        all = all.add(if wanted { over } else { over.not() });
    }
    if let Some(wanted) = filter.to_decide {
        let mine = to_decide(viewer, reviews);
        all = all.add(if wanted { mine } else { mine.not() });
    }
    all
}

/// A page of applications.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    reviews: &Reviews,
    filter: &ApplicationFilter,
    window: &Window,
    order: ListOrder,
    counted: bool,
) -> Result<Page<Arc<application::Model>>, DbErr> {
    use application::{Column, Entity};
    let mut query = Query::select();
    query.from(Entity).cond_where(viewer.applications()).cond_where(matching(
        filter,
        viewer,
        reviews,
        store.clock().now(),
    ));
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::SubmittedAt)),
        id: Expr::col((Entity, Column::Id)),
        order,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// Applications by id, those in scope.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ApplicationId],
) -> Result<HashMap<ApplicationId, Arc<application::Model>>, DbErr> {
    let rows = application::Entity::find()
        .filter(application::Column::Id.is_in(ids.iter().copied()))
        .filter(viewer.applications())
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// Steps of applications that the viewer was shown, oldest first.
pub async fn steps(
    db: &impl ConnectionTrait,
    applications: &[ApplicationId],
) -> Result<HashMap<ApplicationId, Vec<Arc<application_step::Model>>>, DbErr> {
    use application_step::Column;
    let rows = application_step::Entity::find()
        .filter(Column::ApplicationId.is_in(applications.iter().copied()))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let mut steps: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        steps.entry(row.application_id).or_default().push(Arc::new(row));
    }
    Ok(steps)
}
