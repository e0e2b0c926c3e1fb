//! Resellers' permissions at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::Amount;

use super::{
    commands::{Change, ChangePermissions},
    rules::NewQuotas,
};
use crate::{
    graphql::{
        ahead::Reading,
        context::Asking,
        errors::{UserError, failed, settle},
        scalars::Decimal,
    },
    outcome::{Error, Outcome, Refusal},
    records::graphql::AdjustmentRecord,
    resellers::{self, graphql::Reseller, reads::ResellerReads},
};

/// Authorizing a reseller to set budgets and freeze.
#[derive(InputObject)]
struct GrantBudgetPermissionsInput {
    /// Which reseller.
    reseller_id: ID,
    /// Ceiling for the sum of its monthly budgets, in USD. At least one of the two quotas is needed (R-CORE-05).
    monthly_quota: Option<Decimal>,
    /// Ceiling for the sum of its one-time budgets, in USD.
    one_time_quota: Option<Decimal>,
    /// A code for BUDGET_PERMISSIONS (R-CORE-07).
    #[graphql(secret)]
    verification_code: String,
}

/// Changing a reseller's quotas.
#[derive(InputObject)]
struct AdjustBudgetQuotasInput {
    /// Which reseller.
    reseller_id: ID,
    /// The new ceiling for monthly budgets, in USD; without it the type is taken away (R-CORE-09).
    monthly_quota: Option<Decimal>,
    /// The new ceiling for one-time budgets, in USD; without it the type is taken away (R-CORE-09).
    one_time_quota: Option<Decimal>,
    /// A code for BUDGET_PERMISSIONS (R-CORE-07).
    #[graphql(secret)]
    verification_code: String,
}

/// Taking a reseller's permissions back.
#[derive(InputObject)]
struct RevokeBudgetPermissionsInput {
    /// Which reseller.
    reseller_id: ID,
    /// A code for BUDGET_PERMISSIONS (R-CORE-07).
    #[graphql(secret)]
    verification_code: String,
}

/// Letting a reseller act on behalf of customers, or no longer.
#[derive(InputObject)]
struct SetOnBehalfPermissionInput {
    /// Which reseller.
    reseller_id: ID,
    /// Give or withdraw.
    enabled: bool,
    /// Accept the commitment letter; needed the first time (R-CORE-40).
    #[graphql(default_with = "Some(false)")]
    commitment_letter_accepted: Option<bool>,
    /// A code for ON_BEHALF_PERMISSION (R-CORE-40).
    #[graphql(secret)]
    verification_code: String,
}

/// Permissions that were changed, or why not.
#[derive(SimpleObject, Default)]
struct ResellerPermissionsPayload {
    /// The reseller.
    reseller: Option<Reseller>,
    /// The record of the change.
    adjustment_record: Option<AdjustmentRecord>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

fn quota(value: Option<Decimal>, field: &'static str) -> Result<Option<Amount>, Error> {
    value
        .map(|value| Amount::parse(value.0, Amount::CENTS).map_err(|error| (value, error)))
        .transpose()
        .map_err(|(value, error)| Refusal::invalid(field, format!("{field} {} {error}", value.0)).into())
}

fn quotas(monthly: Option<Decimal>, one_time: Option<Decimal>) -> Result<NewQuotas, Error> {
    Ok(NewQuotas { monthly: quota(monthly, "monthlyQuota")?, one_time: quota(one_time, "oneTimeQuota")? })
}

async fn change(
    ctx: &Context<'_>,
    reseller: &ID,
    change: Result<Change, Error>,
    code: String,
) -> Outcome<super::commands::Changed> {
    let change = change?;
    let reseller = reseller.parse().map_err(|_| Refusal::not_found("resellerId", reseller))?;
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let (operation, from) = (change.operation(), ctx.origin());
    let code = app.codes.check(&app.store, viewer, operation, Some(code), &from).await?;
    app.store.execute(ChangePermissions { viewer: viewer.clone(), reseller, change, code }).await
}

async fn payload(
    ctx: &Context<'_>,
    outcome: Outcome<super::commands::Changed>,
) -> async_graphql::Result<ResellerPermissionsPayload> {
    Ok(match settle(outcome)? {
        Ok(changed) => {
            let (db, viewer) = (ctx.app().store.reader(), ctx.viewer()?);
            let rows = resellers::queries::by_id(db, viewer, &[changed.reseller], ResellerReads::ALL).await;
            ResellerPermissionsPayload {
                reseller: rows.map_err(failed)?.remove(&changed.reseller).map(Reseller::new),
                adjustment_record: Some(AdjustmentRecord::new(changed.record)),
                user_errors: Vec::new(),
            }
        }
        Err(user_errors) => ResellerPermissionsPayload { user_errors, ..Default::default() },
    })
}

/// The permission mutations.
#[derive(Default)]
pub struct PermissionsMutation;

#[Object]
impl PermissionsMutation {
    /// Authorizes a reseller to set budgets and freeze: it is in charge of its customers from now on.
    async fn grant_budget_permissions(
        &self,
        ctx: &Context<'_>,
        input: GrantBudgetPermissionsInput,
    ) -> async_graphql::Result<ResellerPermissionsPayload> {
        let grant = quotas(input.monthly_quota, input.one_time_quota).map(Change::Grant);
        payload(ctx, change(ctx, &input.reseller_id, grant, input.verification_code).await).await
    }

    /// Changes the quotas of an authorized reseller.
    async fn adjust_budget_quotas(
        &self,
        ctx: &Context<'_>,
        input: AdjustBudgetQuotasInput,
    ) -> async_graphql::Result<ResellerPermissionsPayload> {
        let adjust = quotas(input.monthly_quota, input.one_time_quota).map(Change::Adjust);
        payload(ctx, change(ctx, &input.reseller_id, adjust, input.verification_code).await).await
    }

    /// Takes a reseller's permissions back. Budgets and freezes stay as they are (R-CORE-13).
    async fn revoke_budget_permissions(
        &self,
        ctx: &Context<'_>,
        input: RevokeBudgetPermissionsInput,
    ) -> async_graphql::Result<ResellerPermissionsPayload> {
        payload(ctx, change(ctx, &input.reseller_id, Ok(Change::Revoke), input.verification_code).await).await
    }

    /// Lets a reseller order and operate on behalf of customers that authorized it, or no longer.
    async fn set_on_behalf_permission(
        &self,
        ctx: &Context<'_>,
        input: SetOnBehalfPermissionInput,
    ) -> async_graphql::Result<ResellerPermissionsPayload> {
        let on_behalf = Change::OnBehalf {
            enabled: input.enabled,
            letter_accepted: input.commitment_letter_accepted.unwrap_or(false),
        };
        payload(ctx, change(ctx, &input.reseller_id, Ok(on_behalf), input.verification_code).await).await
    }
}
