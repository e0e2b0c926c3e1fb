//! Who may see what can be bought: everybody who is signed in.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["productCatalogue"], Kinds::ALL, Permission::ProfileSelf),
    open(
        "CatalogueProduct",
        &[
            "id",
            "type",
            "name",
            "specification",
            "regions",
            "billingModes",
            "hourlyPrice",
            "monthlyPrice",
            "pricePerMbps",
            "priceOfBandwidth",
        ],
        Kinds::ALL,
        Permission::ProfileSelf,
    ),
];
