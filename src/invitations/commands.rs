//! Inviting customers by e-mail, making links, and sending e-mails again.

use std::{collections::HashMap, sync::Arc};

use entities::{
    account, invitation, member, preregistration,
    types::{
        AccountId, AssociationFailure, InvitationId, InvitationMethod, InvitationStatus, MemberId,
        PreregistrationStatus, Timestamp,
    },
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{
    batch,
    rules::{self, Asked, Refusal},
    sending,
};
use crate::{
    access::{ClientAddress, Rows, Viewer},
    managers::rules::can_look_after,
    outcome::{Error, Fault, Outcome, Refusal as Reason},
    preregistrations::commands::looks_after,
    store::{Command, Tx},
};

/// Invites preregistered customers by e-mail: all of them, or none (O-CUS-04).
///
/// # Refusals, first kind that holds
/// `BatchSize` · `NotPreregistered` (R-CUS-10), `InvitedAlready` (for each)
pub struct InviteCustomers {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Where the request came from.
    pub address: ClientAddress,
    /// Whom, in lower case and without repetition.
    pub emails: Vec<String>,
    /// Where links lead to.
    pub public_address: String,
}

impl Command for InviteCustomers {
    type Output = Vec<InvitationId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        if !(1..=rules::MAX_BATCH).contains(&self.emails.len()) {
            return Err(Refusal::BatchSize("emails", self.emails.len()).into());
        }
        let partner = account_in(tx, self.viewer.account.id).await?;
        let claims = claims_in(tx, &self.viewer, &self.emails).await?;
        let invited = invited_in(tx, &claims).await?;
        let mut refusals = Vec::new();
        for (index, email) in self.emails.iter().enumerate() {
            let refusal = match claims.get(email) {
                None => Refusal::NotPreregistered(email.clone()),
                Some(claim) if invited.contains(&Some(claim.id)) => Refusal::InvitedAlready(email.clone()),
                Some(_) => continue,
            };
            refusals.push(Reason::of(&refusal).at("emails", index));
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        let mut sent = Vec::with_capacity(self.emails.len());
        for claim in self.emails.iter().filter_map(|email| claims.get(email)) {
            let id = sending::send_in(tx, &partner, claim, self.viewer.member.id, &self.public_address).await?;
            sent.push((claim.email.as_str(), id));
        }
        sending::trace_in(tx, (&*self.viewer).into(), self.address, &sent).await?;
        Ok(sent.into_iter().map(|(_, id)| id).collect())
    }
}

/// The viewer's own account, locked: of two calls that invite alike, the second finds what the first has sent.
async fn account_in(tx: &Tx, id: AccountId) -> Outcome<account::Model> {
    tx.lock_account_in(id).await?;
    let account = account::Entity::find_by_id(id).one(tx.db()).await?;
    Ok(account.ok_or_else(|| Fault::because("the viewer's own account is missing"))?)
}

/// The claims in scope that hold, by address.
async fn claims_in(tx: &Tx, viewer: &Viewer, emails: &[String]) -> Outcome<HashMap<String, preregistration::Model>> {
    use preregistration::Column;
    let rows = preregistration::Entity::find()
        .filter(viewer.preregistrations())
        .filter(Column::Email.is_in(emails.iter().cloned()))
        .filter(Column::Status.eq(PreregistrationStatus::Preregistered))
        .filter(Column::ExpiresAt.gt(tx.now()))
        .order_by_asc(Column::Id)
        .lock_shared()
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| (row.email.clone(), row)).collect())
}

/// Of which claims there are e-mail invitations that can still be followed.
async fn invited_in(
    tx: &Tx,
    claims: &HashMap<String, preregistration::Model>,
) -> Outcome<Vec<Option<entities::types::PreregistrationId>>> {
    use invitation::Column;
    let rows = invitation::Entity::find()
        .filter(Column::PreregistrationId.is_in(claims.values().map(|claim| claim.id)))
        .filter(Column::Status.is_in([InvitationStatus::Sent, InvitationStatus::Failed]))
        .filter(Column::ValidUntil.gt(tx.now()))
        .filter(Column::EndedAt.is_null())
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| row.preregistration_id).collect())
}

/// Makes a link (O-CUS-05). A member's general-purpose link is made once, and the same as long as it is good.
///
/// # Refusals, first that holds
/// those of [`rules::link`] · `NotFound` (member), `NotAManager`, `NotYours` · `LinkLimitReached` (R-CUS-11)
pub struct CreateLink {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Which kind of link.
    pub method: InvitationMethod,
    /// What else it is.
    pub asked: Asked,
    /// Whom it is dedicated to.
    pub account_manager: Option<MemberId>,
}

impl Command for CreateLink {
    type Output = InvitationId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<InvitationId> {
        use invitation::Column;
        let link = rules::link(self.method, &self.asked, tx.now())?;
        let partner = account_in(tx, self.viewer.account.id).await?;
        let manager = self.manager_in(tx).await?;
        let made = invitation::Entity::find()
            .filter(Column::PartnerId.eq(partner.id))
            .filter(Column::Method.eq(self.method))
            .filter(Column::LinkId.is_null());
        if self.method == InvitationMethod::GeneralLink {
            let own = made
                .clone()
                .filter(Column::InvitedBy.eq(self.viewer.member.id))
                .filter(Column::ValidUntil.gt(tx.now()))
                .filter(Column::EndedAt.is_null());
            if let Some(row) = own.one(tx.db()).await? {
                return Ok(row.id);
            }
        }
        if self.method == InvitationMethod::CustomizedLink {
            let lately = made.filter(Column::InvitedAt.gt(tx.now().minus(rules::CUSTOMIZED_WITHIN)));
            if lately.count(tx.db()).await? >= rules::MAX_CUSTOMIZED {
                return Err(Refusal::LinkLimitReached.into());
            }
        }
        let tag = match self.method {
            InvitationMethod::GeneralLink => Some(self.name_of_maker(&partner)),
            _ => link.tag,
        };
        let row = invitation::Model {
            id: InvitationId::new(tx.now()),
            partner_id: partner.id,
            method: self.method,
            code: Some(sending::fresh_code()?),
            link_id: None,
            preregistration_id: None,
            email: None,
            full_name: None,
            name_key: None,
            customer_id: None,
            tag,
            account_manager_id: manager,
            remarks: link.remarks,
            status: InvitationStatus::Sent,
            failure: None,
            invited_by: self.viewer.member.id,
            invited_at: tx.now(),
            valid_until: link.valid_until,
            followed_at: None,
            ended_at: None,
            ended_by: None,
        };
        let id = row.id;
        invitation::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        Ok(id)
    }
}

impl CreateLink {
    /// The account name that a general-purpose link carries: of the account, and of the member unless it is the holder.
    fn name_of_maker(&self, partner: &account::Model) -> String {
        let member = &self.viewer.member;
        if member.holder {
            partner.account_name.clone()
        } else {
            format!("{}/{}", partner.account_name, member.username)
        }
    }

    /// Who looks after the customers that come: whom the link is dedicated to, else its maker, if it looks after any.
    async fn manager_in(&self, tx: &Tx) -> Outcome<Option<MemberId>> {
        let viewer = &self.viewer;
        let Some(id) = self.account_manager else { return Ok(looks_after(viewer)) };
        let member = member::Entity::find_by_id(id)
            .filter(member::Column::AccountId.eq(viewer.account.id))
            .filter(member::Column::DeletedAt.is_null())
            .lock_shared()
            .one(tx.db())
            .await?
            .ok_or_else(|| Reason::not_found("accountManagerId", &id.to_string()))?;
        if !can_look_after(&member.roles.0) {
            return Err(Refusal::NotAManager.into());
        }
        let own = member.id == viewer.member.id || member.director_id == Some(viewer.member.id);
        if viewer.rows() != Rows::All && !own {
            return Err(Refusal::NotYours.into());
        }
        Ok(Some(id))
    }
}

/// Sends e-mail invitations again, each with its whole time: all of them, or none (O-CUS-06).
///
/// # Refusals, first kind that holds
/// `BatchSize` · `NotFound`, `NotByEmail`, `Associated`, `Ended`, `TooSoon`, `NotPreregistered` (for each; R-CUS-10)
pub struct ResendInvitations {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// Which, without repetition.
    pub ids: Vec<InvitationId>,
    /// Where links lead to.
    pub public_address: String,
}

impl Command for ResendInvitations {
    type Output = Vec<InvitationId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use invitation::Column;
        let partner = account_in(tx, self.viewer.account.id).await?;
        let rows = batch::lock_in(tx, &self.viewer, &self.ids).await?;
        let emails: Vec<String> = rows.iter().filter_map(|row| row.email.clone()).collect();
        let claims = claims_in(tx, &self.viewer, &emails).await?;
        let again = batch::each(&rows, &self.ids, |row| to_send(row, &claims, tx.now()))?;
        let until = tx.now().plus(rules::VALID_FOR);
        for (code, email) in again {
            sending::mail_in(tx, &partner, email, &rules::address(&self.public_address, code), until).await?;
        }
        invitation::Entity::update_many()
            .col_expr(Column::Status, Expr::value(InvitationStatus::Sent))
            .col_expr(Column::Failure, Expr::value(None::<AssociationFailure>))
            .col_expr(Column::InvitedAt, Expr::value(tx.now()))
            .col_expr(Column::ValidUntil, Expr::value(until))
            .filter(Column::Id.is_in(self.ids.iter().copied()))
            .exec(tx.db())
            .await?;
        Ok(self.ids.clone())
    }
}

/// The code and the address of an invitation that can be sent again.
fn to_send<'r>(
    row: &'r invitation::Model,
    claims: &HashMap<String, preregistration::Model>,
    now: Timestamp,
) -> Result<(&'r str, &'r str), Refusal> {
    rules::check_resending(row, now)?;
    match (row.code.as_deref(), row.email.as_deref()) {
        (Some(code), Some(email)) if claims.contains_key(email) => Ok((code, email)),
        (_, email) => Err(Refusal::NotPreregistered(email.unwrap_or_default().to_owned())),
    }
}
