//! Budgets and alerts at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    budget_alert,
    types::{self, AlertStatus, Amount, BudgetType, CriticalOperation, CustomerId, ExhaustionPolicy},
};

use super::{
    commands::{BudgetsSet, SetBudgets, check_batch},
    facts::ThresholdReached,
    queries,
    rules::{self, NewBudget},
};
use crate::{
    customers::{
        graphql::{Customer, changed_customers, partner_above},
        queries::CustomerRow,
        standing::{self, NO_RATIO, Standing, usage_ratio},
    },
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, failed, settle},
        node::Partner,
        scalars::{DateTimeRange, Decimal, Id, percent_of_ratio},
    },
    outcome::{Error, Fault, Outcome, Refusal},
    records::graphql::AdjustmentRecord,
    verification,
};

/// A spending allowance of one customer at list price.
#[derive(Debug, Clone)]
pub struct Budget {
    row: Arc<CustomerRow>,
    standing: Standing,
    budget: standing::Budget,
}

impl Budget {
    /// The budget of a customer, if it has one.
    pub fn of(row: Arc<CustomerRow>, standing: Standing) -> Option<Self> {
        let budget = standing.budget?;
        Some(Self { row, standing, budget })
    }
}

/// A spending allowance of one customer at list price, without tax.
#[Object]
impl Budget {
    /// The global id; kept when the budget is replaced.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.budget.id.into()
    }

    /// How it restores.
    #[graphql(name = "type")]
    async fn kind(&self) -> BudgetType {
        self.budget.kind
    }

    /// How much, in USD.
    async fn amount(&self) -> Decimal {
        self.budget.amount.into()
    }

    /// What was used of it: an estimate that may lag behind what the meter has not reported yet.
    async fn used(&self) -> Decimal {
        self.standing.used().into()
    }

    /// What is left; negative where more was used.
    async fn remaining(&self) -> Decimal {
        self.budget.amount.minus(self.standing.used()).into()
    }

    /// used ÷ amount × 100, two decimals; null where amount is 0.
    async fn usage_percent(&self) -> Option<Decimal> {
        match usage_ratio(self.standing.used(), self.budget.amount) {
            NO_RATIO => None,
            ratio => Some(percent_of_ratio(ratio)),
        }
    }

    /// Whether nothing is left.
    async fn exhausted(&self) -> bool {
        self.standing.is_exhausted()
    }

    /// Who freezes the account when it is used up.
    async fn exhaustion_policy(&self) -> ExhaustionPolicy {
        self.budget.policy
    }

    /// From when charges count.
    async fn window_start(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        let month = self.budget.alert_window(self.standing.ledger.month);
        ctx.app().store.calendar().start_of(month).to_datetime()
    }

    /// Until when they count; null for a one-time budget, which never restores.
    async fn window_end(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        let next = self.standing.ledger.month.next();
        let monthly = self.budget.kind == BudgetType::Monthly;
        monthly.then(|| ctx.app().store.calendar().start_of(next).to_datetime())
    }

    /// When it was set last.
    async fn set_at(&self) -> DateTime<Utc> {
        self.budget.set_at.to_datetime()
    }

    /// By which partner.
    async fn set_by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Partner>> {
        match self.budget.set_by {
            Some(id) => partner_above(ctx, &self.row.customer, id).await,
            None => Ok(None),
        }
    }
}

/// What a customer may buy now.
#[derive(Debug, Clone, SimpleObject)]
pub struct PurchasingRights {
    /// Yearly/monthly products.
    yearly_monthly: bool,
    /// Reserved instances.
    reserved_instance: bool,
    /// Pay-per-use products.
    pay_per_use: bool,
    /// Why not, where one is false.
    reasons: Vec<String>,
}

impl From<rules::Purchasing> for PurchasingRights {
    fn from(rights: rules::Purchasing) -> Self {
        Self {
            yearly_monthly: rights.yearly_monthly,
            reserved_instance: rights.reserved_instance,
            pay_per_use: rights.pay_per_use,
            reasons: rights.reasons,
        }
    }
}

/// A warning that the usage of a budget reached 75, 90 or 100 %.
#[derive(Debug, Clone)]
pub struct BudgetAlert {
    alert: Arc<budget_alert::Model>,
    /// An alert taken from an event: whether it is still open must be looked up.
    from_event: bool,
}

impl BudgetAlert {
    /// From its row.
    pub fn stored(alert: Arc<budget_alert::Model>) -> Self {
        Self { alert, from_event: false }
    }

    /// From the event that told of it.
    pub fn from_event(fact: &ThresholdReached) -> Self {
        let alert = budget_alert::Model {
            id: fact.alert_id,
            customer_id: fact.customer_id,
            budget_type: fact.budget_type,
            window_month: fact.window_month,
            threshold: fact.threshold,
            amount: fact.amount,
            used: fact.used,
            raised_at: fact.raised_at,
            status: AlertStatus::Open,
            cleared_at: None,
        };
        Self { alert: Arc::new(alert), from_event: true }
    }

    async fn present(&self, ctx: &Context<'_>) -> async_graphql::Result<Arc<budget_alert::Model>> {
        if !self.from_event {
            return Ok(self.alert.clone());
        }
        Ok(ctx.loaders()?.alert(self.alert.id).await?.unwrap_or_else(|| self.alert.clone()))
    }
}

/// A warning that the usage of a budget reached 75, 90 or 100 %.
#[Object]
impl BudgetAlert {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.alert.id.into()
    }

    /// Whose budget.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Customer> {
        customer_of_alert(ctx, self.alert.customer_id).await
    }

    /// The budget's type then.
    async fn budget_type(&self) -> BudgetType {
        self.alert.budget_type
    }

    /// 75, 90 or 100 percent.
    async fn threshold(&self) -> i32 {
        self.alert.threshold.into()
    }

    /// The budget then, in USD.
    async fn amount(&self) -> Decimal {
        self.alert.amount.into()
    }

    /// The usage then, in USD.
    async fn used(&self) -> Decimal {
        self.alert.used.into()
    }

    /// From when charges counted.
    async fn window_start(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        ctx.app().store.calendar().start_of(self.alert.window_month).to_datetime()
    }

    /// When the threshold was reached.
    async fn raised_at(&self) -> DateTime<Utc> {
        self.alert.raised_at.to_datetime()
    }

    /// Whether it still waits to be handled.
    async fn status(&self, ctx: &Context<'_>) -> async_graphql::Result<AlertStatus> {
        Ok(queries::status_in(&*self.present(ctx).await?, ctx.month()))
    }

    /// When it was cleared: by a raised or replaced budget, or by the end of the month.
    async fn cleared_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime<Utc>>> {
        let alert = self.present(ctx).await?;
        let turned = || ctx.app().store.calendar().start_of(alert.window_month.next());
        Ok(match (queries::status_in(&alert, ctx.month()), alert.cleared_at) {
            (AlertStatus::Open, _) => None,
            (AlertStatus::Cleared, cleared_at) => Some(cleared_at.unwrap_or_else(turned).to_datetime()),
        })
    }
}

/// The customer of an alert or event that the viewer was shown.
pub async fn customer_of_alert(ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<Customer> {
    let row = ctx.loaders()?.customer(id).await?;
    let left = || {
        crate::graphql::errors::coded(
            crate::graphql::errors::code::FORBIDDEN,
            "the customer is no longer in your scope",
        )
    };
    row.map(Customer::new).ok_or_else(left)
}

/// Picks alerts; conditions given together must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub struct BudgetAlertFilter {
    /// Open or cleared.
    pub status: Option<AlertStatus>,
    /// Of one reseller's customers.
    pub reseller_id: Option<Id<types::Reseller>>,
    /// Of one customer.
    pub customer_id: Option<Id<types::Customer>>,
    /// At this threshold or above, in percent.
    pub min_threshold: Option<i32>,
    /// Raised in this time.
    pub raised_at: Option<DateTimeRange>,
}

/// The alert queries.
#[derive(Default)]
pub struct BudgetsQuery;

#[Object]
impl BudgetsQuery {
    /// Budget warnings in the viewer's scope, newest first.
    async fn budget_alerts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<BudgetAlertFilter>,
    ) -> async_graphql::Result<Connection<BudgetAlert>> {
        let window = PageArguments { first, after, ..Default::default() }.window(&queries::NEWEST_FIRST)?;
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let filter = filter.unwrap_or_default();
        let (slice, total) = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(slice, total, BudgetAlert::stored))
    }
}

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
    #[graphql(default = false)]
    unfreeze_now: bool,
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
    #[graphql(default = false)]
    unfreeze_now: bool,
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
    let (app, viewer) = (ctx.app(), ctx.viewer().map_err(|_| Fault::because("the policy let a stranger in"))?);
    let operation = CriticalOperation::SetBudget;
    let code = verification::commands::check(&app.store, &app.code_key, viewer, operation, code).await?;
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
            unfreeze_now: input.unfreeze_now,
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
            unfreeze_now: input.unfreeze_now,
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
