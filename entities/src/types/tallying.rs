//! What is counted so that it happens not too often.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::enums::word;

word! {
    /// What a tally counts.
    Tallied {
        /// News of one kind to those who guard an account.
        SecurityNews = "SECURITY_NEWS",
        /// New secrets of an endpoint.
        SecretRotation = "SECRET_ROTATION",
        /// Invitations by e-mail that a partner sent.
        InvitationsByPartner = "INVITATIONS_BY_PARTNER",
        /// Invitations by e-mail that an address got.
        InvitationsTo = "INVITATIONS_TO",
        /// Invitations by e-mail that an address got of one partner.
        InvitationsByPartnerTo = "INVITATIONS_BY_PARTNER_TO",
    }
}
