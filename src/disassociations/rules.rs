//! What stands in the way of ending an association. Pure.

use entities::types::{CustomerFact, CustomerFacts, DisassociationObstacle, DisassociationReason, FreezeCause};

use crate::outcome::{Refuse, UserErrorCode};

/// Longest words of a request.
pub const MAX_REMARKS: usize = 256;
/// Requests that each side may start within [`WINDOW_MONTHS`]; beyond that it takes a service ticket (R-CUS-18).
pub const MAX_REQUESTS: u64 = 3;
/// See [`MAX_REQUESTS`].
pub const WINDOW_MONTHS: u32 = 3;

/// Why an association does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such association.
    #[error("the customer and the partner are not associated")]
    NotAssociated,
    /// Something else was being changed.
    #[error("the customer was changed just now; ask again")]
    Changed,
    /// Too many requests.
    #[error("{MAX_REQUESTS} requests were started within {WINDOW_MONTHS} months; open a service ticket for another")]
    TooMany,
    /// Another reason is told in words.
    #[error("say in words what the other reason is, 1 to {MAX_REMARKS} characters")]
    RemarksRequired,
    /// The words are too long.
    #[error("the remarks have more than {MAX_REMARKS} characters")]
    RemarksTooLong,
    /// Something stands in the way.
    #[error("{}", words(*.0))]
    Obstacle(DisassociationObstacle),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::NotAssociated | Self::Changed | Self::Obstacle(_) => UserErrorCode::Conflict,
            Self::TooMany => UserErrorCode::TooManyRequests,
            Self::RemarksRequired | Self::RemarksTooLong => UserErrorCode::InvalidInput,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::RemarksRequired | Self::RemarksTooLong => Some("remarks"),
            _ => None,
        }
    }
}

/// An obstacle in words, with what to do.
pub const fn words(obstacle: DisassociationObstacle) -> &'static str {
    match obstacle {
        DisassociationObstacle::IndependentMembers => {
            "the customer is an enterprise master with independent members; they have to leave it first"
        }
        DisassociationObstacle::FrozenManually => "the customer is frozen by hand; unfreeze it first",
        DisassociationObstacle::ReservedInstances => {
            "the customer has valid reserved instances; they have to end first"
        }
        DisassociationObstacle::PartnerSupportPlan => "the customer has a partner support plan; it has to end first",
        DisassociationObstacle::ServiceSupportPlan => {
            "the customer, or a member of it, has a service support plan; it has to end first"
        }
        DisassociationObstacle::CurrencyNotSet => "the customer has not set its currency; set it first",
        DisassociationObstacle::SpecialContract => {
            "a special contract of the customer is in effect; it has to end first"
        }
    }
}

/// Who asks or agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The provider or reseller.
    Partner,
    /// The customer.
    Customer,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What the vendor knows of the customer.
    pub known: CustomerFacts,
    /// Why it is frozen, if it is.
    pub frozen: Option<FreezeCause>,
    /// Who asks or agrees.
    pub side: Side,
}

impl Facts {
    fn either(self, facts: &[CustomerFact]) -> bool {
        facts.iter().any(|fact| self.known.has(*fact))
    }
}

type Gate = fn(&Facts) -> Option<DisassociationObstacle>;

/// The checks of R-CUS-19, in the order in which they are told.
const GATES: &[Gate] = &[
    |facts| facts.either(&[CustomerFact::IndependentMembers]).then_some(DisassociationObstacle::IndependentMembers),
    |facts| (facts.frozen == Some(FreezeCause::Manual)).then_some(DisassociationObstacle::FrozenManually),
    |facts| facts.either(&[CustomerFact::ReservedInstances]).then_some(DisassociationObstacle::ReservedInstances),
    |facts| facts.either(&[CustomerFact::PartnerSupportPlan]).then_some(DisassociationObstacle::PartnerSupportPlan),
    |facts| {
        let plans = [CustomerFact::ServiceSupportPlan, CustomerFact::MemberSupportPlan];
        facts.either(&plans).then_some(DisassociationObstacle::ServiceSupportPlan)
    },
    |facts| {
        let unset = facts.side == Side::Customer && facts.either(&[CustomerFact::CurrencyNotSet]);
        unset.then_some(DisassociationObstacle::CurrencyNotSet)
    },
    |facts| {
        let bound = facts.side == Side::Customer && facts.either(&[CustomerFact::SpecialContract]);
        bound.then_some(DisassociationObstacle::SpecialContract)
    },
];

/// All that stands in the way (R-CUS-19).
pub fn obstacles(facts: &Facts) -> Vec<DisassociationObstacle> {
    crate::reviews::rules::reasons(facts, GATES)
}

/// The words of a request; another reason than the listed ones needs some (R-CUS-22).
pub fn check_remarks(reason: DisassociationReason, remarks: Option<&str>) -> Result<Option<String>, Refusal> {
    let remarks = remarks.map(str::trim).filter(|remarks| !remarks.is_empty());
    match remarks {
        None if reason == DisassociationReason::Other => Err(Refusal::RemarksRequired),
        Some(remarks) if remarks.chars().count() > MAX_REMARKS => Err(Refusal::RemarksTooLong),
        remarks => Ok(remarks.map(str::to_owned)),
    }
}

/// Whether a side that has started so many requests lately may start another (R-CUS-18).
pub fn check_number(started: u64) -> Result<(), Refusal> {
    if started < MAX_REQUESTS { Ok(()) } else { Err(Refusal::TooMany) }
}

#[cfg(test)]
mod tests;
