//! Who directs account managers.

use entities::{
    member,
    types::{MemberId, MemberRole},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{
    commands::{Actor, is},
    rules::Refusal,
};
use crate::{
    outcome::{Error, Outcome, Refusal as Reason},
    store::{Command, Tx},
};

/// A director's managers are without one (R-ORG-12).
pub(super) async fn free_managers_in(tx: &Tx, director: MemberId) -> Outcome<u64> {
    let freed = member::Entity::update_many()
        .col_expr(member::Column::DirectorId, Expr::value(None::<MemberId>))
        .filter(member::Column::DirectorId.eq(director))
        .exec(tx.db())
        .await?;
    Ok(freed.rows_affected)
}

/// Says which director account managers have, or that they have none (O-ORG-04, R-ORG-91): all of them, or none.
///
/// # Refusals, first kind that holds
/// `NotFound` · `NotADirector` · `NotAManager` · `AnothersManager` (by a director)
pub struct AssignDirector {
    /// Who does it.
    pub actor: Actor,
    /// The account managers.
    pub managers: Vec<MemberId>,
    /// The director.
    pub director: Option<MemberId>,
}

impl Command for AssignDirector {
    type Output = Vec<MemberId>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Vec<MemberId>> {
        tx.lock_account_in(self.actor.account()).await?;
        let own = |id| {
            member::Entity::find_by_id(id)
                .filter(member::Column::AccountId.eq(self.actor.account()))
                .filter(member::Column::DeletedAt.is_null())
        };
        if let Some(id) = self.director {
            let not_found = || Reason::not_found("directorId", &id.to_string());
            let director = own(id).one(tx.db()).await?.ok_or_else(not_found)?;
            if !is(&director.roles.0, MemberRole::AccountDirector) {
                return Err(Refusal::NotADirector.into());
            }
        }
        let rows = member::Entity::find()
            .filter(member::Column::Id.is_in(self.managers.iter().copied()))
            .filter(member::Column::AccountId.eq(self.actor.account()))
            .filter(member::Column::DeletedAt.is_null())
            .all(tx.db())
            .await?;
        let mut refusals = Vec::new();
        for (index, id) in self.managers.iter().enumerate() {
            match rows.iter().find(|row| row.id == *id) {
                None => refusals.push(Reason::not_found("memberIds", &id.to_string()).at("memberIds", index)),
                Some(row) => {
                    if let Err(refusal) = self.check(row) {
                        refusals.push(Reason::of(&refusal).at("memberIds", index));
                    }
                }
            }
        }
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        member::Entity::update_many()
            .col_expr(member::Column::DirectorId, Expr::value(self.director))
            .filter(member::Column::Id.is_in(self.managers.iter().copied()))
            .exec(tx.db())
            .await?;
        Ok(self.managers.clone())
    }
}

impl AssignDirector {
    /// A director takes managers that have no director, and gives away its own.
    fn check(&self, manager: &member::Model) -> Result<(), Refusal> {
        if !is(&manager.roles.0, MemberRole::AccountManager) {
            return Err(Refusal::NotAManager);
        }
        let viewer = &self.actor.viewer;
        let free = viewer.sees_all() || manager.director_id.is_none_or(|id| id == viewer.member.id);
        let to_itself = viewer.sees_all() || self.director.is_none_or(|id| id == viewer.member.id);
        if free && to_itself { Ok(()) } else { Err(Refusal::AnothersManager) }
    }
}
