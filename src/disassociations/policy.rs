//! Who may ask for the end of an association: administrators of either side (R-CUS-21).

use crate::{
    access::{Kinds, Permission, Policy, open},
    reviews::policy::shared,
};

const SIDES: Kinds = Kinds::PROVIDER.and(Kinds::RESELLER).and(Kinds::CUSTOMER);

/// The rows.
pub const ROWS: &[Policy] = &[
    open("Query", &["disassociationCheck"], SIDES, Permission::CustomerDisassociate),
    open("Mutation", &["requestDisassociation"], SIDES, Permission::CustomerDisassociate),
    open("DisassociationCheck", &["passed", "failedChecks", "requestsLeft"], SIDES, Permission::CustomerDisassociate),
    open("FailedCheck", &["obstacle", "message"], SIDES, Permission::CustomerDisassociate),
    shared("DisassociationRequest"),
    open("DisassociationRequest", &["reason", "remarks"], Kinds::ALL, Permission::CustomerView),
];
