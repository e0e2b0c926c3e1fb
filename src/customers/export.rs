//! The list of customers as an export (O-CUS-19); for administrators of partners only (R-CORE-43).

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use entities::types::{BudgetType, CustomerId, ExportFormat, ExportKind, Month};
use sea_orm::DbErr;

use super::{
    inputs::{CustomerFilter, CustomerOrder, CustomerOrderField},
    queries::{self, Along, CustomerList, CustomerRow},
    reads::Reads,
    standing::{NO_RATIO, Standing, usage_ratio},
};
use crate::{
    access::{Kinds, Needs, Permission, mask},
    exports::{
        chosen::{self, Chosen},
        graphql::{ExportPayload, request},
        lists::{Chunk, List, NO_ROWS, Source, time},
    },
    graphql::{ahead::Reading, connection::OrderDirection, context::Asking, scalars::percent_of_ratio},
    outcome::Outcome,
    resellers::reads::ResellerReads,
    store::keyset::Window,
};

/// Which customers are exported, and how.
#[derive(InputObject)]
pub struct ExportCustomersInput {
    /// Which kind of file.
    format: ExportFormat,
    /// Those of the list with this filter; all in your scope without one.
    filter: Option<CustomerFilter>,
    /// Or these, 1 to 1,000.
    ids: Option<Vec<ID>>,
}

/// By when they were associated, which changes least while the pages are read.
const ORDER: CustomerOrder = CustomerOrder { field: CustomerOrderField::AssociatedAt, direction: OrderDirection::Asc };

/// The list of customers.
pub struct Customers;

impl ExportCustomersInput {
    fn chosen(&self) -> Option<Chosen<CustomerId>> {
        self.ids.as_deref().map(Chosen::of)
    }

    fn list(&self, window: Window, counted: bool) -> CustomerList {
        let reads = Reads { reseller: Some(ResellerReads::ALL), ..Reads::ALL };
        CustomerList { filter: self.filter.clone().unwrap_or_default(), order: ORDER, window, counted, reads }
    }
}

impl List for Customers {
    const KIND: ExportKind = ExportKind::Customers;
    const NEEDS: Needs = Needs::Seat(Kinds::PARTNERS, Permission::CustomerExport);
    const COLUMNS: &'static [&'static str] = &[
        "Customer ID",
        "Customer",
        "Account",
        "Mobile number",
        "E-mail",
        "Reseller",
        "Reseller authorized",
        "Associated at",
        "Tags",
        "Monthly budget (USD)",
        "One-time budget (USD)",
        "Budget used (USD)",
        "Budget used (%)",
        "Month-to-date expenditure (USD)",
        "Open alerts",
        "Freeze",
        "Freeze cause",
    ];
    type Selection = ExportCustomersInput;

    async fn count(source: Source<'_>, selection: &Self::Selection) -> Result<u64, DbErr> {
        if let Some(chosen) = selection.chosen() {
            let found = queries::by_id(source.store.reader(), source.viewer, chosen.ids(), Reads::KEYS).await?;
            return Ok(found.len() as u64);
        }
        let page = queries::page(source.store, source.viewer, &selection.list(NO_ROWS, true)).await?;
        Ok(page.total.unwrap_or_default())
    }

    async fn page(source: Source<'_>, selection: &Self::Selection, window: &Window) -> Result<Chunk, DbErr> {
        let month = source.store.calendar().month_of(source.store.clock().now());
        let cells = |row: &Arc<CustomerRow>| cells(row, month);
        let Some(chosen) = selection.chosen() else {
            let page = queries::page(source.store, source.viewer, &selection.list(window.clone(), false)).await?;
            let next = page.slice.has_next.then(|| page.slice.rows.last().map(|(place, _)| place.clone())).flatten();
            return Ok(Chunk { rows: page.slice.rows.iter().map(|(_, row)| cells(row)).collect(), next });
        };
        let (some, next) = chosen.page(window);
        let reads = selection.list(window.clone(), false).reads;
        let found = queries::by_id(source.store.reader(), source.viewer, some, reads).await?;
        Ok(Chunk { rows: some.iter().filter_map(|id| found.get(id)).map(cells).collect(), next })
    }
}

/// A cell for each heading. Names, addresses and numbers are masked (R-CORE-42).
fn cells(row: &Arc<CustomerRow>, month: Month) -> Vec<String> {
    let (account, customer) = (&row.account, &row.customer);
    let standing = Standing::of(customer).in_month(month);
    let budget = |kind| {
        let budget = standing.budget.filter(|budget| budget.kind == kind);
        budget.map(|budget| budget.amount.to_string()).unwrap_or_default()
    };
    let used = standing.budget.map(|budget| (standing.used(), usage_ratio(standing.used(), budget.amount)));
    let percent = used.map(|(_, ratio)| ratio).filter(|ratio| *ratio != NO_RATIO);
    let masked = |value: &Option<String>, mask: fn(&str) -> String| value.as_deref().map(mask).unwrap_or_default();
    let reseller = match &row.along {
        Along::Read(Some(reseller)) => Some(reseller),
        Along::Read(None) | Along::NotRead => None,
    };
    let authorized = reseller.and_then(|reseller| reseller.permission.as_ref()).map(|may| may.budget_and_freeze);
    vec![
        customer.id.to_string(),
        mask::name(&account.name),
        mask::name(&account.account_name),
        masked(&account.mobile_number, mask::mobile_number),
        masked(&account.email, mask::email),
        reseller.map(|reseller| mask::name(&reseller.account.name)).unwrap_or_default(),
        authorized.map(|may| if may { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
        time(customer.associated_at),
        customer.tags.0.join("; "),
        budget(BudgetType::Monthly),
        budget(BudgetType::OneTime),
        used.map(|(used, _)| used.to_string()).unwrap_or_default(),
        percent.map(|ratio| percent_of_ratio(ratio).0.to_string()).unwrap_or_default(),
        standing.ledger.expenditure.to_string(),
        standing.ledger.open_alerts.len().to_string(),
        standing.freeze.level().word().to_owned(),
        standing.freeze.frozen().map(|frozen| frozen.cause.word().to_owned()).unwrap_or_default(),
    ]
}

/// Checks what is asked for: each customer that was chosen is in scope.
async fn checked(ctx: &Context<'_>, input: ExportCustomersInput) -> Outcome<ExportCustomersInput> {
    let Some(ids) = &input.ids else { return Ok(input) };
    chosen::check(ids, input.filter.is_some())?;
    let chosen = Chosen::of(ids);
    let found = queries::by_id(ctx.app().store.reader(), ctx.acting()?, chosen.ids(), Reads::KEYS).await?;
    chosen::check_found(ids, |id: &CustomerId| found.contains_key(id))?;
    Ok(input)
}

/// What can be done with lists of customers.
#[derive(Default)]
pub struct CustomersMutation;

#[Object]
impl CustomersMutation {
    /// Writes the list of customers into a file, beside requests: follow it with `exportProgress`. Names, e-mail addresses
    /// and mobile numbers are masked; what is in scope is decided by the rights that you have while it is written.
    async fn export_customers(
        &self,
        ctx: &Context<'_>,
        input: ExportCustomersInput,
    ) -> async_graphql::Result<ExportPayload> {
        let format = input.format;
        let selection = checked(ctx, input).await;
        request::<Customers>(ctx, format, selection).await
    }
}
