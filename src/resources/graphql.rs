//! Resources at the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entities::{
    resource,
    types::{BillingMode, ProductType, ResourceId, ResourceOperation, ResourceStatus, Timestamp},
};

use super::{
    commands::OperateResource,
    inputs::ResourceFilter,
    queries::{self, NEWEST_FIRST},
    rules,
};
use crate::{
    customers::graphql::Customer,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::{UserError, failed, settle},
        plain::Plain,
    },
    onbehalf::graphql::operator,
    orders::graphql::Order,
    outcome::{Outcome, Refusal},
};

/// Something that a customer has running in the cloud.
#[derive(Debug, Clone)]
pub struct Resource(Arc<resource::Model>);

impl Resource {
    /// From its row.
    pub fn new(row: Arc<resource::Model>) -> Self {
        Self(row)
    }

    /// The resource with this id, as far as the viewer may see it.
    pub async fn by_id(ctx: &Context<'_>, id: ResourceId) -> async_graphql::Result<Option<Self>> {
        Ok(ctx.loaders()?.resource(id).await?.map(Self))
    }
}

impl Plain for Resource {}

/// Something that a customer has running in the cloud.
#[Object]
impl Resource {
    /// The global id.
    pub async fn id(&self, _ctx: &Context<'_>) -> ID {
        self.0.id.into()
    }

    /// What the customer calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The customer's own word for it.
    async fn tag(&self) -> Option<&str> {
        self.0.tag.as_deref()
    }

    /// Whose it is.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Customer::by_id(ctx, self.0.customer_id).await
    }

    /// The product in the catalogue.
    async fn product_id(&self) -> &str {
        &self.0.product_id
    }

    /// Its kind.
    async fn product_type(&self) -> ProductType {
        self.0.product_type
    }

    /// Its specification.
    async fn specification(&self) -> &str {
        &self.0.specification
    }

    /// Where it is.
    async fn region(&self) -> &str {
        &self.0.region
    }

    /// How it is paid.
    async fn billing_mode(&self) -> BillingMode {
        self.0.billing_mode
    }

    /// Where it stands.
    async fn status(&self) -> ResourceStatus {
        self.0.status
    }

    /// Since when it is there.
    async fn subscribed_at(&self) -> DateTime<Utc> {
        self.0.subscribed_at.to_datetime()
    }

    /// Since when its prepaid time runs; null where it pays per use.
    async fn effective_at(&self) -> Option<DateTime<Utc>> {
        self.0.effective_at.map(Timestamp::to_datetime)
    }

    /// When its prepaid time ends; null where it pays per use.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at.map(Timestamp::to_datetime)
    }

    /// Who pays for its use; null where it is prepaid.
    async fn payer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        if rules::is_prepaid(self.0.billing_mode) {
            return Ok(None);
        }
        Customer::by_id(ctx, self.0.customer_id).await
    }

    /// When it went: deleted, unsubscribed from, or released at the end of its retention.
    async fn released_at(&self) -> Option<DateTime<Utc>> {
        self.0.released_at.map(Timestamp::to_datetime)
    }

    /// The order that brought it.
    async fn order(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Order>> {
        Order::by_id(ctx, self.0.order_id).await
    }
}

/// What to do to a resource.
#[derive(InputObject)]
struct OperateResourceInput {
    /// Which.
    resource_id: ID,
    /// What.
    operation: ResourceOperation,
    /// The new name, for RENAME: 1 to 64 characters.
    name: Option<String>,
}

/// A resource that was operated, or why not.
#[derive(SimpleObject, Default)]
struct ResourcePayload {
    /// The resource as it is now.
    resource: Option<Resource>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

async fn operate(ctx: &Context<'_>, input: OperateResourceInput) -> Outcome<ResourceId> {
    let missing = || Refusal::not_found("resourceId", &input.resource_id);
    let resource = input.resource_id.parse().map_err(|_| missing())?;
    let command = OperateResource { operator: operator(ctx)?, resource, operation: input.operation, name: input.name };
    ctx.app().store.execute(command).await
}

/// The resources that can be asked for.
#[derive(Default)]
pub struct ResourcesQuery;

#[Object]
impl ResourcesQuery {
    /// The resources of the customers in scope, newest first (Q-CUS-05).
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn resources(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<ResourceFilter>,
    ) -> async_graphql::Result<Connection<Resource>> {
        let window = PageArguments { first, after, last, before }.window(ctx, NEWEST_FIRST)?;
        let filter = filter.unwrap_or_default();
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(NEWEST_FIRST, page, Resource))
    }

    /// A resource of a customer in scope.
    async fn resource(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Resource>> {
        match id.parse() {
            Ok(id) => Resource::by_id(ctx, id).await,
            Err(_) => Ok(None),
        }
    }
}

/// What can be done to resources.
#[derive(Default)]
pub struct ResourcesMutation;

#[Object]
impl ResourcesMutation {
    /// Starts, stops, restarts, deletes or renames a resource of the customer's own, or of the customer to whose role the
    /// session is switched. While the account is frozen only renaming is possible (R-CORE-31, R-CORE-32).
    async fn operate_resource(
        &self,
        ctx: &Context<'_>,
        input: OperateResourceInput,
    ) -> async_graphql::Result<ResourcePayload> {
        Ok(match settle(operate(ctx, input).await)? {
            Ok(id) => ResourcePayload { resource: Resource::by_id(ctx, id).await?, user_errors: Vec::new() },
            Err(user_errors) => ResourcePayload { user_errors, ..Default::default() },
        })
    }
}
