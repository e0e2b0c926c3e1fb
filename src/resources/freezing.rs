//! What a freeze does to resources (R-CORE-34, R-CORE-35). The callers hold the locks of the customers, and write the
//! freeze itself in the same transaction.

use entities::{
    order, resource,
    types::{BillingMode, CustomerId, ProductType, ResourceStatus},
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, Iterable, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{
    commands::{cancel_orders_in, complete_orders_in},
    rules,
};
use crate::store::Tx;

/// The resources that a freeze reaches.
fn reached() -> Condition {
    use resource::Column;
    ProductType::iter()
        .flat_map(|product| BillingMode::iter().map(move |mode| (product, mode)))
        .filter(|(product, mode)| rules::is_reached_by_freeze(*product, *mode))
        .fold(Condition::any(), |any, (product, mode)| {
            any.add(Column::ProductType.eq(product).and(Column::BillingMode.eq(mode)))
        })
}

/// Makes the resources unusable that a freeze reaches. They keep in mind where they stood.
pub async fn freeze_in(tx: &Tx, customers: &[CustomerId]) -> Result<(), DbErr> {
    use resource::Column;
    if customers.is_empty() {
        return Ok(());
    }
    let usable = [ResourceStatus::Creating, ResourceStatus::Running, ResourceStatus::Stopped];
    resource::Entity::update_many()
        .col_expr(Column::StatusBefore, Expr::col(Column::Status))
        .col_expr(Column::Status, Expr::value(ResourceStatus::Frozen))
        .filter(Column::CustomerId.is_in(customers.iter().copied()))
        .filter(Column::Status.is_in(usable))
        .filter(reached())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Lets frozen resources stand where they stood before.
pub async fn unfreeze_in(tx: &Tx, customers: &[CustomerId]) -> Result<(), DbErr> {
    use resource::Column;
    if customers.is_empty() {
        return Ok(());
    }
    resource::Entity::update_many()
        .col_expr(Column::Status, Expr::col(Column::StatusBefore))
        .col_expr(Column::StatusBefore, Expr::value(None::<ResourceStatus>))
        .filter(Column::CustomerId.is_in(customers.iter().copied()))
        .filter(Column::Status.eq(ResourceStatus::Frozen))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Lets frozen resources that pay per use go, and their data with them: their retention is over (R-CORE-34). What was
/// prepaid, as a marketplace image can be, stays frozen. Orders that waited for one of them to be provided wait no longer.
pub async fn release_in(tx: &Tx, customers: &[CustomerId]) -> Result<(), DbErr> {
    use resource::Column;
    if customers.is_empty() {
        return Ok(());
    }
    resource::Entity::update_many()
        .col_expr(Column::Status, Expr::value(ResourceStatus::Released))
        .col_expr(Column::StatusBefore, Expr::value(None::<ResourceStatus>))
        .col_expr(Column::ReleasedAt, Expr::value(Some(tx.now())))
        .filter(Column::CustomerId.is_in(customers.iter().copied()))
        .filter(Column::Status.eq(ResourceStatus::Frozen))
        .filter(Column::BillingMode.eq(BillingMode::PayPerUse))
        .exec(tx.db())
        .await?;
    let gone = Query::select()
        .column(Column::Id)
        .from(resource::Entity)
        .and_where(Column::CustomerId.is_in(customers.iter().copied()))
        .and_where(Column::Status.eq(ResourceStatus::Released))
        .take();
    cancel_orders_in(tx, order::Column::ResourceId.in_subquery(gone)).await?;
    complete_orders_in(tx, Condition::all().add(order::Column::CustomerId.is_in(customers.iter().copied()))).await
}
