//! Alerts at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, parser::types::Field};
use chrono::{DateTime, Utc};
use entities::{
    budget_alert,
    types::{self, AlertStatus, BudgetType, CustomerId},
};

use super::super::{facts::ThresholdReached, queries};
use crate::{
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{code, coded, failed},
        plain::{Answer, Plain},
        scalars::{DateTimeRange, Decimal, Id},
    },
};

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
        customer_in_scope(ctx, self.alert.customer_id).await
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

impl Plain for BudgetAlert {
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        match field.name.node.as_str() {
            "id" => answer.scalar(&ID::from(self.alert.id)),
            "budgetType" => answer.word(self.alert.budget_type),
            "threshold" => answer.scalar(&i32::from(self.alert.threshold)),
            "amount" => answer.decimal(Decimal::from(self.alert.amount)),
            "used" => answer.decimal(Decimal::from(self.alert.used)),
            "raisedAt" => answer.scalar(&self.alert.raised_at.to_datetime()),
            _ => None,
        }
    }
}

/// The customer of an alert or event that the viewer was shown.
async fn customer_in_scope(ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<Customer> {
    let left = || coded(code::FORBIDDEN, "the customer is no longer in your scope");
    Customer::by_id(ctx, id).await?.ok_or_else(left)
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
        let window = PageArguments { first, after, ..Default::default() }.window(ctx, queries::NEWEST_FIRST)?;
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let filter = filter.unwrap_or_default();
        let page = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, BudgetAlert::stored))
    }
}
