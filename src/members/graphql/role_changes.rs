//! Changing roles.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::{AssignedRole, RoleId};

use super::{
    super::{
        roles::{CreateRole, Definition, DeleteRole, UpdateRole},
        rules,
    },
    Role,
    changes::actor,
};
use crate::{
    access::{Grantable, RoleTable},
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
    outcome::{Error, Outcome, Refusal},
};

/// A new role.
#[derive(InputObject)]
struct CreateRoleInput {
    /// Its name, unique in the account: 1 to 64 characters.
    name: String,
    /// What it is for: at most 256 characters.
    description: Option<String>,
    /// Codes of what it allows, one at least; `permissionCatalogue` tells which can be granted. Default permissions come
    /// by themselves (R-ORG-17).
    permissions: Vec<String>,
}

/// What a role is from now on.
#[derive(InputObject)]
struct UpdateRoleInput {
    /// Which; one that the account made.
    role_id: ID,
    /// Its name.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// Codes of what it allows, one at least.
    permissions: Vec<String>,
}

/// One role.
#[derive(InputObject)]
struct DeleteRoleInput {
    /// Which; one that the account made and nobody holds.
    role_id: ID,
}

/// A role that was changed, or why not.
#[derive(SimpleObject, Default)]
struct RolePayload {
    /// The role.
    role: Option<Role>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// A role that was deleted, or why not.
#[derive(SimpleObject, Default)]
struct DeleteRolePayload {
    /// Its id.
    deleted_id: Option<ID>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

fn definition(
    table: &RoleTable,
    name: &str,
    description: Option<&str>,
    permissions: Vec<String>,
) -> Result<Definition, Error> {
    let description = description.map(str::trim).filter(|description| !description.is_empty());
    let description = description.map(|text| rules::check_text("description", text, rules::MAX_DESCRIPTION));
    if permissions.is_empty() {
        return Err(Refusal::invalid("permissions", "a role allows at least one thing").into());
    }
    let grantable = |code: &String| {
        table.catalogue().iter().any(|listed| listed.permission.code() == code && listed.grantable != Grantable::No)
    };
    let foreign = permissions.iter().enumerate().filter(|(_, code)| !grantable(code));
    let refusals: Vec<_> = foreign
        .map(|(index, code)| Refusal::of(&rules::Refusal::NotGrantable(code.clone())).at("permissions", index))
        .collect();
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    let mut codes = permissions;
    codes.sort_unstable();
    codes.dedup();
    Ok(Definition {
        name: rules::check_text("name", name, rules::MAX_TEXT)?,
        description: description.transpose()?.unwrap_or_default(),
        codes,
    })
}

fn role_id(id: &ID) -> Result<RoleId, Error> {
    id.parse().map_err(|_| Refusal::not_found("roleId", id).into())
}

async fn create(ctx: &Context<'_>, input: CreateRoleInput) -> Outcome<RoleId> {
    let actor = actor(ctx)?;
    let definition = definition(&actor.roles, &input.name, input.description.as_deref(), input.permissions)?;
    let limit = ctx.app().settings.custom_roles;
    ctx.app().store.execute(CreateRole { actor, definition, limit }).await
}

async fn update(ctx: &Context<'_>, input: UpdateRoleInput) -> Outcome<RoleId> {
    let actor = actor(ctx)?;
    let definition = definition(&actor.roles, &input.name, input.description.as_deref(), input.permissions)?;
    let id = ctx.app().store.execute(UpdateRole { actor, role: role_id(&input.role_id)?, definition }).await?;
    // Other nodes hear of it in a moment; here it counts at once for all who hold the role.
    ctx.app().viewers.forget_all();
    Ok(id)
}

async fn answer(ctx: &Context<'_>, outcome: Outcome<RoleId>) -> async_graphql::Result<RolePayload> {
    Ok(match settle(outcome)? {
        Ok(id) => {
            let role = ctx.loaders()?.role(AssignedRole::Custom(id)).await?.map(Role::new);
            RolePayload { role, user_errors: Vec::new() }
        }
        Err(user_errors) => RolePayload { user_errors, ..Default::default() },
    })
}

/// What can be changed of roles.
#[derive(Default)]
pub struct RolesMutation;

#[Object]
impl RolesMutation {
    /// Makes a role of the account's own (O-ORG-07).
    async fn create_role(&self, ctx: &Context<'_>, input: CreateRoleInput) -> async_graphql::Result<RolePayload> {
        let outcome = create(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Changes a role of the account's own (O-ORG-08); it counts at once for those who hold it.
    async fn update_role(&self, ctx: &Context<'_>, input: UpdateRoleInput) -> async_graphql::Result<RolePayload> {
        let outcome = update(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Deletes a role of the account's own that nobody holds (O-ORG-09).
    async fn delete_role(&self, ctx: &Context<'_>, input: DeleteRoleInput) -> async_graphql::Result<DeleteRolePayload> {
        let outcome = async {
            let command = DeleteRole { actor: actor(ctx)?, role: role_id(&input.role_id)? };
            ctx.app().store.execute(command).await
        };
        Ok(match settle(outcome.await)? {
            Ok(id) => DeleteRolePayload { deleted_id: Some(id.into()), user_errors: Vec::new() },
            Err(user_errors) => DeleteRolePayload { user_errors, ..Default::default() },
        })
    }
}
