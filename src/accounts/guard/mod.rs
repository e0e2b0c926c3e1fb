//! The guard at the door: counts what fails by the name that was tried and by the address that it came from, and locks
//! (docs/decisions/0023).
//!
//! A try is counted as failed, and the count committed, before anything is compared; the right password gives it back.
//! Counts are in the database, so nodes count together. A name is counted whether there is such a member or not.

pub mod rules;
mod turns;

use std::{sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use entities::{
    access_record, account, failed_tries, member,
    types::{AccessRecordId, AccessRecordKind, AccountId, MemberId, Timestamp},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr},
};

pub use rules::{GuardRules, Guarded, Refusal};
use turns::{Turn, Turns};

use super::queries::is_called;
use crate::{
    access::ClientAddress,
    access_records::{self, Entry, Subject},
    outcome::{Fault, Outcome},
    secret,
    store::{Command, Store, Tx},
};

/// The guard. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    key: Arc<hmac::Key>,
    rules: GuardRules,
    turns: Turns,
}

/// Tries by one name that are compared at once on a node: more would lock it while they are all right.
const BY_ONE_NAME: usize = 1;
/// The same from one address: an office behind one address has many names.
const FROM_ONE_ADDRESS: usize = 8;

/// The names that somebody signs in by, as they are looked up and counted: without spaces around them, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The account's.
    pub account: String,
    /// The member's; none for the account's holder.
    pub member: Option<String>,
}

impl Names {
    /// As the client wrote them.
    pub fn new(account: &str, member: Option<&str>) -> Self {
        let plain = |name: &str| name.trim().to_lowercase();
        Self { account: plain(account), member: member.map(plain).filter(|name| !name.is_empty()) }
    }
}

impl Guard {
    /// A guard with these bounds; its keys are derived from the program's secret.
    pub fn new(secret: &[u8], rules: GuardRules) -> Self {
        let key = secret::key_for(secret, "partner-center failed tries");
        Self { key, rules, turns: Turns::default() }
    }

    fn key_of(&self, what: &str, parts: &[&str]) -> Vec<u8> {
        secret::hash_of(&self.key, std::iter::once(&what).chain(parts).map(|part| part.as_bytes()))
    }

    fn key_of_names(&self, names: &Names) -> Vec<u8> {
        match &names.member {
            Some(member) => self.key_of("member", &[&names.account, member]),
            None => self.key_of("holder", &[&names.account]),
        }
    }

    fn key_of_address(&self, address: ClientAddress) -> Vec<u8> {
        self.key_of("address", &[&address.network().to_string()])
    }
}

/// Where a request comes from, with the guard that counts what fails from there.
#[derive(Clone)]
pub struct Origin {
    guard: Guard,
    address: ClientAddress,
}

/// Somebody whose turn it is to try names.
pub struct ReadyToTry {
    origin: Origin,
    names: Names,
    name: Turn,
    address: Turn,
}

/// A try that may be made. It stands as a failure, in the counts and in the access records, unless
/// [`Admitted::pass_in`].
#[derive(Debug)]
pub struct Admitted {
    tried: Tried,
    name: Turn,
    address: Turn,
}

/// What was written of a try.
#[derive(Debug)]
struct Tried {
    name: Vec<u8>,
    address: Counted,
    record: AccessRecordId,
    wait: Duration,
}

/// A failure that was counted.
#[derive(Debug, Clone)]
struct Counted {
    key: Vec<u8>,
    tries: u64,
    /// Which count it is part of.
    until: Timestamp,
}

impl Origin {
    /// A place that requests come from.
    pub fn new(guard: &Guard, address: ClientAddress) -> Self {
        Self { guard: guard.clone(), address }
    }

    /// The client's address.
    pub fn address(&self) -> ClientAddress {
        self.address
    }

    /// Waits for the turn to try these names.
    pub async fn take_turn(&self, names: &Names) -> Outcome<ReadyToTry> {
        let turns = &self.guard.turns;
        // Addresses first: whoever has the turn of a name waits for nobody, so nobody can make others wait with it.
        let address = turns.wait(&self.guard.key_of_address(self.address), FROM_ONE_ADDRESS).await?;
        let name = turns.wait(&self.guard.key_of_names(names), BY_ONE_NAME).await?;
        Ok(ReadyToTry { origin: self.clone(), names: names.clone(), name, address })
    }

    /// Whether something from this address is compared at all.
    ///
    /// # Refusals
    /// [`Refusal::Address`]
    pub async fn check_in(&self, tx: &Tx) -> Outcome<()> {
        let locked_until = locked_until_in(tx, &self.guard.key_of_address(self.address)).await?;
        if locked_until > tx.now() {
            return Err(Refusal::Address(locked_until.since(tx.now())).into());
        }
        Ok(())
    }

    /// Counts something secret that was wrong, other than a password: a code, a refresh token. Tells how long the answer
    /// should wait.
    ///
    /// # Refusals
    /// [`Refusal::Address`]
    pub async fn count_in(&self, tx: &Tx) -> Outcome<Duration> {
        let counted = self.guard.count_in(tx, Guarded::Address, self.guard.key_of_address(self.address)).await?;
        Ok(self.guard.rules.wait_after(counted.tries))
    }

    /// The same in a transaction of its own; waits.
    pub async fn count(&self, store: &Store) -> Outcome<()> {
        let wait = store.execute(CountFailure(self.clone())).await?;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

impl ReadyToTry {
    /// The names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Counts the try as failed, with its access record.
    ///
    /// # Refusals, first that holds
    /// [`Refusal::Name`] · [`Refusal::Address`]. What is refused is not counted.
    pub async fn admit(self, store: &Store) -> Outcome<Admitted> {
        let Self { origin, names, name, address } = self;
        let tried = store.execute(CountTry { origin, names }).await?;
        Ok(Admitted { tried, name, address })
    }
}

struct CountTry {
    origin: Origin,
    names: Names,
}

impl Command for CountTry {
    type Output = Tried;

    /// Names are counted before addresses everywhere: one order of locks.
    async fn run_in(&self, tx: &mut Tx) -> Outcome<Tried> {
        let Origin { guard, address } = &self.origin;
        let name = guard.count_in(tx, Guarded::Name, guard.key_of_names(&self.names)).await?.key;
        let counted = guard.count_in(tx, Guarded::Address, guard.key_of_address(*address)).await?;
        let (account, member) = ids_in(tx, &self.names).await?;
        let mut failed = Entry::of(account, AccessRecordKind::SignInFailed).from(*address);
        if let Some(member) = member {
            failed = failed.about(Subject::from(member));
        }
        let record = access_records::append_in(tx, vec![failed]).await?.into_iter().next();
        let record = record.ok_or_else(|| Fault::because("a try was not recorded"))?;
        let wait = guard.rules.wait_after(counted.tries);
        Ok(Tried { name, address: counted, record, wait })
    }
}

/// The ids behind the names, as far as there are any. The same statement for all, so that it takes the same time.
async fn ids_in(tx: &Tx, names: &Names) -> Result<(Option<AccountId>, Option<MemberId>), DbErr> {
    let member = match &names.member {
        Some(name) => is_called(name),
        None => Expr::col((member::Entity, member::Column::Holder)).eq(true),
    };
    let of_account = Expr::col((member::Entity, member::Column::AccountId))
        .equals((account::Entity, account::Column::Id))
        .and(member);
    let query = Query::select()
        .expr(Expr::col((account::Entity, account::Column::Id)))
        .expr(Expr::col((member::Entity, member::Column::Id)))
        .from(account::Entity)
        .left_join(member::Entity, of_account)
        .and_where(Expr::col((account::Entity, account::Column::AccountName)).eq(names.account.as_str()))
        .take();
    match tx.db().query_one(&query).await? {
        Some(row) => Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)),
        None => Ok((None, None)),
    }
}

struct CountFailure(Origin);

impl Command for CountFailure {
    type Output = Duration;
    const BESIDE: bool = true;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Duration> {
        self.0.count_in(tx).await
    }
}

/// A column of the row that is there already.
fn there(column: failed_tries::Column) -> SimpleExpr {
    Expr::col((failed_tries::Entity, column))
}

async fn locked_until_in(tx: &Tx, key: &[u8]) -> Result<Timestamp, DbErr> {
    let row = failed_tries::Entity::find_by_id(key.to_vec()).one(tx.db()).await?;
    Ok(row.map(|row| row.locked_until).unwrap_or_default())
}

impl Guard {
    /// Counts a failure in one statement, unless there is a lock; where the rules say so, sets one. The row stays locked
    /// until the transaction ends, so that of tries at once each is counted by itself.
    async fn count_in(&self, tx: &Tx, guarded: Guarded, key: Vec<u8>) -> Outcome<Counted> {
        use failed_tries::Column;
        let now = tx.now();
        let fresh = now.plus(self.rules.counts_for(guarded));
        let is_over = || match guarded {
            Guarded::Name => there(Column::CountedUntil).lte(now),
            // A lock that has ended ends the count with it.
            Guarded::Address => there(Column::CountedUntil).lte(now).or(there(Column::LockedUntil).gt(0_i64)),
        };
        let counted_until = match guarded {
            Guarded::Name => Expr::val(fresh),
            Guarded::Address => Expr::case(is_over(), fresh).finally(there(Column::CountedUntil)).into(),
        };
        let mut counting = OnConflict::column(Column::Key);
        counting
            .value(Column::Tries, Expr::case(is_over(), 1_i64).finally(there(Column::Tries).add(1_i64)))
            .value(Column::CountedUntil, counted_until)
            .value(Column::LockedUntil, 0_i64)
            .action_and_where(there(Column::LockedUntil).lte(now));
        let insert = Query::insert()
            .into_table(failed_tries::Entity)
            .columns([Column::Key, Column::Tries, Column::CountedUntil, Column::LockedUntil])
            .values_panic([key.clone().into(), 1_i64.into(), fresh.into(), 0_i64.into()])
            .on_conflict(counting)
            .returning(Query::returning().columns([Column::Tries, Column::CountedUntil]))
            .take();
        let Some(row) = tx.db().query_one(&insert).await? else {
            let left = locked_until_in(tx, &key).await?.since(now);
            return Err(Refusal::of(guarded, left).into());
        };
        let tries = row.try_get_by_index::<i64>(0)?.unsigned_abs();
        if let Some(lock) = self.rules.lock_after(guarded, tries) {
            let locked_until = now.plus(lock);
            let mut locking = failed_tries::Entity::update_many()
                .col_expr(Column::LockedUntil, Expr::val(locked_until))
                .filter(Column::Key.eq(key.clone()));
            if guarded == Guarded::Name {
                let counted_until = locked_until.plus(self.rules.counts_for(guarded));
                locking = locking.col_expr(Column::CountedUntil, Expr::val(counted_until));
            }
            locking.exec(tx.db()).await?;
        }
        Ok(Counted { key, tries, until: row.try_get_by_index(1)? })
    }
}

impl Admitted {
    /// The password was wrong: where the address has failed often, the answer waits, and with it the address's next.
    pub async fn fail(self) {
        drop(self.name);
        tokio::time::sleep(self.tried.wait).await;
        drop(self.address);
    }

    /// The password was right: the name's count is forgotten, the address's is given back, and the access record says
    /// that the member signed in. In the transaction that opens the session.
    pub async fn pass_in(&self, tx: &Tx, member: MemberId) -> Outcome<()> {
        use failed_tries::Column;
        failed_tries::Entity::delete_by_id(self.tried.name.clone()).exec(tx.db()).await?;
        // A lock is undone with it: it was set by a count that this try was part of.
        failed_tries::Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).sub(1_i64))
            .col_expr(Column::LockedUntil, Expr::val(0_i64))
            .filter(Column::Key.eq(self.tried.address.key.clone()))
            .filter(Column::CountedUntil.eq(self.tried.address.until))
            .filter(Column::Tries.gt(0_i64))
            .exec(tx.db())
            .await?;
        access_record::Entity::update_many()
            .col_expr(access_record::Column::Kind, Expr::val(AccessRecordKind::SignedIn))
            .col_expr(access_record::Column::ByMember, Expr::val(member))
            .filter(access_record::Column::Id.eq(self.tried.record))
            .exec(tx.db())
            .await?;
        Ok(())
    }
}

/// Forgets counts that are over.
pub async fn forget(store: &Store) -> Outcome<u64> {
    use failed_tries::{Column, Entity};
    store.forget::<Entity>(Column::Key, |now| Column::CountedUntil.lte(now).and(Column::LockedUntil.lte(now))).await
}
