//! What a member and a role show.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entities::{
    member,
    types::{AssignedRole, MemberStatus, RoleType, Timestamp},
};

use super::super::queries::RoleRow;
use crate::{
    access::{Permission, Permissions, Viewer, mask},
    accounts::graphql::Member,
    graphql::context::{Asking, Revealed},
};

/// What an administrator keeps of a member.
pub struct MemberDetails(Arc<member::Model>);

impl MemberDetails {
    /// None where the viewer sees neither itself nor, with the permission, a member in its scope.
    pub fn of(viewer: &Viewer, member: &Arc<member::Model>) -> Option<Self> {
        viewer.may_see_member(member).then(|| Self(member.clone()))
    }

    fn show(
        &self,
        ctx: &Context<'_>,
        value: Option<&str>,
        mask: fn(&str) -> String,
        reveal: Option<bool>,
        field: &'static str,
    ) -> Option<String> {
        let reveal = Revealed::asked(reveal, self.0.id, field);
        value.map(|value| ctx.personal(value, mask, reveal))
    }
}

/// What an administrator keeps of a member.
#[Object]
impl MemberDetails {
    /// The login name within the account; never changes (R-ORG-06).
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// The e-mail address; masked unless revealed, which leaves an access record.
    async fn email(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        self.show(ctx, self.0.email.as_deref(), mask::email, reveal, "email")
    }

    /// The mobile number; masked unless revealed, which leaves an access record.
    async fn mobile_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        self.show(ctx, self.0.mobile_number.as_deref(), mask::mobile_number, reveal, "mobileNumber")
    }

    /// The office phone; masked unless revealed, which leaves an access record.
    async fn office_phone(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)")] reveal: Option<bool>,
    ) -> Option<String> {
        self.show(ctx, self.0.office_phone.as_deref(), mask::mobile_number, reveal, "officePhone")
    }

    /// Whether it may sign in.
    async fn status(&self) -> MemberStatus {
        if self.0.locked { MemberStatus::Locked } else { MemberStatus::Normal }
    }

    /// Its roles, 1 to 3 of them.
    async fn roles(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Role>> {
        let loaders = ctx.loaders()?;
        let loading = self.0.roles.0.iter().map(|role| loaders.role(*role));
        let roles = futures_util::future::try_join_all(loading).await?;
        Ok(roles.into_iter().flatten().map(Role::new).collect())
    }

    /// What its roles allow together (R-ORG-03).
    async fn permissions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<&'static str>> {
        let loaders = ctx.loaders()?;
        let loading = self.0.roles.0.iter().map(|role| loaders.role(*role));
        let roles = futures_util::future::try_join_all(loading).await?;
        let table = &ctx.app().sign_in.roles;
        let all = roles.into_iter().flatten().map(|row| Role::new(row).allows(table));
        let all = all.fold(Permissions::default(), Permissions::and);
        Ok(all.iter().map(Permission::code).collect())
    }

    /// The account director of an account manager (R-ORG-91).
    async fn director(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        Member::by_id(ctx, self.0.director_id).await
    }

    /// Whether the password must be changed before anything else (R-ORG-35).
    async fn must_change_password(&self) -> bool {
        self.0.must_change_password
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at.to_datetime()
    }

    /// When it signed in last.
    async fn last_login_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_login_at.map(Timestamp::to_datetime)
    }
}

/// A named set of permissions.
pub struct Role(Arc<RoleRow>);

impl Role {
    /// From its row.
    pub fn new(row: Arc<RoleRow>) -> Self {
        Self(row)
    }

    fn allows(&self, table: &crate::access::RoleTable) -> Permissions {
        match (&self.0.custom, self.0.role) {
            (Some(row), _) => table.of_custom(&row.permissions.0),
            (None, AssignedRole::System(role)) => table.of_system(role),
            (None, AssignedRole::Custom(_)) => Permissions::default(),
        }
    }
}

/// A named set of permissions.
#[Object]
impl Role {
    /// The global id.
    async fn id(&self) -> ID {
        self.0.role.id().into()
    }

    /// Whose it is.
    async fn r#type(&self) -> RoleType {
        if self.0.custom.is_some() { RoleType::Custom } else { RoleType::SystemDefined }
    }

    /// Its name; of the roles of the system the word that `Member.roles` has.
    async fn name(&self) -> &str {
        match &self.0.custom {
            Some(row) => &row.name,
            None => self.0.role.word().word(),
        }
    }

    /// What it is for.
    async fn description(&self) -> &str {
        self.0.custom.as_ref().map_or("", |row| &row.description)
    }

    /// Codes of what it allows.
    async fn permissions(&self, ctx: &Context<'_>) -> Vec<&'static str> {
        self.allows(&ctx.app().sign_in.roles).iter().map(Permission::code).collect()
    }

    /// How many members of the account have it.
    async fn user_count(&self) -> i32 {
        i32::try_from(self.0.users).unwrap_or(i32::MAX)
    }
}
