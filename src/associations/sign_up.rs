//! New accounts of customers: they come with an invitation, and are opened in the transaction of the association.

use entities::{
    account, member,
    types::{AccessRecordKind, AccountId, AccountKind, AccountStatus, AssignedRole, MemberId, MemberRole},
};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};

use super::rules::Refusal;
use crate::{
    access::ClientAddress,
    access_records::{self, Entry},
    mailboxes::Proof,
    outcome::Outcome,
    store::Tx,
};

/// A customer that has no account yet; its particulars are checked.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// The login name, in lower case.
    pub account_name: String,
    /// The company's or person's name.
    pub name: String,
    /// The address, in lower case.
    pub email: String,
    /// The number.
    pub mobile_number: Option<String>,
    /// Where it does business, in two letters.
    pub country_region: String,
    /// What shows that the address is its own.
    pub mailbox: Proof,
    /// The hash of the password that the account's holder chose.
    pub password_hash: String,
}

/// The login name of an account's holder within the account.
const HOLDER: &str = "administrator";

impl NewCustomer {
    /// Opens the account with its holder.
    ///
    /// # Refusals
    /// `AccountNameTaken`
    pub async fn open_in(&self, tx: &Tx, address: ClientAddress) -> Outcome<(account::Model, MemberId)> {
        let account = account::Model {
            id: AccountId::new(tx.now()),
            kind: AccountKind::Customer,
            account_name: self.account_name.clone(),
            name: self.name.clone(),
            email: Some(self.email.clone()),
            mobile_number: self.mobile_number.clone(),
            country_region: Some(self.country_region.clone()),
            status: AccountStatus::Active,
            verification_enabled: false,
            created_at: tx.now(),
        };
        // Of two that want the same name at once, the database lets one through.
        let insert = account::Entity::insert(account.clone().into_active_model())
            .on_conflict(OnConflict::column(account::Column::AccountName).do_nothing().to_owned());
        if insert.exec_without_returning(tx.db()).await? == 0 {
            return Err(Refusal::AccountNameTaken(self.account_name.clone()).into());
        }
        let holder = self.holder(tx, &account);
        let id = holder.id;
        member::Entity::insert(holder.into_active_model()).exec_without_returning(tx.db()).await?;
        let made = Entry::of(Some(account.id), AccessRecordKind::MemberCreated).about(id).from(address);
        access_records::append_in(tx, vec![made]).await?;
        Ok((account, id))
    }

    fn holder(&self, tx: &Tx, account: &account::Model) -> member::Model {
        member::Model {
            id: MemberId::new(tx.now()),
            account_id: account.id,
            username: HOLDER.to_owned(),
            name: self.name.clone(),
            email: Some(self.email.clone()),
            mobile_number: self.mobile_number.clone(),
            roles: member::Roles(vec![AssignedRole::System(MemberRole::Administrator)]),
            password_hash: self.password_hash.clone(),
            holder: true,
            locked: false,
            created_at: tx.now(),
            office_phone: None,
            must_change_password: false,
            director_id: None,
            created_by: None,
            last_login_at: None,
            deleted_at: None,
        }
    }
}
