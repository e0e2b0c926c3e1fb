//! Who may see orders, and who may order: a customer for itself, a partner's member on behalf.

use crate::{
    access::{Kinds, Permission, Policy, open},
    resources::policy::ACTING,
};

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Mutation", &["exportOrders"], Kinds::PARTNERS, Permission::CustomerOrderView),
    open("Query", &["orders", "order"], Kinds::ALL, Permission::CustomerOrderView),
    open("OrderConnection", &["edges", "nodes", "pageInfo", "totalCount"], Kinds::ALL, Permission::CustomerOrderView),
    open("OrderEdge", &["cursor", "node"], Kinds::ALL, Permission::CustomerOrderView),
    open(
        "Order",
        &[
            "id",
            "number",
            "customer",
            "type",
            "status",
            "productId",
            "productType",
            "specification",
            "region",
            "billingMode",
            "quantity",
            "months",
            "listPrice",
            "amountPaid",
            "payments",
            "transactions",
            "resources",
            "createdAt",
            "payUntil",
            "paidAt",
            "closedAt",
            "placedBy",
            "placedByMember",
            "onBehalf",
        ],
        Kinds::ALL,
        Permission::CustomerOrderView,
    ),
    open("OrderPayment", &["method", "amount"], Kinds::ALL, Permission::CustomerOrderView),
    open(
        "OrderTransaction",
        &["id", "kind", "method", "amount", "chargeId", "at"],
        Kinds::ALL,
        Permission::CustomerOrderView,
    ),
    open(
        "Mutation",
        &["placeOrder", "payOrder", "cancelOrder", "unsubscribe", "renew", "changeSpecification", "changeBillingMode"],
        ACTING,
        Permission::CustomerOnbehalf,
    ),
    open("OrderPayload", &["order", "partnerContact", "userErrors"], ACTING, Permission::CustomerOnbehalf),
];
