//! Setting budgets at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::{Amount, BudgetType, CriticalOperation, CustomerId, ExhaustionPolicy};

use super::{
    super::{
        commands::{BudgetsSet, SetBudgets, check_batch},
        rules::NewBudget,
    },
    Budget,
};
use crate::{
    customers::graphql::{Customer, changed_customers},
    graphql::{
        context::Asking,
        errors::{UserError, settle},
        scalars::Decimal,
    },
    outcome::{Error, Outcome, Refusal},
    records::graphql::AdjustmentRecord,
};

/// Setting one budget.
#[derive(InputObject)]
struct SetCustomerBudgetInput {
    /// Whose.
    customer_id: ID,
    /// How it restores. A switch takes effect at once (R-CORE-14).
    #[graphql(name = "type")]
    kind: BudgetType,
    /// How much, in USD; two decimals, 0 or more.
    amount: Decimal,
    /// Who freezes the account when it is used up.
    exhaustion_policy: ExhaustionPolicy,
    /// Lift an account freeze with it (R-CORE-30).
    #[graphql(default_with = "Some(false)")]
    unfreeze_now: Option<bool>,
    /// Always needed with AUTOMATIC (R-CORE-27), else where the account has the verification function on (R-CORE-28).
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// Setting the budgets of several customers.
#[derive(InputObject)]
struct SetCustomerBudgetsInput {
    /// Whose; 1 to 100.
    customer_ids: Vec<ID>,
    /// How they restore.
    #[graphql(name = "type")]
    kind: BudgetType,
    /// How much each, in USD; two decimals, 0 or more.
    amount: Decimal,
    /// Who freezes the accounts when they are used up.
    exhaustion_policy: ExhaustionPolicy,
    /// Lift account freezes with it (R-CORE-30).
    #[graphql(default_with = "Some(false)")]
    unfreeze_now: Option<bool>,
    /// Always needed with AUTOMATIC (R-CORE-27), else where the account has the verification function on (R-CORE-28).
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// A budget that was set, or why not.
#[derive(SimpleObject, Default)]
struct SetCustomerBudgetPayload {
    /// The customer.
    customer: Option<Customer>,
    /// Its budget.
    budget: Option<Budget>,
    /// The record of the change.
    adjustment_record: Option<AdjustmentRecord>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// Budgets that were set, or why not.
#[derive(SimpleObject, Default)]
struct SetCustomerBudgetsPayload {
    /// The customers, in the order given.
    customers: Option<Vec<Customer>>,
    /// What to mend, for each customer; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// Reads the ids of a batch: in the order given, each once.
pub fn parse_customers(ids: &[ID], field: &str) -> Result<Vec<CustomerId>, Error> {
    check_batch(ids.len())?;
    let mut parsed: Vec<CustomerId> = Vec::with_capacity(ids.len());
    let mut refusals = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        match id.parse() {
            Ok(id) if parsed.contains(&id) => {}
            Ok(id) => parsed.push(id),
            Err(_) => refusals.push(Refusal::not_found(field, id).at(field, index)),
        }
    }
    if refusals.is_empty() { Ok(parsed) } else { Err(Error::Refused(refusals)) }
}

async fn set_budgets(
    ctx: &Context<'_>,
    customers: Result<Vec<CustomerId>, Error>,
    amount: Decimal,
    budget: impl FnOnce(Amount) -> NewBudget,
    code: Option<String>,
) -> Outcome<BudgetsSet> {
    let customers = customers?;
    let amount = Amount::parse(amount.0, Amount::CENTS)
        .map_err(|error| Refusal::invalid("amount", format!("amount {} {error}", amount.0)))?;
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let operation = CriticalOperation::SetBudget;
    let code = app.codes.check(&app.store, viewer, operation, code, &ctx.origin()).await?;
    app.store.execute(SetBudgets { viewer: viewer.clone(), customers, budget: budget(amount), code }).await
}

/// The budget mutations.
#[derive(Default)]
pub struct BudgetsMutation;

#[Object]
impl BudgetsMutation {
    /// Sets or replaces a customer's budget. For the partner in charge of the customer (R-CORE-12).
    async fn set_customer_budget(
        &self,
        ctx: &Context<'_>,
        input: SetCustomerBudgetInput,
    ) -> async_graphql::Result<SetCustomerBudgetPayload> {
        let customer = input
            .customer_id
            .parse()
            .map(|id| vec![id])
            .map_err(|_| Refusal::not_found("customerId", &input.customer_id).into());
        let budget = |amount| NewBudget {
            kind: input.kind,
            amount,
            policy: input.exhaustion_policy,
            unfreeze_now: input.unfreeze_now.unwrap_or(false),
        };
        let outcome = set_budgets(ctx, customer, input.amount, budget, input.verification_code).await;
        Ok(match settle(outcome)? {
            Ok(set) => {
                let customer = changed_customers(ctx, &set.customers).await?.pop();
                let budget = match &customer {
                    Some(customer) => customer.budget(ctx).await?,
                    None => None,
                };
                let record = set.records.into_iter().next().map(AdjustmentRecord::new);
                SetCustomerBudgetPayload { customer, budget, adjustment_record: record, user_errors: Vec::new() }
            }
            Err(errors) => SetCustomerBudgetPayload { user_errors: single(errors), ..Default::default() },
        })
    }

    /// Sets the same budget for several customers, in place of what they had (R-CORE-39): all of them, or none.
    async fn set_customer_budgets(
        &self,
        ctx: &Context<'_>,
        input: SetCustomerBudgetsInput,
    ) -> async_graphql::Result<SetCustomerBudgetsPayload> {
        let customers = parse_customers(&input.customer_ids, "customerIds");
        let budget = |amount| NewBudget {
            kind: input.kind,
            amount,
            policy: input.exhaustion_policy,
            unfreeze_now: input.unfreeze_now.unwrap_or(false),
        };
        let outcome = set_budgets(ctx, customers, input.amount, budget, input.verification_code).await;
        Ok(match settle(outcome)? {
            Ok(set) => SetCustomerBudgetsPayload {
                customers: Some(changed_customers(ctx, &set.customers).await?),
                user_errors: Vec::new(),
            },
            Err(user_errors) => SetCustomerBudgetsPayload { customers: None, user_errors },
        })
    }
}

/// Errors of a batch of one, blamed on the one.
fn single(errors: Vec<UserError>) -> Vec<UserError> {
    let blame = |field: Option<Vec<String>>| match field {
        Some(path) if path.first().is_some_and(|name| name == "customerIds") => Some(vec!["customerId".to_owned()]),
        field => field,
    };
    errors.into_iter().map(|error| UserError { field: blame(error.field), ..error }).collect()
}
