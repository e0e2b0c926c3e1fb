//! The enumerations of reviews.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::enums::word;

word! {
    /// What an application is for.
    ApplicationKind {
        /// Ending the association of a customer with its partner (O-CUS-08).
        Disassociation = "DISASSOCIATION",
        /// A customer's consent that its partner acts on its behalf (O-CUS-10).
        Authorization = "AUTHORIZATION",
        /// Claiming a customer that cannot be preregistered without the vendor's look (O-CUS-02).
        PreregistrationReview = "PREREGISTRATION_REVIEW",
    }
}

word! {
    /// Where an application stands.
    ApplicationStatus {
        /// Somebody has to decide.
        UnderReview = "UNDER_REVIEW",
        /// Sent back: the applicant completes it.
        Returned = "RETURNED",
        /// Accepted.
        Approved = "APPROVED",
        /// Refused.
        Rejected = "REJECTED",
        /// The applicant took it back.
        Cancelled = "CANCELLED",
        /// Nobody did in time what had to be done.
        Expired = "EXPIRED",
    }
}

word! {
    /// What can be done with an application.
    ApplicationAction {
        /// Accept it, at the stage where it stands.
        Approve = "APPROVE",
        /// Refuse it.
        Reject = "REJECT",
        /// Send it back to be completed.
        Return = "RETURN",
        /// Hand it in again.
        Resubmit = "RESUBMIT",
        /// Take it back.
        Cancel = "CANCEL",
    }
}

word! {
    /// What happened to an application.
    ApplicationStepKind {
        /// It was handed in.
        Submitted = "SUBMITTED",
        /// It was handed in again.
        Resubmitted = "RESUBMITTED",
        /// A stage was passed, the last one too.
        Approved = "APPROVED",
        /// It was refused.
        Rejected = "REJECTED",
        /// It was sent back.
        Returned = "RETURNED",
        /// It was taken back.
        Cancelled = "CANCELLED",
        /// Its time was over.
        Expired = "EXPIRED",
    }
}

word! {
    /// How an application was decided.
    ReviewDecision {
        /// Accepted.
        Approved = "APPROVED",
        /// Refused.
        Rejected = "REJECTED",
        /// Sent back to be completed.
        Returned = "RETURNED",
    }
}

word! {
    /// Why an association is to end (R-CUS-22).
    DisassociationReason {
        /// Another association model is wanted.
        ChangeModel = "CHANGE_MODEL",
        /// Another partner is wanted.
        ChangePartner = "CHANGE_PARTNER",
        /// The services are not needed any more.
        NoNeedOfServices = "NO_NEED_OF_SERVICES",
        /// The customer leaves the vendor.
        Leaving = "LEAVING",
        /// Something else, said in words.
        Other = "OTHER",
    }
}
