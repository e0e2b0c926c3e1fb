//! Who may read texts and sign them: texts everybody, signatures the customer.

use crate::access::{Kinds, Needs, Permission, Policy, open};

/// The rows.
pub const ROWS: &[Policy] = &[
    Policy { on: "Query", fields: &["agreementTexts"], needs: Needs::Nothing },
    Policy { on: "AgreementText", fields: &["kind", "name", "version", "validFrom", "text"], needs: Needs::Nothing },
    open("Query", &["agreements", "agreementsToSign"], Kinds::CUSTOMER, Permission::ProgramAgreementView),
    open("Mutation", &["signAssociationInstructions"], Kinds::CUSTOMER, Permission::CompanyModify),
    open(
        "SignAssociationInstructionsPayload",
        &["agreement", "userErrors"],
        Kinds::CUSTOMER,
        Permission::ProgramAgreementView,
    ),
    open(
        "Agreement",
        &["id", "kind", "name", "version", "text", "signedAt", "signedBy"],
        Kinds::CUSTOMER,
        Permission::ProgramAgreementView,
    ),
    open(
        "AgreementConnection",
        &["edges", "nodes", "pageInfo", "totalCount"],
        Kinds::CUSTOMER,
        Permission::ProgramAgreementView,
    ),
    open("AgreementEdge", &["cursor", "node"], Kinds::CUSTOMER, Permission::ProgramAgreementView),
];
