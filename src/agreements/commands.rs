//! Signing.

use std::sync::Arc;

use entities::{
    agreement,
    types::{AgreementId, AgreementKind, CustomerId, MemberId, TraceStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};

use super::{
    Texts,
    rules::{self, Refusal},
};
use crate::{
    access::{ClientAddress, Tenant, Viewer},
    outcome::{Fault, Outcome},
    store::{Command, Tx},
    traces,
};

/// Signs a version of a text for a customer, in the caller's transaction: an association that accepts the instructions, an
/// authorization that accepts the letter. The caller has checked with [`rules::check_version`] that it is the one to sign.
/// Signing again what was signed is nothing new: the first signature stands.
pub async fn sign_in(
    tx: &Tx,
    customer: CustomerId,
    member: MemberId,
    kind: AgreementKind,
    version: i32,
) -> Outcome<agreement::Model> {
    use agreement::Column;
    let row = agreement::Model {
        id: AgreementId::new(tx.now()),
        customer_id: customer,
        kind,
        version,
        by_member: member,
        signed_at: tx.now(),
    };
    let once = OnConflict::columns([Column::CustomerId, Column::Kind, Column::Version]).do_nothing().to_owned();
    agreement::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(tx.db()).await?;
    let signed = agreement::Entity::find()
        .filter(Column::CustomerId.eq(customer))
        .filter(Column::Kind.eq(kind))
        .filter(Column::Version.eq(version))
        .one(tx.db())
        .await?;
    Ok(signed.ok_or_else(|| Fault::because("a signature was not kept"))?)
}

/// The newest version of the association instructions, signed by a customer that is associated already (O-CUS-18).
///
/// # Refusals, first that holds
/// `NotAssociated` · `NothingToSign` · `OutdatedVersion`
pub struct SignInstructions {
    /// The customer's member.
    pub viewer: Arc<Viewer>,
    /// The texts.
    pub texts: Arc<Texts>,
    /// The version that it read.
    pub version: i32,
    /// Where the request came from.
    pub address: ClientAddress,
}

/// What a trace of signing is called.
const SIGNED: &str = "signAssociationInstructions";

impl Command for SignInstructions {
    type Output = agreement::Model;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<agreement::Model> {
        let Tenant::Customer(customer, Some(_)) = self.viewer.tenant() else {
            return Err(Refusal::NotAssociated.into());
        };
        // Held until the end, so that it does not leave its partner meanwhile.
        let row = tx.lock_customers_in(self.viewer.customers(), &[customer]).await?.pop();
        row.and_then(|row| row.partner_id).ok_or(Refusal::NotAssociated)?;
        let kind = AgreementKind::AssociationInstructions;
        rules::check_version(self.texts.newest(kind, tx.now()).map(|text| text.version), self.version)?;
        let signed = sign_in(tx, customer, self.viewer.member.id, kind, self.version).await?;
        if signed.signed_at == tx.now() {
            traces::append_in(tx, vec![self.trace(customer, &signed)]).await?;
        }
        Ok(signed)
    }
}

impl SignInstructions {
    fn trace(&self, customer: CustomerId, signed: &agreement::Model) -> traces::Entry {
        traces::Entry {
            customer,
            name: SIGNED,
            source: "agreements",
            resource_type: "agreement",
            resource: Some((signed.id.to_string(), format!("{} {}", signed.kind.word(), signed.version))),
            status: TraceStatus::Normal,
            author: Some((&*self.viewer).into()),
            on_behalf: false,
            address: Some(self.address),
        }
    }
}
