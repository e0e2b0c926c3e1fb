//! Claiming customers, and giving claims up.

use std::sync::Arc;

use entities::{
    account, preregistration,
    types::{AccountId, MemberId, PreregistrationCause, PreregistrationId, PreregistrationStatus, Timestamp},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    jobs, queries,
    rules::{self, Claimant, Particulars, Refusal},
};
use crate::{
    access::{ClientAddress, Viewer},
    invitations::{ending, sending},
    managers::rules::can_look_after,
    outcome::{Error, Fault, Outcome, Refusal as Reason},
    store::{Command, Tx},
};

/// What became of a claim.
#[derive(Debug, Clone)]
pub enum Claimed {
    /// It holds.
    Done(PreregistrationId),
    /// It does not, for these causes.
    NotAtOnce {
        /// All that hold.
        causes: Vec<PreregistrationCause>,
        /// Whether a review may be asked for instead (R-CUS-02).
        reviewable: bool,
    },
}

/// Preregisters a customer: claims it for 15 days (O-CUS-01).
///
/// # Refusals, first that holds
/// `ContactRequired` (R-CUS-06) · `YoursAlready` · `YourCustomer` · `LimitReached` (R-CUS-04). Causes that lie with the
/// customer are a result (R-CUS-01).
pub struct PreregisterCustomer {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// The customer, checked by [`rules::check`].
    pub particulars: Particulars,
    /// Where the request came from.
    pub address: ClientAddress,
    /// Where the link of an invitation leads to, if one is sent at once (R-CUS-09).
    pub invite_at: Option<String>,
}

impl Command for PreregisterCustomer {
    type Output = Claimed;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Claimed> {
        let partner = partner_in(tx, self.viewer.account.id).await?;
        let causes = causes_in(tx, &partner, &self.particulars.email).await?;
        if !causes.is_empty() {
            let reviewable = rules::can_be_reviewed(partner.kind, &causes);
            return Ok(Claimed::NotAtOnce { causes, reviewable });
        }
        let claim = claim(tx, &self.viewer, &self.particulars, PreregistrationStatus::Preregistered);
        if !insert_in(tx, &claim).await? {
            // Another partner was faster by a moment.
            let causes = vec![PreregistrationCause::PreregisteredElsewhere];
            return Ok(Claimed::NotAtOnce { causes, reviewable: false });
        }
        if let Some(address) = &self.invite_at {
            let invited = sending::send_in(tx, &partner, &claim, self.viewer.member.id, address).await?;
            sending::trace_in(tx, (&*self.viewer).into(), self.address, &[(claim.email.as_str(), invited)]).await?;
        }
        Ok(Claimed::Done(claim.id))
    }
}

/// The partner, locked, so that its claims are counted one after the other; it can be reached (R-CUS-06).
pub async fn partner_in(tx: &Tx, id: AccountId) -> Outcome<account::Model> {
    tx.lock_account_in(id).await?;
    let partner = account::Entity::find_by_id(id).one(tx.db()).await?;
    let partner = partner.ok_or_else(|| Fault::because("the viewer's own account is missing"))?;
    if partner.email.is_none() && partner.mobile_number.is_none() {
        return Err(Refusal::ContactRequired.into());
    }
    Ok(partner)
}

/// What stands in the way of a partner's claim on an address that lies with the customer.
///
/// # Refusals, first that holds
/// `YoursAlready` · `YourCustomer` · `LimitReached` (R-CUS-04)
pub async fn causes_in(tx: &mut Tx, partner: &account::Model, email: &str) -> Outcome<Vec<PreregistrationCause>> {
    use preregistration::Column;
    jobs::expire_in(tx, Condition::all().add(Column::Email.eq(email))).await?;
    let claim = claims_in(tx, email).await?.into_iter().next();
    if claim.as_ref().is_some_and(|claim| claim.partner_id == partner.id) {
        return Err(Refusal::YoursAlready.into());
    }
    let registered = queries::registered(tx.db(), partner.id, email).await?;
    if registered.iter().any(|one| one.is_own) {
        return Err(Refusal::YourCustomer.into());
    }
    let live = preregistration::Entity::find().filter(Column::PartnerId.eq(partner.id)).filter(is_live(tx.now()));
    if live.count(tx.db()).await? >= rules::MAX_CLAIMS {
        return Err(Refusal::LimitReached.into());
    }
    let claimant = Claimant { kind: partner.kind, country: partner.country_region.clone() };
    let known: Vec<_> = registered.into_iter().map(|one| one.known).collect();
    Ok(rules::causes(&claimant, &known, claim.is_some(), tx.now()))
}

/// Claims that hold.
pub fn is_live(now: Timestamp) -> Condition {
    use preregistration::Column;
    let claimed = Column::Status.eq(PreregistrationStatus::Preregistered).and(Column::ExpiresAt.gt(now));
    Condition::any().add(claimed).add(Column::Status.eq(PreregistrationStatus::UnderReview))
}

/// The claims on an address that hold, locked: one at most.
pub async fn claims_in(tx: &Tx, email: &str) -> Outcome<Vec<preregistration::Model>> {
    Ok(claim_on(tx, email).lock_exclusive().all(tx.db()).await?)
}

/// The claim on an address that holds.
pub fn claim_on(tx: &Tx, email: &str) -> Select<preregistration::Entity> {
    preregistration::Entity::find().filter(preregistration::Column::Email.eq(email)).filter(is_live(tx.now()))
}

/// A new claim. Whoever looks after customers looks after its own (R-CUS-12).
pub fn claim(
    tx: &Tx,
    viewer: &Viewer,
    particulars: &Particulars,
    status: PreregistrationStatus,
) -> preregistration::Model {
    preregistration::Model {
        id: PreregistrationId::new(tx.now()),
        partner_id: viewer.account.id,
        customer_id: None,
        full_name: particulars.full_name.clone(),
        name_key: particulars.full_name.to_lowercase(),
        email: particulars.email.clone(),
        mobile_number: particulars.mobile_number.clone(),
        remarks: particulars.remarks.clone(),
        status,
        account_manager_id: looks_after(viewer),
        created_by: viewer.member.id,
        preregistered_at: tx.now(),
        expires_at: tx.now().plus(rules::VALID_FOR),
        warned_at: None,
    }
}

/// The member itself, if it looks after customers.
pub fn looks_after(viewer: &Viewer) -> Option<MemberId> {
    can_look_after(&viewer.member.roles.0).then_some(viewer.member.id)
}

/// Writes a claim, unless the address is claimed: the database lets one through (R-CUS-05).
pub async fn insert_in(tx: &Tx, claim: &preregistration::Model) -> Outcome<bool> {
    let insert = preregistration::Entity::insert(claim.clone().into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(tx.db()).await? == 1)
}

/// Gives claims up, and takes back the invitations that were sent for them: all of them, or none (O-CUS-03, R-CUS-08).
///
/// # Refusals, first kind that holds
/// `BatchSize` · `NotFound`, `CannotBeDeleted` (for each)
pub struct DeletePreregistrations {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Which, without repetition.
    pub ids: Vec<PreregistrationId>,
}

impl Command for DeletePreregistrations {
    type Output = Vec<PreregistrationId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use preregistration::Column;
        if !(1..=rules::MAX_BATCH).contains(&self.ids.len()) {
            return Err(Refusal::BatchSize(self.ids.len()).into());
        }
        // Nobody of the account sends an invitation meanwhile; those that were sent are locked before their claims, as
        // where one is followed.
        tx.lock_account_in(self.viewer.account.id).await?;
        ending::lock_of_claims_in(tx, self.viewer.account.id, &self.ids).await?;
        let rows = preregistration::Entity::find()
            .filter(self.viewer.preregistrations())
            .filter(Column::Id.is_in(self.ids.iter().copied()))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(tx.db())
            .await?;
        let mut refusals = Vec::new();
        for (index, id) in self.ids.iter().enumerate() {
            let refusal = match rows.iter().find(|row| row.id == *id) {
                None => Some(Reason::not_found("preregistrationIds", &id.to_string())),
                Some(row) => rules::check_deletion(row.status).err().map(|refusal| Reason::of(&refusal)),
            };
            refusals.extend(refusal.map(|refusal| refusal.at("preregistrationIds", index)));
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        preregistration::Entity::update_many()
            .col_expr(Column::Status, Expr::value(PreregistrationStatus::Deleted))
            .filter(Column::Id.is_in(self.ids.iter().copied()))
            .exec(tx.db())
            .await?;
        ending::end_with_claims_in(tx, &self.ids, Some(self.viewer.member.id)).await?;
        Ok(self.ids.clone())
    }
}
