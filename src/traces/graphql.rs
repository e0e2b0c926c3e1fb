//! Traces at the API.

use std::{sync::Arc, time::Duration};

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::types::{TraceId, TraceStatus};

use super::{
    KEEP,
    queries::{self, TraceFilter as Filter, TraceRow},
};
use crate::{
    access::mask,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        plain::Plain,
        scalars::DateTimeRange,
    },
};

/// Something that was done in the customer's account.
#[derive(Debug, Clone)]
pub struct Trace(Arc<TraceRow>);

impl Plain for Trace {}

impl Trace {
    /// The trace with this id in the viewer's scope.
    pub async fn by_id(ctx: &Context<'_>, id: TraceId) -> async_graphql::Result<Option<Self>> {
        let row = queries::by_id(&ctx.app().store, ctx.viewer()?, id).await.map_err(failed)?;
        Ok(row.map(|row| Self(Arc::new(row))))
    }
}

/// Who did something.
#[derive(Debug, Clone, SimpleObject)]
struct TraceOperator {
    /// The login name of the account: the customer's own, or its partner's.
    account_name: String,
    /// The name of its member, masked.
    member_name: Option<String>,
}

/// Something that was done in the customer's account: by itself, by its partner on its behalf, or by the system.
#[Object]
impl Trace {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.trace.id.into()
    }

    /// What was done, in one word, for example `customerEnter`.
    async fn name(&self) -> &str {
        &self.0.trace.name
    }

    /// The part of the program in which it was done.
    async fn source(&self) -> &str {
        &self.0.trace.source
    }

    /// What kind of thing it was done to.
    async fn resource_type(&self) -> &str {
        &self.0.trace.resource_type
    }

    /// The id of the thing; it may be gone.
    async fn resource_id(&self) -> Option<&str> {
        self.0.trace.resource_id.as_deref()
    }

    /// How the thing was called then.
    async fn resource_name(&self) -> Option<&str> {
        self.0.trace.resource_name.as_deref()
    }

    /// How grave it is.
    async fn status(&self) -> TraceStatus {
        self.0.trace.status
    }

    /// Who did it; null where the system did.
    async fn operator(&self) -> Option<TraceOperator> {
        let account_name = self.0.account_name.clone()?;
        Some(TraceOperator { account_name, member_name: self.0.member_name.as_deref().map(mask::name) })
    }

    /// Whether the partner's member did it for the customer (R-CUS-28).
    async fn on_behalf(&self) -> bool {
        self.0.trace.on_behalf
    }

    /// The address that the request came from; null where it was not recorded.
    async fn address(&self) -> Option<&str> {
        self.0.trace.address.as_deref()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.trace.at.to_datetime()
    }
}

/// A span of time that ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum TracePeriod {
    /// The last hour.
    #[graphql(name = "LAST_HOUR")]
    Hour,
    /// The last 24 hours.
    #[graphql(name = "LAST_DAY")]
    Day,
    /// The last 7 days: all there is.
    #[graphql(name = "LAST_WEEK")]
    Week,
}

impl TracePeriod {
    fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_secs(3_600),
            Self::Day => Duration::from_secs(24 * 3_600),
            Self::Week => KEEP,
        }
    }
}

/// Picks traces; conditions given together must all hold.
#[derive(Debug, Default, InputObject)]
struct TraceFilter {
    /// With this name.
    name: Option<String>,
    /// From this part of the program.
    source: Option<String>,
    /// Of something of this kind.
    resource_type: Option<String>,
    /// Of the thing with this id or name.
    resource: Option<String>,
    /// By the account with this login name.
    operator: Option<String>,
    /// As grave as this.
    status: Option<TraceStatus>,
    /// By a partner on behalf of the customer, or not.
    on_behalf: Option<bool>,
    /// Of the last hour, day or week.
    period: Option<TracePeriod>,
    /// In this time; what is older than 7 days is no longer there.
    at: Option<DateTimeRange>,
}

/// The queries of traces.
#[derive(Default)]
pub struct TracesQuery;

#[Object]
impl TracesQuery {
    /// What was done in the customer's account in the last 7 days, newest first: its operation log (R-CUS-38). For the
    /// customer itself.
    async fn traces(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<TraceFilter>,
    ) -> async_graphql::Result<Connection<Trace>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::NEWEST_FIRST)?;
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let filter = filter.unwrap_or_default();
        let period = filter.period.map(|period| store.clock().now().minus(period.length()));
        let filter = Filter {
            name: filter.name,
            source: filter.source,
            resource_type: filter.resource_type,
            resource: filter.resource,
            operator: filter.operator,
            status: filter.status,
            on_behalf: filter.on_behalf,
            from: period.into_iter().chain(filter.at.and_then(|at| at.from())).collect(),
            to: filter.at.and_then(|at| at.to()),
        };
        let page = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::NEWEST_FIRST, page, Trace))
    }
}
