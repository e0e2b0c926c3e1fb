//! Creating, changing, locking and deleting members.

use std::{collections::HashMap, sync::Arc};

use entities::{
    customer, manager_assignment, member, reseller, session,
    types::{AccessRecordKind, AccountId, AssignedRole, CustomerId, MemberId, MemberRole, RoleId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Expr,
};

use super::{
    directors, queries,
    rules::{self, Giver, Refusal},
};
use crate::{
    access::{ClientAddress, Permissions, RoleTable, Viewer},
    access_records::{self, Entry, Subject},
    feed::{self, AccessChange},
    outcome::{Outcome, Refusal as Reason},
    store::{Command, Tx},
    verification::commands::Checked,
};

/// Who changes members, and by which table of roles.
#[derive(Clone)]
pub struct Actor {
    /// The member who does it.
    pub viewer: Arc<Viewer>,
    /// Which role allows what.
    pub roles: Arc<RoleTable>,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Actor {
    /// What it can give.
    pub fn giver(&self) -> Giver {
        Giver { administrator: self.viewer.is_administrator(), permissions: self.viewer.permissions() }
    }

    /// Records what it does.
    pub async fn record_in(&self, tx: &Tx, kind: AccessRecordKind, subject: impl Into<Subject>) -> Outcome<()> {
        let entry = Entry::by(&*self.viewer, kind).about(subject).from(self.address);
        access_records::append_in(tx, vec![entry]).await?;
        Ok(())
    }

    pub(super) fn account(&self) -> AccountId {
        self.viewer.account.id
    }

    /// A member in scope that others may change.
    async fn other_in(&self, tx: &Tx, id: MemberId) -> Outcome<member::Model> {
        tx.lock_account_in(self.account()).await?;
        let not_found = || Reason::not_found("memberId", &id.to_string());
        let member = queries::by_id(tx.db(), &self.viewer, id).await?.ok_or_else(not_found)?;
        if member.holder {
            return Err(Refusal::Holder.into());
        }
        // Whoever could change a member that may more than itself could make itself that member.
        let (held, _) = self.held_in(tx, &member.roles.0).await?;
        rules::check_rank(self.giver(), &member.roles.0)?;
        rules::check_gift(self.giver(), held)?;
        Ok(member)
    }

    /// What roles allow together, and which of them the account does not have.
    async fn held_in(&self, tx: &Tx, roles: &[AssignedRole]) -> Outcome<(Permissions, Option<RoleId>)> {
        let ids: Vec<_> = roles.iter().filter(|role| role.word() == MemberRole::Custom).map(|role| role.id()).collect();
        let own = match ids.as_slice() {
            [] => HashMap::new(),
            ids => queries::roles_by_id(tx.db(), self.account(), ids).await?,
        };
        let missing = ids.into_iter().find(|id| !own.contains_key(id));
        let codes = own.into_iter().map(|(id, role)| (id, role.permissions.0)).collect();
        Ok((self.roles.of_roles(roles, &codes), missing))
    }

    async fn not_oneself_in(&self, tx: &Tx, id: MemberId) -> Outcome<member::Model> {
        if id == self.viewer.member.id {
            return Err(Refusal::Yourself.into());
        }
        self.other_in(tx, id).await
    }

    /// Whether these roles may be given to a member; roles of other accounts do not exist.
    async fn check_roles_in(&self, tx: &Tx, roles: &[AssignedRole]) -> Outcome<()> {
        rules::check_roles(self.viewer.account.kind, roles)?;
        let (given, missing) = self.held_in(tx, roles).await?;
        if let Some(missing) = missing {
            return Err(Reason::not_found("roles", &missing.to_string()).into());
        }
        rules::check_rank(self.giver(), roles)?;
        rules::check_gift(self.giver(), given)?;
        Ok(())
    }

    async fn check_email_in(&self, tx: &Tx, email: &str, of: Option<MemberId>) -> Outcome<()> {
        use member::Column;
        let mut others = member::Entity::find()
            .filter(Column::AccountId.eq(self.account()))
            .filter(Column::Email.eq(email))
            .filter(Column::DeletedAt.is_null());
        if let Some(id) = of {
            others = others.filter(Column::Id.ne(id));
        }
        if others.one(tx.db()).await?.is_some() { Err(Refusal::EmailTaken.into()) } else { Ok(()) }
    }
}

/// Tells all nodes that what members may has changed: their streams end, and what is kept of them is dropped.
pub(super) async fn tell_in(tx: &mut Tx, members: impl IntoIterator<Item = MemberId>) -> Outcome<()> {
    let facts = members.into_iter().map(|member| AccessChange::MemberChanged(member).fact()).collect();
    feed::append_in(tx, facts).await?;
    Ok(())
}

/// Ends all sessions of a member.
pub async fn end_sessions_in(tx: &mut Tx, member: MemberId) -> Outcome<()> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(Some(tx.now())))
        .filter(session::Column::MemberId.eq(member))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    tell_in(tx, [member]).await
}

/// What a member is called and reached by, checked by [`rules`].
#[derive(Debug, Clone)]
pub struct Particulars {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The mobile number.
    pub mobile_number: String,
    /// The office phone.
    pub office_phone: Option<String>,
}

/// Creates a member (O-ORG-01).
///
/// # Refusals, first that holds
/// code · those of [`rules::check_roles`], `NotFound` (role), `NotGrantable` · `UsernameTaken` · `EmailTaken`
pub struct CreateMember {
    /// Who does it.
    pub actor: Actor,
    /// The login name, checked.
    pub username: String,
    /// The rest.
    pub particulars: Particulars,
    /// Its roles.
    pub roles: Vec<AssignedRole>,
    /// The hash of the password that it must change.
    pub password_hash: String,
    /// The verification code.
    pub code: Checked,
}

impl Command for CreateMember {
    type Output = MemberId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<MemberId> {
        tx.lock_account_in(self.actor.account()).await?;
        self.code.use_in(tx, false).await?;
        self.actor.check_roles_in(tx, &self.roles).await?;
        let same = member::Entity::find()
            .filter(member::Column::AccountId.eq(self.actor.account()))
            .filter(member::Column::Username.eq(&self.username));
        if same.one(tx.db()).await?.is_some() {
            return Err(Refusal::UsernameTaken(self.username.clone()).into());
        }
        self.actor.check_email_in(tx, &self.particulars.email, None).await?;
        let Particulars { name, email, mobile_number, office_phone } = self.particulars.clone();
        // A director who may create members creates its own managers.
        let director = (!self.actor.viewer.sees_all() && is(&self.roles, MemberRole::AccountManager))
            .then_some(self.actor.viewer.member.id);
        let row = member::Model {
            id: MemberId::new(tx.now()),
            account_id: self.actor.account(),
            username: self.username.clone(),
            name,
            email: Some(email),
            mobile_number: Some(mobile_number),
            roles: member::Roles(self.roles.clone()),
            password_hash: self.password_hash.clone(),
            holder: false,
            locked: false,
            created_at: tx.now(),
            office_phone,
            must_change_password: true,
            director_id: director,
            created_by: Some(self.actor.viewer.member.id),
            last_login_at: None,
            deleted_at: None,
        };
        let id = row.id;
        member::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        self.actor.record_in(tx, AccessRecordKind::MemberCreated, id).await?;
        Ok(id)
    }
}

pub(super) fn is(roles: &[AssignedRole], role: MemberRole) -> bool {
    roles.contains(&AssignedRole::System(role))
}

/// Changes what a member is called and reached by (O-ORG-02). The username stays (R-ORG-06).
///
/// # Refusals, first that holds
/// `NotFound` · `Holder` (by others) · `NotGrantable` · `EmailTaken`
pub struct UpdateMember {
    /// Who does it.
    pub actor: Actor,
    /// Whose.
    pub member: MemberId,
    /// The new ones.
    pub particulars: Particulars,
}

impl Command for UpdateMember {
    type Output = MemberId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<MemberId> {
        let oneself = self.member == self.actor.viewer.member.id;
        let member = if oneself {
            tx.lock_account_in(self.actor.account()).await?;
            self.actor.viewer.member.clone()
        } else {
            self.actor.other_in(tx, self.member).await?
        };
        self.actor.check_email_in(tx, &self.particulars.email, Some(self.member)).await?;
        let Particulars { name, email, mobile_number, office_phone } = self.particulars.clone();
        let mut row = member.into_active_model();
        row.name = Set(name);
        row.email = Set(Some(email));
        row.mobile_number = Set(Some(mobile_number));
        row.office_phone = Set(office_phone);
        row.update(tx.db()).await?;
        // Viewers carry their member's addresses: codes go there.
        tell_in(tx, [self.member]).await?;
        self.actor.record_in(tx, AccessRecordKind::MemberUpdated, self.member).await?;
        Ok(self.member)
    }
}

/// Locks or unlocks a member (R-ORG-23). A locked one cannot sign in, and its sessions end at once.
///
/// # Refusals, first that holds
/// `Yourself` · `NotFound` · `Holder` · `NotGrantable`
pub struct SetLocked {
    /// Who does it.
    pub actor: Actor,
    /// Whom.
    pub member: MemberId,
    /// Locked or not.
    pub locked: bool,
}

impl Command for SetLocked {
    type Output = MemberId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<MemberId> {
        let member = self.actor.not_oneself_in(tx, self.member).await?;
        let mut row = member.into_active_model();
        row.locked = Set(self.locked);
        row.update(tx.db()).await?;
        if self.locked {
            end_sessions_in(tx, self.member).await?;
        }
        let kind = if self.locked { AccessRecordKind::MemberLocked } else { AccessRecordKind::MemberUnlocked };
        self.actor.record_in(tx, kind, self.member).await?;
        Ok(self.member)
    }
}

/// Gives a member a password that it must change (O-ORG-05, R-ORG-24). Its sessions end.
///
/// # Refusals, first that holds
/// `Yourself` · `NotFound` · `Holder` · `NotGrantable` · code
pub struct ResetPassword {
    /// Who does it.
    pub actor: Actor,
    /// Whose.
    pub member: MemberId,
    /// The hash of the password.
    pub password_hash: String,
    /// The verification code.
    pub code: Checked,
}

impl Command for ResetPassword {
    type Output = MemberId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<MemberId> {
        let member = self.actor.not_oneself_in(tx, self.member).await?;
        self.code.use_in(tx, false).await?;
        let mut row = member.into_active_model();
        row.password_hash = Set(self.password_hash.clone());
        row.must_change_password = Set(true);
        row.update(tx.db()).await?;
        end_sessions_in(tx, self.member).await?;
        self.actor.record_in(tx, AccessRecordKind::PasswordReset, self.member).await?;
        Ok(self.member)
    }
}

/// Deletes a member (O-ORG-06): it can no longer sign in and is shown nowhere but in records. Its customers and resellers
/// are nobody's, its account managers without director, at once; who looked after whom stays on record.
///
/// # Refusals, first that holds
/// `Yourself` · `NotFound` · `Holder` · `NotGrantable` · code
pub struct DeleteMember {
    /// Who does it.
    pub actor: Actor,
    /// Whom.
    pub member: MemberId,
    /// The verification code.
    pub code: Checked,
}

impl Command for DeleteMember {
    type Output = MemberId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<MemberId> {
        use manager_assignment::Column;
        let member = self.actor.not_oneself_in(tx, self.member).await?;
        self.code.use_in(tx, false).await?;
        let mut row = member.into_active_model();
        row.deleted_at = Set(Some(tx.now()));
        row.director_id = Set(None);
        row.update(tx.db()).await?;
        directors::free_managers_in(tx, self.member).await?;
        manager_assignment::Entity::update_many()
            .col_expr(Column::UntilAt, Expr::value(Some(tx.now())))
            .col_expr(Column::EndedBy, Expr::value(Some(self.actor.viewer.member.id)))
            .filter(Column::MemberId.eq(self.member))
            .filter(Condition::any().add(Column::UntilAt.is_null()).add(Column::UntilAt.gt(tx.now())))
            .exec(tx.db())
            .await?;
        // One after the other, in the order of locks: the statement alone would take them as it finds them.
        let looked_after = customer::Entity::find()
            .filter(customer::Column::AccountManagerId.eq(self.member))
            .select_only()
            .column(customer::Column::Id)
            .order_by_asc(customer::Column::Id)
            .lock_exclusive();
        looked_after.into_tuple::<CustomerId>().all(tx.db()).await?;
        customer::Entity::update_many()
            .col_expr(customer::Column::AccountManagerId, Expr::value(None::<MemberId>))
            .filter(customer::Column::AccountManagerId.eq(self.member))
            .exec(tx.db())
            .await?;
        reseller::Entity::update_many()
            .col_expr(reseller::Column::AccountManagerId, Expr::value(None::<MemberId>))
            .filter(reseller::Column::AccountManagerId.eq(self.member))
            .exec(tx.db())
            .await?;
        end_sessions_in(tx, self.member).await?;
        self.actor.record_in(tx, AccessRecordKind::MemberDeleted, self.member).await?;
        Ok(self.member)
    }
}

/// Gives a member other roles (O-ORG-03).
///
/// # Refusals, first that holds
/// `Yourself` · `NotFound` · `Holder` · code · those of [`rules::check_roles`], `NotFound` (role), `NotGrantable`
pub struct AssignRoles {
    /// Who does it.
    pub actor: Actor,
    /// Whose.
    pub member: MemberId,
    /// The new ones.
    pub roles: Vec<AssignedRole>,
    /// The verification code.
    pub code: Checked,
}

/// What became of it.
pub struct RolesAssigned {
    /// Whose.
    pub member: MemberId,
    /// What the caller should know.
    pub warnings: Vec<String>,
}

impl Command for AssignRoles {
    type Output = RolesAssigned;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<RolesAssigned> {
        let member = self.actor.not_oneself_in(tx, self.member).await?;
        self.code.use_in(tx, false).await?;
        self.actor.check_roles_in(tx, &self.roles).await?;
        let mut warnings = Vec::new();
        let directed = is(&member.roles.0, MemberRole::AccountDirector);
        if directed && !is(&self.roles, MemberRole::AccountDirector) {
            let freed = directors::free_managers_in(tx, self.member).await?;
            if freed > 0 {
                warnings.push(format!("{freed} account managers are without director now"));
            }
        }
        if self.roles.len() > 1 && is(&self.roles, MemberRole::AccountManager) {
            warnings.push("with another role, an account manager sees all customers, not only its own".to_owned());
        }
        let managed = is(&self.roles, MemberRole::AccountManager);
        let mut row = member.into_active_model();
        row.roles = Set(member::Roles(self.roles.clone()));
        if !managed {
            row.director_id = Set(None);
        }
        row.update(tx.db()).await?;
        tell_in(tx, [self.member]).await?;
        self.actor.record_in(tx, AccessRecordKind::RolesAssigned, self.member).await?;
        Ok(RolesAssigned { member: self.member, warnings })
    }
}
