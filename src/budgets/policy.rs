//! Who may see budgets and alerts, and who may set budgets. Whether a partner is in charge of a customer is a rule.

use crate::access::{Kinds, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["budgetAlerts"], Kinds::ABOVE_CUSTOMERS, Permission::CustomerView),
    open(
        "Budget",
        &[
            "id",
            "type",
            "amount",
            "used",
            "remaining",
            "usagePercent",
            "exhausted",
            "exhaustionPolicy",
            "windowStart",
            "windowEnd",
            "setAt",
            "setBy",
        ],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "PurchasingRights",
        &["yearlyMonthly", "reservedInstance", "payPerUse", "reasons"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "BudgetAlert",
        &[
            "id",
            "customer",
            "budgetType",
            "threshold",
            "amount",
            "used",
            "windowStart",
            "raisedAt",
            "status",
            "clearedAt",
        ],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open(
        "BudgetAlertConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open("BudgetAlertEdge", &["cursor", "node"], Kinds::ABOVE_CUSTOMERS, Permission::CustomerView),
    open("Mutation", &["setCustomerBudget", "setCustomerBudgets"], Kinds::PARTNERS, Permission::CustomerBudget),
    open(
        "SetCustomerBudgetPayload",
        &["customer", "budget", "adjustmentRecord", "userErrors"],
        Kinds::PARTNERS,
        Permission::CustomerBudget,
    ),
    open("SetCustomerBudgetsPayload", &["customers", "userErrors"], Kinds::PARTNERS, Permission::CustomerBudget),
];
