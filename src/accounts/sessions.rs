//! Sessions: signing in, refreshing and signing out.

use std::{sync::Arc, time::Duration};

use entities::{
    member, refresh_token, session,
    types::{AccessRecordKind, SessionId, Timestamp},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait},
};

use super::{
    commands::DEMO_PASSWORD,
    guard::{Admitted, Names, Origin, ReadyToTry},
    passwords,
    queries::{self, Identity},
    tokens::{self, Keys},
    viewers::Viewers,
};
use crate::{
    access::{RoleTable, Viewer},
    access_records::{self, Entry},
    feed,
    feed::AccessChange,
    members,
    outcome::{Outcome, Refuse, UserErrorCode},
    store::{Command, Store, Tx, uncut},
    trail::Author,
};

/// Sessions that a member may have at once: many more than devices, and a bound for whoever signs in without end.
pub const MAX_SESSIONS: u64 = 100;
/// Used refresh tokens of a session that are known still. One of them that comes again ends the session; one from before
/// them is not known, like any other text.
pub const KNOWN_AGAIN: u64 = 100;
/// Sessions and tokens beyond those that one transaction lets go.
const AT_ONCE: u64 = 100;

/// Why nobody is signed in. One answer for all causes, so that it does not tell which accounts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Account, member or password.
    #[error("the account, the member or the password is wrong")]
    SignInFailed,
    /// The refresh token.
    #[error("the session has ended: sign in again")]
    SessionEnded,
    /// The right password, but not the member's own choice (R-ORG-35).
    #[error("change the password with changeInitialPassword first")]
    PasswordChangeRequired,
    /// The right password, which the member chose itself.
    #[error("the password is not an initial one: sign in with it")]
    NotInitial,
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::SignInFailed | Self::SessionEnded => UserErrorCode::SignInFailed,
            Self::PasswordChangeRequired => UserErrorCode::PasswordChangeRequired,
            Self::NotInitial => UserErrorCode::Conflict,
        }
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

/// Signs a member in by the names of the account and the member, or by the member's e-mail address (O-ORG-11, R-ORG-34).
///
/// # Refusals, first that holds
/// those of [`ReadyToTry::admit`], before anything is compared · `SignInFailed`, whatever is wrong; after the same work ·
/// `PasswordChangeRequired`
pub async fn sign_in(
    store: &Store,
    rules: &SignInRules,
    origin: &Origin,
    names: &Names,
    password: String,
) -> Outcome<SignedIn> {
    let turn = origin.take_turn(names).await?;
    // What is counted comes to its end though the caller goes away: a right password must not stand as a failure.
    uncut(try_to_sign_in(store.clone(), rules.clone(), turn, password, None)).await
}

/// Signs a member in who has not chosen its password yet, with one that it chooses now (O-ORG-12, R-ORG-35).
///
/// # Refusals, first that holds
/// `WeakPassword`, `SamePassword` · those of [`sign_in`] · `NotInitial`
pub async fn change_initial_password(
    store: &Store,
    rules: &SignInRules,
    origin: &Origin,
    names: &Names,
    password: String,
    new_password: String,
) -> Outcome<SignedIn> {
    members::rules::check_password(&new_password)?;
    if password == new_password {
        return Err(members::rules::Refusal::SamePassword.into());
    }
    let turn = origin.take_turn(names).await?;
    uncut(try_to_sign_in(store.clone(), rules.clone(), turn, password, Some(new_password))).await
}

async fn try_to_sign_in(
    store: Store,
    rules: SignInRules,
    turn: ReadyToTry,
    password: String,
    new_password: Option<String>,
) -> Outcome<SignedIn> {
    let names = turn.names().clone();
    let admitted = turn.admit(&store).await?;
    let identity = queries::identity_by_name(store.reader(), &names.account, names.member.as_deref()).await?;
    let refused_outright = password == DEMO_PASSWORD && !rules.demo;
    let stored = identity.as_ref().map(|identity| identity.member.password_hash.clone());
    let matches = passwords::matches(stored, password).await?;
    let Some(identity) = identity.filter(|_| matches && !refused_outright) else {
        admitted.fail().await;
        return Err(Refusal::SignInFailed.into());
    };
    // Whoever must change its password has not signed in: the try stands as failed until the change undoes it.
    let new_hash = match (identity.member.must_change_password, new_password) {
        (false, None) => None,
        (true, Some(new_password)) => Some(passwords::hash_new(new_password).await?),
        (true, None) => return Err(Refusal::PasswordChangeRequired.into()),
        (false, Some(_)) => return Err(Refusal::NotInitial.into()),
    };
    open(&store, &rules, identity, Proof::Password(Box::new(admitted), new_hash)).await
}

/// Opens a session for a member without a password: for the operator at the signing key.
pub async fn open_session(store: &Store, rules: &SignInRules, identity: Identity) -> Outcome<SignedIn> {
    open(store, rules, identity, Proof::SigningKey).await
}

/// What a session is opened for.
enum Proof {
    /// The right password; the try was counted and recorded before it was compared. With the hash of a new one, if it is
    /// changed.
    Password(Box<Admitted>, Option<String>),
    /// Whoever has the signing key could write the tokens by hand.
    SigningKey,
}

async fn open(store: &Store, rules: &SignInRules, identity: Identity, proof: Proof) -> Outcome<SignedIn> {
    let now = store.clock().now();
    let session = SessionId::new(now);
    let (refresh_token, token_hash) = tokens::fresh_refresh_token()?;
    let expires_at = now.plus(rules.session_lifetime);
    let member = Author { account: identity.account.id, member: identity.member.id };
    store.execute(OpenSession { session, member, token_hash, expires_at, proof }).await?;
    let (access_token, expires_at) = rules.keys.mint(identity.member.id, session, now)?;
    let viewer = identity.into_viewer(&rules.roles, Some(session), expires_at)?;
    Ok(SignedIn { access_token, refresh_token, expires_at, viewer })
}

struct OpenSession {
    session: SessionId,
    member: Author,
    token_hash: Vec<u8>,
    expires_at: Timestamp,
    proof: Proof,
}

impl Command for OpenSession {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        let session = session::Model {
            id: self.session,
            member_id: self.member.member,
            created_at: tx.now(),
            expires_at: self.expires_at,
            revoked_at: None,
            acting_for: None,
        };
        session::Entity::insert(session.into_active_model()).exec_without_returning(tx.db()).await?;
        keep_token_in(tx, self.session, &self.token_hash).await?;
        match &self.proof {
            Proof::Password(admitted, new_hash) => {
                self.arrive_in(tx, new_hash.as_ref()).await?;
                admitted.pass_in(tx, self.member.member).await?;
            }
            Proof::SigningKey => {
                let signed_in = Entry::by(self.member, AccessRecordKind::SignedIn).detail("with the signing key");
                access_records::append_in(tx, vec![signed_in]).await?;
            }
        }
        self.make_room_in(tx).await
    }
}

impl OpenSession {
    /// Ends the member's oldest sessions where there are too many: whoever signs in is let in. The member's row, which its
    /// arrival has changed, is locked, so that of two at once the second counts the first.
    async fn make_room_in(&self, tx: &mut Tx) -> Outcome<()> {
        use session::Column;
        let beyond: Vec<SessionId> = session::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::MemberId.eq(self.member.member))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(tx.now()))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .offset(MAX_SESSIONS)
            .limit(AT_ONCE)
            .into_tuple()
            .all(tx.db())
            .await?;
        for session in beyond {
            end_session_in(tx, session).await?;
        }
        Ok(())
    }

    /// Notes on the member's row that it is here, with its new password if it has one.
    async fn arrive_in(&self, tx: &Tx, new_hash: Option<&String>) -> Outcome<()> {
        use member::Column;
        let mut row = member::Entity::update_many()
            .col_expr(Column::LastLoginAt, Expr::value(Some(tx.now())))
            .filter(Column::Id.eq(self.member.member))
            .filter(Column::Locked.eq(false))
            .filter(Column::DeletedAt.is_null());
        if let Some(new_hash) = new_hash {
            row = row
                .col_expr(Column::PasswordHash, Expr::value(new_hash.clone()))
                .col_expr(Column::MustChangePassword, Expr::value(false))
                .filter(Column::MustChangePassword.eq(true));
            let changed = Entry::by(self.member, AccessRecordKind::PasswordChanged).about(self.member.member);
            access_records::append_in(tx, vec![changed]).await?;
        }
        // It may have been locked, deleted or changed since its password was compared.
        if row.exec(tx.db()).await?.rows_affected == 1 { Ok(()) } else { Err(Refusal::SignInFailed.into()) }
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

/// Forgets the session's used tokens but the newest: a session can be refreshed for years.
async fn forget_used_in(tx: &Tx, session: SessionId) -> Outcome<()> {
    use refresh_token::Column;
    let old: Vec<Vec<u8>> = refresh_token::Entity::find()
        .select_only()
        .column(Column::TokenHash)
        .filter(Column::SessionId.eq(session))
        .filter(Column::UsedAt.is_not_null())
        .order_by_desc(Column::UsedAt)
        .offset(KNOWN_AGAIN)
        .limit(AT_ONCE)
        .into_tuple()
        .all(tx.db())
        .await?;
    if !old.is_empty() {
        refresh_token::Entity::delete_many().filter(Column::TokenHash.is_in(old)).exec(tx.db()).await?;
    }
    Ok(())
}

/// Trades a refresh token for new tokens. A token that was used before ends its session: it is in two hands. One that is
/// not known counts as a failure of the address.
///
/// # Refusals
/// `SessionEnded`; for a token that is not known also that of [`Origin::count_in`]
pub async fn refresh(
    store: &Store,
    rules: &SignInRules,
    viewers: &Viewers,
    origin: &Origin,
    refresh_token: &str,
) -> Outcome<SignedIn> {
    let (next_token, next_hash) = tokens::fresh_refresh_token()?;
    let used_hash = tokens::hash_refresh_token(refresh_token);
    let lifetime = rules.session_lifetime;
    let session = match store.execute(Refresh { used_hash, next_hash, lifetime, origin: origin.clone() }).await? {
        Refreshed::Good(session) => session,
        Refreshed::Abused(session) => {
            viewers.forget(&AccessChange::SessionEnded(session));
            return Err(Refusal::SessionEnded.into());
        }
        Refreshed::Unknown(wait) => {
            tokio::time::sleep(wait).await;
            return Err(Refusal::SessionEnded.into());
        }
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
    origin: Origin,
}

/// What became of a refresh token. That a session was abused and ended is a result, not a refusal: it must be committed.
enum Refreshed {
    Good(SessionId),
    Abused(SessionId),
    /// Counted; the answer should wait so long.
    Unknown(Duration),
}

impl Command for Refresh {
    type Output = Refreshed;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Refreshed> {
        let token = refresh_token::Entity::find_by_id(self.used_hash.clone()).lock_exclusive().one(tx.db()).await?;
        let Some(token) = token else { return Ok(Refreshed::Unknown(self.origin.count_in(tx).await?)) };
        let live = session::Entity::find_by_id(token.session_id)
            .filter(session::Column::RevokedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(tx.now()))
            .one(tx.db())
            .await?;
        let Some(live) = live else { return Ok(Refreshed::Unknown(self.origin.count_in(tx).await?)) };
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
        forget_used_in(tx, id).await?;
        Ok(Refreshed::Good(id))
    }
}

/// Ends a session: its tokens are no longer good, its streams stop.
pub async fn sign_out(
    store: &Store,
    viewers: &Viewers,
    origin: &Origin,
    viewer: &Viewer,
    session: SessionId,
) -> Outcome<()> {
    let record = Entry::by(viewer, AccessRecordKind::SignedOut).from(origin.address());
    store.execute(SignOut { session, record }).await?;
    // Other nodes hear of it in a moment; here it counts at once.
    viewers.forget(&AccessChange::SessionEnded(session));
    Ok(())
}

struct SignOut {
    session: SessionId,
    record: Entry,
}

impl Command for SignOut {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        access_records::append_in(tx, vec![self.record.clone()]).await?;
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

/// Forgets sessions that ended or expired more than `keep` ago, with their refresh tokens.
pub async fn forget(store: &Store, keep: Duration) -> Outcome<u64> {
    use session::{Column, Entity};
    let over = move |now: Timestamp| {
        let oldest = now.minus(keep);
        Column::ExpiresAt.lt(oldest).or(Column::RevokedAt.lt(oldest))
    };
    store.forget::<Entity>(Column::Id, over).await
}
