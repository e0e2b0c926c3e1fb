//! Sending, trying and using codes.

use aws_lc_rs::{constant_time, hmac, rand};
use entities::{
    types::{CodeId, CriticalOperation, MemberId, Timestamp, VerificationChannel},
    verification_code,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use std::{sync::Arc, time::Duration};

use super::rules::{self, Refusal};
use crate::{
    access::Viewer,
    notifications::{self, Message, templates},
    outcome::{Fault, Outcome},
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
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&root, b"partner-center verification codes");
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())))
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
fn random_code() -> Result<String, Fault> {
    const CODES: u32 = 1_000_000;
    const FAIR: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let mut bytes = [0; 4];
        rand::fill(&mut bytes).map_err(|_| Fault::because("the machine gave no randomness"))?;
        let drawn = u32::from_le_bytes(bytes);
        if drawn < FAIR {
            return Ok(format!("{:0width$}", drawn % CODES, width = rules::DIGITS));
        }
    }
}

/// What came of the code that a caller gave, before the operation itself is looked at.
#[derive(Debug, Clone)]
pub enum Checked {
    /// None was given.
    Missing,
    /// It is not good.
    Refused(Refusal),
    /// It is right; to be used up with the operation.
    Right(Verified),
}

/// Proof that a right code was given. Made by [`check`] only.
#[derive(Debug, Clone)]
pub struct Verified {
    code: CodeId,
}

/// Tries the code that a caller gave for an operation. The try is counted and committed before the comparison.
pub async fn check(
    store: &Store,
    key: &CodeKey,
    viewer: &Arc<Viewer>,
    operation: CriticalOperation,
    code: Option<String>,
) -> Outcome<Checked> {
    let Some(code) = code.filter(|code| !code.is_empty()) else { return Ok(Checked::Missing) };
    let counted = store.execute(CountTry { member: viewer.member.id, operation }).await?;
    let Some(row) = counted else { return Ok(Checked::Refused(Refusal::Invalid)) };
    let row = match row {
        Ok(row) => row,
        Err(refusal) => return Ok(Checked::Refused(refusal)),
    };
    if let Err(refusal) = rules::check_live(&row, store.clock().now()) {
        return Ok(Checked::Refused(refusal));
    }
    let given = key.hash(row.id, viewer.member.id, operation, code.trim());
    Ok(match constant_time::verify_slices_are_equal(&given, &row.code_hash) {
        Ok(()) => Checked::Right(Verified { code: row.id }),
        Err(_) => Checked::Refused(Refusal::Invalid),
    })
}

struct CountTry {
    member: MemberId,
    operation: CriticalOperation,
}

impl Command for CountTry {
    /// The live code, if there is one that may still be tried; or that the member tried too much.
    type Output = Option<Result<verification_code::Model, Refusal>>;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Self::Output> {
        use verification_code::Column;
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
    /// Uses the code up, in the transaction of the operation. `needed` says whether the operation asks for one: if so,
    /// nothing but a right code passes; if not, a code that was given must still be right.
    ///
    /// # Refusals, first that holds
    /// `Required` · `Expired` · `Invalid`
    pub async fn use_in(&self, tx: &Tx, operation: CriticalOperation, needed: bool) -> Outcome<()> {
        match self {
            Self::Missing if needed => Err(Refusal::Required(operation).into()),
            Self::Missing => Ok(()),
            Self::Refused(refusal) => Err(refusal.clone().into()),
            Self::Right(Verified { code }) => {
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

/// Forgets codes that can no longer matter: sent more than a day ago.
pub struct Forget;

impl Command for Forget {
    type Output = u64;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<u64> {
        let oldest = tx.now().minus(DAY);
        let gone = verification_code::Entity::delete_many()
            .filter(verification_code::Column::SentAt.lt(oldest))
            .exec(tx.db())
            .await?;
        Ok(gone.rows_affected)
    }
}
