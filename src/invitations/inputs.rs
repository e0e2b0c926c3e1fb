//! Which invitations of a list are wanted (Q-CUS-02).

use async_graphql::InputObject;
use entities::types::{self, InvitationMethod, InvitationStatus};

use crate::graphql::scalars::Id;

/// Picks invitations; conditions given together must all hold. Texts are the beginning of what they search, case aside.
#[derive(Debug, Clone, Default, InputObject)]
pub struct InvitationFilter {
    /// The customer's full name, as it was preregistered or given at sign-up.
    pub full_name: Option<String>,
    /// The customer's e-mail address.
    pub email: Option<String>,
    /// The associated customer's name or account name.
    pub customer: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// The remarks.
    pub remarks: Option<String>,
    /// The account manager's name or username.
    pub account_manager: Option<String>,
    /// One account manager.
    pub account_manager_id: Option<Id<types::Member>>,
    /// How they were made.
    pub method: Option<Vec<InvitationMethod>>,
    /// Where they stand.
    pub status: Option<Vec<InvitationStatus>>,
}
