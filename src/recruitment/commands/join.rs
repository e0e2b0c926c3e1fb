//! Joining with the code of an invitation, before any sign-in.

use std::time::Duration;

use entities::{
    account, member, reseller_invitation,
    types::{AccessRecordKind, AccountId, AccountKind, MemberId, MemberRole, ResellerInvitationStatus},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    access_records::{self, Entry},
    accounts::{
        commands::{NewMember, OpenAccount, OpenAccounts, Place},
        guard::Origin,
        passwords,
    },
    contacts, feed,
    managers::commands::{Subjects, begin_in, hold_in},
    members::rules::{self as members, MAX_TEXT},
    outcome::{Error, Fault, Outcome},
    recruitment::{
        Code, RecruitmentSettings,
        facts::reseller_joined,
        rules::{self, Joining, Refusal},
    },
    store::{Command, Store, Tx, came_twice},
    trail::Author,
};

/// What somebody says who joins.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Whether it is an enterprise.
    pub enterprise: bool,
    /// The company's name.
    pub company_name: String,
    /// Where it does business.
    pub country_region: String,
    /// The login name of the account.
    pub account_name: String,
    /// The name of its first member, its administrator.
    pub contact_name: String,
    /// Its mobile number.
    pub mobile_number: Option<String>,
}

/// The login name of the first member.
const FIRST_MEMBER: &str = "administrator";

impl Ask {
    /// The same in the form that is kept.
    ///
    /// # Refusals, first that holds
    /// `Invalid`, of each field in turn
    pub fn check(self) -> Result<Self, Error> {
        let text = |field, text: &str, most| {
            let wrong = Refusal::Invalid(field, "it is empty, too long or has control characters");
            contacts::text(text, most).ok_or(wrong)
        };
        let name = members::check_username(&self.account_name).map_err(|_| {
            Refusal::Invalid(
                "accountName",
                "a login name has 1 to 64 letters, digits, -, _ and ., and begins with a letter",
            )
        });
        Ok(Self {
            company_name: text("companyName", &self.company_name, MAX_TEXT)?,
            country_region: text("countryRegion", &self.country_region, rules::MAX_REGION)?,
            account_name: name?,
            contact_name: text("contactName", &self.contact_name, MAX_TEXT)?,
            mobile_number: match self.mobile_number {
                Some(number) => Some(members::check_phone("mobileNumber", &number)?),
                None => None,
            },
            enterprise: self.enterprise,
        })
    }
}

/// Opens the account of a new reseller with its administrator (O-CORE-13). Returns the account's login name.
///
/// # Refusals, first that holds
/// `Invalid` · `WeakPassword` · that of [`Origin::check_in`] · `CodeInvalid`, which counts as a failure of the address ·
/// `AlreadyAReseller` · `EnterpriseRequired` · `RegionNotAuthorized` · `AccountNameTaken`
pub async fn join(
    store: &Store,
    settings: &RecruitmentSettings,
    origin: &Origin,
    code: &str,
    ask: Ask,
    password: String,
) -> Outcome<String> {
    let ask = ask.check()?;
    members::check_password(&password)?;
    let code_hash = Code::given(code).hash;
    // Before the password is hashed: nobody makes us work without a code.
    let known = store.execute(Find { code_hash: code_hash.clone(), origin: origin.clone() }).await?;
    if let Known::No(wait) = known {
        tokio::time::sleep(wait).await;
        return Err(Refusal::CodeInvalid.into());
    }
    let password_hash = passwords::hash_new(password).await?;
    let account_name = ask.account_name.clone();
    let command = Join { code_hash, ask, password_hash, settings: settings.clone(), origin: origin.clone() };
    match store.execute(command).await {
        // Somebody else took the name at the same moment; everything else is locked.
        Err(error) if came_twice(&error) => Err(Refusal::AccountNameTaken(account_name).into()),
        outcome => outcome,
    }
}

struct Find {
    code_hash: Vec<u8>,
    origin: Origin,
}

enum Known {
    Yes,
    /// Counted; the answer should wait so long.
    No(Duration),
}

impl Command for Find {
    type Output = Known;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<Known> {
        self.origin.check_in(tx).await?;
        match find_in(tx, &self.code_hash).await? {
            // Each try is counted, as the names of accounts and the work of a password hash are to be had with a code.
            Some(_) => {
                self.origin.count_in(tx).await?;
                Ok(Known::Yes)
            }
            None => Ok(Known::No(self.origin.count_in(tx).await?)),
        }
    }
}

/// The invitation that is pending and has this code.
async fn find_in(tx: &Tx, code_hash: &[u8]) -> Outcome<Option<reseller_invitation::Model>> {
    use reseller_invitation::{Column, Entity};
    let found = Entity::find().filter(Column::CodeHash.eq(code_hash)).one(tx.db()).await?;
    Ok(found.filter(|row| is_pending(row, tx)))
}

fn is_pending(row: &reseller_invitation::Model, tx: &Tx) -> bool {
    rules::status_at(row.status, row.expires_at, tx.now()) == ResellerInvitationStatus::Pending
}

struct Join {
    code_hash: Vec<u8>,
    ask: Ask,
    password_hash: String,
    settings: RecruitmentSettings,
    origin: Origin,
}

impl Command for Join {
    type Output = String;

    async fn run_in(&self, tx: &mut Tx) -> Outcome<String> {
        let invitation = find_in(tx, &self.code_hash).await?.ok_or(Refusal::CodeInvalid)?;
        tx.lock_account_in(invitation.distributor_id.cast()).await?;
        let (invitation, is_reseller) = self.lock_in(tx, &invitation.email).await?;
        let distributor = account::Entity::find_by_id(invitation.distributor_id.cast()).one(tx.db()).await?;
        let distributor = distributor.ok_or_else(|| Fault::because("an invitation has no distributor"))?;
        let authorized = self.settings.regions_of(&distributor.account_name, distributor.country_region.as_deref());
        let region = &self.ask.country_region;
        rules::check_join(&Joining { enterprise: self.ask.enterprise, region, authorized: &authorized, is_reseller })?;
        let name = account::Column::AccountName.eq(&self.ask.account_name);
        if account::Entity::find().filter(name).one(tx.db()).await?.is_some() {
            return Err(Refusal::AccountNameTaken(self.ask.account_name.clone()).into());
        }
        let id = self.open_in(tx, &invitation).await?;
        if let Some(manager) = invitation.account_manager_id {
            let by = Author { account: distributor.id, member: invitation.invited_by };
            // The member can have gone meanwhile; then nobody looks after the reseller.
            if let Some(manager) = hold_in(tx, distributor.id, manager).await? {
                begin_in(tx, by, manager, &Subjects::Resellers(vec![id.cast()])).await?;
            }
        }
        let fact = reseller_joined(invitation.distributor_id, id.cast(), invitation.id);
        let mut row = invitation.into_active_model();
        row.status = Set(ResellerInvitationStatus::Joined);
        row.joined_at = Set(Some(tx.now()));
        row.reseller_id = Set(Some(id.cast()));
        row.update(tx.db()).await?;
        feed::append_in(tx, vec![fact]).await?;
        Ok(self.ask.account_name.clone())
    }
}

impl Join {
    /// Locks all invitations of the address, whoever sent them, so that it joins once. Returns the one with the code, and
    /// whether there is a reseller with the address already.
    async fn lock_in(&self, tx: &Tx, email: &str) -> Outcome<(reseller_invitation::Model, bool)> {
        use reseller_invitation::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::Email.eq(email))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .all(tx.db())
            .await?;
        let joined = rows.iter().any(|row| row.status == ResellerInvitationStatus::Joined);
        // It may have been used or sent again since it was found.
        let ours = rows.into_iter().find(|row| row.code_hash == self.code_hash && is_pending(row, tx));
        let ours = ours.ok_or(Refusal::CodeInvalid)?;
        let same = Expr::expr(Func::lower(Expr::col((account::Entity, account::Column::Email)))).eq(email);
        let reseller = account::Entity::find()
            .filter(account::Column::Kind.eq(AccountKind::Reseller))
            .filter(same)
            .one(tx.db())
            .await?;
        Ok((ours, joined || reseller.is_some()))
    }

    async fn open_in(&self, tx: &mut Tx, invitation: &reseller_invitation::Model) -> Outcome<AccountId> {
        let id = AccountId::new(tx.now());
        let account = OpenAccount {
            id,
            place: Place::ResellerOf(invitation.distributor_id),
            account_name: self.ask.account_name.clone(),
            name: self.ask.company_name.clone(),
            email: Some(invitation.email.clone()),
            mobile_number: self.ask.mobile_number.clone(),
            country_region: Some(self.ask.country_region.clone()),
            verification_enabled: false,
            members: vec![NewMember { username: FIRST_MEMBER.to_owned(), roles: vec![MemberRole::Administrator] }],
            password_hash: self.password_hash.clone(),
        };
        OpenAccounts(vec![account]).run_in(tx).await?;
        use member::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::Name, Expr::value(self.ask.contact_name.clone()))
            .filter(Column::AccountId.eq(id))
            .exec(tx.db())
            .await?;
        let first: Option<MemberId> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::AccountId.eq(id))
            .into_tuple()
            .one(tx.db())
            .await?;
        let first = first.ok_or_else(|| Fault::because("an account was opened without a member"))?;
        let made = Entry::by(Author { account: id, member: first }, AccessRecordKind::MemberCreated)
            .about(first)
            .detail("by invitation")
            .from(self.origin.address());
        access_records::append_in(tx, vec![made]).await?;
        Ok(id)
    }
}
