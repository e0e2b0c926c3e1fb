//! Opportunities: chances of partners to do business with customers.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    narrow::narrow,
    types::{
        AccountId, Amount, CustomerId, DistributorId, MemberId, OpportunityId, OpportunityPhase, OpportunityType,
        PeerVendor, PreregistrationId, Timestamp,
    },
};

/// One opportunity.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opportunities")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OpportunityId,
    /// The provider or reseller whose chance it is.
    pub partner_id: AccountId,
    /// The distributor above that reseller.
    pub distributor_id: Option<DistributorId>,
    /// The customer, if it is associated.
    pub customer_id: Option<CustomerId>,
    /// The claim on the customer, if it is not associated yet.
    pub preregistration_id: Option<PreregistrationId>,
    /// The partner's member whose it is.
    pub owner_id: MemberId,
    /// How it is called.
    pub name: String,
    /// The same in lower case, for search.
    pub name_key: String,
    /// The customer's industry.
    pub industry: Option<String>,
    /// The part of it.
    pub sub_industry: Option<String>,
    /// The customer's system that it is about.
    pub service_system: Option<String>,
    /// What kind of business.
    #[sea_orm(column_name = "type")]
    pub kind: OpportunityType,
    /// In percent: 0, 25, 50, 75 or 100.
    pub win_probability: i32,
    /// How far it has come.
    pub phase: OpportunityPhase,
    /// Whether something is tested first.
    pub testing_project: bool,
    /// Whether there is a bidding.
    pub bidding_project: bool,
    /// What the customer spends on clouds a year.
    pub estimated_cloud_spend: Option<Amount>,
    /// What was talked about with the customer's engineers.
    pub technical_exchange: Option<String>,
    /// What is tested, and how.
    pub test_details: Option<String>,
    /// Other vendors that the customer uses.
    pub peer_vendors: PeerVendors,
    /// What it uses of theirs.
    pub peer_services: Option<String>,
    /// How it came about.
    pub background: Option<String>,
    /// How it stands.
    pub progress_details: Option<String>,
    /// What may go wrong, and what is needed.
    pub risk_and_request: Option<String>,
    /// Estimated revenue a month.
    pub monthly_revenue: Amount,
    /// When the revenue is expected to begin.
    pub revenue_deadline: Timestamp,
    /// For how many months.
    pub service_period_months: i32,
    /// With which products.
    pub major_products: Products,
    /// Estimated revenue of those.
    pub major_products_revenue: Amount,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Other vendors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct PeerVendors(pub Vec<PeerVendor>);

/// Names of products.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Products(pub Vec<String>);

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, partner_id: PartnerId, distributor_id: DistributorId, customer_id: CustomerId,
        preregistration_id: PreregistrationId, owner_id: OwnerId, name: Name, name_key: NameKey, industry: Industry,
        sub_industry: SubIndustry, service_system: ServiceSystem, kind: Kind, win_probability: WinProbability,
        phase: Phase, testing_project: TestingProject, bidding_project: BiddingProject,
        estimated_cloud_spend: EstimatedCloudSpend, technical_exchange: TechnicalExchange, test_details: TestDetails,
        peer_vendors: PeerVendors, peer_services: PeerServices, background: Background,
        progress_details: ProgressDetails, risk_and_request: RiskAndRequest, monthly_revenue: MonthlyRevenue,
        revenue_deadline: RevenueDeadline, service_period_months: ServicePeriodMonths, major_products: MajorProducts,
        major_products_revenue: MajorProductsRevenue, created_at: CreatedAt, updated_at: UpdatedAt,
    }
    asked {}
}
