//! Sending, trying and using codes.

use aws_lc_rs::{constant_time, hmac};
use entities::{
    account,
    types::{AccessRecordKind, CodeId, CriticalOperation, MemberId, Timestamp, VerificationChannel},
    verification_code,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use std::{sync::Arc, time::Duration};

use super::{
    register::Register,
    rules::{self, Refusal},
};
use crate::{
    access::{ClientAddress, Viewer},
    access_records::{self, Entry, Subject},
    accounts::guard::Origin,
    feed::{self, AccessChange},
    notifications::{self, Message, templates},
    outcome::{Fault, Outcome},
    random, secret,
    store::{Command, Store, Tx},
};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The key that codes are hashed under.
#[derive(Clone)]
pub struct CodeKey(Arc<hmac::Key>);

impl CodeKey {
    /// Derives it from the program's secret.
    pub fn derive(secret: &[u8]) -> Self {
        Self(secret::key_for(secret, "partner-center verification codes"))
    }

    fn hash(&self, id: CodeId, member: MemberId, operation: CriticalOperation, code: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(id.uuid().as_bytes());
        context.update(member.uuid().as_bytes());
        context.update(operation.word().as_bytes());
        context.update(code.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

/// Sends the acting member a code for one operation (O-SUP-06). A code sent before for the same is void.
///
/// # Refusals, first that holds
/// `NoAddress` · `TooMany`
pub struct Send {
    /// Who acts.
    pub viewer: Arc<Viewer>,
    /// For what.
    pub operation: CriticalOperation,
    /// How.
    pub channel: VerificationChannel,
    /// The hashing key.
    pub key: CodeKey,
}

/// Where a code went.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The address or number, unmasked.
    pub to: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Command for Send {
    type Output = Sent;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Sent> {
        use verification_code::Column;
        let member = &self.viewer.member;
        let to = match self.channel {
            VerificationChannel::Email => member.email.clone(),
            VerificationChannel::Sms => member.mobile_number.clone(),
        };
        let to = to.ok_or(Refusal::NoAddress)?;
        let sent = verification_code::Entity::find()
            .filter(Column::MemberId.eq(member.id))
            .filter(Column::SentAt.gt(tx.now().minus(HOUR)))
            .count(tx.db())
            .await?;
        if sent >= rules::MAX_SENT_AN_HOUR {
            return Err(Refusal::TooMany.into());
        }
        verification_code::Entity::update_many()
            .col_expr(Column::ClosedAt, Expr::value(Some(tx.now())))
            .filter(Column::MemberId.eq(member.id))
            .filter(Column::Operation.eq(self.operation))
            .filter(Column::ClosedAt.is_null())
            .exec(tx.db())
            .await?;
        let code = random_code()?;
        let id = CodeId::new(tx.now());
        let expires_at = tx.now().plus(rules::LIFETIME);
        let row = verification_code::Model {
            id,
            member_id: member.id,
            operation: self.operation,
            channel: self.channel,
            code_hash: self.key.hash(id, member.id, self.operation, &code),
            sent_at: tx.now(),
            expires_at,
            tries: 0,
            closed_at: None,
        };
        row.into_active_model().insert(tx.db()).await?;
        notifications::append_in(tx, vec![message(self.channel, to.clone(), self.operation, &code)]).await?;
        Ok(Sent { to, expires_at })
    }
}

fn message(channel: VerificationChannel, to: String, operation: CriticalOperation, code: &str) -> Message {
    let minutes = rules::LIFETIME.as_secs() / 60;
    Message { channel, to, text: templates::verification_code(code, operation, minutes), secret: true }
}

/// Six digits, each code as likely as the other: draws are repeated until one falls below a multiple of a million.
pub(crate) fn random_code() -> Result<String, Fault> {
    const CODES: u32 = 1_000_000;
    const FAIR: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let drawn = u32::from_le_bytes(random::bytes()?);
        if drawn < FAIR {
            return Ok(format!("{:0width$}", drawn % CODES, width = rules::DIGITS));
        }
    }
}

/// What came of the code that a caller gave, before the operation itself is looked at.
#[derive(Debug, Clone)]
pub struct Checked {
    operation: CriticalOperation,
    /// Whether the register asks for one now.
    asked: bool,
    given: Given,
}

#[derive(Debug, Clone)]
enum Given {
    /// None.
    Nothing,
    /// One that is not good.
    Refused(Refusal),
    /// The right one; to be used up with the operation.
    Right(CodeId),
}

/// What codes are checked with.
#[derive(Clone)]
pub struct Codes {
    /// The hashing key.
    pub key: CodeKey,
    /// Which operation asks for a code.
    pub register: Arc<Register>,
}

impl Codes {
    /// Tries the code that a caller gave for an operation, if any was given. The try is counted and committed before the
    /// comparison; a wrong one is counted for the address too, which bounds guesses over many members.
    ///
    /// # Refusals
    /// those of [`Origin::check_in`] and [`Origin::count_in`]; what is wrong with the code is not refused here
    pub async fn check(
        &self,
        store: &Store,
        viewer: &Arc<Viewer>,
        operation: CriticalOperation,
        code: Option<String>,
        origin: &Origin,
    ) -> Outcome<Checked> {
        let asked = self.register.asks(operation, viewer.account.verification_enabled);
        let given = match code.filter(|code| !code.is_empty()) {
            None => Given::Nothing,
            Some(code) => self.compare(store, viewer, operation, &code, origin).await?,
        };
        if matches!(given, Given::Refused(Refusal::Invalid)) {
            origin.count(store).await?;
        }
        Ok(Checked { operation, asked, given })
    }

    async fn compare(
        &self,
        store: &Store,
        viewer: &Arc<Viewer>,
        operation: CriticalOperation,
        code: &str,
        origin: &Origin,
    ) -> Outcome<Given> {
        let counted = store.execute(CountTry { member: viewer.member.id, operation, origin: origin.clone() }).await?;
        let row = match counted.unwrap_or(Err(Refusal::Invalid)) {
            Ok(row) => row,
            Err(refusal) => return Ok(Given::Refused(refusal)),
        };
        if let Err(refusal) = rules::check_live(&row, store.clock().now()) {
            return Ok(Given::Refused(refusal));
        }
        let hash = self.key.hash(row.id, viewer.member.id, operation, code.trim());
        Ok(match constant_time::verify_slices_are_equal(&hash, &row.code_hash) {
            Ok(()) => Given::Right(row.id),
            Err(_) => Given::Refused(Refusal::Invalid),
        })
    }
}

struct CountTry {
    member: MemberId,
    operation: CriticalOperation,
    origin: Origin,
}

impl Command for CountTry {
    /// The live code, if there is one that may still be tried; or that the member tried too much.
    type Output = Option<Result<verification_code::Model, Refusal>>;
    const BESIDE: bool = true;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use verification_code::Column;
        self.origin.check_in(tx).await?;
        if wrong_tries_today(tx, self.member).await? >= rules::MAX_WRONG_A_DAY {
            return Ok(Some(Err(Refusal::TooMany)));
        }
        let rows = verification_code::Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).add(1_i16))
            .filter(Column::MemberId.eq(self.member))
            .filter(Column::Operation.eq(self.operation))
            .filter(Column::ClosedAt.is_null())
            .filter(Column::Tries.lt(rules::MAX_TRIES))
            .exec_with_returning(tx.db())
            .await?;
        Ok(rows.into_iter().next().map(Ok))
    }
}

/// Tries that did not end in a use. A code that was used up gives one of its tries back.
async fn wrong_tries_today(tx: &Tx, member: MemberId) -> Outcome<i64> {
    use verification_code::Column;
    let sum = verification_code::Entity::find()
        .select_only()
        .column_as(Expr::col(Column::Tries).sum().cast_as("bigint"), "tries")
        .filter(Column::MemberId.eq(member))
        .filter(Column::SentAt.gt(tx.now().minus(DAY)))
        .into_tuple::<Option<i64>>()
        .one(tx.db())
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

impl Checked {
    /// Uses the code up, in the transaction of the operation. Where the register asks for one, or the operation does as
    /// it stands (`anyway`), nothing but a right code passes; else one that was given must still be right.
    ///
    /// # Refusals, first that holds
    /// `Required` · `Expired` · `Invalid`
    pub async fn use_in(&self, tx: &Tx, anyway: bool) -> Outcome<()> {
        match &self.given {
            Given::Nothing if self.asked || anyway => Err(Refusal::Required(self.operation).into()),
            Given::Nothing => Ok(()),
            Given::Refused(refusal) => Err(refusal.clone().into()),
            Given::Right(code) => {
                use verification_code::Column;
                let used = verification_code::Entity::update_many()
                    .col_expr(Column::ClosedAt, Expr::value(Some(tx.now())))
                    .col_expr(Column::Tries, Expr::col(Column::Tries).sub(1_i16))
                    .filter(Column::Id.eq(*code))
                    .filter(Column::ClosedAt.is_null())
                    .exec(tx.db())
                    .await?;
                if used.rows_affected == 1 { Ok(()) } else { Err(Refusal::Invalid.into()) }
            }
        }
    }
}

/// Switches an account's verification function on or off. Off needs a code (R-SUP-09).
///
/// # Refusals, first that holds
/// `Required` · `Expired` · `Invalid`
pub struct Switch {
    /// Who does it.
    pub viewer: Arc<Viewer>,
    /// On or off.
    pub enabled: bool,
    /// Where the request came from.
    pub address: ClientAddress,
    /// A code for switching it off.
    pub code: Checked,
}

impl Command for Switch {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        if !self.enabled {
            self.code.use_in(tx, false).await?;
        }
        let id = self.viewer.account.id;
        account::Entity::update_many()
            .col_expr(account::Column::VerificationEnabled, Expr::value(self.enabled))
            .filter(account::Column::Id.eq(id))
            .exec(tx.db())
            .await?;
        feed::append_in(tx, vec![AccessChange::AccountChanged(id).fact()]).await?;
        let switched = Entry::by(&*self.viewer, AccessRecordKind::VerificationSwitched)
            .about(Subject::account(self.viewer.account.kind, id))
            .detail(if self.enabled { "on" } else { "off" })
            .from(self.address);
        access_records::append_in(tx, vec![switched]).await?;
        Ok(())
    }
}

/// Forgets codes that can no longer matter: sent more than a day ago.
pub async fn forget(store: &Store) -> Outcome<u64> {
    use verification_code::{Column, Entity};
    store.forget::<Entity>(Column::Id, |now| Column::SentAt.lt(now.minus(DAY))).await
}
