//! Creating opportunities, changing them, and recording how they go.

use std::sync::Arc;

use entities::{
    opportunity, opportunity_progress, preregistration,
    types::{
        AccountId, CustomerId, DistributorId, OpportunityId, OpportunityPhase, OpportunityProgressId, PreregistrationId,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
    sea_query::{Expr, Query},
};

use super::rules::{self, Details, Progress, Standing};
use crate::{
    access::{Tenant, Viewer},
    outcome::{Fault, Outcome, Refusal as Reason},
    preregistrations::commands::is_live,
    store::{Command, Tx},
};

/// Whom an opportunity is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// A customer that is associated with the partner.
    Associated(CustomerId),
    /// One that the partner has preregistered.
    Preregistered(PreregistrationId),
}

impl Whom {
    /// Whether the viewer's partner has such a customer; held until the end, so that it does not leave meanwhile.
    async fn check_in(self, tx: &Tx, viewer: &Viewer) -> Outcome<()> {
        match self {
            Self::Associated(id) => {
                let found = tx.lock_customers_in(viewer.customers(), &[id]).await?;
                found.first().ok_or_else(|| Reason::not_found("customerId", &id.to_string()))?;
            }
            Self::Preregistered(id) => {
                let found = preregistered_in(tx, viewer, id).await?;
                found.ok_or_else(|| Reason::not_found("preregistrationId", &id.to_string()))?;
            }
        }
        Ok(())
    }
}

/// The partner's claim with this id, if it holds or is about to, held until the end.
async fn preregistered_in(
    tx: &Tx,
    viewer: &Viewer,
    id: PreregistrationId,
) -> Result<Option<preregistration::Model>, DbErr> {
    preregistration::Entity::find_by_id(id)
        .filter(viewer.preregistrations())
        .filter(is_live(tx.now()))
        .lock_shared()
        .one(tx.db())
        .await
}

/// Says that a partner's opportunities with whoever it preregistered by this address are about an associated customer from
/// now on, in the transaction of the association; whether the claims still held or not.
pub async fn associated_in(tx: &Tx, partner: AccountId, email: &str, customer: CustomerId) -> Result<(), DbErr> {
    use opportunity::Column;
    let claims = Query::select()
        .column(preregistration::Column::Id)
        .from(preregistration::Entity)
        .and_where(preregistration::Column::PartnerId.eq(partner))
        .and_where(preregistration::Column::Email.eq(email))
        .take();
    opportunity::Entity::update_many()
        .col_expr(Column::CustomerId, Expr::value(Some(customer)))
        .col_expr(Column::PreregistrationId, Expr::value(None::<PreregistrationId>))
        .filter(Column::PartnerId.eq(partner))
        .filter(Column::PreregistrationId.in_subquery(claims))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Creates an opportunity, which belongs to whoever creates it (R-CUS-35). Its log begins with its phase.
///
/// # Refusals
/// `NotFound` (customer or preregistration)
pub struct CreateOpportunity {
    /// Who does it.
    pub viewer: Arc<Viewer>,
    /// About whom.
    pub whom: Whom,
    /// How far it has come.
    pub phase: OpportunityPhase,
    /// The rest, checked.
    pub details: Details,
}

impl Command for CreateOpportunity {
    type Output = opportunity::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<opportunity::Model> {
        let (partner, distributor) = partner_of(&self.viewer)?;
        self.whom.check_in(tx, &self.viewer).await?;
        let id = OpportunityId::new(tx.now());
        let row = self.row(tx, id, partner, distributor);
        opportunity::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.db()).await?;
        let standing = Standing { phase: self.phase, win_probability: self.details.win_probability };
        log_in(tx, &self.viewer, id, None, standing, self.details.progress_details.clone()).await?;
        Ok(row)
    }
}

/// The partner that a viewer acts for, and the distributor above it. The policy lets nobody else create opportunities.
fn partner_of(viewer: &Viewer) -> Result<(AccountId, Option<DistributorId>), Fault> {
    match viewer.tenant() {
        Tenant::Provider(id) => Ok((id, None)),
        Tenant::Reseller(id, distributor) => Ok((id.cast(), Some(distributor))),
        Tenant::Platform | Tenant::Distributor(_) | Tenant::Customer(..) => {
            Err(Fault::because("the policy let somebody without customers of its own in"))
        }
    }
}

impl CreateOpportunity {
    fn row(
        &self,
        tx: &Tx,
        id: OpportunityId,
        partner: AccountId,
        distributor: Option<DistributorId>,
    ) -> opportunity::Model {
        let details = self.details.clone();
        let (customer_id, preregistration_id) = match self.whom {
            Whom::Associated(id) => (Some(id), None),
            Whom::Preregistered(id) => (None, Some(id)),
        };
        opportunity::Model {
            id,
            partner_id: partner,
            distributor_id: distributor,
            customer_id,
            preregistration_id,
            owner_id: self.viewer.member.id,
            name_key: details.name.to_lowercase(),
            name: details.name,
            industry: details.industry,
            sub_industry: details.sub_industry,
            service_system: details.service_system,
            kind: details.kind,
            win_probability: details.win_probability,
            phase: self.phase,
            testing_project: details.testing_project,
            bidding_project: details.bidding_project,
            estimated_cloud_spend: details.estimated_cloud_spend,
            technical_exchange: details.technical_exchange,
            test_details: details.test_details,
            peer_vendors: opportunity::PeerVendors(details.peer_vendors),
            peer_services: details.peer_services,
            background: details.background,
            progress_details: details.progress_details,
            risk_and_request: details.risk_and_request,
            monthly_revenue: details.revenue.monthly,
            revenue_deadline: details.revenue.deadline,
            service_period_months: details.revenue.service_period_months,
            major_products: opportunity::Products(details.revenue.major_products),
            major_products_revenue: details.revenue.major_products_revenue,
            created_at: tx.now(),
            updated_at: tx.now(),
        }
    }
}

async fn log_in(
    tx: &Tx,
    viewer: &Viewer,
    opportunity: OpportunityId,
    before: Option<OpportunityPhase>,
    standing: Standing,
    details: Option<String>,
) -> Outcome<()> {
    let row = opportunity_progress::Model {
        id: OpportunityProgressId::new(tx.now()),
        opportunity_id: opportunity,
        by_member: viewer.member.id,
        phase_before: before,
        phase: standing.phase,
        win_probability: standing.win_probability,
        details,
        at: tx.now(),
    };
    opportunity_progress::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// An opportunity in the viewer's scope, locked.
async fn lock_in(tx: &Tx, viewer: &Viewer, id: OpportunityId) -> Outcome<opportunity::Model> {
    let found =
        opportunity::Entity::find_by_id(id).filter(viewer.opportunities()).lock_exclusive().one(tx.db()).await?;
    Ok(found.ok_or_else(|| Reason::not_found("opportunityId", &id.to_string()))?)
}

/// Replaces all that is said of an opportunity. Its phase stays (R-CUS-34), and so do its customer and its owner.
///
/// # Refusals
/// `NotFound`
pub struct UpdateOpportunity {
    /// Who does it.
    pub viewer: Arc<Viewer>,
    /// Which.
    pub opportunity: OpportunityId,
    /// What is said from now on, checked.
    pub details: Details,
}

impl Command for UpdateOpportunity {
    type Output = opportunity::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<opportunity::Model> {
        let details = self.details.clone();
        let mut row = lock_in(tx, &self.viewer, self.opportunity).await?.into_active_model();
        row.name_key = Set(details.name.to_lowercase());
        row.name = Set(details.name);
        row.industry = Set(details.industry);
        row.sub_industry = Set(details.sub_industry);
        row.service_system = Set(details.service_system);
        row.kind = Set(details.kind);
        row.win_probability = Set(details.win_probability);
        row.testing_project = Set(details.testing_project);
        row.bidding_project = Set(details.bidding_project);
        row.estimated_cloud_spend = Set(details.estimated_cloud_spend);
        row.technical_exchange = Set(details.technical_exchange);
        row.test_details = Set(details.test_details);
        row.peer_vendors = Set(opportunity::PeerVendors(details.peer_vendors));
        row.peer_services = Set(details.peer_services);
        row.background = Set(details.background);
        row.progress_details = Set(details.progress_details);
        row.risk_and_request = Set(details.risk_and_request);
        row.monthly_revenue = Set(details.revenue.monthly);
        row.revenue_deadline = Set(details.revenue.deadline);
        row.service_period_months = Set(details.revenue.service_period_months);
        row.major_products = Set(opportunity::Products(details.revenue.major_products));
        row.major_products_revenue = Set(details.revenue.major_products_revenue);
        row.updated_at = Set(tx.now());
        Ok(row.update(tx.db()).await?)
    }
}

/// Records how an opportunity goes: the only way to change its phase (R-CUS-34). The log keeps every entry.
///
/// # Refusals, first that holds
/// `NotFound` · `Invalid` (win probability, details) · `NoProgress`
pub struct RecordProgress {
    /// Who does it.
    pub viewer: Arc<Viewer>,
    /// Of which.
    pub opportunity: OpportunityId,
    /// What is recorded.
    pub progress: Progress,
}

impl Command for RecordProgress {
    type Output = opportunity::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<opportunity::Model> {
        let before = lock_in(tx, &self.viewer, self.opportunity).await?;
        let present = Standing { phase: before.phase, win_probability: before.win_probability };
        let (standing, words) = rules::record(present, self.progress.clone())?;
        let mut row = before.into_active_model();
        row.phase = Set(standing.phase);
        row.win_probability = Set(standing.win_probability);
        if let Some(words) = &words {
            row.progress_details = Set(Some(words.clone()));
        }
        row.updated_at = Set(tx.now());
        let row = row.update(tx.db()).await?;
        log_in(tx, &self.viewer, row.id, Some(present.phase), standing, words).await?;
        Ok(row)
    }
}
