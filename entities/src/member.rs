//! Members: the people and machines that act for an account.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    narrow::narrow,
    types::{AccountId, AssignedRole, MemberId, Timestamp},
};

/// One member.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// Whose member.
    pub account_id: AccountId,
    /// The login name within the account, unique there.
    pub username: String,
    /// Personal data.
    pub name: String,
    /// Where verification codes go. Personal data.
    pub email: Option<String>,
    /// Where verification codes go. Personal data.
    pub mobile_number: Option<String>,
    /// 1 to 3 roles.
    pub roles: Roles,
    /// The password's argon2id hash (PHC string).
    pub password_hash: String,
    /// True for the account holder: who signs in without a member name.
    pub holder: bool,
    /// A locked member cannot sign in, and its sessions end.
    pub locked: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Personal data.
    pub office_phone: Option<String>,
    /// The password is someone else's choice: it must be changed before anything else (R-ORG-35).
    pub must_change_password: bool,
    /// The account director of an account manager (R-ORG-91).
    pub director_id: Option<MemberId>,
    /// Who made it.
    pub created_by: Option<MemberId>,
    /// When it signed in last.
    pub last_login_at: Option<Timestamp>,
    /// A deleted member cannot sign in and is not shown; records keep its name.
    pub deleted_at: Option<Timestamp>,
}

/// A member's roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Roles(pub Vec<AssignedRole>);

/// None declared: joins are written where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

narrow! {
    always {
        id: Id, account_id: AccountId, username: Username, name: Name, email: Email, mobile_number: MobileNumber,
        roles: Roles, password_hash: PasswordHash, holder: Holder, locked: Locked, created_at: CreatedAt,
        office_phone: OfficePhone, must_change_password: MustChangePassword, director_id: DirectorId,
        created_by: CreatedBy, last_login_at: LastLoginAt, deleted_at: DeletedAt,
    }
    asked {}
}
