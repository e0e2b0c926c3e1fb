//! The database with its data, our server and the reference beside it.

use std::{
    env,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use partner_center::{
    accounts::{self, tokens::Keys},
    app::App,
    clock::Clock,
    config::{Settings, WakeBy},
    demo, http, jobs,
    metering::{commands::RecordCharges, rules::Charge},
};
use sea_orm::{ConnectionTrait, Database, sqlx::PgPool};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{drive::Requests, reference};

/// Gives each distributor 21 resellers with 35 customers each.
pub const SCALE: u32 = 7;

/// Everything that is measured.
pub struct Setting {
    pub app: App,
    pub ours: SocketAddr,
    pub reference: SocketAddr,
    pub broadcast: tokio::sync::broadcast::Sender<String>,
    shutdown: CancellationToken,
}

impl Setting {
    /// Loads a fresh PostgreSQL database and starts both servers.
    pub async fn prepare(wake: WakeBy) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = env::var("PARTNER_CENTER_TEST_POSTGRES").expect("run me with bin/postgres");
        let name = format!("bench_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let administration = Database::connect(format!("{server}/postgres")).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "CREATE DATABASE takes no parameters")]
        administration.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();

        let mut settings = Settings { demo: true, demo_scale: SCALE, wake, ..Settings::default() };
        settings.listen = "127.0.0.1:0".parse().unwrap();
        settings.database.url = format!("{server}/{name}");
        settings.log.filter = "error".to_owned();
        // One account plays many.
        (settings.rates.account_cost, settings.rates.address_requests) = (0, 0);
        settings.limits.sockets_per_account = settings.limits.connections;
        settings.limits.connections_per_address = 0;
        // A million rows are loaded through the same connections.
        settings.database.statement_timeout_secs = 600;
        let keys = Keys::ephemeral(&settings.auth).unwrap();
        let app = App::start(settings, keys, Clock::default()).await.unwrap();
        demo::load(&app).await.unwrap_or_else(|error| panic!("{error:?}"));
        use_budgets_up(&app).await;
        analyze(&app).await;

        let shutdown = CancellationToken::new();
        let ours = serve(&app, &shutdown).await;
        caught_up(&app).await;
        let pool: PgPool = app.store.reader().get_postgres_connection_pool().clone();
        let (reference, broadcast) = reference::start(pool).await;
        Self { app, ours, reference, broadcast, shutdown }
    }

    /// Another node on the same database.
    pub async fn beside(&self) -> (App, SocketAddr) {
        let keys = self.app.sign_in.keys.clone();
        let app = App::start((*self.app.settings).clone(), keys, Clock::default()).await.unwrap();
        let address = serve(&app, &self.shutdown).await;
        (app, address)
    }

    /// An access token for an account's holder or member.
    pub async fn token(&self, account: &str, member: Option<&str>) -> String {
        token(&self.app, account, member).await
    }

    /// Queries of ours.
    pub fn asks(&self, token: &str, query: &str, variables: &Value) -> Requests {
        asks(self.ours, token, query, variables)
    }

    /// Ends both servers.
    pub async fn end(self) {
        self.shutdown.cancel();
        self.app.store.close().await.unwrap();
    }
}

/// The same request again and again.
pub fn asks(server: SocketAddr, token: &str, query: &str, variables: &Value) -> Requests {
    let (url, token) = (format!("http://{server}/graphql"), token.to_owned());
    let body = json!({ "query": query, "variables": variables }).to_string();
    Requests {
        make: Arc::new(move |client, _| {
            client.post(&url).bearer_auth(&token).header("content-type", "application/json").body(body.clone())
        }),
    }
}

/// An access token for an account's holder or member.
pub async fn token(app: &App, account: &str, member: Option<&str>) -> String {
    let identity = accounts::queries::identity_by_name(app.store.reader(), account, member).await.unwrap();
    let signed_in = accounts::sessions::open_session(&app.store, &app.sign_in, identity.unwrap()).await;
    signed_in.unwrap_or_else(|error| panic!("{error:?}")).access_token
}

/// Waits until a node has handed out all that is committed.
pub async fn caught_up(app: &App) {
    while app.hub.lag().await.is_ok_and(|lag| lag.waiting > 0 || lag.behind > Duration::ZERO) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Starts a node; returns where it listens.
pub async fn serve(app: &App, shutdown: &CancellationToken) -> SocketAddr {
    let _ = jobs::start(app, shutdown).unwrap();
    let server = http::bind(app.clone(), shutdown.clone()).await.unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.run());
    address
}

/// Tells the planner what there is, as PostgreSQL does by itself after a while.
#[expect(clippy::disallowed_methods, reason = "takes no parameters")]
pub async fn analyze(app: &App) {
    app.store.reader().execute_unprepared("VACUUM ANALYZE").await.unwrap();
}

/// Brings the customers of reseller 1a to 85 % and more, so that there is something to list by usage.
async fn use_budgets_up(app: &App) {
    let now = app.store.clock().now();
    let lines = (1..=35).map(|number| Charge {
        charge_id: format!("bench-hot-{number}"),
        customer: demo::account_id(&format!("customer-1a{number}")),
        product_type: "ECS".to_owned(),
        billing_mode: entities::types::BillingMode::PayPerUse,
        list_price: entities::types::Amount::from_units((250 + number) * 100_000_000),
        occurred_at: now,
        settled_monthly: false,
    });
    app.store.execute(RecordCharges { lines: lines.collect() }).await.unwrap_or_else(|error| panic!("{error:?}"));
}
