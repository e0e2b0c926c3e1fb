//! Associations at the API.

mod change;

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entities::{
    association_record,
    types::{self, AssociationPurpose, AssociationRecordStatus, AssociationType, InitiationMethod, Timestamp},
};

pub use change::AssociationsMutation;

use super::queries::{self, NEWEST_FIRST};
use crate::{
    access::mask,
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::{Asking, Revealed},
        errors::failed,
        node::{Account, account_by_id},
        plain::Plain,
        scalars::{DateTimeRange, Id},
    },
};

/// How a customer and a partner came together, or parted.
#[derive(Debug, Clone)]
pub struct AssociationRecord(Arc<association_record::Model>);

impl Plain for AssociationRecord {}

impl AssociationRecord {
    /// From its row.
    pub fn new(row: Arc<association_record::Model>) -> Self {
        Self(row)
    }

    fn reveal(&self, reveal: Option<bool>, field: &'static str) -> Option<Revealed> {
        Revealed::asked(reveal, self.0.id, field)
    }
}

/// How a customer and a partner came together, or parted. Kept after they have parted.
#[Object]
impl AssociationRecord {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The provider or reseller; null where the viewer may not see it.
    async fn partner(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Account>> {
        account_by_id(ctx, self.0.partner_id).await
    }

    /// The customer; null where it is no longer in the viewer's scope.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.0.customer_id).await
    }

    /// The customer's login name then.
    async fn account_name(&self) -> &str {
        &self.0.account_name
    }

    /// The customer's name then; masked unless revealed, which leaves an access record.
    async fn customer_name(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> String {
        ctx.personal(&self.0.customer_name, mask::name, self.reveal(reveal, "customerName"))
    }

    /// The customer's mobile number then; masked unless revealed, which leaves an access record.
    async fn mobile_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        let number = self.0.mobile_number.as_deref()?;
        Some(ctx.personal(number, mask::mobile_number, self.reveal(reveal, "mobileNumber")))
    }

    /// What they are to each other.
    async fn association_type(&self) -> AssociationType {
        self.0.association_type
    }

    /// Whether it tells of the beginning or of the end.
    async fn purpose(&self) -> AssociationPurpose {
        self.0.purpose
    }

    /// Why, in the words of whoever asked.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// How it was set in motion.
    async fn initiation_method(&self) -> InitiationMethod {
        self.0.initiation
    }

    /// How far it has come.
    async fn status(&self) -> AssociationRecordStatus {
        self.0.status
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at.to_datetime()
    }

    /// When it was done.
    async fn approved_at(&self) -> Option<DateTime<Utc>> {
        self.0.approved_at.map(Timestamp::to_datetime)
    }

    /// When the customer accepted the association instructions (R-CUS-16).
    async fn instructions_accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.instructions_accepted_at.map(Timestamp::to_datetime)
    }

    /// When the customer accepted the authorization letter with its association; null where it did not.
    async fn letter_accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.letter_accepted_at.map(Timestamp::to_datetime)
    }
}

/// Picks association records; conditions given together must all hold.
#[derive(Debug, Clone, Default, InputObject)]
struct AssociationRecordFilter {
    /// Beginnings or ends.
    purpose: Option<AssociationPurpose>,
    /// How far they have come.
    status: Option<Vec<AssociationRecordStatus>>,
    /// Those of a customer.
    customer_id: Option<Id<types::Customer>>,
    /// Asked for in this time.
    requested_at: Option<DateTimeRange>,
}

/// What can be asked of associations.
#[derive(Default)]
pub struct AssociationsQuery;

#[Object]
impl AssociationsQuery {
    /// How customers and partners came together and parted, newest first (Q-CUS-03): a partner's own, a distributor's
    /// resellers', a customer's own.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn association_records(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AssociationRecordFilter>,
    ) -> async_graphql::Result<Connection<AssociationRecord>> {
        let window = PageArguments { first, after, last, before }.window(ctx, NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let range = filter.requested_at.as_ref();
        let filter = queries::RecordFilter {
            purpose: filter.purpose,
            customer: filter.customer_id.map(|id| id.0),
            from: range.and_then(DateTimeRange::from),
            to: range.and_then(DateTimeRange::to),
            statuses: filter.status,
        };
        let (store, viewer) = (&ctx.app().store, ctx.viewer()?);
        let page = queries::page(store, viewer, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(NEWEST_FIRST, page, AssociationRecord))
    }
}
