//! Roles that accounts make (O-ORG-07 … O-ORG-09).

use entities::{
    member, role,
    types::{AccessRecordKind, AssignedRole, MemberId, RoleId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Set,
};

use super::{
    commands::{Actor, tell_in},
    queries,
    rules::{self, Refusal},
};
use crate::{
    outcome::{Outcome, Refusal as Reason},
    store::{Command, Tx},
};

/// What a role is, checked by [`rules`].
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows: codes that can be granted, one at least.
    pub codes: Vec<String>,
}

impl Definition {
    async fn check_in(&self, tx: &Tx, actor: &Actor, of: Option<RoleId>) -> Outcome<()> {
        rules::check_gift(actor.giver(), actor.roles.of_custom(&self.codes))?;
        let same = role::Entity::find()
            .filter(role::Column::AccountId.eq(actor.account()))
            .filter(role::Column::NameKey.eq(self.name.to_lowercase()))
            .one(tx.db())
            .await?;
        match same {
            Some(other) if of != Some(other.id) => Err(Refusal::RoleNameTaken(self.name.clone()).into()),
            _ => Ok(()),
        }
    }
}

/// Makes a role (O-ORG-07).
///
/// # Refusals, first that holds
/// `RoleLimit` · `NotGrantable` · `RoleNameTaken`
pub struct CreateRole {
    /// Who does it.
    pub actor: Actor,
    /// What it is.
    pub definition: Definition,
    /// How many an account may make (R-ORG-16).
    pub limit: u32,
}

impl Command for CreateRole {
    type Output = RoleId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<RoleId> {
        tx.lock_account_in(self.actor.account()).await?;
        let there =
            role::Entity::find().filter(role::Column::AccountId.eq(self.actor.account())).count(tx.db()).await?;
        if there >= u64::from(self.limit) {
            return Err(Refusal::RoleLimit(self.limit).into());
        }
        self.definition.check_in(tx, &self.actor, None).await?;
        let row = role::Model {
            id: RoleId::new(tx.now()),
            account_id: self.actor.account(),
            name_key: self.definition.name.to_lowercase(),
            name: self.definition.name.clone(),
            description: self.definition.description.clone(),
            permissions: role::Codes(self.definition.codes.clone()),
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        let id = row.id;
        role::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        self.actor.record_in(tx, AccessRecordKind::RoleCreated, id).await?;
        Ok(id)
    }
}

async fn own_in(tx: &Tx, actor: &Actor, id: RoleId) -> Outcome<role::Model> {
    tx.lock_account_in(actor.account()).await?;
    if matches!(AssignedRole::of_id(id), AssignedRole::System(_)) {
        return Err(Refusal::SystemRole.into());
    }
    let not_found = || Reason::not_found("roleId", &id.to_string());
    let row = queries::roles_by_id(tx.db(), actor.account(), &[id]).await?.remove(&id).ok_or_else(not_found)?;
    // Whoever changes what a role allows takes it, too, from those who hold it.
    rules::check_gift(actor.giver(), actor.roles.of_custom(&row.permissions.0))?;
    Ok(row)
}

async fn holders_in(tx: &Tx, actor: &Actor, id: RoleId) -> Outcome<Vec<MemberId>> {
    Ok(member::Entity::find()
        .select_only()
        .column(member::Column::Id)
        .filter(member::Column::AccountId.eq(actor.account()))
        .filter(member::Column::DeletedAt.is_null())
        .filter(queries::holds(AssignedRole::Custom(id)))
        .into_tuple()
        .all(tx.db())
        .await?)
}

/// Changes a role (O-ORG-08). What those who hold it may changes at once.
///
/// # Refusals, first that holds
/// `SystemRole` · `NotFound` · `NotGrantable` · `RoleNameTaken`
pub struct UpdateRole {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub role: RoleId,
    /// What it is from now on.
    pub definition: Definition,
}

impl Command for UpdateRole {
    type Output = RoleId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<RoleId> {
        let row = own_in(tx, &self.actor, self.role).await?;
        self.definition.check_in(tx, &self.actor, Some(self.role)).await?;
        let mut row = row.into_active_model();
        row.name = Set(self.definition.name.clone());
        row.name_key = Set(self.definition.name.to_lowercase());
        row.description = Set(self.definition.description.clone());
        row.permissions = Set(role::Codes(self.definition.codes.clone()));
        row.updated_at = Set(tx.now());
        row.update(tx.db()).await?;
        let holders = holders_in(tx, &self.actor, self.role).await?;
        tell_in(tx, holders).await?;
        self.actor.record_in(tx, AccessRecordKind::RoleUpdated, self.role).await?;
        Ok(self.role)
    }
}

/// Deletes a role that nobody holds (O-ORG-09, R-ORG-18).
///
/// # Refusals, first that holds
/// `SystemRole` · `NotFound` · `NotGrantable` · `RoleInUse`
pub struct DeleteRole {
    /// Who does it.
    pub actor: Actor,
    /// Which.
    pub role: RoleId,
}

impl Command for DeleteRole {
    type Output = RoleId;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<RoleId> {
        let row = own_in(tx, &self.actor, self.role).await?;
        let holders = holders_in(tx, &self.actor, self.role).await?.len() as u64;
        if holders > 0 {
            return Err(Refusal::RoleInUse(holders).into());
        }
        role::Entity::delete_by_id(row.id).exec(tx.db()).await?;
        self.actor.record_in(tx, AccessRecordKind::RoleDeleted, self.role).await?;
        Ok(self.role)
    }
}
