//! E-mail invitations: the row and the message, in the transaction of whatever sends them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entities::{
    account, invitation, preregistration,
    types::{InvitationId, InvitationMethod, InvitationStatus, MemberId, Timestamp, TraceStatus, VerificationChannel},
};
use sea_orm::{EntityTrait, IntoActiveModel};

use super::rules;
use crate::{
    access::ClientAddress,
    notifications::{self, Message, templates},
    outcome::{Fault, Outcome},
    preregistrations::queries::accounts_of,
    random,
    store::Tx,
    traces,
    trail::Author,
};

/// A code that nobody can foretell.
pub fn fresh_code() -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(random::bytes::<{ rules::CODE_BYTES }>()?))
}

/// Invites the customer of a claim by e-mail, to a link at the public address.
pub async fn send_in(
    tx: &Tx,
    partner: &account::Model,
    claim: &preregistration::Model,
    by: MemberId,
    public_address: &str,
) -> Outcome<InvitationId> {
    let code = fresh_code()?;
    let row = invitation::Model {
        id: InvitationId::new(tx.now()),
        partner_id: partner.id,
        method: InvitationMethod::FromPartnerCenter,
        code: Some(code.clone()),
        link_id: None,
        preregistration_id: Some(claim.id),
        email: Some(claim.email.clone()),
        full_name: Some(claim.full_name.clone()),
        name_key: Some(claim.name_key.clone()),
        customer_id: None,
        tag: None,
        account_manager_id: claim.account_manager_id,
        remarks: None,
        status: InvitationStatus::Sent,
        failure: None,
        invited_by: by,
        invited_at: tx.now(),
        valid_until: tx.now().plus(rules::VALID_FOR),
        followed_at: None,
        ended_at: None,
        ended_by: None,
    };
    let until = row.valid_until;
    let id = row.id;
    invitation::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    mail_in(tx, partner, &claim.email, &rules::address(public_address, &code), until).await?;
    Ok(id)
}

/// Tells the customers that have an account of their invitations, in their operation logs (R-CUS-38).
pub async fn trace_in(tx: &Tx, by: Author, from: ClientAddress, sent: &[(&str, InvitationId)]) -> Outcome<()> {
    let accounts = accounts_of(tx.db(), sent.iter().map(|(email, _)| *email)).await?;
    let invited = sent.iter().flat_map(|(email, invitation)| {
        let its = accounts.iter().filter(move |(_, address)| address == email);
        its.map(move |(customer, _)| traces::Entry {
            customer: *customer,
            name: traces::names::INVITED,
            source: "invitations",
            resource_type: "invitation",
            resource: Some((invitation.to_string(), InvitationMethod::FromPartnerCenter.word().to_owned())),
            status: TraceStatus::Normal,
            author: Some(by),
            on_behalf: false,
            address: Some(from),
        })
    });
    traces::append_in(tx, invited.collect()).await?;
    Ok(())
}

/// Writes the message to the outbox.
pub async fn mail_in(tx: &Tx, partner: &account::Model, to: &str, link: &str, until: Timestamp) -> Outcome<()> {
    let text = templates::invitation(&partner.name, link, until);
    let message = Message { channel: VerificationChannel::Email, to: to.to_owned(), text, secret: true };
    notifications::append_in(tx, vec![message]).await?;
    Ok(())
}
