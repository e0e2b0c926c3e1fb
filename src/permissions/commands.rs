//! Granting, adjusting and revoking; and loading customers together with who is in charge of them.

use std::{collections::HashMap, sync::Arc};

use entities::{
    adjustment_record, customer, reseller, reseller_permission,
    types::{AccountId, AdjustmentKind, Amount, CriticalOperation, CustomerId, EventType, ResellerId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
    sea_query::{Expr, ExprTrait},
};

use super::{
    facts,
    rules::{self, NewQuotas, Permissions},
};
use crate::{
    access::Viewer,
    feed,
    outcome::{Error, Fault, Outcome, Refusal},
    store::{Command, Tx},
    trail,
    verification::commands::Checked,
};

/// What happens to a reseller's permissions.
#[derive(Debug, Clone)]
pub enum Change {
    /// O-CORE-01.
    Grant(NewQuotas),
    /// O-CORE-02.
    Adjust(NewQuotas),
    /// O-CORE-03.
    Revoke,
    /// O-CORE-04.
    OnBehalf {
        /// Give or withdraw.
        enabled: bool,
        /// Whether the commitment letter is accepted with this.
        letter_accepted: bool,
    },
}

impl Change {
    /// The operation that its verification code must be for.
    pub fn operation(&self) -> CriticalOperation {
        match self {
            Self::Grant(_) | Self::Adjust(_) | Self::Revoke => CriticalOperation::BudgetPermissions,
            Self::OnBehalf { .. } => CriticalOperation::OnBehalfPermission,
        }
    }

    fn kind(&self) -> AdjustmentKind {
        match self {
            Self::Grant(_) => AdjustmentKind::PermissionsGranted,
            Self::Adjust(_) => AdjustmentKind::QuotasAdjusted,
            Self::Revoke => AdjustmentKind::PermissionsRevoked,
            Self::OnBehalf { .. } => AdjustmentKind::OnBehalfChanged,
        }
    }

    fn event_type(&self) -> EventType {
        match self {
            Self::Grant(_) => EventType::PermissionsGranted,
            Self::Adjust(_) => EventType::PermissionsAdjusted,
            Self::Revoke => EventType::PermissionsRevoked,
            Self::OnBehalf { .. } => EventType::OnBehalfPermissionChanged,
        }
    }
}

/// Changes a reseller's permissions (O-CORE-01 … O-CORE-04). By the register, every change needs a
/// verification code (R-CORE-07, R-CORE-40).
///
/// # Refusals, first that holds
/// `NotFound` · `Required`, `Expired`, `Invalid` (code) · those of [`rules`]
pub struct ChangePermissions {
    /// The distributor's member.
    pub viewer: Arc<Viewer>,
    /// Whose permissions.
    pub reseller: ResellerId,
    /// What happens.
    pub change: Change,
    /// The verification code.
    pub code: Checked,
}

/// What changed.
#[derive(Debug)]
pub struct Changed {
    /// Whose permissions.
    pub reseller: ResellerId,
    /// The record of it.
    pub record: adjustment_record::Model,
}

impl Command for ChangePermissions {
    type Output = Changed;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Changed> {
        let not_found = || Refusal::not_found("resellerId", &self.reseller.to_string());
        let reseller = reseller::Entity::find_by_id(self.reseller)
            .filter(self.viewer.resellers())
            .one(tx.db())
            .await?
            .ok_or_else(not_found)?;
        let row = tx.lock_permissions_in([self.reseller]).await?.pop().ok_or_else(not_found)?;
        self.code.use_in(tx, false).await?;

        let before = describe(&row);
        let changed = self.decide(row, tx)?;
        let after = describe(&changed);

        let mut columns = changed.into_active_model().reset_all();
        columns.reseller_id = sea_orm::Unchanged(self.reseller);
        // The counters belong to the budgets: they are not written here.
        columns.monthly_allotted = sea_orm::NotSet;
        columns.monthly_budgets = sea_orm::NotSet;
        columns.one_time_allotted = sea_orm::NotSet;
        columns.one_time_budgets = sea_orm::NotSet;
        columns.update(tx.db()).await?;

        let entry = trail::Entry {
            kind: self.change.kind(),
            subject: self.reseller.cast(),
            author: Some((&*self.viewer).into()),
            before: Some(before),
            after: Some(after),
            reason: None,
        };
        let record = trail::append_in(tx, vec![entry]).await?.pop();
        let fact = facts::permissions_changed(self.change.event_type(), self.reseller, reseller.distributor_id);
        feed::append_in(tx, vec![fact]).await?;
        let record = record.ok_or_else(|| Fault::because("the record just written is missing"))?;
        Ok(Changed { reseller: self.reseller, record })
    }
}

impl ChangePermissions {
    fn decide(&self, mut row: reseller_permission::Model, tx: &Tx) -> Result<reseller_permission::Model, Error> {
        let present = Permissions::of(&row);
        match &self.change {
            Change::Grant(new) => {
                rules::decide_grant(&present, *new)?;
                row.budget_and_freeze = true;
                (row.monthly_quota, row.one_time_quota) = (new.monthly, new.one_time);
            }
            Change::Adjust(new) => {
                rules::decide_adjust(&present, *new)?;
                (row.monthly_quota, row.one_time_quota) = (new.monthly, new.one_time);
            }
            Change::Revoke => {
                rules::decide_revoke(&present)?;
                row.budget_and_freeze = false;
                (row.monthly_quota, row.one_time_quota) = (None, None);
            }
            Change::OnBehalf { enabled, letter_accepted } => {
                let letter = row.commitment_letter_accepted_at;
                row.commitment_letter_accepted_at =
                    rules::decide_on_behalf(row.on_behalf, letter, *enabled, *letter_accepted, tx.now())?;
                row.on_behalf = *enabled;
            }
        }
        Ok(row)
    }
}

fn describe(row: &reseller_permission::Model) -> String {
    let on_behalf = if row.on_behalf { "on behalf" } else { "not on behalf" };
    format!("{}; {on_behalf}", Permissions::of(row).describe())
}

/// Customers that the viewer is in charge of, locked, with the permissions of their resellers.
pub struct InCharge {
    /// The customers, in the order asked for.
    pub customers: Vec<customer::Model>,
    /// The permissions of their resellers; a provider's customers have none.
    pub permissions: HashMap<ResellerId, Permissions>,
}

impl InCharge {
    /// The permissions of a customer's reseller.
    pub fn permissions_of(&self, row: &customer::Model) -> Option<&Permissions> {
        self.permissions.get(&reseller_of(row)?)
    }
}

/// The reseller of a customer; none for a provider's customer.
pub fn reseller_of(row: &customer::Model) -> Option<ResellerId> {
    row.distributor_id.and(row.partner_id).map(AccountId::cast)
}

/// Locks customers and their resellers' permissions, in the order of locks, and checks that the viewer is in charge of
/// each (R-CORE-12). Ids must differ.
///
/// # Refusals, all that hold
/// `NotFound` · `NotInCharge` · `Conflict` where an association changed in the meantime
pub async fn lock_in_charge_in(tx: &Tx, viewer: &Viewer, ids: &[CustomerId]) -> Outcome<InCharge> {
    let associations: Vec<(CustomerId, Option<AccountId>)> = customer::Entity::find()
        .select_only()
        .columns([customer::Column::Id, customer::Column::PartnerId])
        .filter(viewer.customers())
        .filter(customer::Column::Id.is_in(ids.iter().copied()))
        .filter(customer::Column::DistributorId.is_not_null())
        .into_tuple()
        .all(tx.db())
        .await?;
    let resellers: Vec<ResellerId> =
        associations.iter().filter_map(|(_, partner)| partner.map(AccountId::cast)).collect();
    let permissions: HashMap<ResellerId, Permissions> =
        tx.lock_permissions_in(resellers).await?.iter().map(|row| (row.reseller_id, Permissions::of(row))).collect();
    let mut found: HashMap<CustomerId, customer::Model> =
        tx.lock_customers_in(viewer.customers(), ids).await?.into_iter().map(|row| (row.id, row)).collect();

    let mut customers = Vec::with_capacity(ids.len());
    let mut refusals = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        let Some(row) = found.remove(id) else {
            refusals.push(Refusal::not_found("customerIds", &id.to_string()).at("customerIds", index));
            continue;
        };
        let authorized = match reseller_of(&row).map(|reseller| permissions.get(&reseller)) {
            None => false,
            Some(Some(permissions)) => permissions.budget_and_freeze,
            Some(None) => {
                refusals.push(Refusal::of(&rules::Refusal::AssociationChanged).at("customerIds", index));
                continue;
            }
        };
        match rules::check_in_charge(&row, authorized, viewer.account.id) {
            Ok(()) => customers.push(row),
            Err(refusal) => refusals.push(Refusal::of(&refusal).at("customerIds", index)),
        }
    }
    if refusals.is_empty() { Ok(InCharge { customers, permissions }) } else { Err(Error::Refused(refusals)) }
}

/// How a reseller's counters move with a change of budgets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Movement {
    /// Change of the sum of monthly budgets, in units of an amount.
    pub monthly_units: i64,
    /// Change of their number.
    pub monthly_budgets: i64,
    /// Change of the sum of one-time budgets.
    pub one_time_units: i64,
    /// Change of their number.
    pub one_time_budgets: i64,
}

/// Moves the counters of a reseller whose permissions the caller has locked. The CHECK constraints of the table refuse
/// what would exceed a quota, whatever the caller decided (R-CORE-11).
pub async fn move_allotted_in(tx: &Tx, reseller: ResellerId, movement: Movement) -> Outcome<()> {
    use reseller_permission::Column;
    let moved = |column: Column, by: i64| Expr::col(column).add(by);
    reseller_permission::Entity::update_many()
        .col_expr(Column::MonthlyAllotted, moved(Column::MonthlyAllotted, movement.monthly_units))
        .col_expr(Column::MonthlyBudgets, moved(Column::MonthlyBudgets, movement.monthly_budgets))
        .col_expr(Column::OneTimeAllotted, moved(Column::OneTimeAllotted, movement.one_time_units))
        .col_expr(Column::OneTimeBudgets, moved(Column::OneTimeBudgets, movement.one_time_budgets))
        .filter(Column::ResellerId.eq(reseller))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The row of a new reseller: nothing allowed, nothing allotted.
pub fn nothing_allowed(reseller: ResellerId) -> reseller_permission::ActiveModel {
    reseller_permission::ActiveModel {
        reseller_id: Set(reseller),
        budget_and_freeze: Set(false),
        monthly_quota: Set(None),
        monthly_allotted: Set(Amount::ZERO),
        monthly_budgets: Set(0),
        one_time_quota: Set(None),
        one_time_allotted: Set(Amount::ZERO),
        one_time_budgets: Set(0),
        on_behalf: Set(false),
        commitment_letter_accepted_at: Set(None),
    }
}
