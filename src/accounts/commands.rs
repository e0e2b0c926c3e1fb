//! Opening accounts, and switching what they ask for. Signing in is in [`sessions`](super::sessions).

use entities::{
    account, customer, member, reseller,
    types::{AccountId, AccountKind, AccountStatus, AssignedRole, DistributorId, MemberId, MemberRole},
};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use crate::{
    customers,
    outcome::Outcome,
    permissions,
    store::{Command, Tx},
};

/// The password of demonstration accounts, known to everybody.
pub const DEMO_PASSWORD: &str = "demo-password";

/// Switches the verification function of accounts on or off (R-CORE-28).
pub struct SwitchVerification {
    /// Whose.
    pub accounts: Vec<AccountId>,
    /// On or off.
    pub enabled: bool,
}

impl Command for SwitchVerification {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        for some in self.accounts.chunks(ROWS_PER_INSERT) {
            account::Entity::update_many()
                .col_expr(account::Column::VerificationEnabled, Expr::value(self.enabled))
                .filter(account::Column::Id.is_in(some.iter().copied()))
                .exec(tx.db())
                .await?;
        }
        Ok(())
    }
}

/// Opens an account with its members, at its place in the hierarchy. A customer is associated, and so frozen, at once
/// (R-CORE-29).
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// Its id.
    pub id: AccountId,
    /// Its place.
    pub place: Place,
    /// Its login name, in lower case.
    pub account_name: String,
    /// The company's name.
    pub name: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Its mobile number.
    pub mobile_number: Option<String>,
    /// Where it does business.
    pub country_region: Option<String>,
    /// Whether critical operations ask for a code.
    pub verification_enabled: bool,
    /// The members; the first is the holder.
    pub members: Vec<NewMember>,
    /// The hash of their password.
    pub password_hash: String,
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The vendor.
    Platform,
    /// A distributor.
    Distributor,
    /// A provider.
    Provider,
    /// A reseller of a distributor.
    ResellerOf(DistributorId),
    /// A customer of a provider, or of a reseller and its distributor.
    CustomerOf {
        /// The provider or reseller.
        partner: AccountId,
        /// The distributor above a reseller.
        distributor: Option<DistributorId>,
    },
}

impl Place {
    /// The kind of account that stands there.
    pub fn kind(self) -> AccountKind {
        match self {
            Self::Platform => AccountKind::Platform,
            Self::Distributor => AccountKind::Distributor,
            Self::Provider => AccountKind::CloudSolutionProvider,
            Self::ResellerOf(_) => AccountKind::Reseller,
            Self::CustomerOf { .. } => AccountKind::Customer,
        }
    }
}

/// A member of a new account.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Its login name.
    pub username: String,
    /// Its roles.
    pub roles: Vec<MemberRole>,
}

/// Opens accounts: all of them, or none. Those above come before those below.
pub struct OpenAccounts(pub Vec<OpenAccount>);

/// Accounts of one INSERT: the widest row has 33 values, which stays below the 32,766 that SQLite can bind.
const ROWS_PER_INSERT: usize = 500;

impl Command for OpenAccounts {
    type Output = ();

    async fn run_in(&self, tx: &mut Tx) -> Outcome<()> {
        for some in self.0.chunks(ROWS_PER_INSERT) {
            let rows: Vec<Opened> = some.iter().map(|account| account.rows(tx)).collect();
            insert_in(tx, rows.iter().map(|row| row.account.clone().into_active_model())).await?;
            insert_in(
                tx,
                rows.iter().flat_map(|row| row.members.iter().cloned().map(IntoActiveModel::into_active_model)),
            )
            .await?;
            let resellers = || rows.iter().filter_map(|row| row.reseller.clone());
            insert_in(tx, resellers().map(IntoActiveModel::into_active_model)).await?;
            insert_in(tx, resellers().map(|row| permissions::commands::nothing_allowed(row.id))).await?;
            let customers = rows.into_iter().filter_map(|row| row.customer);
            insert_in(tx, customers.map(IntoActiveModel::into_active_model)).await?;
        }
        Ok(())
    }
}

async fn insert_in<A>(tx: &Tx, rows: impl Iterator<Item = A>) -> Outcome<()>
where
    A: sea_orm::ActiveModelTrait + Send,
{
    let rows: Vec<A> = rows.collect();
    if !rows.is_empty() {
        <A::Entity as EntityTrait>::insert_many(rows).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// The rows of a new account.
struct Opened {
    account: account::Model,
    members: Vec<member::Model>,
    reseller: Option<reseller::Model>,
    customer: Option<customer::Model>,
}

impl OpenAccount {
    fn rows(&self, tx: &Tx) -> Opened {
        let account = account::Model {
            id: self.id,
            kind: self.place.kind(),
            account_name: self.account_name.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            mobile_number: self.mobile_number.clone(),
            country_region: self.country_region.clone(),
            status: AccountStatus::Active,
            verification_enabled: self.verification_enabled,
            created_at: tx.now(),
        };
        let members = self.members.iter().enumerate().map(|(index, new)| member::Model {
            id: MemberId::new(tx.now()),
            account_id: self.id,
            username: new.username.clone(),
            name: format!("{} {}", self.name, new.username),
            email: self.email.clone(),
            mobile_number: self.mobile_number.clone(),
            roles: member::Roles(new.roles.iter().copied().map(AssignedRole::System).collect()),
            password_hash: self.password_hash.clone(),
            holder: index == 0,
            locked: false,
            created_at: tx.now(),
            office_phone: None,
            must_change_password: false,
            director_id: None,
            created_by: None,
            last_login_at: None,
            deleted_at: None,
        });
        let members = members.collect();
        let reseller = match self.place {
            Place::ResellerOf(distributor) => Some(reseller::Model {
                id: self.id.cast(),
                distributor_id: distributor,
                associated_at: tx.now(),
                account_manager_id: None,
                name_key: self.name.to_lowercase(),
            }),
            _ => None,
        };
        let customer = match self.place {
            Place::CustomerOf { partner, distributor } => {
                Some(customers::commands::association(tx, &account, partner, distributor))
            }
            _ => None,
        };
        Opened { account, members, reseller, customer }
    }
}
