//! Resources as an export (O-CUS-19, Q-CUS-05): those that are prepaid by month or year, or those that pay per use.

use async_graphql::{Context, InputObject, Object};
use entities::{
    order, resource,
    types::{BillingMode, ExportFormat, ExportKind, OrderId},
};
use sea_orm::DbErr;

use super::{inputs::ResourceFilter, queries, rules::is_prepaid};
use crate::{
    access::{Kinds, Needs, Permission},
    customers::named::Named,
    exports::{
        graphql::{ExportPayload, request},
        lists::{Chunk, List, NO_ROWS, Source, from_the_end, oldest_first, time},
    },
    orders::queries as orders,
    outcome::{Outcome, Refusal},
    store::keyset::Window,
};

/// Which resources are exported, and how.
#[derive(InputObject)]
pub struct ExportResourcesInput {
    /// Which kind of file.
    format: ExportFormat,
    /// Those of the list with this filter. Its `billingMode` must be given: YEARLY_MONTHLY or PAY_PER_USE.
    filter: ResourceFilter,
}

/// The list of resources of a billing mode.
pub struct Resources;

/// Whoever exports resources must be one who may list them.
pub const MAY_EXPORT: Needs =
    Needs::All(Kinds::PARTNERS, &[Permission::CustomerOrderView, Permission::CustomerDetails]);

impl List for Resources {
    const KIND: ExportKind = ExportKind::Resources;
    const NEEDS: Needs = MAY_EXPORT;
    const COLUMNS: &'static [&'static str] = &[
        "Resource ID",
        "Name",
        "Tag",
        "Customer ID",
        "Customer",
        "Account",
        "Reseller",
        "Product",
        "Product type",
        "Specification",
        "Region",
        "Billing mode",
        "Status",
        "Effective at",
        "Expires at",
        "Subscribed at",
        "Payer ID",
        "Released at",
        "Order number",
    ];
    type Selection = ExportResourcesInput;

    async fn count(source: Source<'_>, selection: &Self::Selection) -> Result<u64, DbErr> {
        let page = queries::page(source.store, source.viewer, &selection.filter, &NO_ROWS, true).await?;
        Ok(page.total.unwrap_or_default())
    }

    async fn page(source: Source<'_>, selection: &Self::Selection, window: &Window) -> Result<Chunk, DbErr> {
        let (store, viewer, window) = (source.store, source.viewer, from_the_end(window));
        let (rows, next) = oldest_first(queries::page(store, viewer, &selection.filter, &window, false).await?);
        let customers = Named::read(source, rows.iter().map(|row| row.customer_id)).await?;
        let mut brought: Vec<OrderId> = rows.iter().map(|row| row.order_id).collect();
        brought.sort_unstable();
        brought.dedup();
        let brought = orders::by_id(store.reader(), viewer, &brought).await?;
        let order = |row: &resource::Model| brought.get(&row.order_id).map(AsRef::as_ref);
        Ok(Chunk { rows: rows.iter().map(|row| cells(row, &customers, order(row))).collect(), next })
    }
}

/// A cell for each heading. Names of customers are masked (R-CORE-42).
fn cells(row: &resource::Model, customers: &Named, order: Option<&order::Model>) -> Vec<String> {
    let [customer, name, account, reseller] = customers.cells(row.customer_id);
    let payer = if is_prepaid(row.billing_mode) { String::new() } else { customer.clone() };
    vec![
        row.id.to_string(),
        row.name.clone(),
        row.tag.clone().unwrap_or_default(),
        customer,
        name,
        account,
        reseller,
        row.product_id.clone(),
        row.product_type.word().to_owned(),
        row.specification.clone(),
        row.region.clone(),
        row.billing_mode.word().to_owned(),
        row.status.word().to_owned(),
        row.effective_at.map(time).unwrap_or_default(),
        row.expires_at.map(time).unwrap_or_default(),
        time(row.subscribed_at),
        payer,
        row.released_at.map(time).unwrap_or_default(),
        order.map(|order| order.number.clone()).unwrap_or_default(),
    ]
}

/// Checks what is asked for: resources of one of the billing modes that are exported.
fn checked(input: ExportResourcesInput) -> Outcome<ExportResourcesInput> {
    match input.filter.billing_mode {
        Some(BillingMode::YearlyMonthly | BillingMode::PayPerUse) => Ok(input),
        Some(BillingMode::ReservedInstance | BillingMode::SavingsPlan) | None => {
            let message = "give the billing mode in the filter: YEARLY_MONTHLY or PAY_PER_USE";
            Err(Refusal::invalid("filter", message).into())
        }
    }
}

/// What can be done with lists of resources.
#[derive(Default)]
pub struct ResourcesExport;

#[Object]
impl ResourcesExport {
    /// Writes the list of the resources that are prepaid by month or year, or of those that pay per use, into a file,
    /// beside requests: follow it with `exportProgress`. Names of customers are masked; what is in scope is decided by the
    /// rights that you have while it is written. Account managers export those of their own customers.
    async fn export_resources(
        &self,
        ctx: &Context<'_>,
        input: ExportResourcesInput,
    ) -> async_graphql::Result<ExportPayload> {
        let format = input.format;
        request::<Resources>(ctx, format, checked(input)).await
    }
}
