//! Asking the vendor to look at a customer that cannot be preregistered at once, as a kind of application (O-CUS-02).
//!
//! The claim is there from the moment of the request, UNDER_REVIEW: nobody else can claim the customer meanwhile. An
//! approval lets it hold for its 15 days; whatever else ends the application ends it.

use std::sync::Arc;

use entities::{
    account, application, preregistration,
    types::{Amount, ApplicationKind, PreregistrationCause, PreregistrationId, PreregistrationStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{
    commands::{causes_in, claim, insert_in, partner_in},
    rules::{self, Particulars, Refusal},
};
use crate::{
    access::{ClientAddress, Permission, Tenant, Viewer},
    attachments::{formats::Format, rules::Slot},
    feed::Audience,
    outcome::{Error, Outcome, Refusal as Reason},
    reviews::{
        By, Case, Claim, Decider, Declaration, Happening, Kind, Moment, Reviews, Stage,
        commands::{Files, Opening, submit_in},
        rules::{Cancel, Rework, Term},
    },
    store::{Command, Tx},
};

/// What is said with a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReviewForm {
    /// The claim that it is about, whose row comes with the request.
    pub preregistration_id: PreregistrationId,
    /// What the customer may spend in addition, a year in USD.
    pub potential_additional_expenditure: Amount,
    /// How the partner and the customer have talked so far.
    pub communication_process: String,
    /// Why the customer is not preregistered at once.
    pub causes: Vec<PreregistrationCause>,
}

/// What it is decided on.
pub struct Facts {
    /// The claim, locked; none before the request.
    claim: Option<preregistration::Model>,
}

/// The kind.
pub enum PreregistrationReview {}

const DECLARATION: Declaration = Declaration {
    kind: ApplicationKind::PreregistrationReview,
    applicant: Permission::CustomerDevelop,
    stages: &[Stage { name: "REVIEW", decider: Decider::Platform, term: Some(Term::WorkingDays(2)), expires: false }],
    slots: &[Slot { name: "proof", required: false, max_files: 5, max_bytes: 20 * 1024 * 1024, formats: Format::ALL }],
    rework: Some(Rework { rounds: None, term: Some(Term::Days(15)), after_rejection: false }),
    cancel: Cancel::WhileOpen,
};

impl Kind for PreregistrationReview {
    type Form = ReviewForm;
    type Facts = Facts;

    const DECLARATION: &'static Declaration = &DECLARATION;

    fn claim(case: &Case<ReviewForm>) -> Option<Claim> {
        Some(format!("PREREGISTRATION_REVIEW {}", case.form.preregistration_id.uuid()))
    }

    async fn load_in(tx: &mut Tx, case: &Case<ReviewForm>) -> Outcome<Facts> {
        tx.lock_account_in(case.account).await?;
        let claim = preregistration::Entity::find_by_id(case.form.preregistration_id).lock_exclusive();
        Ok(Facts { claim: claim.one(tx.db()).await? })
    }

    /// What stands in the way of a request lies before it: see [`RequestReview`]. A claim that is no longer under review
    /// has nothing to be approved.
    fn check(_: &Case<ReviewForm>, facts: &Facts, moment: Moment) -> Outcome<()> {
        match (&facts.claim, moment) {
            (None, Moment::Submission) => Ok(()),
            (Some(claim), _) if claim.status == PreregistrationStatus::UnderReview => Ok(()),
            _ => Err(Refusal::NotUnderReview.into()),
        }
    }

    async fn apply_in(
        tx: &mut Tx,
        case: &Case<ReviewForm>,
        _: &Facts,
        happening: Happening,
        _: Option<By>,
    ) -> Outcome<()> {
        use preregistration::Column;
        let status = match happening {
            Happening::Approved => PreregistrationStatus::Preregistered,
            Happening::Rejected => PreregistrationStatus::Rejected,
            Happening::Cancelled => PreregistrationStatus::Deleted,
            Happening::Expired => PreregistrationStatus::Expired,
            Happening::Submitted | Happening::Resubmitted | Happening::Passed | Happening::Returned => return Ok(()),
        };
        let mut change = preregistration::Entity::update_many()
            .col_expr(Column::Status, Expr::value(status))
            .filter(Column::Id.eq(case.form.preregistration_id))
            .filter(Column::Status.eq(PreregistrationStatus::UnderReview));
        if status == PreregistrationStatus::Preregistered {
            change = change
                .col_expr(Column::PreregisteredAt, Expr::value(tx.now()))
                .col_expr(Column::ExpiresAt, Expr::value(tx.now().plus(rules::VALID_FOR)));
        }
        change.exec(tx.db()).await?;
        Ok(())
    }
}

/// Asks for a review (O-CUS-02).
///
/// # Refusals, first that holds
/// `ContactRequired` (R-CUS-06) · `YoursAlready` · `YourCustomer` · `LimitReached` (R-CUS-04) · `NothingToReview` · all of
/// `NotAtOnce` where one of the causes cannot be reviewed (R-CUS-01, R-CUS-02) · what is wrong with the files
pub struct RequestReview {
    /// The partner's member.
    pub viewer: Arc<Viewer>,
    /// The engine.
    pub reviews: Reviews,
    /// The customer, checked by [`rules::check`].
    pub particulars: Particulars,
    /// What the customer may spend in addition, a year in USD.
    pub potential_additional_expenditure: Amount,
    /// How the partner and the customer have talked so far; checked by [`rules::check_communication`].
    pub communication_process: String,
    /// The files.
    pub attachments: Files,
    /// Where the request came from.
    pub address: ClientAddress,
}

impl Command for RequestReview {
    type Output = application::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<application::Model> {
        let partner: account::Model = partner_in(tx, self.viewer.account.id).await?;
        let causes = causes_in(tx, &partner, &self.particulars.email).await?;
        if causes.is_empty() {
            return Err(Refusal::NothingToReview.into());
        }
        if !rules::can_be_reviewed(partner.kind, &causes) {
            let refusals = causes.iter().map(|cause| Reason::of(&Refusal::NotAtOnce(*cause)));
            return Err(Error::Refused(refusals.collect()));
        }
        let row = claim(tx, &self.viewer, &self.particulars, PreregistrationStatus::UnderReview);
        let audience = Audience {
            distributor: match self.viewer.tenant() {
                Tenant::Reseller(_, distributor) => Some(distributor),
                _ => None,
            },
            partner: Some(partner.id),
            customer: None,
        };
        let opening = Opening {
            subject: partner.id,
            subject_kind: partner.kind,
            topic: Some(row.id.uuid()),
            counterparty: None,
            audience,
            form: ReviewForm {
                preregistration_id: row.id,
                potential_additional_expenditure: self.potential_additional_expenditure,
                communication_process: self.communication_process.clone(),
                causes,
            },
            attachments: self.attachments.clone(),
            address: self.address,
        };
        let application = submit_in::<PreregistrationReview>(tx, &self.reviews, &self.viewer, opening).await?;
        if insert_in(tx, &row).await? {
            return Ok(application);
        }
        // Another partner was faster by a moment.
        Err(Refusal::NotAtOnce(PreregistrationCause::PreregisteredElsewhere).into())
    }
}
