//! Taking a key, keeping it, answering it, giving it back. None of this belongs to the request itself.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::digest::{Context, SHA256};
use entities::{
    customer,
    idempotency_key::{Column, Entity, Model},
    reseller, session,
    types::{CustomerId, Id, IdempotencyState, ResellerId, Timestamp},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{
    Key, RequestHash, Sealer,
    rules::{Decision, KEPT_FOR, Known, LEASE, MAX_ANSWER, Refusal, decide},
    seal::Whose,
};
use crate::{
    access::Viewer,
    outcome::{Fault, Outcome},
    store::{Attempt, Command, Store, Tx},
};

/// A request with a key.
#[derive(Clone)]
pub struct Request {
    /// Who asks.
    pub viewer: Arc<Viewer>,
    /// The key.
    pub key: Key,
    /// What is asked.
    pub hash: RequestHash,
    /// Hashes and seals.
    pub sealer: Sealer,
}

/// What became of taking a key.
#[derive(Debug)]
pub enum Taken {
    /// The request is to be run, as this attempt.
    Run(Running),
    /// It was run; its answer, in JSON.
    Answered(Vec<u8>),
    /// Neither.
    Refused(Refusal),
}

/// An attempt that has the key.
#[derive(Debug, Clone)]
pub struct Running {
    /// The attempt.
    pub attempt: Arc<Attempt>,
    acting_for: Option<entities::types::CustomerId>,
}

/// Takes the key of a request, or finds what became of it. Of those that come at once, on whichever node, one gets it.
pub struct Take {
    /// The request.
    pub request: Request,
    /// Keys that are kept for its account; 0 for no bound.
    pub most: u64,
}

impl Command for Take {
    type Output = Taken;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Taken> {
        let Request { viewer, key, hash, sealer } = &self.request;
        let acting_for = match viewer.session {
            None => None,
            Some(session) => session::Entity::find_by_id(session).one(tx.db()).await?.and_then(|row| row.acting_for),
        };
        let whose = Whose { account: viewer.account.id, acting_for, key };
        let row = Model {
            account_id: viewer.account.id,
            key_hash: sealer.hash(&whose),
            request_hash: hash.to_vec(),
            attempt: Uuid::new_v4(),
            state: IdempotencyState::Running,
            leased_until: tx.now().plus(LEASE),
            answer: None,
            expires_at: tx.now().plus(KEPT_FOR),
        };
        let attempt = Attempt { account: row.account_id, key_hash: row.key_hash.clone(), id: row.attempt };
        let running = Running { attempt: Arc::new(attempt), acting_for };
        let Some(found) = insert_or_find_in(tx, &row).await? else {
            let Some(wait) = self.full_in(tx).await? else { return Ok(Taken::Run(running)) };
            Entity::delete_by_id((row.account_id, row.key_hash)).exec(tx.db()).await?;
            return Ok(Taken::Refused(Refusal::TooMany(wait)));
        };
        let known = Known {
            state: found.state,
            same_request: found.request_hash == row.request_hash,
            leased_until: found.leased_until,
            has_answer: found.answer.is_some(),
        };
        Ok(match decide(known, tx.now()) {
            Err(refusal) => Taken::Refused(refusal),
            Ok(Decision::Replay) => {
                let bound = bound_to_in(tx, viewer, hash).await?;
                let opened = found.answer.and_then(|answer| sealer.open(&whose, &bound, &answer));
                opened.map_or(Taken::Refused(Refusal::AnswerLost), Taken::Answered)
            }
            Ok(Decision::TakeOver) => {
                let update = Entity::update_many()
                    .col_expr(Column::Attempt, Expr::value(row.attempt))
                    .col_expr(Column::LeasedUntil, Expr::value(row.leased_until));
                of(update, &running.attempt, found.attempt).exec(tx.db()).await?;
                Taken::Run(running)
            }
        })
    }
}

impl Take {
    /// Where the account has more keys than are kept, how long it is until the first is forgotten. The index holds an
    /// account's keys by their end: what is read grows with the keys that there are, up to the bound, and touches no row.
    async fn full_in(&self, tx: &Tx) -> Outcome<Option<Duration>> {
        if self.most == 0 {
            return Ok(None);
        }
        let first_of_most: Option<Timestamp> = Entity::find()
            .select_only()
            .column(Column::ExpiresAt)
            .filter(Column::AccountId.eq(self.request.viewer.account.id))
            .filter(Column::ExpiresAt.gt(tx.now()))
            .order_by_desc(Column::ExpiresAt)
            .offset(self.most)
            .limit(1)
            .into_tuple()
            .one(tx.db())
            .await?;
        Ok(first_of_most.map(|until| until.since(tx.now())))
    }
}

/// What an answer is sealed to: its request, and what its member's scope is made of now. A member that sees some customers
/// and resellers only is given no answer from before another one was assigned to it or taken from it.
async fn bound_to_in(tx: &Tx, viewer: &Viewer, request: &RequestHash) -> Outcome<Vec<u8>> {
    let mut scope = Context::new(&SHA256);
    let (permissions, rows, tenant) = (viewer.permissions(), viewer.rows(), viewer.tenant());
    scope.update(format!("{permissions:?} {rows:?} {tenant:?}").as_bytes());
    if !viewer.sees_all() {
        let customers = customer::Entity::find().select_only().column(customer::Column::Id).filter(viewer.customers());
        let customers = customers.order_by_asc(customer::Column::Id).into_tuple::<CustomerId>().all(tx.db()).await?;
        let resellers = reseller::Entity::find().select_only().column(reseller::Column::Id).filter(viewer.resellers());
        let resellers = resellers.order_by_asc(reseller::Column::Id).into_tuple::<ResellerId>().all(tx.db()).await?;
        let ids = customers.into_iter().map(Id::uuid).chain(resellers.into_iter().map(Id::uuid));
        ids.for_each(|id| scope.update(id.as_bytes()));
    }
    Ok([request.as_slice(), scope.finish().as_ref()].concat())
}

/// How often a key is looked for that is given back just then.
const LOOKS: u32 = 5;

/// Inserts the row of a key; or locks the one that is there.
async fn insert_or_find_in(tx: &Tx, row: &Model) -> Outcome<Option<Model>> {
    for _ in 0..LOOKS {
        if insert_in(tx, row.clone()).await? {
            return Ok(None);
        }
        let there = Entity::find_by_id((row.account_id, row.key_hash.clone())).lock_exclusive();
        if let Some(found) = there.one(tx.db()).await? {
            return Ok(Some(found));
        }
    }
    Err(Fault::because("a key was given back again and again while it was looked at").into())
}

/// Inserts the row of a key, over one that is forgotten. Waits for whoever inserts the same at once.
async fn insert_in(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    let columns =
        [Column::RequestHash, Column::Attempt, Column::State, Column::LeasedUntil, Column::Answer, Column::ExpiresAt];
    let mut over_old = OnConflict::columns([Column::AccountId, Column::KeyHash]);
    over_old.update_columns(columns).action_and_where(Expr::col((Entity, Column::ExpiresAt)).lte(tx.now()));
    let insert = Entity::insert(row.into_active_model()).on_conflict(over_old);
    Ok(insert.exec_without_returning(tx.db()).await? == 1)
}

/// Only the row of this attempt's key, and only while `id` has it.
fn of(update: sea_orm::UpdateMany<Entity>, attempt: &Attempt, id: Uuid) -> sea_orm::UpdateMany<Entity> {
    update
        .filter(Column::AccountId.eq(attempt.account))
        .filter(Column::KeyHash.eq(attempt.key_hash.clone()))
        .filter(Column::Attempt.eq(id))
}

/// Tells that an attempt goes on.
pub struct Renew(pub Arc<Attempt>);

impl Command for Renew {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let until = tx.now().plus(LEASE);
        let update = Entity::update_many().col_expr(Column::LeasedUntil, Expr::value(until));
        of(update, &self.0, self.0.id).exec(tx.db()).await?;
        Ok(())
    }
}

/// Keeps the answer of an attempt; one that is too large is not kept, and only that there was one is known.
pub struct Answer {
    /// The attempt.
    pub running: Running,
    /// Its request.
    pub request: Request,
    /// The answer in JSON.
    pub answer: Vec<u8>,
}

impl Command for Answer {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let Self { running, request, answer } = self;
        let whose = Whose { account: running.attempt.account, acting_for: running.acting_for, key: &request.key };
        let sealed = if answer.len() <= MAX_ANSWER {
            let bound = bound_to_in(tx, &request.viewer, &request.hash).await?;
            Some(request.sealer.seal(&whose, &bound, answer)?)
        } else {
            None
        };
        let update = Entity::update_many()
            .col_expr(Column::State, Expr::value(IdempotencyState::Answered))
            .col_expr(Column::Answer, Expr::value(sealed));
        of(update, &running.attempt, running.attempt.id).exec(tx.db()).await?;
        Ok(())
    }
}

/// Gives the key of an attempt back that failed and had changed nothing. Tells whether that was so.
pub struct GiveBack(pub Arc<Attempt>);

impl Command for GiveBack {
    type Output = bool;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<bool> {
        let gone = Entity::delete_many()
            .filter(Column::AccountId.eq(self.0.account))
            .filter(Column::KeyHash.eq(self.0.key_hash.clone()))
            .filter(Column::Attempt.eq(self.0.id))
            .filter(Column::State.eq(IdempotencyState::Running))
            .exec(tx.db())
            .await?;
        Ok(gone.rows_affected == 1)
    }
}

/// Ends the attempts of a former life, where a database is for one node.
pub struct EndAll;

impl Command for EndAll {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let ended = Entity::update_many()
            .col_expr(Column::LeasedUntil, Expr::value(Timestamp::default()))
            .filter(Column::State.ne(IdempotencyState::Answered))
            .exec(tx.db())
            .await?;
        Ok(ended.rows_affected)
    }
}

/// Forgets keys whose time is over, with their answers.
pub async fn forget(store: &Store) -> Outcome<u64> {
    store.forget::<Entity>(Column::KeyHash, |now| Column::ExpiresAt.lte(now)).await
}
