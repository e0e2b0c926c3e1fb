//! Disassociations at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{
    application,
    types::{AccountKind, CriticalOperation, CustomerId, DisassociationObstacle, DisassociationReason},
};

use super::{
    commands::{self, Findings, RequestDisassociation},
    kind::DisassociationForm,
    rules,
};
use crate::{
    graphql::{context::Asking, errors::failed},
    outcome::{Outcome, Refusal},
    reviews::graphql::{ApplicationFields, ApplicationPayload, answer, application_object},
};

application_object! {
    /// The partner or the customer asks for the end of their association; the other side decides.
    DisassociationRequest
}

impl DisassociationRequest {
    fn form(&self) -> async_graphql::Result<DisassociationForm> {
        self.0.form()
    }
}

/// The partner or the customer asks for the end of their association; the other side decides.
#[Object]
impl DisassociationRequest {
    #[graphql(flatten)]
    async fn application(&self, _ctx: &Context<'_>) -> ApplicationFields {
        self.0.clone()
    }

    /// Why.
    async fn reason(&self) -> async_graphql::Result<DisassociationReason> {
        Ok(self.form()?.reason)
    }

    /// In words.
    async fn remarks(&self) -> async_graphql::Result<Option<String>> {
        Ok(self.form()?.remarks)
    }
}

/// Something that stands in the way.
#[derive(SimpleObject)]
struct FailedCheck {
    /// For programs.
    obstacle: DisassociationObstacle,
    /// For people: what it is, and what to do.
    message: String,
}

/// Whether an association could end, seen from the viewer's side.
#[derive(SimpleObject)]
struct DisassociationCheck {
    /// Whether nothing stands in the way.
    passed: bool,
    /// What does.
    failed_checks: Vec<FailedCheck>,
    /// How many requests the viewer's side may still start in the present three months (R-CUS-18).
    requests_left: i32,
}

impl From<Findings> for DisassociationCheck {
    fn from(findings: Findings) -> Self {
        let failed = |obstacle| FailedCheck { obstacle, message: rules::words(obstacle).to_owned() };
        Self {
            passed: findings.obstacles.is_empty() && findings.requests_left > 0,
            failed_checks: findings.obstacles.into_iter().map(failed).collect(),
            requests_left: i32::try_from(findings.requests_left).unwrap_or(i32::MAX),
        }
    }
}

/// The queries of disassociations.
#[derive(Default)]
pub struct DisassociationsQuery;

#[Object]
impl DisassociationsQuery {
    /// Looks whether the association of a customer could end (R-CUS-19), without asking for it; null where the viewer is
    /// not on either side of it. A customer asks about itself.
    async fn disassociation_check(
        &self,
        ctx: &Context<'_>,
        customer_id: Option<ID>,
    ) -> async_graphql::Result<Option<DisassociationCheck>> {
        let viewer = ctx.viewer()?;
        let Some(customer) = customer_id.map_or(Some(viewer.account.id.cast()), |id| id.parse().ok()) else {
            return Ok(None);
        };
        let findings = commands::check(&ctx.app().store, viewer, customer).await.map_err(failed)?;
        Ok(findings.map(DisassociationCheck::from))
    }
}

/// Asking for the end of an association.
#[derive(InputObject)]
struct RequestDisassociationInput {
    /// Whose; left out by a customer, which asks for itself.
    customer_id: Option<ID>,
    /// Why.
    reason: DisassociationReason,
    /// In words, up to 256 characters; needed where the reason is OTHER.
    remarks: Option<String>,
    /// Needed where a customer asks (R-CUS-22).
    #[graphql(secret)]
    verification_code: Option<String>,
}

async fn request(ctx: &Context<'_>, input: RequestDisassociationInput) -> Outcome<application::Model> {
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let customer: CustomerId = match &input.customer_id {
        Some(id) => id.parse().map_err(|_| Refusal::not_found("customerId", id))?,
        None => viewer.account.id.cast(),
    };
    let code = if viewer.account.kind == AccountKind::Customer {
        let operation = CriticalOperation::Disassociation;
        Some(app.codes.check(&app.store, viewer, operation, input.verification_code, &ctx.origin()).await?)
    } else {
        None
    };
    let command = RequestDisassociation {
        viewer: viewer.clone(),
        reviews: app.reviews.clone(),
        customer,
        reason: input.reason,
        remarks: input.remarks,
        code,
        address: ctx.origin().address(),
    };
    app.store.execute(command).await
}

/// What can be changed of associations.
#[derive(Default)]
pub struct DisassociationsMutation;

#[Object]
impl DisassociationsMutation {
    /// Asks for the end of an association (O-CUS-08). The other side agrees or refuses with `reviewApplication`
    /// (O-CUS-09), a customer with a verification code (R-CUS-22); of a named account the platform has a look first
    /// (R-CUS-20).
    async fn request_disassociation(
        &self,
        ctx: &Context<'_>,
        input: RequestDisassociationInput,
    ) -> async_graphql::Result<ApplicationPayload> {
        answer(request(ctx, input).await)
    }
}
