//! The program: its parts, put together. Nothing is decided here.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    access::RoleTable,
    accounts::{guard::Guard, issuers::Issuers, sessions::SignInRules, tokens::Keys, viewers::Viewers},
    agreements::Texts,
    authorizations::Authorization,
    catalogue::Catalogue,
    clock::Clock,
    config::Settings,
    disassociations::Disassociation,
    feed::Hub,
    files::{Files, LinkKey},
    graphql::trusted::TrustedDocuments,
    idempotency::Sealer,
    mailboxes::Mailboxes,
    orders::commands::Shop,
    outcome::Fault,
    preregistrations::review::PreregistrationReview,
    resources::{AtOnce, Provisioner},
    reviews::{AnyKind, Erased, Reviews},
    store::{Connection, CursorKey, Lease, Store},
    telemetry::figures,
    verification::{
        commands::{CodeKey, Codes},
        register::Register,
    },
    webhooks::{delivery::Sender, rules::Reach},
};

/// The parts that requests use. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The database.
    pub store: Store,
    /// The live feed.
    pub hub: Arc<Hub>,
    /// The duty of running jobs.
    pub jobs: Arc<Lease>,
    /// Signing in.
    pub sign_in: SignInRules,
    /// Counts what fails at the door.
    pub guard: Guard,
    /// Viewers that were read lately.
    pub viewers: Arc<Viewers>,
    /// Trusted outside issuers.
    pub issuers: Arc<Issuers>,
    /// Verification codes.
    pub codes: Codes,
    /// The mailboxes of those who sign up.
    pub mailboxes: Mailboxes,
    /// The key of cursors.
    pub cursor_key: CursorKey,
    /// Hashes keys of requests that may be repeated, and seals their answers.
    pub sealer: Sealer,
    /// What posts to endpoints.
    pub webhooks: Arc<Sender>,
    /// What customers can buy.
    pub catalogue: Arc<Catalogue>,
    /// What provides it.
    pub provisioner: Arc<dyn Provisioner>,
    /// The review engine with its kinds.
    pub reviews: Reviews,
    /// The texts that customers sign.
    pub agreements: Arc<Texts>,
    /// The documents that alone are executed, where that is set.
    pub trusted: Option<Arc<TrustedDocuments>>,
    /// The store of files.
    pub files: Arc<Files>,
    /// The key of links to files.
    pub links: LinkKey,
    /// Rings when an export was asked for on this node.
    pub exports_asked: Arc<Notify>,
}

/// The kinds of applications: one line each.
static KINDS: [&dyn AnyKind; 3] =
    [&Erased::<Disassociation>::NEW, &Erased::<Authorization>::NEW, &Erased::<PreregistrationReview>::NEW];

/// The duty of running jobs.
const JOBS: &str = "jobs";
const DAY: Duration = Duration::from_secs(24 * 3_600);

impl App {
    /// Opens the database, brings it to the newest shape and puts the parts together. Nothing runs yet.
    pub async fn start(settings: Settings, keys: Keys, clock: Clock) -> Result<Self, Fault> {
        figures::handle();
        let connection = Connection::open(&settings.database).await?;
        connection.migrate().await?;
        let store = Store::new(connection, clock, settings.calendar());
        let node = Uuid::new_v4();
        let hub = Hub::start(store.clone(), &settings, node).await?;
        let jobs = Lease::new(&store, JOBS, node, settings.lease_lifetime());
        let issuers = Arc::new(Issuers::load(&settings.auth)?);
        let register = Arc::new(Register::load(settings.critical_operations_file.as_deref())?);
        let codes = Codes { key: CodeKey::derive(keys.secret()), register };
        let mailboxes = Mailboxes::derive(keys.secret());
        let agreements = Arc::new(Texts::load(settings.agreements_file.as_deref())?);
        let cursor_key = CursorKey::derive(keys.secret())?;
        let links = LinkKey::derive(keys.secret());
        let sealer = Sealer::derive(keys.secret());
        let guard = Guard::new(keys.secret(), settings.guard.clone());
        let sign_in = SignInRules {
            keys,
            session_lifetime: DAY * settings.auth.session_days,
            demo: settings.demo,
            roles: Arc::new(RoleTable::load(settings.roles_file.as_deref())?),
        };
        let catalogue = Arc::new(Catalogue::load(settings.catalogue_file.as_deref())?);
        let reviews = Reviews::new(&KINDS, settings.working_days())?;
        let viewers = Arc::default();
        let trusted = settings.documents.trusted_file.as_deref().map(TrustedDocuments::load).transpose()?.map(Arc::new);
        let files = Arc::new(Files::open(&settings.files)?);
        let webhooks = Sender::new(if settings.demo { Reach::Anywhere } else { Reach::Public });
        Ok(Self {
            settings: Arc::new(settings),
            store,
            hub,
            jobs,
            sign_in,
            guard,
            viewers,
            issuers,
            codes,
            mailboxes,
            cursor_key,
            sealer,
            webhooks,
            catalogue,
            provisioner: Arc::new(AtOnce),
            reviews,
            agreements,
            trusted,
            files,
            links,
            exports_asked: Arc::default(),
        })
    }

    /// What orders need.
    pub fn shop(&self) -> Shop {
        Shop {
            catalogue: self.catalogue.clone(),
            provisioner: self.provisioner.clone(),
            payment_time: DAY * self.settings.order_payment_days,
        }
    }
}
