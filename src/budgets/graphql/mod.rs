//! Budgets and alerts at the API.

mod alert;
mod setting;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject, parser::types::Field};
use chrono::{DateTime, Utc};
use entities::types::{BudgetType, ExhaustionPolicy};

pub use alert::{BudgetAlert, BudgetAlertFilter, BudgetsQuery};
pub use setting::{BudgetsMutation, parse_customers};

use super::rules;
use crate::{
    customers::{
        graphql::partner_above,
        queries::CustomerRow,
        standing::{self, NO_RATIO, Standing, usage_ratio},
    },
    graphql::{
        context::Asking,
        node::Partner,
        plain::{Answer, Plain},
        scalars::{Decimal, percent_of_ratio},
    },
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

    fn percent(&self) -> Option<Decimal> {
        match usage_ratio(self.standing.used(), self.budget.amount) {
            NO_RATIO => None,
            ratio => Some(percent_of_ratio(ratio)),
        }
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
        self.percent()
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

impl Plain for Budget {
    fn plain(&self, field: &Field, answer: &mut Answer) -> Option<()> {
        let used = self.standing.used();
        match field.name.node.as_str() {
            "id" => answer.scalar(&ID::from(self.budget.id)),
            "type" => answer.word(self.budget.kind),
            "amount" => answer.decimal(Decimal::from(self.budget.amount)),
            "used" => answer.decimal(Decimal::from(used)),
            "remaining" => answer.decimal(Decimal::from(self.budget.amount.minus(used))),
            "usagePercent" => match self.percent() {
                Some(percent) => answer.decimal(percent),
                None => answer.null(),
            },
            "exhausted" => answer.scalar(&self.standing.is_exhausted()),
            "exhaustionPolicy" => answer.word(self.budget.policy),
            _ => None,
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
