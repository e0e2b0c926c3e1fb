//! Finding accounts: for sign-in, for a session, and by id within a viewer's scope.

use std::collections::HashMap;

use entities::{
    account, customer, member,
    narrow::{Columns, Narrow, Values},
    reseller, role, session,
    types::{AccountId, AssignedRole, DistributorId, MemberId, RoleId, SessionId, Timestamp},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};

use crate::{
    access::{RoleTable, Viewer},
    outcome::Fault,
    store::add_columns,
};

/// A member with its account and the accounts above: all that a viewer is made of.
pub struct Identity {
    /// The account.
    pub account: account::Model,
    /// The member.
    pub member: member::Model,
    distributor: Option<DistributorId>,
    partner: Option<AccountId>,
    custom: HashMap<RoleId, Vec<String>>,
}

impl Identity {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let mut values = Values::of(row);
        Ok(Self {
            account: account::Entity::read(&mut values, Columns::ALL)?,
            member: member::Entity::read(&mut values, Columns::ALL)?,
            distributor: values.take()?,
            partner: values.take()?,
            custom: HashMap::new(),
        })
    }

    /// The viewer that this identity is, for a session that ends at `expires_at`.
    pub fn into_viewer(
        self,
        table: &RoleTable,
        session: Option<SessionId>,
        expires_at: Timestamp,
    ) -> Result<Viewer, Fault> {
        let permissions = table.of_roles(&self.member.roles.0, &self.custom);
        Viewer::new(self.account, self.member, session, expires_at, self.distributor, self.partner, permissions)
            .map_err(|error| Fault(Box::new(error)))
    }
}

fn identities() -> SelectStatement {
    let mut query = Query::select();
    add_columns(&mut query, account::Entity, Columns::<account::Entity>::ALL);
    add_columns(&mut query, member::Entity, Columns::<member::Entity>::ALL);
    query
        .expr(Expr::col((reseller::Entity, reseller::Column::DistributorId)))
        .expr(Expr::col((customer::Entity, customer::Column::PartnerId)))
        .from(member::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id)).equals((member::Entity, member::Column::AccountId)),
        )
        .left_join(
            reseller::Entity,
            Expr::col((reseller::Entity, reseller::Column::Id)).equals((member::Entity, member::Column::AccountId)),
        )
        .left_join(
            customer::Entity,
            Expr::col((customer::Entity, customer::Column::Id)).equals((member::Entity, member::Column::AccountId)),
        )
        .and_where(Expr::col((member::Entity, member::Column::Locked)).eq(false))
        .and_where(Expr::col((member::Entity, member::Column::DeletedAt)).is_null());
    query.take()
}

/// The one whom the query finds, with what the roles allow that its account made: a second statement where it has any.
async fn one(db: &impl ConnectionTrait, query: &SelectStatement) -> Result<Option<Identity>, DbErr> {
    let Some(row) = db.query_one(query).await? else { return Ok(None) };
    let mut identity = Identity::read(&row)?;
    let custom = identity.member.roles.0.iter().filter_map(|assigned| match assigned {
        AssignedRole::Custom(id) => Some(*id),
        AssignedRole::System(_) => None,
    });
    let custom: Vec<RoleId> = custom.collect();
    if !custom.is_empty() {
        let roles = role::Entity::find()
            .filter(role::Column::AccountId.eq(identity.account.id))
            .filter(role::Column::Id.is_in(custom))
            .all(db)
            .await?;
        identity.custom = roles.into_iter().map(|role| (role.id, role.permissions.0)).collect();
    }
    Ok(Some(identity))
}

/// The member behind a session that has neither ended nor expired, in one statement.
pub async fn identity_of_session(
    db: &impl ConnectionTrait,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<Identity>, DbErr> {
    let mut query = identities();
    query
        .inner_join(
            session::Entity,
            Expr::col((session::Entity, session::Column::MemberId)).equals((member::Entity, member::Column::Id)),
        )
        .and_where(Expr::col((session::Entity, session::Column::Id)).eq(session))
        .and_where(Expr::col((session::Entity, session::Column::RevokedAt)).is_null())
        .and_where(Expr::col((session::Entity, session::Column::ExpiresAt)).gt(now));
    one(db, &query).await
}

/// Whether a member signs in by this name, which is in lower case: a username, or an e-mail address that nobody else in
/// the account has (R-ORG-34). Usernames have no @.
pub fn is_called(name: &str) -> SimpleExpr {
    if !name.contains('@') {
        return Expr::col((member::Entity, member::Column::Username)).eq(name);
    }
    const OTHER: &str = "other";
    let column = |column| Expr::col((Alias::new(OTHER), column));
    let others = Query::select()
        .expr(Expr::val(1))
        .from_as(member::Entity, Alias::new(OTHER))
        .and_where(column(member::Column::AccountId).equals((member::Entity, member::Column::AccountId)))
        .and_where(column(member::Column::Id).not_equals((member::Entity, member::Column::Id)))
        .and_where(column(member::Column::DeletedAt).is_null())
        .and_where(Expr::expr(Func::lower(column(member::Column::Email))).eq(name))
        .take();
    let email = Func::lower(Expr::col((member::Entity, member::Column::Email)));
    Expr::expr(email).eq(name).and(Expr::exists(others).not())
}

/// The member with these login names; the account's holder without a member name. Names are compared in lower case.
pub async fn identity_by_name(
    db: &impl ConnectionTrait,
    account_name: &str,
    member_name: Option<&str>,
) -> Result<Option<Identity>, DbErr> {
    let mut query = identities();
    query.and_where(Expr::col((account::Entity, account::Column::AccountName)).eq(account_name.trim().to_lowercase()));
    match member_name.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => query.and_where(is_called(&name.to_lowercase())),
        None => query.and_where(Expr::col((member::Entity, member::Column::Holder)).eq(true)),
    };
    one(db, &query).await
}

/// A member by its id, for what runs on its behalf while it is away: whoever is locked or deleted is not found.
pub async fn identity_of_member(
    db: &impl ConnectionTrait,
    account: AccountId,
    member: MemberId,
) -> Result<Option<Identity>, DbErr> {
    let mut query = identities();
    query
        .and_where(Expr::col((member::Entity, member::Column::Id)).eq(member))
        .and_where(Expr::col((member::Entity, member::Column::AccountId)).eq(account));
    one(db, &query).await
}

/// Accounts by id, whoever they are. Callers show them only as far as [`Viewer::may_see_partner`] and the scopes of
/// resellers and customers allow.
pub async fn accounts_by_id(
    db: &impl ConnectionTrait,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, account::Model>, DbErr> {
    let rows = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Members of the viewer's own account, by id: other accounts' members are their own affair.
pub async fn members_by_id(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[MemberId],
) -> Result<HashMap<MemberId, member::Model>, DbErr> {
    let rows = member::Entity::find()
        .filter(member::Column::Id.is_in(ids.iter().copied()))
        .filter(member::Column::AccountId.eq(viewer.account.id))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
