//! A month of bandwidth, settled by its 95th percentile: what the network measured becomes one charge (R-CORE-20).

use std::time::Duration;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{
    charge, resource,
    types::{Amount, Month, ResourceId},
};
use sea_orm::EntityTrait;

use super::{commands, rules::Charge};
use crate::{
    app::App,
    catalogue::{graphql::bits_of, rules as prices},
    graphql::{
        context::Asking,
        errors::{UserError, settle},
        scalars::Decimal,
    },
    outcome::{Fault, Outcome, Refuse, UserErrorCode},
};

/// What the network measured of a resource in a month.
#[derive(InputObject)]
struct RecordBandwidthInput {
    /// The resource, of a product that has a price for a Mbit/s.
    resource_id: ID,
    /// A month that is over, such as `2026-10`, as the platform's calendar has it (GMT+08:00).
    month: String,
    /// Mbit/s, one for every five minutes; 1 to 8,928. The largest 5 % do not count.
    samples: Vec<Decimal>,
}

/// The charge of a month's bandwidth.
#[derive(SimpleObject, Default)]
struct RecordBandwidthPayload {
    /// Whether it was recorded now; false where the month was recorded before, and stays as it is.
    recorded: Option<bool>,
    /// What was recorded that it costs at list price, without tax, in USD.
    list_price: Option<Decimal>,
    /// What to mend; then nothing was recorded.
    user_errors: Vec<UserError>,
}

/// Why a month of bandwidth is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refused {
    /// No such resource.
    #[error("{0} was not found")]
    NotFound(String),
    /// A product without a price for bandwidth.
    #[error("{0} is not settled by bandwidth")]
    NotByBandwidth(String),
    /// No month, or one that is not over.
    #[error("{0} is no month that is over; write it as 2026-10")]
    Month(String),
    /// The resource was not there in that month.
    #[error("{0} was not there in that month")]
    NotThere(String),
    /// No samples, or what is none.
    #[error("{0}")]
    Samples(String),
}

impl Refuse for Refused {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::NotFound(_) => UserErrorCode::NotFound,
            _ => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound(_) | Self::NotByBandwidth(_) => "resourceId",
            Self::Month(_) | Self::NotThere(_) => "month",
            Self::Samples(_) => "samples",
        })
    }
}

/// Reads `2026-10`.
fn month_of(text: &str) -> Option<Month> {
    let (year, month) = text.split_once('-')?;
    let digits = |part: &str, count| {
        let is_one = part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_one { part.parse::<u16>().ok() } else { None }
    };
    let (year, month) = (digits(year, 4)?, digits(month, 2)?);
    (1..=12).contains(&month).then(|| Month::from_number(i32::from(year) * 12 + i32::from(month) - 1))
}

async fn record(app: &App, input: RecordBandwidthInput) -> Outcome<(bool, Amount)> {
    let store = &app.store;
    let calendar = store.calendar();
    let over = month_of(&input.month).filter(|month| *month < calendar.month_of(store.clock().now()));
    let month = over.ok_or(Refused::Month(input.month))?;
    let bits = bits_of(&input.samples).map_err(Refused::Samples)?;
    if bits.is_empty() {
        return Err(Refused::Samples("a month has at least one sample".to_owned()).into());
    }
    let found = match input.resource_id.parse::<ResourceId>() {
        Ok(id) => resource::Entity::find_by_id(id).one(store.reader()).await?,
        Err(_) => None,
    };
    let row = found.ok_or_else(|| Refused::NotFound(input.resource_id.to_string()))?;
    let (begins, ends) = (calendar.start_of(month), calendar.start_of(month.next()));
    if row.subscribed_at >= ends || row.released_at.is_some_and(|released| released < begins) {
        return Err(Refused::NotThere(row.name).into());
    }
    let product = app.catalogue.find(&row.product_id);
    let of_a_megabit = product.and_then(|product| product.mbps_monthly);
    let of_a_megabit = of_a_megabit.ok_or_else(|| Refused::NotByBandwidth(row.product_id.clone()))?;
    let price = prices::bandwidth_price(of_a_megabit, &bits)?;
    let charge = Charge {
        charge_id: format!("bandwidth:{}:{}", row.id, written(month)),
        customer: row.customer_id,
        product_type: row.product_type.word().to_owned(),
        billing_mode: row.billing_mode,
        list_price: price,
        occurred_at: ends.minus(Duration::from_micros(1)),
        settled_monthly: true,
    };
    let id = charge.charge_id.clone();
    let mut recorded = commands::record(store, vec![charge]).await?;
    match recorded.rejected.pop() {
        Some((_, refusal)) => Err(refusal.into()),
        None if recorded.recorded == 1 => Ok((true, price)),
        None => {
            let before = charge::Entity::find_by_id(id).one(store.reader()).await?;
            let before = before.ok_or_else(|| Fault::because("a charge that was recorded before is missing"))?;
            Ok((false, before.list_price))
        }
    }
}

/// As it is written: `2026-10`.
fn written(month: Month) -> String {
    format!("{:04}-{:02}", month.number().div_euclid(12), month.number().rem_euclid(12) + 1)
}

/// The mutation of bandwidth.
#[derive(Default)]
pub struct BandwidthMutation;

#[Object]
impl BandwidthMutation {
    /// Records what a resource's bandwidth of a month costs: its 95th percentile at list price, once for a month; for the
    /// platform's metering. Settled by month, so it counts towards no used budget (R-CORE-20).
    async fn record_bandwidth(
        &self,
        ctx: &Context<'_>,
        input: RecordBandwidthInput,
    ) -> async_graphql::Result<RecordBandwidthPayload> {
        Ok(match settle(record(ctx.app(), input).await)? {
            Ok((recorded, price)) => RecordBandwidthPayload {
                recorded: Some(recorded),
                list_price: Some(price.into()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RecordBandwidthPayload { user_errors, ..Default::default() },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_months_are_months() {
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "+026-10", "２０２６-10"] {
            assert_eq!(month_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_month_reads_as_it_is_written(number in 0_i32..120_000) {
            prop_assert_eq!(month_of(&written(Month::from_number(number))), Some(Month::from_number(number)));
        }
    }
}
