//! The facts at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::{CustomerFact, CustomerId};

use super::commands::SetCustomerFacts;
use crate::{
    customers::graphql::Customer,
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
    outcome::{Outcome, Refusal},
};

/// What the vendor knows of a customer.
#[derive(InputObject)]
struct SetCustomerFactsInput {
    /// Of whom.
    customer_id: ID,
    /// All that holds; what is left out holds no longer.
    facts: Vec<CustomerFact>,
}

/// A customer of whom something else is known now, or why not.
#[derive(SimpleObject, Default)]
struct SetCustomerFactsPayload {
    /// The customer.
    customer: Option<Customer>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// The facts of a customer, in the order of the enumeration.
pub async fn facts_of(ctx: &Context<'_>, customer: CustomerId) -> async_graphql::Result<Vec<CustomerFact>> {
    Ok(ctx.loaders()?.customer_facts(customer).await?.iter().collect())
}

async fn set(ctx: &Context<'_>, input: SetCustomerFactsInput) -> Outcome<CustomerId> {
    let command = SetCustomerFacts {
        viewer: ctx.acting()?.clone(),
        customer: input.customer_id.parse().map_err(|_| Refusal::not_found("customerId", &input.customer_id))?,
        facts: input.facts.into_iter().collect(),
        address: ctx.origin().address(),
    };
    ctx.app().store.execute(command).await
}

/// What can be changed of the facts.
#[derive(Default)]
pub struct CustomerFactsMutation;

#[Object]
impl CustomerFactsMutation {
    /// Says what the vendor knows of a customer: what its preregistration, association and disassociation are checked
    /// against. For the platform; leaves an access record.
    async fn set_customer_facts(
        &self,
        ctx: &Context<'_>,
        input: SetCustomerFactsInput,
    ) -> async_graphql::Result<SetCustomerFactsPayload> {
        Ok(match settle(set(ctx, input).await)? {
            Ok(id) => SetCustomerFactsPayload { customer: Customer::by_id(ctx, id).await?, user_errors: Vec::new() },
            Err(user_errors) => SetCustomerFactsPayload { user_errors, ..Default::default() },
        })
    }
}
