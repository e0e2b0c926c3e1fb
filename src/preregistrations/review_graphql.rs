//! Reviews of preregistrations at the API.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use entities::{
    application,
    types::{Amount, PreregistrationCause},
};

use super::{
    graphql::Preregistration,
    review::{RequestReview, ReviewForm},
    rules,
};
use crate::{
    graphql::{context::Asking, scalars::Decimal},
    outcome::{Outcome, Refusal},
    reviews::graphql::{ApplicationFields, ApplicationPayload, AttachmentInput, answer, application_object, files},
};

application_object! {
    /// A partner asks the vendor to look at a customer that it cannot preregister at once.
    PreregistrationReview
}

impl PreregistrationReview {
    fn form(&self) -> async_graphql::Result<ReviewForm> {
        self.0.form()
    }
}

/// A partner asks the vendor to look at a customer that it cannot preregister at once.
#[Object]
impl PreregistrationReview {
    #[graphql(flatten)]
    async fn application(&self, _ctx: &Context<'_>) -> ApplicationFields {
        self.0.clone()
    }

    /// The claim.
    async fn preregistration(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Preregistration>> {
        Preregistration::by_id(ctx, self.form()?.preregistration_id).await
    }

    /// What the customer may spend in addition, a year in USD.
    async fn potential_additional_expenditure(&self) -> async_graphql::Result<Decimal> {
        Ok(self.form()?.potential_additional_expenditure.into())
    }

    /// How the partner and the customer have talked so far.
    async fn communication_process(&self) -> async_graphql::Result<String> {
        Ok(self.form()?.communication_process)
    }

    /// Why the customer was not preregistered at once.
    async fn causes(&self) -> async_graphql::Result<Vec<PreregistrationCause>> {
        Ok(self.form()?.causes)
    }
}

/// Asking for a review.
#[derive(InputObject)]
struct RequestPreregistrationReviewInput {
    /// The customer's full name.
    full_name: String,
    /// Its e-mail address.
    email: String,
    /// Its mobile number.
    mobile_number: Option<String>,
    /// The partner's own words.
    remarks: Option<String>,
    /// What the customer may spend in addition, a year in USD.
    potential_additional_expenditure: Decimal,
    /// How the partner and the customer have talked so far; 1 to 1,000 characters.
    communication_process: String,
    /// Files for the slot `proof`: five at most, 20 MiB each.
    attachments: Option<Vec<AttachmentInput>>,
}

async fn request(ctx: &Context<'_>, input: RequestPreregistrationReviewInput) -> Outcome<application::Model> {
    let (number, remarks) = (input.mobile_number.as_deref(), input.remarks.as_deref());
    let expenditure = Amount::parse(input.potential_additional_expenditure.0, Amount::CENTS)
        .map_err(|error| Refusal::invalid("potentialAdditionalExpenditure", error.to_string()))?;
    let app = ctx.app();
    let command = RequestReview {
        viewer: Arc::clone(ctx.acting()?),
        reviews: app.reviews.clone(),
        particulars: rules::check(&input.full_name, &input.email, number, remarks)?,
        potential_additional_expenditure: expenditure,
        communication_process: rules::check_communication(&input.communication_process)?,
        attachments: files(input.attachments.unwrap_or_default())?,
        address: ctx.origin().address(),
    };
    app.store.execute(command).await
}

/// What can be changed of reviews of preregistrations.
#[derive(Default)]
pub struct PreregistrationReviewsMutation;

#[Object]
impl PreregistrationReviewsMutation {
    /// Asks the vendor to look at a customer that cannot be preregistered at once (O-CUS-02, R-CUS-02): within two working
    /// days (R-CUS-03). The claim stands from the request on.
    async fn request_preregistration_review(
        &self,
        ctx: &Context<'_>,
        input: RequestPreregistrationReviewInput,
    ) -> async_graphql::Result<ApplicationPayload> {
        answer(request(ctx, input).await)
    }
}
