//! The request as a kind of application (O-CUS-08, O-CUS-09).

use entities::{
    account, application, customer,
    types::{
        AccountId, AccountKind, ApplicationAction, ApplicationKind, CriticalOperation, CustomerFact, CustomerFacts,
        DisassociationReason, Timestamp,
    },
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::{
    apply,
    rules::{self, Refusal, Side},
};
use crate::{
    access::Permission,
    customer_facts,
    outcome::{Error, Fault, Outcome, Refusal as Reason},
    permissions::commands::reseller_of,
    reviews::{
        By, Case, Claim, Decider, Declaration, Happening, Kind, Moment, Stage,
        rules::{Cancel, Term},
    },
    store::Tx,
};

/// What is said with a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DisassociationForm {
    /// Why.
    pub reason: DisassociationReason,
    /// In words.
    pub remarks: Option<String>,
    /// Whether the customer was a named account then (R-CUS-20).
    pub named_account: bool,
}

/// What it is decided on.
pub struct Facts {
    /// The customer, locked.
    pub customer: customer::Model,
    /// Its account.
    pub account: account::Model,
    known: CustomerFacts,
    /// Requests that the applicant has started lately about this customer.
    started: u64,
}

/// The kind.
pub enum Disassociation {}

const DECLARATION: Declaration = Declaration {
    kind: ApplicationKind::Disassociation,
    applicant: Permission::CustomerDisassociate,
    stages: &[
        Stage { name: "PRE_REVIEW", decider: Decider::Platform, term: Some(Term::WorkingDays(3)), expires: false },
        Stage {
            name: "CONFIRMATION",
            decider: Decider::Counterparty(Permission::CustomerDisassociate),
            term: None,
            expires: false,
        },
    ],
    slots: &[],
    rework: None,
    cancel: Cancel::WhileOpen,
};

impl Kind for Disassociation {
    type Form = DisassociationForm;
    type Facts = Facts;

    const DECLARATION: &'static Declaration = &DECLARATION;

    /// Of a named account the platform has a look first (R-CUS-20).
    fn first_stage(case: &Case<DisassociationForm>) -> i16 {
        i16::from(!case.form.named_account)
    }

    fn claim(case: &Case<DisassociationForm>) -> Option<Claim> {
        Some(format!("DISASSOCIATION {}", case.subject.uuid()))
    }

    /// Whatever a customer answers asks for a code (R-CUS-22).
    fn operation(action: ApplicationAction, by: AccountKind) -> Option<CriticalOperation> {
        let answers = matches!(action, ApplicationAction::Approve | ApplicationAction::Reject);
        (answers && by == AccountKind::Customer).then_some(CriticalOperation::Disassociation)
    }

    async fn load_in(tx: &mut Tx, case: &Case<DisassociationForm>) -> Outcome<Facts> {
        let nobody = || Fault::because("an application is about nobody");
        let seen = customer::Entity::find_by_id(case.subject.cast()).one(tx.db()).await?;
        tx.lock_permissions_in(seen.as_ref().and_then(reseller_of)).await?;
        let mut customers = tx.lock_customers_in(Condition::all(), &[case.subject.cast()]).await?;
        let customer = customers.pop().ok_or_else(nobody)?;
        // Who locked which permissions was read before the lock.
        if seen.as_ref().and_then(reseller_of) != reseller_of(&customer) {
            return Err(Refusal::NotAssociated.into());
        }
        let account = account::Entity::find_by_id(case.subject).one(tx.db()).await?.ok_or_else(nobody)?;
        let known = customer_facts::queries::of(tx.db(), customer.id).await?;
        let since = tx.calendar().months_before(tx.now(), rules::WINDOW_MONTHS);
        let started = started_since(tx.db(), case.account, case.subject, since).await?;
        Ok(Facts { customer, account, known, started })
    }

    fn check(case: &Case<DisassociationForm>, facts: &Facts, moment: Moment) -> Outcome<()> {
        let partner = if case.account == case.subject { case.counterparty } else { Some(case.account) };
        if partner.is_none() || facts.customer.partner_id != partner {
            return Err(Refusal::NotAssociated.into());
        }
        let side = match (moment, case.account == case.subject) {
            (Moment::Submission, true) | (Moment::Approval, false) => Side::Customer,
            (Moment::Submission, false) | (Moment::Approval, true) => Side::Partner,
        };
        if moment == Moment::Submission {
            // It was read before the lock, and decides where the request begins.
            if case.form.named_account != is_named(facts.known) {
                return Err(Refusal::Changed.into());
            }
            rules::check_number(facts.started)?;
        }
        let looked_at = rules::Facts { known: facts.known, frozen: facts.customer.freeze_cause, side };
        let refusals: Vec<Reason> =
            rules::obstacles(&looked_at).into_iter().map(|obstacle| Reason::of(&Refusal::Obstacle(obstacle))).collect();
        if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
    }

    async fn apply_in(
        tx: &mut Tx,
        case: &Case<DisassociationForm>,
        facts: &Facts,
        happening: Happening,
        by: Option<By>,
    ) -> Outcome<()> {
        apply::apply_in(tx, case, facts, happening, by).await
    }
}

/// Whether the vendor looks at a customer's leaving first.
pub fn is_named(known: CustomerFacts) -> bool {
    known.has(CustomerFact::NamedAccount)
}

/// Requests about a customer that an account has started since an instant (R-CUS-18).
pub async fn started_since(
    db: &impl ConnectionTrait,
    account: AccountId,
    subject: AccountId,
    since: Timestamp,
) -> Result<u64, DbErr> {
    use application::Column;
    let started = application::Entity::find()
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::AccountId.eq(account))
        .filter(Column::Kind.eq(ApplicationKind::Disassociation))
        .filter(Column::SubmittedAt.gt(since));
    started.count(db).await
}
