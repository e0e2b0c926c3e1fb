//! Reading members and roles, within the viewer's scope.

use std::{collections::HashMap, sync::Arc};

use entities::{
    member, role,
    types::{AccountId, AssignedRole, MemberId, MemberStatus, RoleId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use crate::{
    access::Viewer,
    customers::begins_with_any_case,
    store::{
        Store, json_list_has,
        keyset::{ListOrder, Listing, Page, Window},
    },
};

/// Oldest first, the one order of members.
pub const OLDEST_FIRST: ListOrder = ListOrder { name: "member-created", by_text: false, descending: false };

/// Which members a list holds.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// Beginning of the username or the name.
    pub search: Option<String>,
    /// Locked or not.
    pub status: Option<MemberStatus>,
    /// Who have this role.
    pub role: Option<AssignedRole>,
}

/// A page of members.
pub type MemberPage = Page<Arc<member::Model>>;

/// Whether a member holds a role.
pub fn holds(role: AssignedRole) -> SimpleExpr {
    json_list_has(Expr::col((member::Entity, member::Column::Roles)), &role)
}

/// Members whose name or username begins with a text, case aside.
pub fn called(text: &str) -> Condition {
    let begins = |column| begins_with_any_case(&Expr::col((member::Entity, column)), text);
    Condition::any().add(begins(member::Column::Username)).add(begins(member::Column::Name))
}

fn in_scope(viewer: &Viewer) -> SelectStatement {
    Query::select().from(member::Entity).cond_where(viewer.members()).take()
}

/// A page of the members in scope.
pub async fn page(
    store: &Store,
    viewer: &Viewer,
    filter: &MemberFilter,
    window: &Window,
    counted: bool,
) -> Result<MemberPage, DbErr> {
    let mut query = in_scope(viewer);
    if let Some(status) = filter.status {
        query.and_where(member::Column::Locked.eq(status == MemberStatus::Locked));
    }
    if let Some(role) = filter.role {
        query.and_where(holds(role));
    }
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        query.cond_where(called(search));
    }
    let listing = Listing {
        query,
        sort: Expr::col((member::Entity, member::Column::CreatedAt)),
        id: Expr::col((member::Entity, member::Column::Id)),
        order: OLDEST_FIRST,
        window,
        counted,
    };
    listing.read_rows::<member::Entity>(store.reader()).await
}

/// A member in scope.
pub async fn by_id(db: &impl ConnectionTrait, viewer: &Viewer, id: MemberId) -> Result<Option<member::Model>, DbErr> {
    member::Entity::find_by_id(id).filter(viewer.members()).one(db).await
}

/// The roles that an account made, by name.
pub async fn custom_roles(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<role::Model>, DbErr> {
    role::Entity::find()
        .filter(role::Column::AccountId.eq(account))
        .order_by_asc(role::Column::NameKey)
        .order_by_asc(role::Column::Id)
        .all(db)
        .await
}

/// Those of an account's own roles that have these ids.
pub async fn roles_by_id(
    db: &impl ConnectionTrait,
    account: AccountId,
    ids: &[RoleId],
) -> Result<HashMap<RoleId, role::Model>, DbErr> {
    let rows = role::Entity::find()
        .filter(role::Column::AccountId.eq(account))
        .filter(role::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A role of the system, or one that the account made.
#[derive(Debug, Clone)]
pub struct RoleRow {
    /// Which.
    pub role: AssignedRole,
    /// The row, where the account made it.
    pub custom: Option<role::Model>,
    /// How many members hold it.
    pub users: u64,
}

/// Roles with how many members of the account hold them; those of other accounts are left out.
pub async fn roles(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    wanted: &[AssignedRole],
) -> Result<HashMap<AssignedRole, Arc<RoleRow>>, DbErr> {
    let custom: Vec<_> = wanted.iter().filter(|role| matches!(role, AssignedRole::Custom(_))).map(|r| r.id()).collect();
    let mut rows = match custom.as_slice() {
        [] => HashMap::new(),
        ids => roles_by_id(db, viewer.account.id, ids).await?,
    };
    let uses = role_uses(db, viewer.account.id, wanted).await?;
    let row = |role: &AssignedRole| {
        let custom = rows.remove(&role.id());
        let there = matches!(role, AssignedRole::System(_)) || custom.is_some();
        let users = uses.get(role).copied().unwrap_or(0);
        there.then(|| (*role, Arc::new(RoleRow { role: *role, custom, users })))
    };
    Ok(wanted.iter().filter_map(row).collect())
}

/// How many members of an account hold each of these roles, in one statement.
pub async fn role_uses(
    db: &impl ConnectionTrait,
    account: AccountId,
    roles: &[AssignedRole],
) -> Result<HashMap<AssignedRole, u64>, DbErr> {
    let mut query = Query::select();
    for role in roles {
        let held: SimpleExpr = CaseStatement::new().case(holds(*role), 1).finally(0).into();
        let sum: SimpleExpr = Func::sum(held).into();
        query.expr(SimpleExpr::from(Func::coalesce([sum, 0.into()])).cast_as("bigint"));
    }
    query.from(member::Entity).and_where(member::Column::AccountId.eq(account));
    query.and_where(member::Column::DeletedAt.is_null());
    let Some(row) = db.query_one(&query).await? else { return Ok(HashMap::new()) };
    let count = |(index, role): (usize, &AssignedRole)| {
        row.try_get_by_index::<i64>(index).map(|count| (*role, count.unsigned_abs()))
    };
    roles.iter().enumerate().map(count).collect()
}
