//! Who may see what of customers: themselves and whoever is above them.

use crate::{
    access::{Kinds, Needs, Permission, Policy, open},
    accounts::policy::ACCOUNT,
};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["customers", "customer"], Kinds::ALL, Permission::CustomerView),
    // Administrators only, by the table of roles (R-CORE-43).
    open("Mutation", &["exportCustomers"], Kinds::PARTNERS, Permission::CustomerExport),
    Policy { on: "Customer", fields: ACCOUNT, needs: Needs::Nothing },
    open(
        "Customer",
        &["partner", "reseller", "associatedAt", "budget", "freeze", "monthToDateExpenditure", "purchasing"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    // Who stands above its partner, and how its partner works with it, is not a customer's business (R-CORE-01).
    open(
        "Customer",
        &[
            "distributor",
            "managerInCharge",
            "accountManager",
            "tags",
            "openAlerts",
            "openAlertCount",
            "adjustmentRecords",
        ],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open("CustomerConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::ALL, Permission::CustomerView),
    open("CustomerEdge", &["cursor", "node"], Kinds::ALL, Permission::CustomerView),
];
