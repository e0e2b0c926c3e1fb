//! Metering at the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::{Amount, BillingMode};

use super::{
    commands::{self, Recorded},
    rules::{Charge, MAX_LINES, Refusal as Refused},
};
use crate::{
    graphql::{
        context::Asking,
        errors::{UserError, settle},
        scalars::Decimal,
    },
    outcome::{Outcome, Refusal},
    telemetry::figures,
};

/// What a customer's use of a product costs.
#[derive(InputObject)]
struct ChargeInput {
    /// The meter's own id; the same id is recorded once, whatever happens.
    charge_id: String,
    /// Who spent.
    #[graphql(name = "customerId")]
    customer: ID,
    /// On what.
    product_type: String,
    /// Paid how.
    billing_mode: BillingMode,
    /// List price without tax, in USD; up to eight decimals.
    list_price: Decimal,
    /// When the use happened.
    occurred_at: DateTime<Utc>,
    /// Settled by month, such as CDN by 95th percentile: does not count towards this month's used budget (R-CORE-20).
    #[graphql(default_with = "Some(false)")]
    settled_monthly: Option<bool>,
}

/// Charges to record.
#[derive(InputObject)]
struct RecordChargesInput {
    /// 1 to 1,000 lines.
    charges: Vec<ChargeInput>,
}

/// What became of charges.
#[derive(SimpleObject, Default)]
struct RecordChargesPayload {
    /// Lines recorded.
    recorded: i32,
    /// Lines whose id was recorded before.
    duplicates: i32,
    /// Lines not recorded, with the reason; they harm no other.
    rejected: Vec<RejectedCharge>,
    /// What to mend; then nothing was recorded.
    user_errors: Vec<UserError>,
}

/// A line that was not recorded.
#[derive(SimpleObject)]
struct RejectedCharge {
    /// The meter's id.
    charge_id: String,
    /// Why.
    error: UserError,
}

fn parse(line: ChargeInput) -> Result<Charge, (String, Refusal)> {
    let list_price = match Amount::parse(line.list_price.0, Amount::SCALE) {
        Ok(price) => price,
        Err(error) => {
            let message = format!("listPrice {} {error}", line.list_price.0);
            return Err((line.charge_id, Refusal::invalid("listPrice", message)));
        }
    };
    let Ok(customer) = line.customer.parse() else {
        let refusal = Refusal::of(&Refused::UnknownCustomer(line.customer.0));
        return Err((line.charge_id, refusal));
    };
    Ok(Charge {
        charge_id: line.charge_id,
        customer,
        product_type: line.product_type,
        billing_mode: line.billing_mode,
        list_price,
        occurred_at: line.occurred_at.into(),
        settled_monthly: line.settled_monthly.unwrap_or(false),
    })
}

async fn record(ctx: &Context<'_>, charges: Vec<ChargeInput>) -> Outcome<Recorded> {
    if charges.is_empty() || charges.len() > MAX_LINES {
        return Err(Refused::Lines(charges.len()).into());
    }
    let mut lines = Vec::with_capacity(charges.len());
    let mut rejected = Vec::new();
    for charge in charges {
        match parse(charge) {
            Ok(line) => lines.push(line),
            Err(refused) => rejected.push(refused),
        }
    }
    if lines.is_empty() {
        return Ok(Recorded { rejected, ..Recorded::default() });
    }
    let mut recorded = commands::record(&ctx.app().store, lines).await?;
    rejected.append(&mut recorded.rejected);
    figures::charges("recorded", recorded.recorded);
    figures::charges("duplicate", recorded.duplicates);
    figures::charges("rejected", rejected.len());
    Ok(Recorded { rejected, ..recorded })
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The metering mutations.
#[derive(Default)]
pub struct MeteringMutation;

#[Object]
impl MeteringMutation {
    /// Records charges; for the platform's metering. Usage, alerts and automatic freezes are committed with them.
    async fn record_charges(
        &self,
        ctx: &Context<'_>,
        input: RecordChargesInput,
    ) -> async_graphql::Result<RecordChargesPayload> {
        Ok(match settle(record(ctx, input.charges).await)? {
            Ok(recorded) => RecordChargesPayload {
                recorded: count(recorded.recorded),
                duplicates: count(recorded.duplicates),
                rejected: recorded
                    .rejected
                    .into_iter()
                    .map(|(charge_id, refusal)| RejectedCharge { charge_id, error: refusal.into() })
                    .collect(),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RecordChargesPayload { user_errors, ..Default::default() },
        })
    }
}
