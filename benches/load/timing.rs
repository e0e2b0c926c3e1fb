//! Whether answers tell by their time what they do not tell by their words: pairs of requests, interleaved, whose answers
//! are equal.

use std::{env, future::Future, time::Instant};

use entities::{
    message,
    types::{Customer, CustomerId},
};
use partner_center::{accounts::tokens::Keys, app::App, clock::Clock, config::Settings, demo};
use sea_orm::{ConnectionTrait, Database, EntityTrait, QueryOrder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    ranks::mann_whitney,
    setting::{serve, token},
};

const SIGN_IN: &str = "mutation($account: String!) { signIn(input: { accountName: $account, password: \"wrong\" }) { \
    userErrors { code message } } }";
const SEND: &str = "mutation { sendVerificationCode(input: { operation: SET_BUDGET }) { userErrors { code } } }";
const SET: &str = "mutation($id: ID!, $code: String!) { setCustomerBudget(input: { customerId: $id, type: MONTHLY, \
    amount: \"250\", exhaustionPolicy: AUTOMATIC, verificationCode: $code }) { userErrors { code message } } }";
const CUSTOMER: &str = "query($id: ID!) { customer(id: $id) { id } }";
const NODE: &str = "query($id: ID!) { node(id: $id) { id } }";
/// Wrong codes that a member may try within a day; of one code it may try five, which makes no whole pairs.
const A_DAY: usize = 20;
const A_CODE: usize = 4;
/// Pairs before those that count.
const WARM_UP: usize = 20;

/// A server whose guards let one client fail as often as it likes.
struct Probe {
    app: App,
    url: String,
    http: reqwest::Client,
}

impl Probe {
    async fn start() -> Self {
        let name = format!("timing_{}", std::process::id());
        let mut settings = Settings { demo: true, ..Settings::default() };
        settings.listen = "127.0.0.1:0".parse().unwrap();
        settings.database.url = match env::var("PARTNER_CENTER_TEST_POSTGRES") {
            Ok(server) => {
                let administration = Database::connect(format!("{server}/postgres")).await.unwrap();
                #[expect(clippy::disallowed_methods, reason = "CREATE DATABASE takes no parameters")]
                administration.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                format!("{server}/{name}")
            }
            Err(_) => format!("sqlite://{}?mode=rwc", env::temp_dir().join(format!("{name}.db")).display()),
        };
        (settings.rates.account_cost, settings.rates.address_requests) = (0, 0);
        (settings.guard.name_tries, settings.guard.address_failures) = (1_000_000, 1_000_000);
        let keys = Keys::ephemeral(&settings.auth).unwrap();
        let app = App::start(settings, keys, Clock::default()).await.unwrap();
        demo::load(&app).await.unwrap_or_else(|error| panic!("{error:?}"));
        let url = format!("http://{}/graphql", serve(&app, &CancellationToken::new()).await);
        Self { app, url, http: reqwest::Client::new() }
    }

    /// Milliseconds until the answer was here, and the answer.
    async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> (f64, String) {
        let request = self.http.post(&self.url).json(&json!({ "query": query, "variables": variables }));
        let request = token.iter().fold(request, reqwest::RequestBuilder::bearer_auth).build().unwrap();
        let sent = Instant::now();
        let answer = self.http.execute(request).await.unwrap().text().await.unwrap();
        (sent.elapsed().as_secs_f64() * 1_000.0, answer)
    }

    /// A code as it was sent to the member.
    async fn code(&self, token: &str) -> String {
        let (_, sent) = self.ask(Some(token), SEND, Value::Null).await;
        assert!(sent.contains("\"userErrors\":[]"), "{sent}");
        let newest = message::Entity::find().order_by_desc(message::Column::Id).one(self.app.store.reader()).await;
        newest.unwrap().unwrap().body.split_whitespace().next().unwrap().to_owned()
    }
}

/// What came of one comparison.
#[derive(Default)]
struct Pairs {
    one: Vec<f64>,
    other: Vec<f64>,
}

impl Pairs {
    /// Asks both, now the one first and now the other. Their answers must be the same, but for what was asked for.
    async fn ask<F: Future<Output = (f64, String)>>(&mut self, number: usize, ask: impl Fn(bool) -> F) {
        // The bits of a mixed number: no beat of anything else has this rhythm.
        let first = (number.wrapping_mul(0x9e37_79b9) >> 7).is_multiple_of(2);
        let (a, b) = (ask(first).await, ask(!first).await);
        assert_eq!(a.1, b.1, "the words tell already");
        let (one, other) = if first { (a.0, b.0) } else { (b.0, a.0) };
        if number >= WARM_UP {
            self.one.push(one);
            self.other.push(other);
        }
    }

    fn print(mut self, what: &str) {
        let p = mann_whitney(&self.one, &self.other);
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let pairs = self.one.len();
        let (one, other) = (median(&mut self.one), median(&mut self.other));
        println!("| {what} | {pairs} | {one:.3} | {other:.3} | {:+.1} | {p:.3} |", (one - other) * 1_000.0);
    }
}

/// Measures, and prints a table.
pub async fn run(pairs: usize, sign_ins: usize) {
    let probe = Probe::start().await;
    println!("| one against other | pairs | median ms | median ms | difference µs | p |\n|---|---|---|---|---|---|");

    let mut measured = Pairs::default();
    for number in 0..sign_ins + WARM_UP {
        let account = |exists: bool| if exists { "reseller-1a" } else { "reseller-9z" };
        measured.ask(number, |exists| probe.ask(None, SIGN_IN, json!({ "account": account(exists) }))).await;
    }
    measured.print("wrong password of an account that exists, that does not");

    codes(&probe, pairs).await;

    let token = token(&probe.app, "reseller-1a", None).await;
    let foreign = demo::account_id::<Customer>("customer-2a1").to_string();
    let absent = CustomerId::new(probe.app.store.clock().now()).to_string();
    for (what, query) in [("customer(id) of another's, of nobody's", CUSTOMER), ("node(id), the same", NODE)] {
        let mut measured = Pairs::default();
        for number in 0..pairs + WARM_UP {
            let id = |exists: bool| if exists { &foreign } else { &absent };
            measured.ask(number, |exists| probe.ask(Some(&token), query, json!({ "id": id(exists) }))).await;
        }
        measured.print(what);
    }
    probe.app.store.close().await.unwrap();
}

/// A code that is wrong in its last digit, against one that is wrong in its first. A new day for each twenty tries.
async fn codes(probe: &Probe, pairs: usize) {
    let mut measured = Pairs::default();
    let (mut session, mut code) = (String::new(), String::new());
    let customer = demo::account_id::<Customer>("customer-1a4").to_string();
    for number in 0..pairs + WARM_UP {
        if (2 * number).is_multiple_of(A_DAY) {
            probe.app.store.clock().advance(std::time::Duration::from_secs(25 * 3_600));
            session = token(&probe.app, "reseller-1a", None).await;
        }
        if (2 * number).is_multiple_of(A_CODE) {
            code = probe.code(&session).await;
        }
        let wrong_at = |at: usize| {
            let mut digits = code.clone().into_bytes();
            digits[at] = if digits[at] == b'9' { b'8' } else { digits[at] + 1 };
            String::from_utf8(digits).unwrap()
        };
        let variables = |last: bool| json!({ "id": customer, "code": wrong_at(if last { 5 } else { 0 }) });
        measured.ask(number, |last| probe.ask(Some(&session), SET, variables(last))).await;
    }
    measured.print("code wrong in its last digit, in its first");
}
