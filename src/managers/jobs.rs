//! What time does: managers whose time has ended look after nobody any more.

use std::marker::PhantomData;

use entities::{
    customer, manager_assignment, reseller,
    types::{AccountId, MemberId},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    outcome::Outcome,
    store::{Command, Store, Tx},
};

/// Customers or resellers of one step.
const AT_ONCE: u64 = 500;

/// Takes managers whose time has ended off their customers and resellers. Returns of how many.
pub async fn end_due(store: &Store) -> Outcome<u64> {
    let customers = store
        .execute_in_steps(AT_ONCE, || {
            TakeOff::<customer::Entity>::new(customer::Column::Id, customer::Column::AccountManagerId)
        })
        .await?;
    let resellers = store
        .execute_in_steps(AT_ONCE, || {
            TakeOff::<reseller::Entity>::new(reseller::Column::Id, reseller::Column::AccountManagerId)
        })
        .await?;
    Ok(customers + resellers)
}

/// Takes them off some rows.
struct TakeOff<E: EntityTrait> {
    subject: E::Column,
    manager: E::Column,
    of: PhantomData<E>,
}

impl<E: EntityTrait> TakeOff<E> {
    fn new(subject: E::Column, manager: E::Column) -> Self {
        Self { subject, manager, of: PhantomData }
    }

    /// The rows that name a member whose time has ended and who has no other time that holds.
    fn ended(&self, tx: &Tx) -> Condition {
        use manager_assignment::Column;
        let times = |which: Condition| {
            let of = Query::select()
                .expr(Expr::val(1))
                .from(manager_assignment::Entity)
                .and_where(Column::SubjectId.into_expr().equals((E::default(), self.subject)))
                .and_where(Column::MemberId.into_expr().equals((E::default(), self.manager)))
                .cond_where(which)
                .take();
            Expr::exists(of)
        };
        let over = Condition::all().add(Column::UntilAt.lte(tx.now()));
        let holds = Condition::any().add(Column::UntilAt.is_null()).add(Column::UntilAt.gt(tx.now()));
        Condition::all().add(self.manager.is_not_null()).add(times(over)).add(times(holds).not())
    }
}

impl<E: EntityTrait> Command for TakeOff<E> {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let due: Vec<AccountId> = E::find()
            .select_only()
            .column(self.subject)
            .filter(self.ended(tx))
            .order_by_asc(self.subject)
            .limit(AT_ONCE)
            .lock_exclusive()
            .into_tuple()
            .all(tx.db())
            .await?;
        if !due.is_empty() {
            // Asked again under the lock: somebody may have been given a new time meanwhile.
            E::update_many()
                .col_expr(self.manager, Expr::value(None::<MemberId>))
                .filter(self.subject.is_in(due.iter().copied()))
                .filter(self.ended(tx))
                .exec(tx.db())
                .await?;
        }
        Ok(due.len() as u64)
    }
}
