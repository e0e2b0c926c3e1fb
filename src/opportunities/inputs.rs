//! What callers say of opportunities.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entities::types::{Amount, OpportunityPhase, OpportunityType, PeerVendor};

use super::rules::{self, Details, Refusal, Revenue};
use crate::graphql::scalars::Decimal;

/// All that is said of an opportunity.
#[derive(Debug, InputObject)]
pub struct OpportunityDetailsInput {
    /// How it is called; at most 128 characters.
    name: String,
    /// The customer's industry.
    industry: Option<String>,
    /// The part of it.
    sub_industry: Option<String>,
    /// The customer's system that it is about.
    service_system: Option<String>,
    /// What kind of business.
    #[graphql(name = "type")]
    kind: OpportunityType,
    /// In percent: 0, 25, 50, 75 or 100.
    win_probability: i32,
    /// Whether something is tested first.
    #[graphql(default = false)]
    testing_project: bool,
    /// Whether there is a bidding.
    bidding_project: bool,
    /// What the customer spends on clouds a year, in USD.
    estimated_cloud_spend: Option<Decimal>,
    /// What was talked about with the customer's engineers; at most 1,000 characters.
    technical_exchange: Option<String>,
    /// What is tested, and how; at most 1,000 characters.
    test_details: Option<String>,
    /// Other vendors that the customer uses.
    #[graphql(default)]
    peer_vendors: Vec<PeerVendor>,
    /// What the customer uses of theirs; at most 1,000 characters.
    peer_services: Option<String>,
    /// How it came about; at most 1,000 characters.
    background: Option<String>,
    /// How it stands; at most 1,000 characters.
    progress_details: Option<String>,
    /// What may go wrong, and what is needed; at most 1,000 characters.
    risk_and_request: Option<String>,
    /// Estimated revenue a month, in USD (R-CUS-36).
    monthly_revenue: Decimal,
    /// When the revenue is expected to begin (R-CUS-36).
    revenue_deadline: DateTime<Utc>,
    /// For how many months, 1 to 120 (R-CUS-36).
    service_period_months: i32,
    /// With which products, 1 to 20 (R-CUS-36).
    major_products: Vec<String>,
    /// Estimated revenue of those a month, in USD (R-CUS-36).
    major_products_revenue: Decimal,
}

impl OpportunityDetailsInput {
    /// The same in the form that is kept.
    pub fn check(self) -> Result<Details, Refusal> {
        let amount = |field, value: Decimal| {
            Amount::parse(value.0, Amount::CENTS).map_err(|error| Refusal::Invalid(field, error.to_string()))
        };
        let spend = self.estimated_cloud_spend.map(|spend| amount("estimatedCloudSpend", spend));
        rules::check(Details {
            name: self.name,
            industry: self.industry,
            sub_industry: self.sub_industry,
            service_system: self.service_system,
            kind: self.kind,
            win_probability: self.win_probability,
            testing_project: self.testing_project,
            bidding_project: self.bidding_project,
            estimated_cloud_spend: spend.transpose()?,
            technical_exchange: self.technical_exchange,
            test_details: self.test_details,
            peer_vendors: self.peer_vendors,
            peer_services: self.peer_services,
            background: self.background,
            progress_details: self.progress_details,
            risk_and_request: self.risk_and_request,
            revenue: Revenue {
                monthly: amount("monthlyRevenue", self.monthly_revenue)?,
                deadline: self.revenue_deadline.into(),
                service_period_months: self.service_period_months,
                major_products: self.major_products,
                major_products_revenue: amount("majorProductsRevenue", self.major_products_revenue)?,
            },
        })
    }
}

/// A new opportunity.
#[derive(Debug, InputObject)]
pub struct CreateOpportunityInput {
    /// The customer, where it is associated.
    pub customer_id: Option<ID>,
    /// Or the claim on it, where it is preregistered.
    pub preregistration_id: Option<ID>,
    /// How far it has come; changed later by `recordOpportunityProgress` only (R-CUS-34).
    pub phase: OpportunityPhase,
    /// The rest.
    #[graphql(flatten)]
    pub details: OpportunityDetailsInput,
}

/// What is said of an opportunity from now on.
#[derive(Debug, InputObject)]
pub struct UpdateOpportunityInput {
    /// Which.
    pub opportunity_id: ID,
    /// All of it: what is left out is no longer said.
    #[graphql(flatten)]
    pub details: OpportunityDetailsInput,
}

/// How an opportunity goes.
#[derive(Debug, InputObject)]
pub struct RecordOpportunityProgressInput {
    /// Which.
    pub opportunity_id: ID,
    /// The phase now.
    pub phase: OpportunityPhase,
    /// The win probability now, in percent: 0, 25, 50, 75 or 100; left out, it stays.
    pub win_probability: Option<i32>,
    /// In words, at most 1,000 characters.
    pub details: Option<String>,
}
