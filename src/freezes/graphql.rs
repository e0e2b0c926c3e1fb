//! Freezes at the API.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, parser::types::Field};
use chrono::{DateTime, Utc};
use entities::types::{FreezeCause, FreezeLevel, Timestamp};

use super::{
    commands::{ChangeFreeze, FreezeChanged, operation_of},
    rules::{self, Change},
};
use crate::{
    budgets::graphql::parse_customers,
    customers::{
        graphql::{Customer, changed_customers, partner_above},
        queries::CustomerRow,
        standing::{Reach, Standing},
    },
    graphql::{
        context::Asking,
        errors::{UserError, settle},
        node::Partner,
        plain::{Answer, Plain},
    },
    outcome::Outcome,
};

/// How a customer is frozen.
pub struct Freeze {
    row: Arc<CustomerRow>,
    standing: Standing,
}

impl Freeze {
    /// Of a customer.
    pub fn of(row: Arc<CustomerRow>) -> Self {
        Self { standing: Standing::of(&row.customer), row }
    }
}

/// How a customer is frozen. Account freeze is also called purchase restriction.
#[Object]
impl Freeze {
    /// How far it goes.
    async fn level(&self) -> FreezeLevel {
        self.standing.freeze.level()
    }

    /// Why.
    async fn cause(&self) -> Option<FreezeCause> {
        self.standing.freeze.frozen().map(|frozen| frozen.cause)
    }

    /// Whether the system did it, because the budget is used up.
    async fn automatic(&self) -> bool {
        self.standing.freeze.frozen().is_some_and(|frozen| frozen.cause == FreezeCause::BudgetExhausted)
    }

    /// In whose words.
    async fn reason(&self) -> Option<String> {
        self.standing.freeze.frozen().and_then(|frozen| frozen.reason.clone())
    }

    /// Since when.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.standing.freeze.frozen().map(|frozen| frozen.since.to_datetime())
    }

    /// When frozen pay-per-use resources are released (R-CORE-34).
    async fn retention_deadline(&self) -> Option<DateTime<Utc>> {
        self.standing.freeze.frozen().and_then(|frozen| match frozen.reach {
            Reach::Resources { deadline, .. } => Some(Timestamp::to_datetime(deadline)),
            Reach::Account => None,
        })
    }

    /// By which partner; null where the system did it.
    async fn by(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Partner>> {
        match self.standing.freeze.frozen().and_then(|frozen| frozen.by) {
            Some(id) => partner_above(ctx, &self.row.customer, id).await,
            None => Ok(None),
        }
    }
}

impl Plain for Freeze {
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        match field.name.node.as_str() {
            "level" => answer.word(self.standing.freeze.level()),
            _ => None,
        }
    }
}

/// Freezing or unfreezing customers.
#[derive(InputObject)]
struct FreezeInput {
    /// Whose; 1 to 100.
    customer_ids: Vec<ID>,
    /// Why; 1 to 256 characters (R-CORE-38).
    reason: String,
    /// Accept the customer budget agreement; needed to freeze resources (R-CORE-38).
    #[graphql(default_with = "Some(false)")]
    agreement_accepted: Option<bool>,
    /// Needed where the account has the verification function on (R-CORE-28).
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// Freezes that were changed, or why not.
#[derive(SimpleObject, Default)]
struct FreezePayload {
    /// The customers, in the order given.
    customers: Option<Vec<Customer>>,
    /// Not errors: e.g. still exhausted, will freeze again within the hour.
    warnings: Vec<String>,
    /// What to mend, for each customer; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn change(ctx: &Context<'_>, change: Change, input: FreezeInput) -> Outcome<FreezeChanged> {
    let reason = rules::check_reason(&input.reason)?;
    let customers = parse_customers(&input.customer_ids, "customerIds")?;
    let (app, viewer) = (ctx.app(), ctx.acting()?);
    let operation = operation_of(change);
    let (code, from) = (input.verification_code, ctx.origin());
    let code = app.codes.check(&app.store, viewer, operation, code, &from).await?;
    let command = ChangeFreeze {
        viewer: viewer.clone(),
        customers,
        change,
        reason,
        agreement_accepted: input.agreement_accepted.unwrap_or(false),
        retention: DAY * app.settings.retention_days,
        code,
    };
    app.store.execute(command).await
}

async fn answer(ctx: &Context<'_>, kind: Change, input: FreezeInput) -> async_graphql::Result<FreezePayload> {
    Ok(match settle(change(ctx, kind, input).await)? {
        Ok(changed) => FreezePayload {
            customers: Some(changed_customers(ctx, &changed.customers).await?),
            warnings: changed.warnings,
            user_errors: Vec::new(),
        },
        Err(user_errors) => FreezePayload { user_errors, ..Default::default() },
    })
}

/// The freeze mutations.
#[derive(Default)]
pub struct FreezesMutation;

#[Object]
impl FreezesMutation {
    /// Freezes accounts (purchase restriction): nothing can be bought or changed; what runs keeps running and costing.
    async fn freeze_account(&self, ctx: &Context<'_>, input: FreezeInput) -> async_graphql::Result<FreezePayload> {
        answer(ctx, Change::FreezeAccount, input).await
    }

    /// Freezes accounts and their pay-per-use resources, which are released after the retention period (R-CORE-34).
    async fn freeze_account_and_resources(
        &self,
        ctx: &Context<'_>,
        input: FreezeInput,
    ) -> async_graphql::Result<FreezePayload> {
        answer(ctx, Change::FreezeResources, input).await
    }

    /// Lifts account freezes. Where the budget is still used up under AUTOMATIC, the sweep of the next hour freezes the
    /// account again (R-CORE-37).
    async fn unfreeze_account(&self, ctx: &Context<'_>, input: FreezeInput) -> async_graphql::Result<FreezePayload> {
        answer(ctx, Change::UnfreezeAccount, input).await
    }

    /// Lifts freezes of accounts and resources.
    async fn unfreeze_account_and_resources(
        &self,
        ctx: &Context<'_>,
        input: FreezeInput,
    ) -> async_graphql::Result<FreezePayload> {
        answer(ctx, Change::UnfreezeResources, input).await
    }
}
