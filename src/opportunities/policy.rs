//! Who may see and keep opportunities: providers and resellers; distributors see those of their resellers. Directors see
//! and do not change (R-CUS-35): the table of roles gives them no `opportunity.manage`.

use crate::access::{Kinds, Permission, Policy, open};

/// Who has customers of its own.
const OWNERS: Kinds = Kinds::PROVIDER.and(Kinds::RESELLER);

/// The rows.
pub const ROWS: &[Policy] = &[
    open(
        "Query",
        &["opportunities", "opportunity", "opportunityProgress"],
        Kinds::PARTNERS,
        Permission::OpportunityView,
    ),
    open(
        "Mutation",
        &["createOpportunity", "updateOpportunity", "recordOpportunityProgress"],
        OWNERS,
        Permission::OpportunityManage,
    ),
    open("OpportunityPayload", &["opportunity", "userErrors"], OWNERS, Permission::OpportunityView),
    open(
        "Opportunity",
        &[
            "id",
            "name",
            "customer",
            "preregistrationId",
            "partner",
            "owner",
            "industry",
            "subIndustry",
            "serviceSystem",
            "type",
            "winProbability",
            "phase",
            "testingProject",
            "biddingProject",
            "estimatedCloudSpend",
            "technicalExchange",
            "testDetails",
            "peerVendors",
            "peerServices",
            "background",
            "progressDetails",
            "riskAndRequest",
            "monthlyRevenue",
            "revenueDeadline",
            "servicePeriodMonths",
            "majorProducts",
            "majorProductsRevenue",
            "createdAt",
            "updatedAt",
        ],
        Kinds::PARTNERS,
        Permission::OpportunityView,
    ),
    open(
        "OpportunityProgress",
        &["id", "at", "member", "phaseBefore", "phase", "winProbability", "details"],
        Kinds::PARTNERS,
        Permission::OpportunityView,
    ),
    open(
        "OpportunityConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::PARTNERS,
        Permission::OpportunityView,
    ),
    open("OpportunityEdge", &["cursor", "node"], Kinds::PARTNERS, Permission::OpportunityView),
    open(
        "OpportunityProgressConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::PARTNERS,
        Permission::OpportunityView,
    ),
    open("OpportunityProgressEdge", &["cursor", "node"], Kinds::PARTNERS, Permission::OpportunityView),
];
