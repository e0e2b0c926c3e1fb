//! What partners of the cast do to win customers and keep them: claims, invitations, opportunities, requests that wait for
//! the other side, and a signature, so that no list is empty.
//!
//! Loaded after the cast, for whoever looks at the program: the tests arrange their own. Each part looks first whether it
//! is there, so that a second start adds nothing, and an interrupted one goes on.

use std::sync::Arc;

use entities::{
    agreement, application, invitation, opportunity, preregistration, reseller_invitation,
    types::{
        AgreementKind, ApplicationKind, CriticalOperation, CustomerFact, CustomerId, DisassociationReason,
        InvitationMethod, OpportunityPhase, OpportunityType, PeerVendor, PreregistrationId,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{account_id, administrator, code, staff, usd};
use crate::{
    access::{ClientAddress, Viewer},
    accounts::queries,
    agreements::commands::SignInstructions,
    app::App,
    authorizations::commands::RequestAuthorization,
    customer_facts::commands::SetCustomerFacts,
    disassociations::commands::RequestDisassociation,
    invitations::{commands::CreateLink, rules::Asked},
    opportunities::{
        commands::{CreateOpportunity, Whom},
        rules::{Details, Revenue},
    },
    outcome::{Fault, Outcome},
    preregistrations::{commands::PreregisterCustomer, rules::Particulars},
    recruitment::commands::{InviteResellers, Terms},
    verification::commands::Checked,
};

/// Whom a partner has claimed: the partner, its member (none for the holder), the customer, whether it is invited at once.
const CLAIMS: [(&str, Option<&str>, &str, bool); 6] = [
    ("reseller-1a", None, "Larch Logistics", true),
    ("reseller-1a", Some("manager"), "Maple Media", true),
    ("reseller-1a", Some("colleague"), "Nutmeg Networks", false),
    ("csp-1", None, "Olive Optics", true),
    ("csp-1", Some("manager"), "Poplar Press", true),
    ("csp-1", Some("colleague"), "Rowan Retail", false),
];

/// Loads it, as far as it is not there.
pub async fn load(app: &App) -> Outcome<()> {
    for (partner, member, name, invited) in CLAIMS {
        claim(app, partner, member, name, invited).await?;
    }
    for partner in ["reseller-1a", "csp-1"] {
        links(app, partner).await?;
        opportunities(app, partner).await?;
    }
    recruit(app).await?;
    sign(app, "customer-1a1").await?;
    requests(app).await
}

fn email_of(name: &str) -> String {
    format!("office@{}.example", name.to_lowercase().replace(' ', "-"))
}

async fn member(app: &App, account: &str, name: Option<&str>) -> Outcome<Arc<Viewer>> {
    let identity = queries::identity_by_name(app.store.reader(), account, name).await?;
    let identity = identity.ok_or_else(|| Fault::because(format!("{account} was not opened")))?;
    Ok(Arc::new(identity.into_viewer(&app.sign_in.roles, None, app.store.clock().now())?))
}

async fn claim(app: &App, partner: &str, by: Option<&str>, name: &str, invited: bool) -> Outcome<()> {
    use preregistration::Column;
    let email = email_of(name);
    let there = preregistration::Entity::find().filter(Column::Email.eq(&email)).one(app.store.reader());
    if there.await?.is_some() {
        return Ok(());
    }
    let command = PreregisterCustomer {
        viewer: member(app, partner, by).await?,
        particulars: Particulars {
            full_name: name.to_owned(),
            email,
            mobile_number: Some("+6519300000000".to_owned()),
            remarks: Some("Met at the fair".to_owned()),
        },
        address: ClientAddress::LOCAL,
        invite_at: invited.then(|| app.settings.public_address.clone()),
        mailboxes: app.mailboxes.clone(),
    };
    app.store.execute(command).await.map(drop)
}

/// A general-purpose link, and a customized one.
async fn links(app: &App, partner: &str) -> Outcome<()> {
    use invitation::Column;
    let viewer = administrator(app, partner).await?;
    for (method, tag) in [(InvitationMethod::GeneralLink, None), (InvitationMethod::CustomizedLink, Some("Fair 2026"))]
    {
        let there = invitation::Entity::find()
            .filter(Column::PartnerId.eq(viewer.account.id))
            .filter(Column::Method.eq(method))
            .one(app.store.reader());
        if there.await?.is_some() {
            continue;
        }
        let asked = Asked { tag: tag.map(str::to_owned), for_manager: false, remarks: None, valid_until: None };
        app.store.execute(CreateLink { viewer: viewer.clone(), method, asked, account_manager: None }).await?;
    }
    Ok(())
}

/// One with a customer that is there, and one with a customer that is claimed.
async fn opportunities(app: &App, partner: &str) -> Outcome<()> {
    let (customer, claimed) =
        if partner == "csp-1" { ("customer-csp1-1", "Poplar Press") } else { ("customer-1a1", "Maple Media") };
    let viewer = member(app, partner, Some("manager")).await?;
    let there = opportunity::Entity::find().filter(opportunity::Column::PartnerId.eq(viewer.account.id));
    if there.one(app.store.reader()).await?.is_some() {
        return Ok(());
    }
    let claim: Option<PreregistrationId> = preregistration::Entity::find()
        .filter(preregistration::Column::Email.eq(email_of(claimed)))
        .one(app.store.reader())
        .await?
        .map(|row| row.id);
    let claim = claim.ok_or_else(|| Fault::because(format!("{claimed} was not claimed")))?;
    for (whom, name, kind, win_probability, phase) in [
        (
            Whom::Preregistered(claim),
            "First servers",
            OpportunityType::New,
            50,
            OpportunityPhase::SolutionCommunication,
        ),
        (
            Whom::Associated(account_id(customer)),
            "Shop in the cloud",
            OpportunityType::ContinuousOperations,
            75,
            OpportunityPhase::BusinessNegotiation,
        ),
    ] {
        let details = details(app, name, kind, win_probability);
        app.store.execute(CreateOpportunity { viewer: viewer.clone(), whom, phase, details }).await?;
    }
    Ok(())
}

fn details(app: &App, name: &str, kind: OpportunityType, win_probability: i32) -> Details {
    const IN_DAYS: u64 = 60;
    Details {
        name: name.to_owned(),
        industry: Some("Retail".to_owned()),
        sub_industry: None,
        service_system: Some("Web shop".to_owned()),
        kind,
        win_probability,
        testing_project: false,
        bidding_project: false,
        estimated_cloud_spend: Some(usd(24_000)),
        technical_exchange: None,
        test_details: None,
        peer_vendors: vec![PeerVendor::Aws],
        peer_services: None,
        background: None,
        progress_details: Some("First talks went well".to_owned()),
        risk_and_request: None,
        revenue: Revenue {
            monthly: usd(2_000),
            deadline: app.store.clock().now().plus(std::time::Duration::from_secs(IN_DAYS * 24 * 3_600)),
            service_period_months: 12,
            major_products: vec!["ECS".to_owned(), "EVS".to_owned()],
            major_products_revenue: usd(1_500),
        },
    }
}

/// An invitation of a reseller that waits to be accepted.
async fn recruit(app: &App) -> Outcome<()> {
    let actor = staff::actor(app, "distributor-1").await?;
    let there = reseller_invitation::Entity::find().filter(
        reseller_invitation::Column::DistributorId.eq(actor.viewer.account.id.cast::<entities::types::Distributor>()),
    );
    if there.one(app.store.reader()).await?.is_some() {
        return Ok(());
    }
    let emails = vec![email_of("Sorrel Systems")];
    let terms = Terms::for_as_many_as(emails.len(), &app.settings.recruitment, &app.mailboxes)?;
    app.store.execute(InviteResellers { actor, emails, manager: None, terms }).await.map(drop)
}

/// The association instructions, signed.
async fn sign(app: &App, customer: &str) -> Outcome<()> {
    let viewer = administrator(app, customer).await?;
    let own: CustomerId = viewer.account.id.cast();
    let there = agreement::Entity::find().filter(agreement::Column::CustomerId.eq(own)).one(app.store.reader());
    let newest = app.agreements.newest(AgreementKind::AssociationInstructions, app.store.clock().now());
    let (None, Some(newest)) = (there.await?, newest) else { return Ok(()) };
    let (texts, version) = (app.agreements.clone(), newest.version);
    let command = SignInstructions { viewer, texts, version, address: ClientAddress::LOCAL };
    app.store.execute(command).await.map(drop)
}

/// Who asks for the end of an association: a customer, which its reseller decides; and a provider for a named account,
/// which the platform looks at first. And a reseller that asks to act on behalf of a customer.
async fn requests(app: &App) -> Outcome<()> {
    let (leaving, named, asked) = ("customer-1a3", "customer-csp1-3", "customer-1a4");
    if !has_asked(app, leaving, ApplicationKind::Disassociation).await? {
        let viewer = administrator(app, leaving).await?;
        let code = code(app, &viewer, CriticalOperation::Disassociation).await?;
        app.store.execute(leave(app, viewer, leaving, Some(code))).await?;
    }
    if !has_asked(app, named, ApplicationKind::Disassociation).await? {
        let viewer = administrator(app, "platform").await?;
        let facts = [CustomerFact::NamedAccount].into_iter().collect();
        let address = ClientAddress::LOCAL;
        app.store.execute(SetCustomerFacts { viewer, customer: account_id(named), facts, address }).await?;
        let viewer = administrator(app, "csp-1").await?;
        app.store.execute(leave(app, viewer, named, None)).await?;
    }
    if !has_asked(app, asked, ApplicationKind::Authorization).await? {
        let letter = app.agreements.newest(AgreementKind::AuthorizationLetter, app.store.clock().now());
        let Some(letter_version) = letter.map(|letter| letter.version) else { return Ok(()) };
        let command = RequestAuthorization {
            viewer: administrator(app, "reseller-1a").await?,
            reviews: app.reviews.clone(),
            customer: account_id(asked),
            letter_version,
            address: ClientAddress::LOCAL,
        };
        app.store.execute(command).await?;
    }
    Ok(())
}

async fn has_asked(app: &App, customer: &str, kind: ApplicationKind) -> Outcome<bool> {
    use application::Column;
    let about = application::Entity::find()
        .filter(Column::SubjectId.eq(account_id::<entities::types::Account>(customer)))
        .filter(Column::Kind.eq(kind));
    Ok(about.one(app.store.reader()).await?.is_some())
}

fn leave(app: &App, viewer: Arc<Viewer>, customer: &str, code: Option<Checked>) -> RequestDisassociation {
    RequestDisassociation {
        viewer,
        reviews: app.reviews.clone(),
        customer: account_id(customer),
        reason: DisassociationReason::NoNeedOfServices,
        remarks: Some("The shop closes.".to_owned()),
        code,
        address: ClientAddress::LOCAL,
    }
}
