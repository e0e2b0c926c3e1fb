//! Opening accounts, signing in, refreshing and signing out.

use std::{sync::Arc, time::Duration};

use entities::{
    account, customer, member, refresh_token, reseller, session,
    types::{
        AccountId, AccountKind, AccountStatus, AssignedRole, DistributorId, MemberId, MemberRole, SessionId, Timestamp,
    },
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
    sea_query::Expr,
};

use super::{
    passwords,
    queries::{self, Identity},
    tokens::{self, Keys},
    viewers::Viewers,
};
use crate::{
    access::{RoleTable, Viewer},
    customers, feed,
    feed::AccessChange,
    outcome::{Outcome, Refuse, UserErrorCode},
    permissions,
    store::{Command, Store, Tx},
};

/// Why nobody is signed in. One answer for all causes, so that it does not tell which accounts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Account, member or password.
    #[error("the account, the member or the password is wrong")]
    SignInFailed,
    /// The refresh token.
    #[error("the session has ended: sign in again")]
    SessionEnded,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::SignInFailed
    }
}

/// A session as its client gets it.
pub struct SignedIn {
    /// Short-lived.
    pub access_token: String,
    /// Good for one refresh.
    pub refresh_token: String,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub viewer: Viewer,
}

/// The password of demonstration accounts, known to everybody.
pub const DEMO_PASSWORD: &str = "demo-password";

/// What signing in needs beside the database.
#[derive(Clone)]
pub struct SignInRules {
    /// The keys of tokens.
    pub keys: Keys,
    /// How long a session lasts without a refresh.
    pub session_lifetime: Duration,
    /// Whether the demonstration password is accepted.
    pub demo: bool,
    /// Which role allows what.
    pub roles: Arc<RoleTable>,
}

/// Signs a member in (O-ORG-11).
///
/// # Refusals
/// `SignInFailed`, whatever is wrong; after the same work.
pub async fn sign_in(
    store: &Store,
    rules: &SignInRules,
    account_name: &str,
    member_name: Option<&str>,
    password: String,
) -> Outcome<SignedIn> {
    let identity = queries::identity_by_name(store.reader(), account_name, member_name).await?;
    let refused_outright = password == DEMO_PASSWORD && !rules.demo;
    let stored = identity.as_ref().map(|identity| identity.member.password_hash.clone());
    let matches = passwords::matches(stored, password).await?;
    match identity {
        Some(identity) if matches && !refused_outright => open_session(store, rules, identity).await,
        _ => Err(Refusal::SignInFailed.into()),
    }
}

/// Opens a session for a member without a password: for the operator at the signing key.
pub async fn open_session(store: &Store, rules: &SignInRules, identity: Identity) -> Outcome<SignedIn> {
    let now = store.clock().now();
    let session = SessionId::new(now);
    let (refresh_token, token_hash) = tokens::fresh_refresh_token()?;
    let expires_at = now.plus(rules.session_lifetime);
    store.execute(OpenSession { session, member: identity.member.id, token_hash, expires_at }).await?;
    let (access_token, expires_at) = rules.keys.mint(identity.member.id, session, now)?;
    let viewer = identity.into_viewer(&rules.roles, Some(session), expires_at)?;
    Ok(SignedIn { access_token, refresh_token, expires_at, viewer })
}

struct OpenSession {
    session: SessionId,
    member: MemberId,
    token_hash: Vec<u8>,
    expires_at: Timestamp,
}

impl Command for OpenSession {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let session = session::Model {
            id: self.session,
            member_id: self.member,
            created_at: tx.now(),
            expires_at: self.expires_at,
            revoked_at: None,
        };
        session::Entity::insert(session.into_active_model()).exec_without_returning(tx.db()).await?;
        keep_token_in(tx, self.session, &self.token_hash).await
    }
}

async fn keep_token_in(tx: &Tx, session: SessionId, token_hash: &[u8]) -> Outcome<()> {
    let token = refresh_token::Model {
        token_hash: token_hash.to_vec(),
        session_id: session,
        issued_at: tx.now(),
        used_at: None,
    };
    refresh_token::Entity::insert(token.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Trades a refresh token for new tokens. A token that was used before ends its session: it is in two hands.
///
/// # Refusals
/// `SessionEnded`
pub async fn refresh(store: &Store, rules: &SignInRules, viewers: &Viewers, refresh_token: &str) -> Outcome<SignedIn> {
    let (next_token, next_hash) = tokens::fresh_refresh_token()?;
    let used_hash = tokens::hash_refresh_token(refresh_token);
    let lifetime = rules.session_lifetime;
    let session = match store.execute(Refresh { used_hash, next_hash, lifetime }).await? {
        Refreshed::Good(session) => session,
        Refreshed::Abused(session) => {
            viewers.forget(&AccessChange::SessionEnded(session));
            return Err(Refusal::SessionEnded.into());
        }
        Refreshed::Unknown => return Err(Refusal::SessionEnded.into()),
    };
    let now = store.clock().now();
    let identity = queries::identity_of_session(store.reader(), session, now).await?;
    let identity = identity.ok_or(Refusal::SessionEnded)?;
    let (access_token, expires_at) = rules.keys.mint(identity.member.id, session, now)?;
    let viewer = identity.into_viewer(&rules.roles, Some(session), expires_at)?;
    Ok(SignedIn { access_token, refresh_token: next_token, expires_at, viewer })
}

struct Refresh {
    used_hash: Vec<u8>,
    next_hash: Vec<u8>,
    lifetime: Duration,
}

/// What became of a refresh token. That a session was abused and ended is a result, not a refusal: it must be committed.
enum Refreshed {
    Good(SessionId),
    Abused(SessionId),
    Unknown,
}

impl Command for Refresh {
    type Output = Refreshed;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Refreshed> {
        let token = refresh_token::Entity::find_by_id(self.used_hash.clone()).lock_exclusive().one(tx.db()).await?;
        let Some(token) = token else { return Ok(Refreshed::Unknown) };
        let live = session::Entity::find_by_id(token.session_id)
            .filter(session::Column::RevokedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(tx.now()))
            .one(tx.db())
            .await?;
        let Some(live) = live else { return Ok(Refreshed::Unknown) };
        if token.used_at.is_some() {
            tracing::warn!(session.id = %live.id, "a refresh token was used twice: its session is ended");
            end_session_in(tx, live.id).await?;
            return Ok(Refreshed::Abused(live.id));
        }
        let mut token = token.into_active_model();
        token.used_at = Set(Some(tx.now()));
        token.update(tx.db()).await?;
        let id = live.id;
        let mut live = live.into_active_model();
        live.expires_at = Set(tx.now().plus(self.lifetime));
        live.update(tx.db()).await?;
        keep_token_in(tx, id, &self.next_hash).await?;
        Ok(Refreshed::Good(id))
    }
}

/// Ends a session: its tokens are no longer good, its streams stop.
pub async fn sign_out(store: &Store, viewers: &Viewers, session: SessionId) -> Outcome<()> {
    store.execute(SignOut { session }).await?;
    // Other nodes hear of it in a moment; here it counts at once.
    viewers.forget(&AccessChange::SessionEnded(session));
    Ok(())
}

struct SignOut {
    session: SessionId,
}

impl Command for SignOut {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        end_session_in(tx, self.session).await
    }
}

async fn end_session_in(tx: &mut Tx, session: SessionId) -> Outcome<()> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(Some(tx.now())))
        .filter(session::Column::Id.eq(session))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    feed::append_in(tx, vec![AccessChange::SessionEnded(session).fact()]).await?;
    Ok(())
}

/// Switches the verification function of accounts on or off (R-CORE-28).
pub struct SwitchVerification {
    /// Whose.
    pub accounts: Vec<AccountId>,
    /// On or off.
    pub enabled: bool,
}

impl Command for SwitchVerification {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        for some in self.accounts.chunks(ROWS_PER_INSERT) {
            account::Entity::update_many()
                .col_expr(account::Column::VerificationEnabled, Expr::value(self.enabled))
                .filter(account::Column::Id.is_in(some.iter().copied()))
                .exec(tx.db())
                .await?;
        }
        Ok(())
    }
}

/// Forgets sessions that ended or expired more than `keep` ago, with their refresh tokens.
pub struct ForgetSessions {
    /// How long ended sessions are kept.
    pub keep: Duration,
}

impl Command for ForgetSessions {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let oldest = tx.now().minus(self.keep);
        let gone = session::Entity::delete_many()
            .filter(
                Condition::any().add(session::Column::ExpiresAt.lt(oldest)).add(session::Column::RevokedAt.lt(oldest)),
            )
            .exec(tx.db())
            .await?;
        Ok(gone.rows_affected)
    }
}

/// Opens an account with its members, at its place in the hierarchy. A customer is associated, and so frozen, at once
/// (R-CORE-29).
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// Its id.
    pub id: AccountId,
    /// Its place.
    pub place: Place,
    /// Its login name, in lower case.
    pub account_name: String,
    /// The company's name.
    pub name: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Its mobile number.
    pub mobile_number: Option<String>,
    /// Where it does business.
    pub country_region: Option<String>,
    /// Whether critical operations ask for a code.
    pub verification_enabled: bool,
    /// The members; the first is the holder.
    pub members: Vec<NewMember>,
    /// The hash of their password.
    pub password_hash: String,
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The vendor.
    Platform,
    /// A distributor.
    Distributor,
    /// A provider.
    Provider,
    /// A reseller of a distributor.
    ResellerOf(DistributorId),
    /// A customer of a provider, or of a reseller and its distributor.
    CustomerOf {
        /// The provider or reseller.
        partner: AccountId,
        /// The distributor above a reseller.
        distributor: Option<DistributorId>,
    },
}

impl Place {
    /// The kind of account that stands there.
    pub fn kind(self) -> AccountKind {
        match self {
            Self::Platform => AccountKind::Platform,
            Self::Distributor => AccountKind::Distributor,
            Self::Provider => AccountKind::CloudSolutionProvider,
            Self::ResellerOf(_) => AccountKind::Reseller,
            Self::CustomerOf { .. } => AccountKind::Customer,
        }
    }
}

/// A member of a new account.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its login name.
    pub username: String,
    /// Its roles.
    pub roles: Vec<MemberRole>,
}

/// Opens accounts: all of them, or none. Those above come before those below.
pub struct OpenAccounts(pub Vec<OpenAccount>);

/// Accounts of one INSERT: the widest row has 33 values, which stays below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 500;

impl Command for OpenAccounts {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        for some in self.0.chunks(ROWS_PER_INSERT) {
            let rows: Vec<Opened> = some.iter().map(|account| account.rows(tx)).collect();
            insert_in(tx, rows.iter().map(|row| row.account.clone().into_active_model())).await?;
            insert_in(
                tx,
                rows.iter().flat_map(|row| row.members.iter().cloned().map(IntoActiveModel::into_active_model)),
            )
            .await?;
            let resellers = || rows.iter().filter_map(|row| row.reseller.clone());
            insert_in(tx, resellers().map(IntoActiveModel::into_active_model)).await?;
            insert_in(tx, resellers().map(|row| permissions::commands::nothing_allowed(row.id))).await?;
            let customers = rows.into_iter().filter_map(|row| row.customer);
            insert_in(tx, customers.map(IntoActiveModel::into_active_model)).await?;
        }
        Ok(())
    }
}

async fn insert_in<A>(tx: &Tx, rows: impl Iterator<Item = A>) -> Outcome<()>
where
    A: sea_orm::ActiveModelTrait + Send,
{
    let rows: Vec<A> = rows.collect();
    if !rows.is_empty() {
        <A::Entity as EntityTrait>::insert_many(rows).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// The rows of a new account.
struct Opened {
    account: account::Model,
    members: Vec<member::Model>,
    reseller: Option<reseller::Model>,
    customer: Option<customer::Model>,
}

impl OpenAccount {
    fn rows(&self, tx: &Tx) -> Opened {
        let account = account::Model {
            id: self.id,
            kind: self.place.kind(),
            account_name: self.account_name.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            mobile_number: self.mobile_number.clone(),
            country_region: self.country_region.clone(),
            status: AccountStatus::Active,
            verification_enabled: self.verification_enabled,
            created_at: tx.now(),
        };
        let members = self.members.iter().enumerate().map(|(index, new)| member::Model {
            id: MemberId::new(tx.now()),
            account_id: self.id,
            username: new.username.clone(),
            name: format!("{} {}", self.name, new.username),
            email: self.email.clone(),
            mobile_number: self.mobile_number.clone(),
            roles: member::Roles(new.roles.iter().copied().map(AssignedRole::System).collect()),
            password_hash: self.password_hash.clone(),
            holder: index == 0,
            locked: false,
            created_at: tx.now(),
            office_phone: None,
            must_change_password: false,
            director_id: None,
            created_by: None,
            last_login_at: None,
            deleted_at: None,
        });
        let members = members.collect();
        let reseller = match self.place {
            Place::ResellerOf(distributor) => Some(reseller::Model {
                id: self.id.cast(),
                distributor_id: distributor,
                associated_at: tx.now(),
                account_manager_id: None,
                name_key: self.name.to_lowercase(),
            }),
            _ => None,
        };
        let customer = match self.place {
            Place::CustomerOf { partner, distributor } => {
                Some(customers::commands::association(tx, &account, partner, distributor))
            }
            _ => None,
        };
        Opened { account, members, reseller, customer }
    }
}
