//! Who keeps and sees the facts: the platform. A partner is told of what stands in its way, and of nothing else.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Mutation", &["setCustomerFacts"], Kinds::PLATFORM, Permission::CustomerFacts),
    open("SetCustomerFactsPayload", &["customer", "userErrors"], Kinds::PLATFORM, Permission::CustomerFacts),
    open("Customer", &["facts"], Kinds::PLATFORM, Permission::CustomerView),
];
