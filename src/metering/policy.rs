//! Who may record charges: the platform's metering.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Mutation", &["recordCharges", "recordBandwidth"], Kinds::PLATFORM, Permission::MeteringRecord),
    open(
        "RecordChargesPayload",
        &["recorded", "duplicates", "rejected", "userErrors"],
        Kinds::PLATFORM,
        Permission::MeteringRecord,
    ),
    open(
        "RecordBandwidthPayload",
        &["recorded", "listPrice", "userErrors"],
        Kinds::PLATFORM,
        Permission::MeteringRecord,
    ),
    open("RejectedCharge", &["chargeId", "error"], Kinds::PLATFORM, Permission::MeteringRecord),
];
