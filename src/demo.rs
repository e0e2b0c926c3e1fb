//! Demonstration data: the same cast in the playground, the tests and the docs, loaded through the commands that users
//! call.
//!
//! [`load`] opens the cast and lets it spend; [`development::load`] lets partners win customers, for whoever looks at the
//! program.
//!
//! Two distributors with three resellers each (…a with both quotas, …b with a monthly one, …c not authorized), one
//! provider, and five customers of each. One customer is just under 75 % of its budget, one just under 100 % with
//! AUTOMATIC. A scale of N gives every distributor N times the resellers and every partner N times the customers.

pub mod development;
mod orders;
mod staff;

use std::sync::Arc;

use aws_lc_rs::digest;
use entities::{
    account, charge,
    types::{
        AccountId, AccountKind, Amount, BillingMode, BudgetType, CriticalOperation, CustomerId, ExhaustionPolicy, Id,
        MemberRole, Timestamp, VerificationChannel, global_id,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    access::{ClientAddress, Viewer},
    accounts::{
        commands::{DEMO_PASSWORD, NewMember, OpenAccount, OpenAccounts, Place, SwitchVerification},
        guard::Origin,
        passwords, queries,
    },
    app::App,
    budgets::{
        commands::{BudgetsSet, SetBudgets},
        rules::NewBudget,
    },
    freezes::{commands::ChangeFreeze, rules::Change as FreezeChange},
    metering::{commands::RecordCharges, rules::Charge},
    notifications,
    outcome::{Error, Fault, Outcome, UserErrorCode},
    permissions::{
        commands::{Change, ChangePermissions},
        rules::NewQuotas,
    },
    verification::commands::{Checked, Send},
};

/// Accounts opened in one transaction.
const ACCOUNTS_AT_ONCE: usize = 5_000;
/// Accounts of the unscaled cast.
const UNSCALED: u32 = 1;
/// The charge that is recorded last: where it is there, all of the data is.
const LAST_CHARGE: &str = "demo-last";

/// An account of the cast.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Its login name.
    pub account_name: String,
    /// Its company's name.
    pub name: String,
    /// Its place in the hierarchy.
    pub place: Place,
    /// Whether critical operations ask it for a code.
    pub verification_enabled: bool,
}

impl Actor {
    /// The id, which follows from the name: the same in every database.
    pub fn id(&self) -> AccountId {
        account_id(&self.account_name)
    }

    /// The id as the API shows it.
    pub fn global_id(&self) -> String {
        global_id(self.place.kind().prefix(), self.id().uuid())
    }

    /// The member names to sign in with; none for the account's holder.
    pub fn sign_in_names(&self) -> Vec<Option<String>> {
        match self.place {
            Place::Platform => ["operator", "reviewer", "meter"].map(|name| Some(name.to_owned())).to_vec(),
            _ if self.has_staff() => {
                std::iter::once(None).chain(staff::MEMBERS.map(|(name, _)| Some(name.to_owned()))).collect()
            }
            _ => vec![None],
        }
    }

    /// Whether it has members beside its administrator.
    fn has_staff(&self) -> bool {
        ["distributor-1", "reseller-1a", "csp-1"].contains(&self.account_name.as_str())
    }

    fn members(&self) -> Vec<NewMember> {
        let member = |username: &str, role| NewMember { username: username.to_owned(), roles: vec![role] };
        let mut members = vec![member("administrator", MemberRole::Administrator)];
        if self.place == Place::Platform {
            members.push(member("operator", MemberRole::Operator));
            members.push(member("reviewer", MemberRole::Reviewer));
            members.push(member("meter", MemberRole::Metering));
        }
        if self.has_staff() {
            members.extend(staff::MEMBERS.map(|(username, role)| member(username, role)));
        }
        members
    }
}

/// 2026-01-01T00:00:00Z in milliseconds: when the ids of the cast say that they were made.
const IDS_MADE_AT_MILLIS: u64 = 1_767_225_600_000;

/// The id of an account of the cast, by its login name.
pub fn account_id<K>(account_name: &str) -> Id<K> {
    let hash = digest::digest(&digest::SHA256, account_name.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&hash.as_ref()[..10]);
    Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(IDS_MADE_AT_MILLIS, &random).into_uuid())
}

/// The unscaled cast, those above before those below.
pub fn cast() -> Vec<Actor> {
    scaled_cast(UNSCALED)
}

fn scaled_cast(scale: u32) -> Vec<Actor> {
    let actor = |account_name: &str, place| Actor {
        name: company_name(account_name),
        account_name: account_name.to_owned(),
        place,
        verification_enabled: account_name == "distributor-2" || account_name.starts_with("reseller-2"),
    };
    let mut cast = vec![actor("platform", Place::Platform)];
    let mut customers = Vec::new();
    let mut customers_of = |name: &str, partner: AccountId, distributor: Option<AccountId>| {
        for number in 1..=5 * scale {
            let place = Place::CustomerOf { partner, distributor: distributor.map(AccountId::cast) };
            customers.push(actor(&format!("customer-{name}{number}"), place));
        }
    };
    for distributor in 1..=2 {
        let name = format!("distributor-{distributor}");
        cast.push(actor(&name, Place::Distributor));
        for reseller in 0..3 * scale {
            let short = format!("{distributor}{}", letters(reseller));
            let reseller_name = format!("reseller-{short}");
            cast.push(actor(&reseller_name, Place::ResellerOf(account_id(&name))));
            customers_of(&short, account_id(&reseller_name), Some(account_id(&name)));
        }
    }
    cast.push(actor("csp-1", Place::Provider));
    customers_of("csp1-", account_id("csp-1"), None);
    cast.extend(customers);
    cast
}

/// a, b, … z, aa, ab, …
fn letters(mut index: u32) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from_u32('a' as u32 + index % 26).unwrap_or('a'));
        match (index / 26).checked_sub(1) {
            Some(next) => index = next,
            None => return letters.into_iter().rev().collect(),
        }
    }
}

/// A company's name: one can tell whose it is, but it is not the login name.
fn company_name(account_name: &str) -> String {
    const WORDS: [&str; 8] = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel"];
    let hash = digest::digest(&digest::SHA256, account_name.as_bytes());
    let word = WORDS[usize::from(hash.as_ref()[0]) % WORDS.len()];
    format!("{word} {account_name}")
}

/// Loads the data, if it is not there. Interrupted, it goes on where it was.
pub async fn load(app: &App) -> Outcome<()> {
    let db = app.store.reader();
    if charge::Entity::find_by_id(LAST_CHARGE).one(db).await?.is_some() {
        return Ok(());
    }
    let cast = scaled_cast(app.settings.demo_scale);
    open_accounts(app, &cast).await?;
    grant_permissions(app, &cast).await?;
    set_budgets(app, &cast).await?;
    staff::assign(app).await?;
    orders::place(app).await?;
    // Switched on last: a large scale sets more budgets than a mailbox takes codes.
    let asking = cast.iter().filter(|actor| actor.verification_enabled).map(Actor::id).collect();
    app.store.execute(SwitchVerification { accounts: asking, enabled: true }).await?;
    record_charges(app, &cast).await
}

async fn open_accounts(app: &App, cast: &[Actor]) -> Outcome<()> {
    let password_hash = passwords::hash(DEMO_PASSWORD)?;
    for some in cast.chunks(ACCOUNTS_AT_ONCE) {
        let first = account::Entity::find()
            .filter(account::Column::AccountName.eq(&some[0].account_name))
            .one(app.store.reader())
            .await?;
        if first.is_some() {
            continue;
        }
        let accounts = some.iter().map(|actor| open_account(actor, &password_hash)).collect();
        app.store.execute(OpenAccounts(accounts)).await?;
    }
    Ok(())
}

fn open_account(actor: &Actor, password_hash: &str) -> OpenAccount {
    let hash = digest::digest(&digest::SHA256, actor.account_name.as_bytes());
    let number = u32::from_le_bytes([hash.as_ref()[0], hash.as_ref()[1], hash.as_ref()[2], 0]);
    OpenAccount {
        id: actor.id(),
        place: actor.place,
        account_name: actor.account_name.clone(),
        name: actor.name.clone(),
        email: Some(format!("office@{}.example", actor.account_name)),
        mobile_number: Some(format!("193{number:08}")),
        country_region: Some("SG".to_owned()),
        verification_enabled: false,
        members: actor.members(),
        password_hash: password_hash.to_owned(),
    }
}

/// The administrator of an account of the cast.
async fn administrator(app: &App, account_name: &str) -> Outcome<Arc<Viewer>> {
    let identity = queries::identity_by_name(app.store.reader(), account_name, None).await?;
    let identity = identity.ok_or_else(|| Fault::because(format!("{account_name} was not opened")))?;
    Ok(Arc::new(identity.into_viewer(&app.sign_in.roles, None, app.store.clock().now())?))
}

/// Asks for a code, reads it out of the outbox as the person would, and gives it back.
async fn code(app: &App, viewer: &Arc<Viewer>, operation: CriticalOperation) -> Outcome<Checked> {
    let send =
        Send { viewer: viewer.clone(), operation, channel: VerificationChannel::Email, key: app.codes.key.clone() };
    let sent = app.store.execute(send).await?;
    let newest = notifications::newest(&app.store, 1).await?;
    let body = newest.into_iter().find(|message| message.recipient == sent.to).map(|message| message.body);
    let code = body.and_then(|body| body.split_whitespace().next().map(str::to_owned));
    check(app, viewer, operation, code).await
}

async fn check(
    app: &App,
    viewer: &Arc<Viewer>,
    operation: CriticalOperation,
    code: Option<String>,
) -> Outcome<Checked> {
    let origin = Origin::new(&app.guard, ClientAddress::LOCAL);
    app.codes.check(&app.store, viewer, operation, code, &origin).await
}

fn usd(whole: i64) -> Amount {
    Amount::from_units(whole * 10_i64.pow(Amount::SCALE))
}

/// Every first reseller of three gets both quotas, every second a monthly one. The codes of one distributor's grants are
/// as many as its mailbox takes in an hour; beyond that, resellers of a large scale stay unauthorized.
async fn grant_permissions(app: &App, cast: &[Actor]) -> Outcome<()> {
    for distributor in ["distributor-1", "distributor-2"] {
        let viewer = administrator(app, distributor).await?;
        let below = cast.iter().filter(|actor| actor.place == Place::ResellerOf(account_id(distributor)));
        for (index, reseller) in below.enumerate() {
            let quotas = match index % 3 {
                0 => NewQuotas { monthly: Some(usd(100_000)), one_time: Some(usd(50_000)) },
                1 => NewQuotas { monthly: Some(usd(80_000)), one_time: None },
                _ => continue,
            };
            match change(app, &viewer, reseller, Change::Grant(quotas)).await {
                Err(Error::Refused(reasons)) if reasons[0].code == UserErrorCode::TooManyRequests => break,
                outcome => already_done(outcome)?,
            }
        }
    }
    let viewer = administrator(app, "distributor-1").await?;
    let Some(first) = cast.iter().find(|actor| actor.account_name == "reseller-1a") else { return Ok(()) };
    already_done(change(app, &viewer, first, Change::OnBehalf { enabled: true, letter_accepted: true }).await)
}

async fn change(app: &App, viewer: &Arc<Viewer>, reseller: &Actor, change: Change) -> Outcome<()> {
    let code = code(app, viewer, change.operation()).await?;
    let command = ChangePermissions { viewer: viewer.clone(), reseller: reseller.id().cast(), change, code };
    app.store.execute(command).await.map(drop)
}

/// What an earlier, interrupted load did is done.
fn already_done(outcome: Outcome<()>) -> Outcome<()> {
    match outcome {
        Err(Error::Refused(reasons)) if reasons.iter().all(|reason| reason.code == UserErrorCode::Conflict) => Ok(()),
        outcome => outcome,
    }
}

/// What customers 1 to 5 of each partner get: type, amount, policy; none for the last.
const BUDGETS: [Option<(BudgetType, i64, ExhaustionPolicy)>; 5] = [
    Some((BudgetType::Monthly, 1_000, ExhaustionPolicy::Manual)),
    Some((BudgetType::Monthly, 500, ExhaustionPolicy::Automatic)),
    Some((BudgetType::OneTime, 300, ExhaustionPolicy::Manual)),
    Some((BudgetType::Monthly, 200, ExhaustionPolicy::Manual)),
    None,
];

/// What customers 1 to 5 of each partner have spent, in cents.
const SPENT_CENTS: [i64; 5] = [61_250, 19_999, 12_000, 1_234, 450];

/// What some customers spend instead: just under 75 %, just under 100 % with AUTOMATIC, and past 90 %.
const SPENT_INSTEAD: [(&str, i64); 3] =
    [("customer-1a1", 74_990), ("customer-1a2", 49_950), ("customer-csp1-1", 91_000)];

fn customers(cast: &[Actor]) -> impl Iterator<Item = (usize, &Actor)> {
    let customers = cast.iter().filter(|actor| actor.place.kind() == AccountKind::Customer);
    customers.enumerate().map(|(index, actor)| (index % 5, actor))
}

/// Sets budgets as the partner in charge: a reseller that is authorized, else its distributor, or the provider.
async fn set_budgets(app: &App, cast: &[Actor]) -> Outcome<()> {
    for partner in cast.iter().filter(|actor| matches!(actor.place, Place::ResellerOf(_) | Place::Provider)) {
        let own: Vec<(usize, &Actor)> = customers(cast)
            .filter(|(_, actor)| matches!(actor.place, Place::CustomerOf { partner: id, .. } if id == partner.id()))
            .collect();
        let viewer = in_charge(app, partner).await?;
        for place in 0..BUDGETS.len() {
            let ids: Vec<CustomerId> =
                own.iter().filter(|(index, _)| *index == place).map(|(_, actor)| actor.id().cast()).collect();
            for some in ids.chunks(crate::budgets::commands::MAX_BATCH) {
                set_budget(app, &viewer, some.to_vec(), place).await?;
            }
        }
    }
    Ok(())
}

async fn in_charge(app: &App, partner: &Actor) -> Outcome<Arc<Viewer>> {
    let Place::ResellerOf(distributor) = partner.place else {
        return administrator(app, &partner.account_name).await;
    };
    let permission =
        entities::reseller_permission::Entity::find_by_id(partner.id().cast()).one(app.store.reader()).await?;
    if permission.is_some_and(|permission| permission.budget_and_freeze) {
        return administrator(app, &partner.account_name).await;
    }
    let above = if distributor == account_id("distributor-1") { "distributor-1" } else { "distributor-2" };
    administrator(app, above).await
}

async fn set_budget(app: &App, viewer: &Arc<Viewer>, ids: Vec<CustomerId>, place: usize) -> Outcome<()> {
    let Some((kind, amount, policy)) = BUDGETS[place] else { return unfreeze(app, viewer, ids).await };
    let budget = NewBudget { kind, amount: usd(amount), policy, unfreeze_now: true };
    let outcome = match set_or_freeze_by_hand(app, viewer, &ids, budget).await {
        Err(Error::Refused(reasons)) if reasons[0].code == UserErrorCode::BudgetTypeNotGranted => {
            set_or_freeze_by_hand(app, viewer, &ids, NewBudget { kind: BudgetType::Monthly, ..budget }).await
        }
        outcome => outcome,
    };
    outcome.map(drop)
}

/// Sets a budget. A large scale asks for more codes than a mailbox takes: the rest is left to be frozen by hand, which
/// needs none.
async fn set_or_freeze_by_hand(
    app: &App,
    viewer: &Arc<Viewer>,
    ids: &[CustomerId],
    budget: NewBudget,
) -> Outcome<BudgetsSet> {
    let (budget, code) = match code(app, viewer, CriticalOperation::SetBudget).await {
        Err(Error::Refused(reasons)) if reasons[0].code == UserErrorCode::TooManyRequests => {
            let none = check(app, viewer, CriticalOperation::SetBudget, None).await?;
            (NewBudget { policy: ExhaustionPolicy::Manual, ..budget }, none)
        }
        code => (budget, code?),
    };
    app.store.execute(SetBudgets { viewer: viewer.clone(), customers: ids.to_vec(), budget, code }).await
}

/// Of the customers without a budget some are unfrozen; the others stay as their association left them.
async fn unfreeze(app: &App, viewer: &Arc<Viewer>, ids: Vec<CustomerId>) -> Outcome<()> {
    if !ids.contains(&account_id("customer-1a5")) {
        return Ok(());
    }
    let command = ChangeFreeze {
        viewer: viewer.clone(),
        customers: ids,
        change: FreezeChange::UnfreezeAccount,
        reason: "ready to start".to_owned(),
        agreement_accepted: false,
        retention: std::time::Duration::ZERO,
        code: check(app, viewer, CriticalOperation::Unfreeze, None).await?,
    };
    match app.store.execute(command).await {
        Err(Error::Refused(reasons)) if reasons[0].code == UserErrorCode::NotFrozen => Ok(()),
        outcome => outcome.map(drop),
    }
}

async fn record_charges(app: &App, cast: &[Actor]) -> Outcome<()> {
    let occurred_at = recently(app);
    let mut lines: Vec<Charge> = customers(cast)
        .map(|(place, actor)| {
            let instead = SPENT_INSTEAD.iter().find(|(name, _)| *name == actor.account_name);
            let cents = instead.map_or(SPENT_CENTS[place], |(_, cents)| *cents);
            charge_of(format!("demo-{}", actor.account_name), actor, cents, occurred_at, false)
        })
        .collect();
    let Some((_, last)) = customers(cast).next() else { return Ok(()) };
    lines.push(charge_of(LAST_CHARGE.to_owned(), last, 1_200, occurred_at, true));
    for some in lines.chunks(crate::metering::rules::MAX_LINES) {
        app.store.execute(RecordCharges { lines: some.to_vec() }).await?;
    }
    Ok(())
}

fn charge_of(charge_id: String, actor: &Actor, cents: i64, occurred_at: Timestamp, settled_monthly: bool) -> Charge {
    Charge {
        charge_id,
        customer: actor.id().cast(),
        product_type: if settled_monthly { "CDN" } else { "ECS" }.to_owned(),
        billing_mode: BillingMode::PayPerUse,
        list_price: Amount::from_units(cents * 10_i64.pow(Amount::SCALE - Amount::CENTS)),
        occurred_at,
        settled_monthly,
    }
}

/// An hour ago, but within the present month.
fn recently(app: &App) -> Timestamp {
    let (clock, calendar) = (app.store.clock(), app.store.calendar());
    let start = calendar.start_of(calendar.month_of(clock.now()));
    clock.now().minus(std::time::Duration::from_secs(3_600)).max(start)
}
