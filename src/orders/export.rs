//! Orders as an export (O-CUS-19, Q-CUS-04): all of a filter, or those that were chosen.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use entities::{
    order, order_transaction,
    types::{ExportFormat, ExportKind, OrderId},
};
use sea_orm::DbErr;

use super::{inputs::OrderFilter, queries};
use crate::{
    access::{Kinds, Needs, Permission},
    customers::named::Named,
    exports::{
        chosen::{self, Chosen},
        graphql::{ExportPayload, request},
        lists::{Chunk, List, NO_ROWS, Source, from_the_end, oldest_first, time},
    },
    graphql::context::Asking,
    outcome::Outcome,
    store::keyset::Window,
};

/// Which orders are exported, and how.
#[derive(InputObject)]
pub struct ExportOrdersInput {
    /// Which kind of file.
    format: ExportFormat,
    /// Those of the list with this filter; all in your scope without one.
    filter: Option<OrderFilter>,
    /// Or these, 1 to 1,000.
    ids: Option<Vec<ID>>,
}

impl ExportOrdersInput {
    fn chosen(&self) -> Option<Chosen<OrderId>> {
        self.ids.as_deref().map(Chosen::of)
    }

    fn filter(&self) -> OrderFilter {
        self.filter.clone().unwrap_or_default()
    }
}

/// The list of orders.
pub struct Orders;

impl List for Orders {
    const KIND: ExportKind = ExportKind::Orders;
    const NEEDS: Needs = Needs::Seat(Kinds::PARTNERS, Permission::CustomerOrderView);
    const COLUMNS: &'static [&'static str] = &[
        "Order ID",
        "Number",
        "Customer ID",
        "Customer",
        "Account",
        "Reseller",
        "Type",
        "Status",
        "Product",
        "Product type",
        "Specification",
        "Region",
        "Billing mode",
        "Quantity",
        "Months",
        "List price (USD)",
        "Amount paid (USD)",
        "Transactions",
        "Placed at",
        "Paid at",
        "Closed at",
        "On behalf",
    ];
    type Selection = ExportOrdersInput;

    async fn count(source: Source<'_>, selection: &Self::Selection) -> Result<u64, DbErr> {
        if let Some(chosen) = selection.chosen() {
            let found = queries::by_id(source.store.reader(), source.viewer, chosen.ids()).await?;
            return Ok(found.len() as u64);
        }
        let page = queries::page(source.store, source.viewer, &selection.filter(), &NO_ROWS, true).await?;
        Ok(page.total.unwrap_or_default())
    }

    async fn page(source: Source<'_>, selection: &Self::Selection, window: &Window) -> Result<Chunk, DbErr> {
        let (store, viewer) = (source.store, source.viewer);
        let (rows, next): (Vec<Arc<order::Model>>, _) = match selection.chosen() {
            Some(chosen) => {
                let (some, next) = chosen.page(window);
                let mut found = queries::by_id(store.reader(), viewer, some).await?;
                (some.iter().filter_map(|id| found.remove(id)).collect(), next)
            }
            None => {
                let window = from_the_end(window);
                oldest_first(queries::page(store, viewer, &selection.filter(), &window, false).await?)
            }
        };
        let customers = Named::read(source, rows.iter().map(|row| row.customer_id)).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let money = queries::transactions(store.reader(), &ids).await?;
        let moved = |row: &order::Model| money.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        Ok(Chunk { rows: rows.iter().map(|row| cells(row, &customers, moved(row))).collect(), next })
    }
}

/// A cell for each heading. Names are masked (R-CORE-42).
fn cells(row: &order::Model, customers: &Named, moved: &[order_transaction::Model]) -> Vec<String> {
    let [customer, name, account, reseller] = customers.cells(row.customer_id);
    let transactions: Vec<_> = moved.iter().map(transaction).collect();
    vec![
        row.id.to_string(),
        row.number.clone(),
        customer,
        name,
        account,
        reseller,
        row.order_type.word().to_owned(),
        row.status.word().to_owned(),
        row.product_id.clone(),
        row.product_type.word().to_owned(),
        row.specification.clone(),
        row.region.clone(),
        row.billing_mode.word().to_owned(),
        row.quantity.to_string(),
        row.months.map(|months| months.to_string()).unwrap_or_default(),
        row.list_price.to_string(),
        row.amount_paid.to_string(),
        transactions.join("; "),
        time(row.created_at),
        row.paid_at.map(time).unwrap_or_default(),
        row.closed_at.map(time).unwrap_or_default(),
        if row.on_behalf { "yes" } else { "no" }.to_owned(),
    ]
}

fn transaction(row: &order_transaction::Model) -> String {
    format!("{} {} {} {}", row.kind.word(), row.method.word(), row.amount, time(row.at))
}

/// Checks what is asked for: each order that was chosen is in scope.
async fn checked(ctx: &Context<'_>, input: ExportOrdersInput) -> Outcome<ExportOrdersInput> {
    let Some(ids) = &input.ids else { return Ok(input) };
    chosen::check(ids, input.filter.is_some())?;
    let chosen = Chosen::of(ids);
    let found = queries::by_id(ctx.app().store.reader(), ctx.acting()?, chosen.ids()).await?;
    chosen::check_found(ids, |id: &OrderId| found.contains_key(id))?;
    Ok(input)
}

/// What can be done with lists of orders.
#[derive(Default)]
pub struct OrdersExport;

#[Object]
impl OrdersExport {
    /// Writes the list of orders into a file, with their transactions, beside requests: follow it with `exportProgress`.
    /// Names are masked; what is in scope is decided by the rights that you have while it is written. Account managers
    /// export the orders of their own customers (R-CUS-31).
    async fn export_orders(&self, ctx: &Context<'_>, input: ExportOrdersInput) -> async_graphql::Result<ExportPayload> {
        let format = input.format;
        let selection = checked(ctx, input).await;
        request::<Orders>(ctx, format, selection).await
    }
}
