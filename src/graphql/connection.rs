//! Connections: lists in pages, as the Relay specification says.

use async_graphql::{ComplexObject, Context, Enum, OutputType, SimpleObject};

use super::{
    context::Asking,
    errors::{bad_cursor, code, coded},
    plain::{Plain, Rows},
};
use crate::{
    access_records::graphql::AccessRecord,
    accounts::graphql::Member,
    agreements::graphql::Agreement,
    associations::graphql::AssociationRecord,
    authorizations::graphql::Authorization,
    budgets::graphql::BudgetAlert,
    customers::graphql::Customer,
    invitations::graphql::Invitation,
    managers::graphql::AccountManagerAssignment,
    notifications::graphql::DeadMessage,
    opportunities::graphql::{Opportunity, OpportunityProgress},
    orders::graphql::Order,
    preregistrations::graphql::Preregistration,
    records::graphql::AdjustmentRecord,
    recruitment::graphql::ResellerInvitation,
    resellers::graphql::Reseller,
    resources::graphql::Resource,
    reviews::graphql::Application,
    store::keyset::{ListOrder, Page, Place, Slice, Window},
    traces::graphql::Trace,
    webhooks::graphql::WebhookDelivery,
};

/// Rows of a page where none are asked for.
pub const DEFAULT_PAGE: u64 = 20;
/// Most rows of a page.
pub const MAX_PAGE: u64 = 100;

/// Which way a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum OrderDirection {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow.
    pub has_next_page: bool,
    /// Whether rows precede.
    pub has_previous_page: bool,
    /// The cursor of the first row.
    pub start_cursor: Option<String>,
    /// The cursor of the last row.
    pub end_cursor: Option<String>,
}

/// A row of a list and its place there.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
#[graphql(concrete(name = "ResellerEdge", params(Reseller)))]
#[graphql(concrete(name = "CustomerEdge", params(Customer)))]
#[graphql(concrete(name = "BudgetAlertEdge", params(BudgetAlert)))]
#[graphql(concrete(name = "AdjustmentRecordEdge", params(AdjustmentRecord)))]
#[graphql(concrete(name = "MemberEdge", params(Member)))]
#[graphql(concrete(name = "AccountManagerAssignmentEdge", params(AccountManagerAssignment)))]
#[graphql(concrete(name = "AccessRecordEdge", params(AccessRecord)))]
#[graphql(concrete(name = "DeadMessageEdge", params(DeadMessage)))]
#[graphql(concrete(name = "WebhookDeliveryEdge", params(WebhookDelivery)))]
#[graphql(concrete(name = "PreregistrationEdge", params(Preregistration)))]
#[graphql(concrete(name = "InvitationEdge", params(Invitation)))]
#[graphql(concrete(name = "AssociationRecordEdge", params(AssociationRecord)))]
#[graphql(concrete(name = "ApplicationEdge", params(Application)))]
#[graphql(concrete(name = "AuthorizationEdge", params(Authorization)))]
#[graphql(concrete(name = "TraceEdge", params(Trace)))]
#[graphql(concrete(name = "OrderEdge", params(Order)))]
#[graphql(concrete(name = "ResourceEdge", params(Resource)))]
#[graphql(concrete(name = "AgreementEdge", params(Agreement)))]
#[graphql(concrete(name = "ResellerInvitationEdge", params(ResellerInvitation)))]
#[graphql(concrete(name = "OpportunityEdge", params(Opportunity)))]
#[graphql(concrete(name = "OpportunityProgressEdge", params(OpportunityProgress)))]
pub struct Edge<T: OutputType> {
    #[graphql(skip)]
    order: ListOrder,
    #[graphql(skip)]
    place: Place,
    /// The row.
    pub node: T,
}

#[ComplexObject]
impl<T: OutputType> Edge<T> {
    /// Its place, for `after` and `before`.
    async fn cursor(&self, ctx: &Context<'_>) -> String {
        ctx.app().cursor_key.seal(self.order, &self.place)
    }
}

// What of it is shown is made when it is asked for.
/// A page of a list.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
#[graphql(concrete(name = "ResellerConnection", params(Reseller)))]
#[graphql(concrete(name = "CustomerConnection", params(Customer)))]
#[graphql(concrete(name = "BudgetAlertConnection", params(BudgetAlert)))]
#[graphql(concrete(name = "AdjustmentRecordConnection", params(AdjustmentRecord)))]
#[graphql(concrete(name = "MemberConnection", params(Member)))]
#[graphql(concrete(name = "AccountManagerAssignmentConnection", params(AccountManagerAssignment)))]
#[graphql(concrete(name = "AccessRecordConnection", params(AccessRecord)))]
#[graphql(concrete(name = "DeadMessageConnection", params(DeadMessage)))]
#[graphql(concrete(name = "WebhookDeliveryConnection", params(WebhookDelivery)))]
#[graphql(concrete(name = "PreregistrationConnection", params(Preregistration)))]
#[graphql(concrete(name = "InvitationConnection", params(Invitation)))]
#[graphql(concrete(name = "AssociationRecordConnection", params(AssociationRecord)))]
#[graphql(concrete(name = "ApplicationConnection", params(Application)))]
#[graphql(concrete(name = "AuthorizationConnection", params(Authorization)))]
#[graphql(concrete(name = "TraceConnection", params(Trace)))]
#[graphql(concrete(name = "OrderConnection", params(Order)))]
#[graphql(concrete(name = "ResourceConnection", params(Resource)))]
#[graphql(concrete(name = "AgreementConnection", params(Agreement)))]
#[graphql(concrete(name = "ResellerInvitationConnection", params(ResellerInvitation)))]
#[graphql(concrete(name = "OpportunityConnection", params(Opportunity)))]
#[graphql(concrete(name = "OpportunityProgressConnection", params(OpportunityProgress)))]
pub struct Connection<T: OutputType>
where
    Edge<T>: OutputType,
{
    #[graphql(skip)]
    order: ListOrder,
    #[graphql(skip)]
    slice: Slice<T>,
    /// The length of the whole list; counted only when asked for.
    total_count: i32,
}

impl<T: OutputType> Connection<T>
where
    Edge<T>: OutputType,
{
    /// A page of a list in this order.
    pub fn new<R>(order: ListOrder, page: Page<R>, node: impl Fn(R) -> T) -> Self {
        let total_count = i32::try_from(page.total.unwrap_or(0)).unwrap_or(i32::MAX);
        Self { order, slice: page.slice.map(node), total_count }
    }
}

#[ComplexObject]
impl<T: Plain + Clone> Connection<T>
where
    Edge<T>: OutputType,
{
    /// The rows with their places.
    async fn edges(&self) -> Vec<Edge<T>> {
        let edge = |(place, node): &(Place, T)| Edge { order: self.order, place: place.clone(), node: node.clone() };
        self.slice.rows.iter().map(edge).collect()
    }

    /// The rows alone.
    async fn nodes(&self) -> Rows<'_, T> {
        Rows(&self.slice.rows)
    }

    /// Where the page stands.
    async fn page_info(&self, ctx: &Context<'_>) -> PageInfo {
        let Slice { rows, has_next, has_previous } = &self.slice;
        let cursor = |row: Option<&(Place, T)>| row.map(|(place, _)| ctx.app().cursor_key.seal(self.order, place));
        PageInfo {
            has_next_page: *has_next,
            has_previous_page: *has_previous,
            start_cursor: cursor(rows.first()),
            end_cursor: cursor(rows.last()),
        }
    }
}

/// Whether the field at hand is asked for the length of its list.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// The arguments of a list, as the caller gave them.
#[derive(Debug, Default)]
pub struct PageArguments {
    /// Rows from the start.
    pub first: Option<i32>,
    /// Behind this cursor.
    pub after: Option<String>,
    /// Rows from the end.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

impl PageArguments {
    /// The window that they ask for in a list ordered so.
    pub fn window(self, ctx: &Context<'_>, order: ListOrder) -> async_graphql::Result<Window> {
        let backward = self.last.is_some() || self.before.is_some();
        if backward && (self.first.is_some() || self.after.is_some()) {
            return Err(coded(code::BAD_USER_INPUT, "give either first and after, or last and before"));
        }
        let (count, cursor, name) =
            if backward { (self.last, self.before, "last") } else { (self.first, self.after, "first") };
        let limit = page_size(count, name)?;
        let key = &ctx.app().cursor_key;
        let from = cursor.map(|cursor| key.open(&cursor, order)).transpose().map_err(bad_cursor)?;
        Ok(Window { limit, backward, from })
    }
}

/// How many rows are asked for.
pub fn page_size(count: Option<i32>, name: &str) -> async_graphql::Result<u64> {
    match count.map(u64::try_from) {
        None => Ok(DEFAULT_PAGE),
        Some(Ok(count)) if count <= MAX_PAGE => Ok(count),
        Some(_) => Err(coded(code::BAD_USER_INPUT, format!("{name} must lie between 0 and {MAX_PAGE}"))),
    }
}
