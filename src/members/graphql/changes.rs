//! Changing members.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::types::{AssignedRole, CriticalOperation, MemberId};

use super::super::{
    commands::{Actor, AssignRoles, CreateMember, DeleteMember, Particulars, ResetPassword, SetLocked, UpdateMember},
    directors::AssignDirector,
    rules,
};
use crate::{
    accounts::{graphql::Member, passwords},
    feed::AccessChange,
    graphql::{
        context::Asking,
        errors::{UserError, settle},
    },
    outcome::{Error, Fault, Outcome, Refusal},
    verification::commands::Checked,
};

/// A new member.
#[derive(InputObject)]
struct CreateMemberInput {
    /// The login name: 1 to 64 letters, digits, `-`, `_` and `.`, a letter first. It never changes, and is never given
    /// again.
    username: String,
    /// The name.
    name: String,
    /// The e-mail address; no other member of the account has it, since members sign in with it, too.
    email: String,
    /// The mobile number.
    mobile_number: String,
    /// The office phone.
    office_phone: Option<String>,
    /// 1 to 3 roles, by id.
    roles: Vec<ID>,
    /// What it signs in with the first time; it must be changed then.
    #[graphql(secret)]
    initial_password: String,
    /// A code for CREATE_MEMBER, where the account has the verification function on.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// New particulars of a member.
#[derive(InputObject)]
struct UpdateMemberInput {
    /// Whose.
    member_id: ID,
    /// The name.
    name: String,
    /// The e-mail address.
    email: String,
    /// The mobile number.
    mobile_number: String,
    /// The office phone; removed where it is null or left out.
    office_phone: Option<String>,
}

/// One member.
#[derive(InputObject)]
struct MemberInput {
    /// Which.
    member_id: ID,
}

/// One member, and a code.
#[derive(InputObject)]
struct DeleteMemberInput {
    /// Which.
    member_id: ID,
    /// A code for DELETE_MEMBER, where the account has the verification function on.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// A member's new password.
#[derive(InputObject)]
struct ResetMemberPasswordInput {
    /// Whose.
    member_id: ID,
    /// What it signs in with the next time; it must be changed then.
    #[graphql(secret)]
    password: String,
    /// A code for RESET_MEMBER_PASSWORD, where the account has the verification function on.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// A member's new roles.
#[derive(InputObject)]
struct AssignMemberRolesInput {
    /// Whose.
    member_id: ID,
    /// 1 to 3 roles, by id; they replace those it has.
    roles: Vec<ID>,
    /// A code for ASSIGN_MEMBER_ROLES, where the account has the verification function on.
    #[graphql(secret)]
    verification_code: Option<String>,
}

/// Who directs account managers.
#[derive(InputObject)]
struct AssignAccountDirectorInput {
    /// The account managers, 1 to 100.
    member_ids: Vec<ID>,
    /// The director; null for none.
    director_id: MaybeUndefined<ID>,
}

/// A member that was changed, or why not.
#[derive(SimpleObject, Default)]
struct MemberPayload {
    /// The member.
    member: Option<Member>,
    /// Not errors: what the change brings with it.
    warnings: Vec<String>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// A member that was deleted, or why not.
#[derive(SimpleObject, Default)]
struct DeleteMemberPayload {
    /// Its id.
    deleted_id: Option<ID>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// Account managers with their director, or why not.
#[derive(SimpleObject, Default)]
struct AssignAccountDirectorPayload {
    /// The account managers, in the order given.
    members: Option<Vec<Member>>,
    /// What to mend; then nothing was changed.
    user_errors: Vec<UserError>,
}

/// Most members of one change.
const MAX_BATCH: usize = 100;

/// Who acts, for a command.
pub fn actor(ctx: &Context<'_>) -> Result<Actor, Fault> {
    let viewer = ctx.acting()?;
    Ok(Actor { viewer: viewer.clone(), roles: ctx.app().sign_in.roles.clone(), address: ctx.origin().address() })
}

fn member_id(id: &ID, field: &str) -> Result<MemberId, Error> {
    id.parse().map_err(|_| Refusal::not_found(field, id).into())
}

fn roles(ids: &[ID]) -> Result<Vec<AssignedRole>, Error> {
    let role = |id: &ID| id.parse().map(AssignedRole::of_id).map_err(|_| Refusal::not_found("roles", id).into());
    ids.iter().map(role).collect()
}

fn particulars(name: &str, email: &str, mobile: &str, office: Option<&str>) -> Result<Particulars, Error> {
    Ok(Particulars {
        name: rules::check_text("name", name, rules::MAX_TEXT)?,
        email: rules::check_email(email)?,
        mobile_number: rules::check_phone("mobileNumber", mobile)?,
        office_phone: office
            .filter(|office| !office.trim().is_empty())
            .map(|office| rules::check_phone("officePhone", office))
            .transpose()?,
    })
}

async fn code(ctx: &Context<'_>, operation: CriticalOperation, code: Option<String>) -> Outcome<Checked> {
    let app = ctx.app();
    app.codes.check(&app.store, &actor(ctx)?.viewer, operation, code, &ctx.origin()).await
}

async fn create(ctx: &Context<'_>, input: CreateMemberInput) -> Outcome<MemberId> {
    let username = rules::check_username(&input.username)?;
    let particulars = particulars(&input.name, &input.email, &input.mobile_number, input.office_phone.as_deref())?;
    rules::check_password(&input.initial_password)?;
    let command = CreateMember {
        actor: actor(ctx)?,
        username,
        particulars,
        roles: roles(&input.roles)?,
        password_hash: passwords::hash_new(input.initial_password).await?,
        code: code(ctx, CriticalOperation::CreateMember, input.verification_code).await?,
    };
    ctx.app().store.execute(command).await
}

async fn update(ctx: &Context<'_>, input: UpdateMemberInput) -> Outcome<MemberId> {
    let office = input.office_phone.as_deref();
    let command = UpdateMember {
        actor: actor(ctx)?,
        member: member_id(&input.member_id, "memberId")?,
        particulars: particulars(&input.name, &input.email, &input.mobile_number, office)?,
    };
    ctx.app().store.execute(command).await
}

async fn set_locked(ctx: &Context<'_>, input: MemberInput, locked: bool) -> Outcome<MemberId> {
    let member = member_id(&input.member_id, "memberId")?;
    ctx.app().store.execute(SetLocked { actor: actor(ctx)?, member, locked }).await
}

async fn reset(ctx: &Context<'_>, input: ResetMemberPasswordInput) -> Outcome<MemberId> {
    rules::check_password(&input.password)?;
    let command = ResetPassword {
        actor: actor(ctx)?,
        member: member_id(&input.member_id, "memberId")?,
        password_hash: passwords::hash_new(input.password).await?,
        code: code(ctx, CriticalOperation::ResetMemberPassword, input.verification_code).await?,
    };
    ctx.app().store.execute(command).await
}

async fn delete(ctx: &Context<'_>, input: DeleteMemberInput) -> Outcome<MemberId> {
    let member = member_id(&input.member_id, "memberId")?;
    let code = code(ctx, CriticalOperation::DeleteMember, input.verification_code).await?;
    ctx.app().store.execute(DeleteMember { actor: actor(ctx)?, member, code }).await
}

async fn assign(ctx: &Context<'_>, input: AssignMemberRolesInput) -> Outcome<super::super::commands::RolesAssigned> {
    let command = AssignRoles {
        actor: actor(ctx)?,
        member: member_id(&input.member_id, "memberId")?,
        roles: roles(&input.roles)?,
        code: code(ctx, CriticalOperation::AssignMemberRoles, input.verification_code).await?,
    };
    ctx.app().store.execute(command).await
}

async fn direct(ctx: &Context<'_>, input: AssignAccountDirectorInput) -> Outcome<Vec<MemberId>> {
    if !(1..=MAX_BATCH).contains(&input.member_ids.len()) {
        return Err(Refusal::invalid("memberIds", format!("1 to {MAX_BATCH} account managers can be given")).into());
    }
    let managers = input.member_ids.iter().map(|id| member_id(id, "memberIds")).collect::<Result<_, _>>()?;
    let director = input.director_id.take().map(|id| member_id(&id, "directorId")).transpose()?;
    ctx.app().store.execute(AssignDirector { actor: actor(ctx)?, managers, director }).await
}

/// Other nodes hear of a change in a moment; here it counts at once.
fn forget(ctx: &Context<'_>, id: MemberId) {
    ctx.app().viewers.forget(&AccessChange::MemberChanged(id));
}

async fn answer(ctx: &Context<'_>, outcome: Outcome<MemberId>) -> async_graphql::Result<MemberPayload> {
    Ok(match settle(outcome)? {
        Ok(id) => {
            forget(ctx, id);
            MemberPayload { member: Member::by_id(ctx, Some(id)).await?, ..Default::default() }
        }
        Err(user_errors) => MemberPayload { user_errors, ..Default::default() },
    })
}

/// What can be changed of members.
#[derive(Default)]
pub struct MembersMutation;

#[Object]
impl MembersMutation {
    /// Creates a member of the account (O-ORG-01).
    async fn create_member(&self, ctx: &Context<'_>, input: CreateMemberInput) -> async_graphql::Result<MemberPayload> {
        let outcome = create(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Changes what a member is called and reached by (O-ORG-02).
    async fn update_member(&self, ctx: &Context<'_>, input: UpdateMemberInput) -> async_graphql::Result<MemberPayload> {
        let outcome = update(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Locks a member: it cannot sign in, and its sessions and streams end at once.
    async fn lock_member(&self, ctx: &Context<'_>, input: MemberInput) -> async_graphql::Result<MemberPayload> {
        let outcome = set_locked(ctx, input, true).await;
        answer(ctx, outcome).await
    }

    /// Lets a locked member sign in again.
    async fn unlock_member(&self, ctx: &Context<'_>, input: MemberInput) -> async_graphql::Result<MemberPayload> {
        let outcome = set_locked(ctx, input, false).await;
        answer(ctx, outcome).await
    }

    /// Gives a member a password that it must change (O-ORG-05); its sessions end.
    async fn reset_member_password(
        &self,
        ctx: &Context<'_>,
        input: ResetMemberPasswordInput,
    ) -> async_graphql::Result<MemberPayload> {
        let outcome = reset(ctx, input).await;
        answer(ctx, outcome).await
    }

    /// Deletes a member (O-ORG-06). Its customers and resellers are unassigned; records keep its name.
    async fn delete_member(
        &self,
        ctx: &Context<'_>,
        input: DeleteMemberInput,
    ) -> async_graphql::Result<DeleteMemberPayload> {
        Ok(match settle(delete(ctx, input).await)? {
            Ok(id) => {
                forget(ctx, id);
                DeleteMemberPayload { deleted_id: Some(id.into()), ..Default::default() }
            }
            Err(user_errors) => DeleteMemberPayload { user_errors, ..Default::default() },
        })
    }

    /// Gives a member other roles (O-ORG-03).
    async fn assign_member_roles(
        &self,
        ctx: &Context<'_>,
        input: AssignMemberRolesInput,
    ) -> async_graphql::Result<MemberPayload> {
        Ok(match settle(assign(ctx, input).await)? {
            Ok(assigned) => {
                forget(ctx, assigned.member);
                let member = Member::by_id(ctx, Some(assigned.member)).await?;
                MemberPayload { member, warnings: assigned.warnings, user_errors: Vec::new() }
            }
            Err(user_errors) => MemberPayload { user_errors, ..Default::default() },
        })
    }

    /// Says which director account managers have (O-ORG-04): all of them, or none.
    async fn assign_account_director(
        &self,
        ctx: &Context<'_>,
        input: AssignAccountDirectorInput,
    ) -> async_graphql::Result<AssignAccountDirectorPayload> {
        Ok(match settle(direct(ctx, input).await)? {
            Ok(ids) => {
                let loaders = ctx.loaders()?;
                let rows = futures_util::future::try_join_all(ids.iter().map(|id| loaders.member(*id))).await?;
                let members = rows.into_iter().flatten().map(Member::new).collect();
                AssignAccountDirectorPayload { members: Some(members), user_errors: Vec::new() }
            }
            Err(user_errors) => AssignAccountDirectorPayload { user_errors, ..Default::default() },
        })
    }
}
