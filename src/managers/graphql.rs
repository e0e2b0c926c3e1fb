//! Account managers at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    manager_assignment,
    types::{self, AssignmentId, Timestamp},
};

use super::{
    commands::{AssignManager, Assigned, Subjects, WithdrawManager},
    queries::{self, AssignmentFilter as Filter},
};
use crate::{
    accounts::graphql::Member,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, failed, settle},
        node::{Account, account_by_id},
        plain::Plain,
        scalars::{Id, distinct},
    },
    members::graphql::actor,
    outcome::{Error, Outcome, Refusal},
};

/// A member's time with a customer or reseller.
#[derive(Debug, Clone)]
pub struct AccountManagerAssignment(Arc<manager_assignment::Model>);

impl Plain for AccountManagerAssignment {}

/// A member's time with a customer or reseller. Kept: what was spent in it counts for the member.
#[Object]
impl AccountManagerAssignment {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The customer or reseller; null where it is no longer in the viewer's scope.
    async fn subject(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.subject_id).await
    }

    /// Who looked after it.
    async fn member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.member_id)).await
    }

    /// Since when.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from_at.to_datetime()
    }

    /// Until when; in the future where it was withdrawn this month (R-CORE-46).
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.until_at.map(Timestamp::to_datetime)
    }

    /// Who assigned it.
    async fn assigned_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.assigned_by)).await
    }

    /// Who withdrew it, or assigned somebody else.
    async fn ended_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.ended_by).await
    }
}

/// Which assignments.
#[derive(InputObject)]
struct AccountManagerAssignmentFilter {
    /// Those of a customer.
    customer_id: Option<Id<types::Customer>>,
    /// Those of a reseller.
    reseller_id: Option<Id<types::Reseller>>,
    /// Those of an account manager.
    member_id: Option<Id<types::Member>>,
}

/// Who looks after whom from now on.
#[derive(InputObject)]
struct AssignAccountManagerInput {
    /// The account manager or account director.
    member_id: ID,
    /// Customers, by providers and resellers; 1 to 100.
    customer_ids: Option<Vec<ID>>,
    /// Or resellers, by distributors; 1 to 100.
    reseller_ids: Option<Vec<ID>>,
    /// Whether whoever looks after one of them now is replaced. Where it is false, customers and resellers that somebody
    /// looks after are refused as `ALREADY_ASSIGNED` (R-CUS-32); the filter `unassigned` lists those that can be given.
    #[graphql(default = true)]
    replace: bool,
}

/// Who is to be looked after by nobody.
#[derive(InputObject)]
struct UnassignAccountManagerInput {
    /// Customers, by providers and resellers; 1 to 100.
    customer_ids: Option<Vec<ID>>,
    /// Or resellers, by distributors; 1 to 100.
    reseller_ids: Option<Vec<ID>>,
}

/// Assignments that were changed, or why not.
#[derive(SimpleObject, Default)]
struct AccountManagerPayload {
    /// The assignments, in the order given.
    assignments: Option<Vec<AccountManagerAssignment>>,
    /// What to mend, for each customer or reseller; then nothing was changed.
    user_errors: Vec<UserError>,
}

fn subjects(customers: Option<Vec<ID>>, resellers: Option<Vec<ID>>) -> Result<Subjects, Error> {
    match (customers, resellers) {
        (Some(ids), None) => Ok(Subjects::Customers(distinct(&ids, "customerIds")?)),
        (None, Some(ids)) => Ok(Subjects::Resellers(distinct(&ids, "resellerIds")?)),
        _ => Err(Refusal::invalid("customerIds", "give either customerIds or resellerIds").into()),
    }
}

async fn assign(ctx: &Context<'_>, input: AssignAccountManagerInput) -> Outcome<Vec<AssignmentId>> {
    let subjects = subjects(input.customer_ids, input.reseller_ids)?;
    let member = input.member_id.parse().map_err(|_| Refusal::not_found("memberId", &input.member_id))?;
    let assigned = if input.replace { Assigned::AreReplaced } else { Assigned::AreRefused };
    ctx.app().store.execute(AssignManager { actor: actor(ctx)?, member, subjects, assigned }).await
}

async fn withdraw(ctx: &Context<'_>, input: UnassignAccountManagerInput) -> Outcome<Vec<AssignmentId>> {
    let subjects = subjects(input.customer_ids, input.reseller_ids)?;
    ctx.app().store.execute(WithdrawManager { actor: actor(ctx)?, subjects }).await
}

async fn answer(
    ctx: &Context<'_>,
    outcome: Outcome<Vec<AssignmentId>>,
) -> async_graphql::Result<AccountManagerPayload> {
    Ok(match settle(outcome)? {
        Ok(ids) => {
            let rows = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, &ids).await.map_err(failed)?;
            let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
            let in_order = ids.iter().filter_map(|id| rows.iter().find(|row| row.id == *id).cloned());
            let assignments = in_order.map(AccountManagerAssignment).collect();
            AccountManagerPayload { assignments: Some(assignments), user_errors: Vec::new() }
        }
        Err(user_errors) => AccountManagerPayload { user_errors, ..Default::default() },
    })
}

/// What can be asked of assignments.
#[derive(Default)]
pub struct ManagersQuery;

#[Object]
impl ManagersQuery {
    /// Who looked after which customer or reseller, newest first: the history.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn account_manager_assignments(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AccountManagerAssignmentFilter>,
    ) -> async_graphql::Result<Connection<AccountManagerAssignment>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let filter = filter.map_or_else(Filter::default, |filter| Filter {
            subject: filter.customer_id.map(|id| id.0.cast()).or(filter.reseller_id.map(|id| id.0.cast())),
            member: filter.member_id.map(|id| id.0),
        });
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, AccountManagerAssignment))
    }
}

/// What can be changed of assignments.
#[derive(Default)]
pub struct ManagersMutation;

#[Object]
impl ManagersMutation {
    /// Says who looks after customers or resellers from now on: all of them, or none is changed.
    async fn assign_account_manager(
        &self,
        ctx: &Context<'_>,
        input: AssignAccountManagerInput,
    ) -> async_graphql::Result<AccountManagerPayload> {
        let outcome = assign(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Withdraws whoever looks after customers or resellers, from the 1st of the next month on (R-CORE-46).
    async fn unassign_account_manager(
        &self,
        ctx: &Context<'_>,
        input: UnassignAccountManagerInput,
    ) -> async_graphql::Result<AccountManagerPayload> {
        let outcome = withdraw(ctx, input).await;
        answer(ctx, outcome).await
    }
}
