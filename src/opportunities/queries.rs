//! Reading opportunities and their logs, within the viewer's scope.

use std::sync::Arc;

use entities::{
    account, customer, opportunity, opportunity_progress, preregistration,
    types::{AccountId, AccountKind, CustomerId, MemberId, OpportunityId, OpportunityPhase, OpportunityType},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, Query, SimpleExpr},
};

use crate::{
    access::Viewer,
    customers::begins_with,
    store::{
        Store,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Newest first, the one order of opportunities.
pub const NEWEST_FIRST: ListOrder = ListOrder { name: "opportunity-at", by_text: false, descending: true };
/// Newest first, the one order of a log.
pub const LATEST_FIRST: ListOrder = ListOrder { name: "progress-at", by_text: false, descending: true };

/// Which opportunities a list holds.
#[derive(Debug, Clone, Default)]
pub struct OpportunityFilter {
    /// The beginning of their name.
    pub name: Option<String>,
    /// The beginning of the customer's name.
    pub customer: Option<String>,
    /// The beginning of the customer's account name.
    pub account_name: Option<String>,
    /// Of one customer.
    pub customer_id: Option<CustomerId>,
    /// Of one account manager.
    pub owner: Option<MemberId>,
    /// Of one partner.
    pub partner: Option<AccountId>,
    /// In one phase.
    pub phase: Option<OpportunityPhase>,
    /// Of one type.
    pub kind: Option<OpportunityType>,
}

/// A page of opportunities (Q-CUS-06).
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &OpportunityFilter,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<opportunity::Model>>, DbErr> {
    use opportunity::{Column, Entity};
    let query =
        Query::select().from(Entity).cond_where(viewer.opportunities()).cond_where(condition(filter, viewer)).take();
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::CreatedAt)),
        id: Expr::col((Entity, Column::Id)),
        order: NEWEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}

/// Of customers that the viewer does not see nothing is found, not even that they have an opportunity.
fn condition(filter: &OpportunityFilter, viewer: &Viewer) -> Condition {
    use opportunity::Column;
    fn sought(text: Option<&String>) -> Option<String> {
        text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())
    }
    let named =
        sought(filter.name.as_ref()).map(|name| begins_with(Expr::col((opportunity::Entity, Column::NameKey)), &name));
    let customers = |which: SimpleExpr| {
        let customers = Query::select()
            .column(customer::Column::Id)
            .from(customer::Entity)
            .cond_where(viewer.customers())
            .and_where(which)
            .take();
        Column::CustomerId.in_subquery(customers)
    };
    let customer = sought(filter.customer.as_ref()).map(|name| {
        let called = customers(begins_with(Expr::col((customer::Entity, customer::Column::NameKey)), &name));
        let claims = Query::select()
            .column(preregistration::Column::Id)
            .from(preregistration::Entity)
            .cond_where(viewer.preregistrations())
            .and_where(begins_with(Expr::col((preregistration::Entity, preregistration::Column::NameKey)), &name))
            .take();
        Condition::any().add(called).add(Column::PreregistrationId.in_subquery(claims))
    });
    let account = sought(filter.account_name.as_ref()).map(|name| {
        let accounts = Query::select()
            .column(account::Column::Id)
            .from(account::Entity)
            .and_where(account::Column::Kind.eq(AccountKind::Customer))
            .and_where(begins_with(Expr::col((account::Entity, account::Column::AccountName)), &name))
            .take();
        customers(customer::Column::Id.in_subquery(accounts))
    });
    Condition::all()
        .add_option(named)
        .add_option(customer)
        .add_option(account)
        .add_option(filter.customer_id.map(|id| customers(customer::Column::Id.eq(id))))
        .add_option(filter.owner.map(|id| Column::OwnerId.eq(id)))
        .add_option(filter.partner.map(|id| Column::PartnerId.eq(id)))
        .add_option(filter.phase.map(|phase| Column::Phase.eq(phase)))
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind)))
}

/// An opportunity in scope.
pub async fn by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: OpportunityId,
) -> Result<Option<opportunity::Model>, DbErr> {
    opportunity::Entity::find_by_id(id).filter(viewer.opportunities()).one(db).await
}

/// A page of the log of an opportunity; nothing of one that is not in scope.
pub async fn log(
    store: &Store,
    viewer: &Viewer,
    id: OpportunityId,
    window: &Window,
    counted: bool,
) -> Result<Page<Arc<opportunity_progress::Model>>, DbErr> {
    use opportunity_progress::{Column, Entity};
    let of = Query::select()
        .column(opportunity::Column::Id)
        .from(opportunity::Entity)
        .cond_where(viewer.opportunities())
        .and_where(opportunity::Column::Id.eq(id))
        .take();
    let query = Query::select().from(Entity).and_where(Column::OpportunityId.in_subquery(of)).take();
    let listing = Listing {
        query,
        sort: Expr::col((Entity, Column::At)),
        id: Expr::col((Entity, Column::Id)),
        order: LATEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<Entity>(store.reader()).await
}
