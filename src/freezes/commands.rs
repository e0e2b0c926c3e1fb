//! Freezing and unfreezing by partners (O-CORE-07 … O-CORE-10).

use std::{sync::Arc, time::Duration};

use entities::types::{AccountStatus, AdjustmentKind, CriticalOperation, CustomerId};

use super::{
    facts,
    rules::{self, Act, Change, Refusal},
};
use crate::{
    access::Viewer,
    customers::{commands::save_in, standing::Standing},
    feed,
    outcome::{Error, Outcome, Refusal as Reason},
    permissions::commands::lock_in_charge_in,
    resources::freezing,
    store::{Command, Tx},
    trail,
    verification::commands::Checked,
};

/// Freezes or unfreezes customers: all of them, or none.
///
/// # Refusals, first kind that holds, for each customer
/// `AgreementRequired` (R-CORE-38) · `NotFound` · `NotInCharge` (R-CORE-12) · `OwnAccountFrozen` (R-CORE-36) ·
/// `Required`, `Expired`, `Invalid` (code; R-CORE-28) · `AlreadyFrozen` · `NotFrozen`
pub struct ChangeFreeze {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Whose freeze, without repetition.
    pub customers: Vec<CustomerId>,
    /// What happens.
    pub change: Change,
    /// Why; checked by [`rules::check_reason`].
    pub reason: String,
    /// Whether the customer budget agreement is accepted; asked for when resources are frozen.
    pub agreement_accepted: bool,
    /// How long frozen resources are kept.
    pub retention: Duration,
    /// The verification code.
    pub code: Checked,
}

/// What became of it.
#[derive(Debug)]
pub struct FreezeChanged {
    /// The customers, in the order given.
    pub customers: Vec<CustomerId>,
    /// What the caller should know (R-CORE-37).
    pub warnings: Vec<String>,
}

/// The operation that the verification code of a change must be for.
pub fn operation_of(change: Change) -> CriticalOperation {
    if change.freezes() { CriticalOperation::Freeze } else { CriticalOperation::Unfreeze }
}

impl Command for ChangeFreeze {
    type Output = FreezeChanged;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<FreezeChanged> {
        if self.change == Change::FreezeResources && !self.agreement_accepted {
            return Err(Refusal::AgreementRequired.into());
        }
        let in_charge = lock_in_charge_in(tx, &self.viewer, &self.customers).await?;
        if !self.change.freezes() && self.viewer.account.status == AccountStatus::Frozen {
            return Err(Refusal::OwnAccountFrozen.into());
        }
        self.code.use_in(tx, false).await?;

        let act = Act {
            by: self.viewer.account.id,
            reason: self.reason.clone(),
            at: tx.now(),
            retention_deadline: tx.now().plus(self.retention),
        };
        let mut changed = Vec::with_capacity(in_charge.customers.len());
        let mut refusals = Vec::new();
        for (index, row) in in_charge.customers.iter().enumerate() {
            let mut after = Standing::of(row).in_month(tx.month());
            match rules::decide(&mut after, self.change, &act) {
                Ok(()) => changed.push((row, after)),
                Err(refusal) => refusals.push(Reason::of(&refusal).at("customerIds", index)),
            }
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        // A month that has turned is left to the sweep, which also clears the alerts of the old one.
        let changed: Vec<_> = changed
            .into_iter()
            .map(|(row, after)| (row, Standing { ledger: Standing::of(row).ledger, ..after }))
            .collect();

        save_in(tx, changed.iter().map(|(row, after)| (row.id, after))).await?;
        match self.change {
            Change::FreezeResources => freezing::freeze_in(tx, &self.customers).await?,
            Change::UnfreezeResources => freezing::unfreeze_in(tx, &self.customers).await?,
            Change::FreezeAccount | Change::UnfreezeAccount => {}
        }
        let (mut entries, mut told, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for (row, after) in &changed {
            let before = Standing::of(row);
            entries.push(trail::Entry {
                kind: if self.change.freezes() { AdjustmentKind::Frozen } else { AdjustmentKind::Unfrozen },
                subject: row.id.cast(),
                author: Some((&*self.viewer).into()),
                before: Some(rules::describe(&before.freeze)),
                after: Some(rules::describe(&after.freeze)),
                reason: Some(self.reason.clone()),
            });
            told.push(if self.change.freezes() {
                facts::freeze_changed(row, &after.freeze)
            } else {
                facts::unfrozen(row, &before.freeze, &self.reason)
            });
            if after.refreeze.is_some() {
                warnings.push(format!(
                    "the budget of {} is still used up: unless it is raised, the account freezes again within the hour",
                    row.id
                ));
            }
        }
        trail::append_in(tx, entries).await?;
        feed::append_in(tx, told).await?;
        Ok(FreezeChanged { customers: self.customers.clone(), warnings })
    }
}
