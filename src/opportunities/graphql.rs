//! Opportunities at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    opportunity, opportunity_progress,
    types::{self, OpportunityId, OpportunityPhase, OpportunityType, PeerVendor},
};

use super::{
    commands::{CreateOpportunity, RecordProgress, UpdateOpportunity, Whom},
    inputs::{CreateOpportunityInput, RecordOpportunityProgressInput, UpdateOpportunityInput},
    queries::{self, OpportunityFilter as Filter},
    rules::{self, Progress},
};
use crate::{
    accounts::graphql::Member,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, failed, settle},
        node::{Account, account_by_id},
        plain::Plain,
        scalars::{Decimal, Id},
    },
    outcome::{Error, Outcome, Refusal},
};

/// A chance to do business with a customer.
#[derive(Debug, Clone)]
pub struct Opportunity(Arc<opportunity::Model>);

impl Plain for Opportunity {}

impl Opportunity {
    /// The opportunity with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: OpportunityId) -> async_graphql::Result<Option<Self>> {
        let row = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, id).await.map_err(failed)?;
        Ok(row.map(|row| Self(Arc::new(row))))
    }
}

/// A chance to do business with a customer.
#[Object]
impl Opportunity {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// How it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The customer; null where it is preregistered only, and where it is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        match self.0.customer_id {
            Some(id) => Customer::by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The claim on the customer, where it is preregistered only.
    async fn preregistration_id(&self) -> Option<ID> {
        self.0.preregistration_id.map(ID::from)
    }

    /// The provider or reseller whose chance it is.
    async fn partner(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.partner_id).await
    }

    /// The account manager whose it is; shown to its account only.
    async fn owner(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.owner_id)).await
    }

    /// The customer's industry.
    async fn industry(&self) -> Option<&str> {
        self.0.industry.as_deref()
    }

    /// The part of it.
    async fn sub_industry(&self) -> Option<&str> {
        self.0.sub_industry.as_deref()
    }

    /// The customer's system that it is about.
    async fn service_system(&self) -> Option<&str> {
        self.0.service_system.as_deref()
    }

    /// What kind of business.
    #[graphql(name = "type")]
    async fn kind(&self) -> OpportunityType {
        self.0.kind
    }

    /// In percent: 0, 25, 50, 75 or 100.
    async fn win_probability(&self) -> i32 {
        self.0.win_probability
    }

    /// How far it has come; changed by `recordOpportunityProgress` only (R-CUS-34).
    async fn phase(&self) -> OpportunityPhase {
        self.0.phase
    }

    /// Whether something is tested first.
    async fn testing_project(&self) -> bool {
        self.0.testing_project
    }

    /// Whether there is a bidding.
    async fn bidding_project(&self) -> bool {
        self.0.bidding_project
    }

    /// What the customer spends on clouds a year, in USD.
    async fn estimated_cloud_spend(&self) -> Option<Decimal> {
        self.0.estimated_cloud_spend.map(Decimal::from)
    }

    /// What was talked about with the customer's engineers.
    async fn technical_exchange(&self) -> Option<&str> {
        self.0.technical_exchange.as_deref()
    }

    /// What is tested, and how.
    async fn test_details(&self) -> Option<&str> {
        self.0.test_details.as_deref()
    }

    /// Other vendors that the customer uses.
    async fn peer_vendors(&self) -> &[PeerVendor] {
        &self.0.peer_vendors.0
    }

    /// What the customer uses of theirs.
    async fn peer_services(&self) -> Option<&str> {
        self.0.peer_services.as_deref()
    }

    /// How it came about.
    async fn background(&self) -> Option<&str> {
        self.0.background.as_deref()
    }

    /// How it stands: what was said last.
    async fn progress_details(&self) -> Option<&str> {
        self.0.progress_details.as_deref()
    }

    /// What may go wrong, and what is needed.
    async fn risk_and_request(&self) -> Option<&str> {
        self.0.risk_and_request.as_deref()
    }

    /// Estimated revenue a month, in USD.
    async fn monthly_revenue(&self) -> Decimal {
        self.0.monthly_revenue.into()
    }

    /// When the revenue is expected to begin.
    async fn revenue_deadline(&self) -> DateTime<Utc> {
        self.0.revenue_deadline.to_datetime()
    }

    /// For how many months.
    async fn service_period_months(&self) -> i32 {
        self.0.service_period_months
    }

    /// With which products.
    async fn major_products(&self) -> &[String] {
        &self.0.major_products.0
    }

    /// Estimated revenue of those a month, in USD.
    async fn major_products_revenue(&self) -> Decimal {
        self.0.major_products_revenue.into()
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at.to_datetime()
    }
}

/// An entry of an opportunity's log.
#[derive(Debug, Clone)]
pub struct OpportunityProgress(Arc<opportunity_progress::Model>);

impl Plain for OpportunityProgress {}

/// An entry of an opportunity's log.
#[Object]
impl OpportunityProgress {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// When it was recorded.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at.to_datetime()
    }

    /// By whom; shown to that account only.
    async fn member(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, Some(self.0.by_member)).await
    }

    /// The phase before; null where the opportunity began.
    async fn phase_before(&self) -> Option<OpportunityPhase> {
        self.0.phase_before
    }

    /// The phase after.
    async fn phase(&self) -> OpportunityPhase {
        self.0.phase
    }

    /// The win probability after, in percent.
    async fn win_probability(&self) -> i32 {
        self.0.win_probability
    }

    /// In words.
    async fn details(&self) -> Option<&str> {
        self.0.details.as_deref()
    }
}

/// Picks opportunities; conditions given together must all hold.
#[derive(Default, InputObject)]
struct OpportunityFilter {
    /// Beginning of their name.
    name: Option<String>,
    /// Beginning of the customer's name, associated or preregistered.
    customer: Option<String>,
    /// Beginning of the customer's account name.
    account_name: Option<String>,
    /// Of one customer.
    customer_id: Option<Id<types::Customer>>,
    /// Of one account manager.
    account_manager_id: Option<Id<types::Member>>,
    /// Of one reseller, for distributors.
    reseller_id: Option<Id<types::Reseller>>,
    /// In one phase.
    phase: Option<OpportunityPhase>,
    /// Of one type.
    #[graphql(name = "type")]
    kind: Option<OpportunityType>,
}

/// An opportunity, or why there is none.
#[derive(SimpleObject, Default)]
struct OpportunityPayload {
    /// As it is now.
    opportunity: Option<Opportunity>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

fn payload(outcome: Outcome<opportunity::Model>) -> async_graphql::Result<OpportunityPayload> {
    Ok(match settle(outcome)? {
        Ok(row) => OpportunityPayload { opportunity: Some(Opportunity(Arc::new(row))), user_errors: Vec::new() },
        Err(user_errors) => OpportunityPayload { user_errors, ..Default::default() },
    })
}

fn whom(customer: Option<&ID>, preregistration: Option<&ID>) -> Result<Whom, Error> {
    match (customer, preregistration) {
        (Some(id), None) => Ok(Whom::Associated(id.parse().map_err(|_| Refusal::not_found("customerId", id))?)),
        (None, Some(id)) => {
            Ok(Whom::Preregistered(id.parse().map_err(|_| Refusal::not_found("preregistrationId", id))?))
        }
        _ => Err(rules::Refusal::OneCustomer.into()),
    }
}

fn opportunity_id(id: &ID) -> Result<OpportunityId, Error> {
    id.parse().map_err(|_| Refusal::not_found("opportunityId", id).into())
}

async fn create(ctx: &Context<'_>, input: CreateOpportunityInput) -> Outcome<opportunity::Model> {
    let whom = whom(input.customer_id.as_ref(), input.preregistration_id.as_ref())?;
    let (phase, details) = (input.phase, input.details.check()?);
    let viewer = ctx.acting()?.clone();
    ctx.app().store.execute(CreateOpportunity { viewer, whom, phase, details }).await
}

async fn update(ctx: &Context<'_>, input: UpdateOpportunityInput) -> Outcome<opportunity::Model> {
    let opportunity = opportunity_id(&input.opportunity_id)?;
    let (viewer, details) = (ctx.acting()?.clone(), input.details.check()?);
    ctx.app().store.execute(UpdateOpportunity { viewer, opportunity, details }).await
}

async fn record(ctx: &Context<'_>, input: RecordOpportunityProgressInput) -> Outcome<opportunity::Model> {
    let opportunity = opportunity_id(&input.opportunity_id)?;
    let progress = Progress { phase: input.phase, win_probability: input.win_probability, details: input.details };
    let viewer = ctx.acting()?.clone();
    ctx.app().store.execute(RecordProgress { viewer, opportunity, progress }).await
}

/// What can be asked of opportunities.
#[derive(Default)]
pub struct OpportunitiesQuery;

#[Object]
impl OpportunitiesQuery {
    /// Opportunities, newest first (Q-CUS-06): an account manager's own, a director's managers', a distributor's
    /// resellers' (R-CUS-35).
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<OpportunityFilter>,
    ) -> async_graphql::Result<Connection<Opportunity>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            name: filter.name,
            customer: filter.customer,
            account_name: filter.account_name,
            customer_id: filter.customer_id.map(|id| id.0),
            owner: filter.account_manager_id.map(|id| id.0),
            partner: filter.reseller_id.map(|id| id.0.cast()),
            phase: filter.phase,
            kind: filter.kind,
        };
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, Opportunity))
    }

    /// An opportunity.
    async fn opportunity(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Opportunity>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        Opportunity::by_id(ctx, id).await
    }

    /// The log of an opportunity, newest first; empty for one that is not in the viewer's scope.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn opportunity_progress(
        &self,
        ctx: &Context<'_>,
        id: ID,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<OpportunityProgress>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::LATEST_FIRST)?;
        let id = id.parse().unwrap_or_default();
        let store = &ctx.app().store;
        let page = queries::log(store, ctx.viewer()?, id, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::LATEST_FIRST, page, OpportunityProgress))
    }
}

/// What can be changed of opportunities.
#[derive(Default)]
pub struct OpportunitiesMutation;

#[Object]
impl OpportunitiesMutation {
    /// Creates an opportunity with an associated or preregistered customer; it belongs to whoever creates it (O-CUS-17).
    async fn create_opportunity(
        &self,
        ctx: &Context<'_>,
        input: CreateOpportunityInput,
    ) -> async_graphql::Result<OpportunityPayload> {
        payload(create(ctx, input).await)
    }

    /// Replaces all that is said of an opportunity; its phase stays (R-CUS-34).
    async fn update_opportunity(
        &self,
        ctx: &Context<'_>,
        input: UpdateOpportunityInput,
    ) -> async_graphql::Result<OpportunityPayload> {
        payload(update(ctx, input).await)
    }

    /// Records how an opportunity goes: its phase, its win probability, in words. The log keeps every entry (R-CUS-34).
    async fn record_opportunity_progress(
        &self,
        ctx: &Context<'_>,
        input: RecordOpportunityProgressInput,
    ) -> async_graphql::Result<OpportunityPayload> {
        payload(record(ctx, input).await)
    }
}
