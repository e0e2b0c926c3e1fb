//! Acting on behalf at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::CustomerId;

use super::{
    commands::{Operator, SwitchBack, SwitchRole},
    queries,
};
use crate::{
    access,
    customers::{self, graphql::Customer, reads::Reads},
    graphql::{
        ahead::Reading,
        context::Asking,
        errors::{UserError, failed, settle},
    },
    outcome::{Fault, Outcome, Refusal},
};

/// Who operates in this request.
pub fn operator(ctx: &Context<'_>) -> Result<Operator, Fault> {
    Ok(Operator { viewer: ctx.acting()?.clone(), address: ctx.origin().address() })
}

/// The customer to whose role a viewer's session was switched, as far as it is still in scope.
pub async fn acting_for(ctx: &Context<'_>, viewer: &access::Viewer) -> async_graphql::Result<Option<Customer>> {
    let store = &ctx.app().store;
    let Some(id) = queries::acting_for(store, viewer).await.map_err(failed)? else { return Ok(None) };
    // Read here: after sign-in the request has no loaders of its viewer yet.
    let mut rows = customers::queries::by_id(store.reader(), viewer, &[id], Reads::ALL).await.map_err(failed)?;
    Ok(rows.remove(&id).map(Customer::new))
}

/// To whose role to switch.
#[derive(InputObject)]
struct SwitchRoleInput {
    /// The customer.
    customer_id: ID,
}

/// For whom the session acts now, or why not.
#[derive(SimpleObject, Default)]
struct SwitchRolePayload {
    /// The customer; null after switching back.
    acting_for: Option<Customer>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

async fn switch(ctx: &Context<'_>, input: SwitchRoleInput) -> Outcome<CustomerId> {
    let missing = || Refusal::not_found("customerId", &input.customer_id);
    let customer = input.customer_id.parse().map_err(|_| missing())?;
    ctx.app().store.execute(SwitchRole { operator: operator(ctx)?, customer }).await
}

/// The mutations of roles.
#[derive(Default)]
pub struct OnBehalfMutation;

#[Object]
impl OnBehalfMutation {
    /// Switches this session to the role of a customer, to order and operate on its behalf: needs the distributor's
    /// permission, for a reseller, and the customer's authorization (R-CUS-25). It stays so, over refreshes, until
    /// `switchBack`; each operation looks at both consents anew.
    async fn switch_role(&self, ctx: &Context<'_>, input: SwitchRoleInput) -> async_graphql::Result<SwitchRolePayload> {
        Ok(match settle(switch(ctx, input).await)? {
            Ok(id) => SwitchRolePayload { acting_for: Customer::by_id(ctx, id).await?, user_errors: Vec::new() },
            Err(user_errors) => SwitchRolePayload { user_errors, ..Default::default() },
        })
    }

    /// Switches this session back to the member's own role.
    async fn switch_back(&self, ctx: &Context<'_>) -> async_graphql::Result<SwitchRolePayload> {
        if let Some(session) = ctx.viewer()?.session {
            let switched = settle(ctx.app().store.execute(SwitchBack { session }).await)?;
            switched.map_err(|_| failed(Fault::because("switching back was refused")))?;
        }
        Ok(SwitchRolePayload::default())
    }
}
