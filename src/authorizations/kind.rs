//! The request for an authorization as a kind of application (O-CUS-10, O-CUS-11).

use entities::{
    authorization, customer,
    types::{
        AccountKind, AgreementKind, ApplicationAction, ApplicationKind, AuthorizationId, AuthorizationStatus,
        CriticalOperation, TraceStatus,
    },
};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{
    queries,
    rules::{self, Asking},
};
use crate::{
    access::Permission,
    agreements,
    outcome::{Fault, Outcome},
    permissions::commands::reseller_of,
    reviews::{By, Case, Claim, Decider, Declaration, Happening, Kind, Moment, Stage, rules::Cancel},
    store::Tx,
    traces,
};

/// What a partner asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthorizationForm {
    /// The version of the authorization letter that the customer is shown (R-CUS-29).
    pub letter_version: i32,
}

/// What it is decided on.
pub struct Facts {
    customer: customer::Model,
    permission: Option<bool>,
    has_one: bool,
}

/// The kind.
pub enum Authorization {}

const DECLARATION: Declaration = Declaration {
    kind: ApplicationKind::Authorization,
    applicant: Permission::CustomerOnbehalf,
    stages: &[Stage {
        name: "ACCEPTANCE",
        decider: Decider::Counterparty(Permission::CustomerOnbehalf),
        term: None,
        expires: false,
    }],
    slots: &[],
    rework: None,
    cancel: Cancel::WhileOpen,
};

impl Kind for Authorization {
    type Form = AuthorizationForm;
    type Facts = Facts;

    const DECLARATION: &'static Declaration = &DECLARATION;

    fn claim(case: &Case<AuthorizationForm>) -> Option<Claim> {
        Some(format!("AUTHORIZATION {}", case.subject.uuid()))
    }

    /// Consenting asks for a code, refusing does not (R-CUS-26).
    fn operation(action: ApplicationAction, _: AccountKind) -> Option<CriticalOperation> {
        (action == ApplicationAction::Approve).then_some(CriticalOperation::AcceptAuthorization)
    }

    async fn load_in(tx: &mut Tx, case: &Case<AuthorizationForm>) -> Outcome<Facts> {
        let seen = customer::Entity::find_by_id(case.subject.cast()).one(tx.db()).await?;
        let reseller = seen.as_ref().and_then(reseller_of);
        let permission = tx.lock_permissions_in(reseller).await?.first().map(|row| row.on_behalf);
        let mut customers = tx.lock_customers_in(Condition::all(), &[case.subject.cast()]).await?;
        let customer = customers.pop().ok_or_else(|| Fault::because("an application is about nobody"))?;
        // Whose permissions are locked was read before the lock.
        if reseller != reseller_of(&customer) {
            return Err(rules::Refusal::NotItsPartner.into());
        }
        let has_one = queries::open_in(tx, customer.id).await?.is_some();
        Ok(Facts { customer, permission, has_one })
    }

    /// A customer that has left the partner meanwhile has nothing to consent to.
    fn check(case: &Case<AuthorizationForm>, facts: &Facts, moment: Moment) -> Outcome<()> {
        let is_partner = facts.customer.partner_id == Some(case.account);
        let asking = match moment {
            Moment::Submission => Asking { is_partner, permission: facts.permission, has_one: facts.has_one },
            Moment::Approval => Asking { is_partner, permission: None, has_one: false },
        };
        Ok(rules::check_asking(asking)?)
    }

    async fn apply_in(
        tx: &mut Tx,
        case: &Case<AuthorizationForm>,
        facts: &Facts,
        happening: Happening,
        by: Option<By>,
    ) -> Outcome<()> {
        match happening {
            Happening::Submitted => {
                let row = authorization::Model {
                    id: AuthorizationId::new(tx.now()),
                    customer_id: facts.customer.id,
                    partner_id: case.account,
                    requested_at: tx.now(),
                    requested_by: Some(case.member),
                    status: AuthorizationStatus::PendingAcceptance,
                    effective_at: None,
                    ended_at: None,
                    letter_version: case.form.letter_version.to_string(),
                    revoke_reason: None,
                    application_id: Some(case.id.uuid()),
                };
                row.into_active_model().insert(tx.db()).await?;
            }
            Happening::Approved => {
                set_in(tx, case, AuthorizationStatus::Accepted).await?;
                if let Some(by) = by {
                    let (kind, version) = (AgreementKind::AuthorizationLetter, case.form.letter_version);
                    agreements::commands::sign_in(tx, facts.customer.id, by.author.member, kind, version).await?;
                }
            }
            Happening::Rejected => set_in(tx, case, AuthorizationStatus::Rejected).await?,
            // Nobody has consented to anything; the application tells that it was asked for.
            Happening::Cancelled | Happening::Expired => {
                authorization::Entity::delete_many()
                    .filter(authorization::Column::ApplicationId.eq(case.id.uuid()))
                    .exec(tx.db())
                    .await?;
            }
            Happening::Resubmitted | Happening::Passed | Happening::Returned => {}
        }
        if matches!(happening, Happening::Approved | Happening::Rejected) {
            let entry = traces::Entry {
                customer: facts.customer.id,
                name: traces::names::AUTHORIZATION_DECIDED,
                source: "AUTHORIZATION",
                resource_type: "APPLICATION",
                resource: Some((case.id.to_string(), "authorization".to_owned())),
                status: TraceStatus::Normal,
                author: by.map(|by| by.author),
                on_behalf: false,
                address: by.map(|by| by.address),
            };
            traces::append_in(tx, vec![entry]).await?;
        }
        Ok(())
    }
}

async fn set_in(tx: &Tx, case: &Case<AuthorizationForm>, status: AuthorizationStatus) -> Outcome<()> {
    use authorization::Column;
    let now = Some(tx.now());
    let (effective, ended) = if status == AuthorizationStatus::Accepted { (now, None) } else { (None, now) };
    authorization::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::EffectiveAt, Expr::value(effective))
        .col_expr(Column::EndedAt, Expr::value(ended))
        .filter(Column::ApplicationId.eq(case.id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}
