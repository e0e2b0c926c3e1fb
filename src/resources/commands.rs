//! Doing something to a resource (O-CUS-15), and what time and the provisioner do to it.

use entities::{
    order, resource,
    types::{OrderId, OrderStatus, ResourceId, ResourceOperation, ResourceStatus},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SimpleExpr},
};

use super::{
    queries::lock_in,
    rules::{self, Action},
};
use crate::{
    customers::standing::Standing,
    onbehalf::{Deed, Operator},
    outcome::Outcome,
    store::{Command, Tx},
};

/// Writes a resource that the caller has locked.
pub async fn save_in(tx: &Tx, row: resource::Model) -> Result<(), DbErr> {
    row.into_active_model().reset_all().update(tx.db()).await?;
    Ok(())
}

/// How the operation log tells of something that was done to a resource.
pub fn deed(name: &'static str, row: &resource::Model) -> Deed {
    let resource = Some((row.id.to_string(), row.name.clone()));
    Deed { name, source: "resources", resource_type: row.product_type.word(), resource }
}

/// Starts, stops, restarts, deletes or renames a resource, for the operator's own account or on behalf of the customer to
/// whose role it switched (O-CUS-15, R-CUS-29).
///
/// # Refusals, first that holds
/// those of [`Operator::acting_in`] · `NotFound` · `Name` · `Frozen` (R-CORE-31, R-CORE-32) · `Status`
pub struct OperateResource {
    /// Who does it.
    pub operator: Operator,
    /// To which.
    pub resource: ResourceId,
    /// What.
    pub operation: ResourceOperation,
    /// The new name, where it is renamed.
    pub name: Option<String>,
}

impl Command for OperateResource {
    type Output = ResourceId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<ResourceId> {
        let acting = self.operator.acting_in(tx).await?;
        let mut row = lock_in(tx, acting.customer.id, self.resource).await?;
        let action = Action::Operate(self.operation);
        if self.operation == ResourceOperation::Rename {
            row.name = rules::check_name(self.name.as_deref().unwrap_or_default())?;
        }
        let level = Standing::of(&acting.customer).freeze.level();
        rules::check(level, row.billing_mode, action)?;
        row.status = rules::decide(row.status, action)?;
        row.released_at = (row.status == ResourceStatus::Released).then(|| tx.now());
        let done = deed(self.deed_name(), &row);
        if row.status == ResourceStatus::Released {
            cancel_orders_in(tx, order::Column::ResourceId.eq(row.id)).await?;
        }
        save_in(tx, row).await?;
        self.operator.tell_in(tx, &acting, vec![done]).await?;
        Ok(self.resource)
    }
}

impl OperateResource {
    fn deed_name(&self) -> &'static str {
        match self.operation {
            ResourceOperation::Start => "startResource",
            ResourceOperation::Stop => "stopResource",
            ResourceOperation::Restart => "restartResource",
            ResourceOperation::Delete => "deleteResource",
            ResourceOperation::Rename => "renameResource",
        }
    }
}

/// Notes that a resource is provided: it runs, or, where it was frozen meanwhile, will run. Its order is complete with its
/// last one.
pub struct NoteProvided {
    /// Which.
    pub resource: ResourceId,
}

impl Command for NoteProvided {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let found = resource::Entity::find_by_id(self.resource).lock_exclusive().one(tx.db()).await?;
        let Some(mut row) = found else { return Ok(()) };
        match (row.status, row.status_before) {
            (ResourceStatus::Creating, _) => row.status = ResourceStatus::Running,
            (ResourceStatus::Frozen, Some(ResourceStatus::Creating)) => {
                row.status_before = Some(ResourceStatus::Running);
            }
            _ => return Ok(()),
        }
        let order = row.order_id;
        save_in(tx, row).await?;
        complete_orders_in(tx, Condition::all().add(order::Column::Id.eq(order))).await?;
        Ok(())
    }
}

/// Takes those of the orders back that wait for payment, because what they are about is gone.
pub async fn cancel_orders_in(tx: &Tx, orders: SimpleExpr) -> Result<(), DbErr> {
    order::Entity::update_many()
        .col_expr(order::Column::Status, Expr::value(OrderStatus::Canceled))
        .col_expr(order::Column::ClosedAt, Expr::value(Some(tx.now())))
        .filter(orders)
        .filter(order::Column::Status.eq(OrderStatus::PendingPayment))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Completes those of the orders that were being processed of which nothing is being provided any more.
pub(super) async fn complete_orders_in(tx: &Tx, orders: Condition) -> Result<(), DbErr> {
    use resource::Column;
    // Who provides the last but one and who provides the last, at once, would each not see the other's: one waits here.
    let processing = orders.add(order::Column::Status.eq(OrderStatus::Processing));
    let locked: Vec<OrderId> = order::Entity::find()
        .select_only()
        .column(order::Column::Id)
        .filter(processing.clone())
        .order_by_asc(order::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(tx.db())
        .await?;
    if locked.is_empty() {
        return Ok(());
    }
    let waiting = Query::select()
        .expr(Expr::val(1))
        .from(resource::Entity)
        .and_where(Column::OrderId.into_expr().equals((order::Entity, order::Column::Id)))
        .and_where(Column::Status.eq(ResourceStatus::Creating).or(Column::StatusBefore.eq(ResourceStatus::Creating)))
        .take();
    order::Entity::update_many()
        .col_expr(order::Column::Status, Expr::value(OrderStatus::Completed))
        .col_expr(order::Column::ClosedAt, Expr::value(Some(tx.now())))
        .filter(processing)
        .filter(Expr::exists(waiting).not())
        .exec(tx.db())
        .await?;
    Ok(())
}
