//! The policies of all areas as one table: which field of the schema is open to whom. What has no row is closed.

use std::collections::HashMap;

use super::check::SchemaMap;
use crate::access::{Kinds, Needs, Permission, Policy, Viewer, open};

/// Rows for what belongs to no area: pages, errors, the interfaces of accounts and events.
const SHARED: &[Policy] = &[
    open(
        "PageInfo",
        &["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"],
        Kinds::ALL,
        Permission::ProfileSelf,
    ),
    Policy { on: "UserError", fields: &["code", "message", "field"], needs: Needs::Nothing },
    open("Node", &["id"], Kinds::ALL, Permission::ProfileSelf),
    open("Query", &["node", "nodes"], Kinds::ALL, Permission::ProfileSelf),
    open("Query", &["events"], Kinds::ALL, Permission::CustomerView),
    open("Subscription", &["events", "reviewOutcomes"], Kinds::ALL, Permission::CustomerView),
    open("Subscription", &["budgetAlerts"], Kinds::ABOVE_CUSTOMERS, Permission::CustomerView),
    open("Event", &["id", "cursor", "type", "occurredAt"], Kinds::ALL, Permission::CustomerView),
    open("EventEdge", &["cursor", "node"], Kinds::ALL, Permission::CustomerView),
    open("EventConnection", &["edges", "nodes", "pageInfo"], Kinds::ALL, Permission::CustomerView),
    open(
        "BudgetThresholdReached",
        &[
            "id",
            "cursor",
            "type",
            "occurredAt",
            "alert",
            "customer",
            "customerId",
            "reseller",
            "threshold",
            "amount",
            "used",
            "usagePercent",
        ],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open(
        "BudgetChanged",
        &["id", "cursor", "type", "occurredAt", "customer", "customerId", "budgetType", "amount"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "FreezeChanged",
        &["id", "cursor", "type", "occurredAt", "customer", "customerId", "level", "cause", "reason"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "OrderChanged",
        &[
            "id",
            "cursor",
            "type",
            "occurredAt",
            "customer",
            "customerId",
            "number",
            "orderType",
            "status",
            "productType",
            "billingMode",
            "listPrice",
            "amountPaid",
            "onBehalf",
            "order",
        ],
        Kinds::ALL,
        Permission::CustomerOrderView,
    ),
    open(
        "ResourceExpiring",
        &[
            "id",
            "cursor",
            "type",
            "occurredAt",
            "customer",
            "customerId",
            "name",
            "productType",
            "expiresAt",
            "days",
            "resource",
        ],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerDetails,
    ),
    open(
        "PermissionsChanged",
        &["id", "cursor", "type", "occurredAt", "reseller"],
        Kinds::ABOVE_CUSTOMERS,
        Permission::CustomerView,
    ),
    open(
        "PreregistrationEnds",
        &["id", "cursor", "type", "occurredAt", "preregistration", "expiresAt"],
        Kinds::PLATFORM.and(Kinds::PROVIDER).and(Kinds::RESELLER),
        Permission::CustomerView,
    ),
    open(
        "InvitationAccepted",
        &["id", "cursor", "type", "occurredAt", "invitation", "customer"],
        Kinds::PLATFORM.and(Kinds::PROVIDER).and(Kinds::RESELLER),
        Permission::CustomerView,
    ),
    open(
        "AssociationFailed",
        &["id", "cursor", "type", "occurredAt", "invitation", "cause"],
        Kinds::PLATFORM.and(Kinds::PROVIDER).and(Kinds::RESELLER),
        Permission::CustomerView,
    ),
    open(
        "CustomerAssociated",
        &["id", "cursor", "type", "occurredAt", "customer", "customerId"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "ReviewOutcome",
        &["id", "cursor", "type", "occurredAt", "subject", "decision", "comment", "application", "stage", "final"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "ApplicationChanged",
        &["id", "cursor", "type", "occurredAt", "application", "kind", "status", "stage"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
    open(
        "AuthorizationRevoked",
        &["id", "cursor", "type", "occurredAt", "customer", "customerId", "reason"],
        Kinds::ALL,
        Permission::CustomerView,
    ),
];

/// The areas' rows, and the shared ones.
pub const AREAS: &[&[Policy]] = &[
    SHARED,
    crate::accounts::policy::ROWS,
    crate::verification::policy::ROWS,
    crate::members::policy::ROWS,
    crate::managers::policy::ROWS,
    crate::permissions::policy::ROWS,
    crate::resellers::policy::ROWS,
    crate::customers::policy::ROWS,
    crate::budgets::policy::ROWS,
    crate::freezes::policy::ROWS,
    crate::metering::policy::ROWS,
    crate::records::policy::ROWS,
    crate::access_records::policy::ROWS,
    crate::notifications::policy::ROWS,
    crate::webhooks::policy::ROWS,
    crate::customer_facts::policy::ROWS,
    crate::preregistrations::policy::ROWS,
    crate::invitations::policy::ROWS,
    crate::associations::policy::ROWS,
    crate::catalogue::policy::ROWS,
    crate::onbehalf::policy::ROWS,
    crate::orders::policy::ROWS,
    crate::resources::policy::ROWS,
    crate::reviews::policy::ROWS,
    crate::authorizations::policy::ROWS,
    crate::disassociations::policy::ROWS,
    crate::traces::policy::ROWS,
    crate::agreements::policy::ROWS,
    crate::recruitment::policy::ROWS,
    crate::opportunities::policy::ROWS,
    crate::attachments::policy::ROWS,
    crate::exports::policy::ROWS,
];

/// The table, for looking up.
pub struct Table(HashMap<(&'static str, &'static str), Needs>);

impl Table {
    /// All rows.
    ///
    /// # Panics
    /// Where two rows open the same field: a bug that the tests find at once.
    pub fn new() -> Self {
        let mut table = HashMap::new();
        for policy in AREAS.iter().copied().flatten() {
            for field in policy.fields {
                let twice = table.insert((policy.on, *field), policy.needs);
                assert!(twice.is_none(), "{}.{field} has two policies", policy.on);
            }
        }
        Self(table)
    }

    /// A table in which every field of a schema is open to everybody: for trying documents, never for answering them.
    pub(crate) fn open_to_all(map: &SchemaMap) -> Self {
        let fields = map.fields().into_iter();
        let leaked = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        Self(fields.map(|(on, field)| ((leaked(on), leaked(field)), Needs::Nothing)).collect())
    }

    /// What a field needs; none where it is closed.
    pub fn needs(&self, on: &str, field: &str) -> Option<Needs> {
        self.0.get(&(on, field)).copied()
    }

    /// Whether a field is open to this viewer.
    pub fn allows(&self, on: &str, field: &str, viewer: Option<&Viewer>) -> bool {
        self.needs(on, field).is_some_and(|needs| needs.met_by(viewer))
    }

    /// All rows, sorted.
    pub fn rows(&self) -> Vec<(&'static str, &'static str, Needs)> {
        let mut rows: Vec<_> = self.0.iter().map(|((on, field), needs)| (*on, *field, *needs)).collect();
        rows.sort_by_key(|(on, field, _)| (*on, *field));
        rows
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}
