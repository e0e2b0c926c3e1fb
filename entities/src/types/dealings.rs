//! The enumerations of what partners and customers agree on: texts to sign, invitations of resellers, opportunities.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::enums::word;

word! {
    /// A text that customers accept by signing.
    AgreementKind {
        /// What an association with a partner means; needed for one (R-CUS-16).
        AssociationInstructions = "ASSOCIATION_INSTRUCTIONS",
        /// That the partner may order and operate for the customer (R-CUS-29).
        AuthorizationLetter = "AUTHORIZATION_LETTER",
    }
}

word! {
    /// Where an invitation to become a reseller stands.
    ResellerInvitationStatus {
        /// It was sent and can be used.
        Pending = "PENDING",
        /// It was not used in time.
        Expired = "EXPIRED",
        /// It was used.
        Joined = "JOINED",
    }
}

word! {
    /// What kind of business an opportunity is.
    OpportunityType {
        /// A new one.
        New = "NEW",
        /// One that goes on.
        ContinuousOperations = "CONTINUOUS_OPERATIONS",
    }
}

word! {
    /// How far an opportunity has come.
    OpportunityPhase {
        /// 1: there may be one.
        PotentialOpportunity = "POTENTIAL_OPPORTUNITY",
        /// 2: there is one.
        OpportunityConfirmation = "OPPORTUNITY_CONFIRMATION",
        /// 3: what would serve the customer is talked about.
        SolutionCommunication = "SOLUTION_COMMUNICATION",
        /// 4: terms are negotiated.
        BusinessNegotiation = "BUSINESS_NEGOTIATION",
        /// 5: a contract is signed.
        ContractSigned = "CONTRACT_SIGNED",
        /// 6: there is revenue.
        RevenueRecognition = "REVENUE_RECOGNITION",
    }
}

word! {
    /// Another vendor whose services the customer uses.
    PeerVendor {
        /// Alibaba Cloud.
        AlibabaCloud = "ALIBABA_CLOUD",
        /// Tencent Cloud.
        TencentCloud = "TENCENT_CLOUD",
        /// Amazon Web Services.
        Aws = "AWS",
        /// Microsoft.
        Microsoft = "MICROSOFT",
        /// Google.
        Google = "GOOGLE",
        /// Somebody else.
        Other = "OTHER",
    }
}
