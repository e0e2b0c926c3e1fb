//! Members and roles at the API.

mod changes;
mod details;
mod role_changes;

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::types::{self, AssignedRole, MemberStatus, Role as RoleName};

pub use changes::{MembersMutation, actor};
pub use details::{MemberDetails, Role};
pub use role_changes::RolesMutation;

use super::queries::{self, MemberFilter as Filter};
use crate::{
    access::{Grantable, RoleTable},
    accounts::graphql::Member,
    graphql::{
        connection::{Connection, PageArguments, wants_total},
        context::Asking,
        errors::failed,
        plain::Plain,
        scalars::Id,
    },
};

impl Plain for Member {}

/// Which members.
#[derive(InputObject)]
struct MemberFilter {
    /// Beginning of the username or the name.
    search: Option<String>,
    /// Locked or not.
    status: Option<MemberStatus>,
    /// Who have this role.
    role_id: Option<Id<RoleName>>,
}

/// Permissions that are about one part of the program.
#[derive(SimpleObject)]
struct PermissionModule {
    /// The part.
    name: String,
    /// What one may do there.
    permissions: Vec<ListedPermission>,
}

/// A permission in the catalogue.
#[derive(SimpleObject)]
struct ListedPermission {
    /// Its code.
    code: &'static str,
    /// Whether every role has it (R-ORG-17).
    default: bool,
    /// Whether roles of accounts may have it.
    grantable: bool,
}

/// The members and roles that can be asked for.
#[derive(Default)]
pub struct MembersQuery;

#[Object]
impl MembersQuery {
    /// The account's members, oldest first; for an account director its account managers and itself.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<MemberFilter>,
    ) -> async_graphql::Result<Connection<Member>> {
        let window = PageArguments { first, after, last, before }.window(ctx, queries::OLDEST_FIRST)?;
        let filter = filter.map_or_else(Filter::default, |filter| Filter {
            search: filter.search,
            status: filter.status,
            role: filter.role_id.map(|id| AssignedRole::of_id(id.0)),
        });
        let store = &ctx.app().store;
        let page = queries::page(store, ctx.viewer()?, &filter, &window, wants_total(ctx)).await.map_err(failed)?;
        Ok(Connection::new(queries::OLDEST_FIRST, page, Member::new))
    }

    /// A member of the account.
    async fn member(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Member>> {
        let Ok(id) = id.parse::<types::MemberId>() else { return Ok(None) };
        let row = queries::by_id(ctx.app().store.reader(), ctx.viewer()?, id).await.map_err(failed)?;
        Ok(row.map(|row| Member::new(Arc::new(row))))
    }

    /// The roles that members of the account can have: those of the system first, then its own by name.
    async fn roles(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Role>> {
        let (db, viewer) = (ctx.app().store.reader(), ctx.viewer()?);
        let own = queries::custom_roles(db, viewer.account.id).await.map_err(failed)?;
        let system = RoleTable::system_roles(viewer.account.kind).iter().copied().map(AssignedRole::System);
        let wanted: Vec<_> = system.chain(own.iter().map(|row| AssignedRole::Custom(row.id))).collect();
        let mut rows = queries::roles(db, viewer, &wanted).await.map_err(failed)?;
        Ok(wanted.iter().filter_map(|role| rows.remove(role)).map(Role::new).collect())
    }

    /// A role of the account.
    async fn role(&self, ctx: &Context<'_>, id: ID) -> async_graphql::Result<Option<Role>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let role = AssignedRole::of_id(id);
        let foreign = match role {
            AssignedRole::System(role) => !RoleTable::system_roles(ctx.viewer()?.account.kind).contains(&role),
            AssignedRole::Custom(_) => false,
        };
        if foreign {
            return Ok(None);
        }
        Ok(ctx.loaders()?.role(role).await?.map(Role::new))
    }

    /// All permissions there are, by the part of the program that they are about.
    async fn permission_catalogue(&self, ctx: &Context<'_>) -> Vec<PermissionModule> {
        let mut modules: Vec<PermissionModule> = Vec::new();
        for listed in ctx.app().sign_in.roles.catalogue() {
            let permission = ListedPermission {
                code: listed.permission.code(),
                default: listed.grantable == Grantable::Always,
                grantable: listed.grantable != Grantable::No,
            };
            match modules.iter_mut().find(|module| module.name == listed.module) {
                Some(module) => module.permissions.push(permission),
                None => modules.push(PermissionModule { name: listed.module.clone(), permissions: vec![permission] }),
            }
        }
        modules
    }
}
