//! Inviting, and inviting again.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use entities::{
    account, reseller, reseller_invitation,
    types::{
        AccountKind, DistributorId, MemberId, ResellerInvitationId, ResellerInvitationStatus, VerificationChannel,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait, Func, Query},
};

use crate::{
    access::Rows,
    feed,
    mailboxes::Mailboxes,
    managers::commands::assignable_in,
    members::commands::Actor,
    notifications::{self, Message, templates},
    outcome::{Error, Fault, Outcome, Refusal as Reason},
    recruitment::{
        Code, RecruitmentSettings,
        facts::reseller_invited,
        rules::{self, Refusal},
    },
    store::{Command, Tx},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How invitations are sent: each with a code of its own.
#[derive(Clone)]
pub struct Terms {
    /// How long they are good, and where they are accepted.
    settings: RecruitmentSettings,
    codes: Vec<Code>,
    /// What the mailboxes are counted by.
    mailboxes: Mailboxes,
}

impl Terms {
    /// For so many invitations.
    pub fn for_as_many_as(count: usize, settings: &RecruitmentSettings, mailboxes: &Mailboxes) -> Result<Self, Fault> {
        let codes = (0..count.min(rules::MAX_BATCH)).map(|_| Code::fresh()).collect::<Result<_, _>>()?;
        Ok(Self { settings: settings.clone(), codes, mailboxes: mailboxes.clone() })
    }

    fn message(&self, to: &str, distributor: &str, code: &Code) -> Message {
        let link = self.settings.link(&code.code);
        let days = self.settings.lifetime().as_secs() / DAY.as_secs();
        Message {
            channel: VerificationChannel::Email,
            to: to.to_owned(),
            text: templates::reseller_invitation(distributor, &code.code, link.as_deref(), days),
            secret: true,
        }
    }
}

/// Invites people to become resellers (O-CORE-13): all of them, or none.
///
/// # Refusals, first kind that holds
/// `BatchSize` · `NotFound`, `NotAManager`, `NotYours` (account manager) · `AlreadyAReseller`, `Pending`, those of
/// [`Outgoing::count`](crate::mailboxes::invitations::Outgoing::count) (for each)
pub struct InviteResellers {
    /// Who does it.
    pub actor: Actor,
    /// Their addresses, checked by [`addresses`], each of them once.
    pub emails: Vec<String>,
    /// Who will look after them. An account manager or director who names nobody will do so itself.
    pub manager: Option<MemberId>,
    /// How they are sent.
    pub terms: Terms,
}

impl Command for InviteResellers {
    /// The invitations, in the order given.
    type Output = Vec<ResellerInvitationId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        let viewer = &self.actor.viewer;
        let distributor: DistributorId = viewer.account.id.cast();
        rules::check_batch(self.emails.len())?;
        // One after the other: no two invitations of an address are pending (R-CORE-04).
        tx.lock_account_in(viewer.account.id).await?;
        let manager = self.manager_in(tx).await?;
        let over = self.make_room_in(tx, distributor).await?;
        let rows: Vec<_> = self.rows(tx, distributor, manager);
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        use reseller_invitation::{Column, Entity};
        if !over.is_empty() {
            Entity::update_many()
                .col_expr(Column::Status, Expr::value(ResellerInvitationStatus::Expired))
                .filter(Column::Id.is_in(over))
                .exec(tx.db())
                .await?;
        }
        Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
            .exec_without_returning(tx.db())
            .await?;
        let emails = self.emails.iter().zip(&self.terms.codes);
        let messages = emails.map(|(email, code)| self.terms.message(email, &viewer.account.name, code)).collect();
        notifications::append_in(tx, messages).await?;
        feed::append_in(tx, ids.iter().map(|id| reseller_invited(distributor, *id)).collect()).await?;
        Ok(ids)
    }
}

impl InviteResellers {
    async fn manager_in(&self, tx: &Tx) -> Outcome<Option<MemberId>> {
        let viewer = &self.actor.viewer;
        match self.manager {
            Some(id) => {
                let member =
                    assignable_in(tx, viewer, id).await.map_err(|error| blamed_on(error, "accountManagerId"))?;
                Ok(Some(member.id))
            }
            None if viewer.rows() != Rows::All => Ok(Some(viewer.member.id)),
            None => Ok(None),
        }
    }

    /// Whether each address can be invited. Returns the invitations that are past their time and make room for new ones.
    async fn make_room_in(&self, tx: &Tx, distributor: DistributorId) -> Outcome<Vec<ResellerInvitationId>> {
        use reseller_invitation::{Column, Entity};
        let present = Entity::find()
            .filter(Column::DistributorId.eq(distributor))
            .filter(Column::Email.is_in(self.emails.iter()))
            .filter(Column::Status.eq(ResellerInvitationStatus::Pending))
            .all(tx.db())
            .await?;
        let present: HashMap<&str, _> = present.iter().map(|row| (row.email.as_str(), row)).collect();
        let resellers = self.own_resellers_in(tx, distributor).await?;
        let mailboxes = &self.terms.mailboxes;
        let mut outgoing =
            mailboxes.outgoing_in(tx, distributor.cast(), self.emails.iter().map(String::as_str)).await?;
        let (mut over, mut refusals) = (Vec::new(), Vec::new());
        for (index, email) in self.emails.iter().enumerate() {
            let row = present.get(email.as_str());
            let status = row.map(|row| rules::status_at(row.status, row.expires_at, tx.now()));
            let checked = rules::check_invite(status, resellers.contains(email)).map_err(Error::from);
            match checked.and_then(|()| outgoing.count(email)) {
                Ok(()) => over.extend(row.map(|row| row.id)),
                Err(error) => refusals.extend(error.at("emails", index)?),
            }
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        outgoing.save_in(tx).await?;
        Ok(over)
    }

    /// Those of the addresses that the distributor's own resellers have. Of other distributors' resellers it hears nothing
    /// (R-CORE-01): they are refused when they join.
    async fn own_resellers_in(&self, tx: &Tx, distributor: DistributorId) -> Outcome<HashSet<String>> {
        let own = Query::select()
            .column(reseller::Column::Id)
            .from(reseller::Entity)
            .and_where(reseller::Column::DistributorId.eq(distributor))
            .take();
        let email = || Expr::expr(Func::lower(Expr::col((account::Entity, account::Column::Email))));
        let found = account::Entity::find()
            .select_only()
            .expr_as(email(), "email")
            .filter(account::Column::Kind.eq(AccountKind::Reseller))
            .filter(account::Column::Id.in_subquery(own))
            .filter(email().is_in(self.emails.iter().map(String::as_str)))
            .into_tuple::<Option<String>>()
            .all(tx.db())
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    fn rows(&self, tx: &Tx, distributor: DistributorId, manager: Option<MemberId>) -> Vec<reseller_invitation::Model> {
        let expires_at = tx.now().plus(self.terms.settings.lifetime());
        let row = |(email, code): (&String, &Code)| reseller_invitation::Model {
            id: ResellerInvitationId::new(tx.now()),
            distributor_id: distributor,
            email: email.clone(),
            account_manager_id: manager,
            status: ResellerInvitationStatus::Pending,
            code_hash: code.hash.clone(),
            invited_by: self.actor.viewer.member.id,
            invited_at: tx.now(),
            sent_at: tx.now(),
            times_sent: 1,
            expires_at,
            joined_at: None,
            reseller_id: None,
        };
        self.emails.iter().zip(&self.terms.codes).map(row).collect()
    }
}

/// The same refusals, blamed on another field.
fn blamed_on(error: Error, field: &str) -> Error {
    match error {
        Error::Refused(refusals) => {
            let blamed = |refusal: Reason| Reason { field: vec![field.to_owned()], ..refusal };
            Error::Refused(refusals.into_iter().map(blamed).collect())
        }
        fault @ Error::Fault(_) => fault,
    }
}

/// Sends invitations again, each with a new code and for as long as a new one (R-CORE-04): all of them, or none. The code
/// that was sent before is no longer good.
///
/// # Refusals, first kind that holds
/// `BatchSize` · `NotFound`, `Joined`, `Replaced`, those of
/// [`Outgoing::count`](crate::mailboxes::invitations::Outgoing::count) (for each)
pub struct ResendInvitations {
    /// Who does it.
    pub actor: Actor,
    /// Which, each of them once.
    pub invitations: Vec<ResellerInvitationId>,
    /// How they are sent.
    pub terms: Terms,
}

impl Command for ResendInvitations {
    /// The invitations, in the order given.
    type Output = Vec<ResellerInvitationId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use reseller_invitation::{Column, Entity};
        let viewer = &self.actor.viewer;
        rules::check_batch(self.invitations.len())?;
        tx.lock_account_in(viewer.account.id).await?;
        let found = Entity::find()
            .filter(viewer.reseller_invitations())
            .filter(Column::Id.is_in(self.invitations.iter().copied()))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(tx.db())
            .await?;
        let found: HashMap<_, _> = found.into_iter().map(|row| (row.id, row)).collect();
        let emails = found.values().map(|row| row.email.as_str());
        let mut outgoing = self.terms.mailboxes.outgoing_in(tx, viewer.account.id, emails).await?;
        let (mut rows, mut refusals) = (Vec::new(), Vec::new());
        for (index, id) in self.invitations.iter().enumerate() {
            const LIST: &str = "invitationIds";
            let Some(row) = found.get(id) else {
                refusals.push(Reason::not_found(LIST, &id.to_string()).at(LIST, index));
                continue;
            };
            match rules::check_resend(row.status).map_err(Error::from).and_then(|()| outgoing.count(&row.email)) {
                Ok(()) => rows.push(row.clone()),
                Err(error) => refusals.extend(error.at(LIST, index)?),
            }
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        outgoing.save_in(tx).await?;
        let expires_at = tx.now().plus(self.terms.settings.lifetime());
        let mut messages = Vec::with_capacity(rows.len());
        for (row, code) in rows.into_iter().zip(&self.terms.codes) {
            messages.push(self.terms.message(&row.email, &viewer.account.name, code));
            let times_sent = row.times_sent.saturating_add(1);
            let mut row = row.into_active_model();
            row.code_hash = Set(code.hash.clone());
            row.sent_at = Set(tx.now());
            row.times_sent = Set(times_sent);
            row.expires_at = Set(expires_at);
            row.update(tx.db()).await?;
        }
        notifications::append_in(tx, messages).await?;
        Ok(self.invitations.clone())
    }
}

/// Addresses in the form that is kept, each of them once.
///
/// # Refusals
/// `BatchSize` · `NotAnEmail`, `GivenTwice` (for each)
pub fn addresses(given: &[String]) -> Outcome<Vec<String>> {
    rules::check_batch(given.len())?;
    let (mut emails, mut refusals) = (Vec::with_capacity(given.len()), Vec::new());
    for (index, email) in given.iter().enumerate() {
        let email = email.trim().to_lowercase();
        if !crate::contacts::is_email(&email) {
            refusals.push(Reason::of(&Refusal::NotAnEmail).at("emails", index));
        } else if emails.contains(&email) {
            refusals.push(Reason::of(&Refusal::GivenTwice).at("emails", index));
        } else {
            emails.push(email);
        }
    }
    if refusals.is_empty() { Ok(emails) } else { Err(Error::Refused(refusals)) }
}
