//! A running server in this process, with a clock that tests can move.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use partner_center::{accounts::tokens::Keys, app::App, audit, clock::Clock, config::Settings, http, jobs};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    client::Client,
    database::{self, Fresh},
    socket::Socket,
};

/// How long a test waits for a state before it gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with a database of its own, loaded with the cast.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    pub http: reqwest::Client,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
    jobs: jobs::Running,
    database: Arc<Fresh>,
}

/// Runs a test's story on a fresh server; afterwards every derived figure must agree.
pub async fn story<F: Future<Output = Server>>(tell: impl FnOnce(Server) -> F) {
    story_with(|_| {}, tell).await;
}

/// The same with settings changed.
pub async fn story_with<F: Future<Output = Server>>(
    change: impl FnOnce(&mut Settings),
    tell: impl FnOnce(Server) -> F,
) {
    let server = tell(Server::start(change).await).await;
    server.end().await;
}

impl Server {
    async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let database = database::fresh().await;
        let mut settings = database::settings(&database.url);
        change(&mut settings);
        let keys = Keys::ephemeral(&settings.auth).unwrap();
        Self::open(settings, keys, Clock::default(), Arc::new(database)).await
    }

    /// Another node on the same database, with the same keys and clock.
    pub async fn beside(&self) -> Self {
        self.beside_with(|_| {}).await
    }

    /// The same with settings changed.
    pub async fn beside_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = (*self.app.settings).clone();
        change(&mut settings);
        let clock = self.app.store.clock().clone();
        Self::open(settings, self.app.sign_in.keys.clone(), clock, self.database.clone()).await
    }

    async fn open(settings: Settings, keys: Keys, clock: Clock, database: Arc<Fresh>) -> Self {
        let app = App::start(settings, keys, clock).await.unwrap();
        let shutdown = CancellationToken::new();
        let jobs = jobs::start(&app, &shutdown).unwrap();
        let server = http::bind(app.clone(), shutdown.clone()).await.unwrap();
        let address = server.address().unwrap();
        let running = tokio::spawn(server.run());
        Self { app, address, http: reqwest::Client::new(), shutdown, running, jobs, database }
    }

    /// Ends in order; every derived figure must agree.
    pub async fn end(self) {
        self.until("everything is in the feed", || async { self.app.hub.lag().await.unwrap().waiting == 0 }).await;
        let found = audit::run(&self.app.store).await.unwrap();
        assert!(found.is_empty(), "the audit disagrees: {found:#?}");
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.expect("the server ends in time").unwrap();
        self.jobs.end().await;
        self.app.store.close().await.unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client that has not signed in.
    pub fn stranger(&self) -> Client {
        Client::new(self.http.clone(), self.url(""), None)
    }

    /// A client signed in as an account's holder, or as `account/member`.
    pub async fn sign_in(&self, who: &str) -> Client {
        let (account, member) = match who.split_once('/') {
            Some((account, member)) => (account, Some(member)),
            None => (who, None),
        };
        let answer = self
            .stranger()
            .run(
                "mutation($account: String!, $member: String) { signIn(input: { accountName: $account, \
                 memberName: $member, password: \"demo-password\" }) { accessToken refreshToken userErrors { code } } }",
                serde_json::json!({ "account": account, "member": member }),
            )
            .await
            .data();
        let token = answer["signIn"]["accessToken"].as_str().unwrap_or_else(|| panic!("{who}: {answer}"));
        let mut client = Client::new(self.http.clone(), self.url(""), Some(token.to_owned()));
        client.refresh_token = answer["signIn"]["refreshToken"].as_str().map(str::to_owned);
        client
    }

    /// A socket for a client, introduced.
    pub async fn socket(&self, client: &Client) -> Socket {
        Socket::open(self.address, client.token.as_deref()).await
    }

    /// The newest message to an address of the outbox.
    pub async fn newest_message(&self, to: &str) -> String {
        let outbox: Value = self.http.get(self.url("/demo/outbox")).send().await.unwrap().json().await.unwrap();
        let messages = outbox["messages"].as_array().unwrap();
        let message = messages.iter().find(|message| message["to"] == to).expect("a message");
        message["body"].as_str().unwrap().to_owned()
    }

    /// Asks for a verification code and reads it as the person would.
    pub async fn code(&self, client: &Client, who: &str, operation: &str) -> String {
        let sent = client
            .run(
                "mutation($operation: CriticalOperation!) { sendVerificationCode(input: { operation: $operation }) \
                 { sentTo userErrors { code message } } }",
                serde_json::json!({ "operation": operation }),
            )
            .await
            .data();
        assert_eq!(sent["sendVerificationCode"]["userErrors"], serde_json::json!([]), "{sent}");
        let body = self.newest_message(&format!("office@{who}.example")).await;
        body.split_whitespace().next().unwrap().to_owned()
    }

    /// Records one charge now, as the meter.
    pub async fn charge(&self, customer: &str, charge_id: &str, list_price: &str) -> Value {
        self.charges(&[(customer, charge_id, list_price)]).await
    }

    /// Records charges now, as the meter: customer, charge id, list price.
    pub async fn charges(&self, lines: &[(&str, &str, &str)]) -> Value {
        let now = self.app.store.clock().now().to_datetime().to_rfc3339();
        let lines: Vec<Value> = lines
            .iter()
            .map(|(customer, charge_id, price)| super::charge_line(charge_id, customer, price, &now))
            .collect();
        self.sign_in("platform/meter").await.record(&lines).await
    }

    /// How many statements `deed` needs: the least of several times, since whatever runs beside requests has its own
    /// statements now and then. `deed` is told which time it is.
    pub async fn statements<F: Future<Output = ()>>(&self, mut deed: impl FnMut(usize) -> F) -> u64 {
        let mut least = u64::MAX;
        for time in 0..5 {
            self.app.hub.settle().await.unwrap();
            let before = self.app.store.statements().get();
            deed(time).await;
            least = least.min(self.app.store.statements().get() - before);
        }
        least
    }

    /// Waits until a condition holds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        until(what, holds).await;
    }
}

/// Waits until a condition holds.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}
