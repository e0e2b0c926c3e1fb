//! Posting to an endpoint: to addresses that were checked, signed, within a time, and nowhere else.
//!
//! A name is resolved here, its addresses are checked, and the connection goes to one of those that were checked. A name
//! that leads elsewhere the next moment (DNS rebinding) leads nobody anywhere. Redirects are not followed and proxies of
//! the environment are not used, since either would connect to what nobody checked. Of the answer, only the status is
//! read.

use std::{
    error::Error as _,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use entities::types::Timestamp;
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect::Policy,
};
use tokio::{sync::Notify, time::Instant};

use super::rules::{self, Reach, Refusal, SIGNATURE_HEADER, TIMEOUT, check_url, is_public};
use crate::outcome::{Fault, Outcome};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept.
const KEEP_IDLE: Duration = Duration::from_secs(30);
/// Most characters of an error that are kept.
const MAX_ERROR: usize = 200;

/// Posts to endpoints.
pub struct Sender {
    reach: Reach,
    http: OnceLock<Client>,
    changed: Notify,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it failed; none where the event was taken.
    pub error: Option<String>,
}

/// A name that leads nowhere, or somewhere that is not public.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name does not lead to a public address")]
struct Unreachable;

struct Checking(Reach);

impl Resolve for Checking {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let addresses = resolve(name.as_str(), reach).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// One address that is not public is enough to refuse the name: no honest one has both.
async fn resolve(host: &str, reach: Reach) -> Result<Vec<SocketAddr>, Unreachable> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await.map_err(|_| Unreachable)?.collect();
    let allowed = reach == Reach::Anywhere || addresses.iter().all(|address| is_public(address.ip()));
    if allowed && !addresses.is_empty() { Ok(addresses) } else { Err(Unreachable) }
}

impl Sender {
    /// One that reaches as far as the settings allow. Nothing is opened yet.
    pub fn new(reach: Reach) -> Arc<Self> {
        Arc::new(Self { reach, http: OnceLock::new(), changed: Notify::new() })
    }

    /// Rings when an endpoint was changed on this node.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }

    fn client(&self) -> Result<Client, Fault> {
        if let Some(client) = self.http.get() {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .dns_resolver(Arc::new(Checking(self.reach)))
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(KEEP_IDLE)
            .user_agent("partner-center")
            .build()
            .map_err(|error| Fault(Box::new(error)))?;
        Ok(self.http.get_or_init(|| client).clone())
    }

    /// Checks an address that somebody wants deliveries at: its text, and where its name leads now.
    ///
    /// # Refusals, first that holds
    /// `Url` · `NotPublic`
    pub async fn check(&self, url: &str) -> Outcome<Url> {
        let url = check_url(url, self.reach)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if self.reach == Reach::Public {
            let resolved = tokio::time::timeout(CONNECT_TIMEOUT, self.resolve(&url)).await;
            resolved.unwrap_or(Err(Unreachable)).map_err(|_| Refusal::NotPublic(host))?;
        }
        Ok(url)
    }

    async fn resolve(&self, url: &Url) -> Result<(), Unreachable> {
        let host = url.host_str().unwrap_or_default();
        resolve(host.trim_start_matches('[').trim_end_matches(']'), self.reach).await.map(drop)
    }

    /// Posts a body, signed with each of the secrets.
    pub async fn post(&self, url: &str, secrets: &[String], body: Vec<u8>, at: Timestamp) -> Result<Attempt, Fault> {
        let began = Instant::now();
        // An address in the place of a name is not resolved, so it is checked here, each time.
        let (status, error) = match check_url(url, self.reach) {
            Err(refusal) => (None, Some(refusal.to_string())),
            Ok(url) => {
                let signature = rules::signature(at.micros().div_euclid(1_000_000), &body, secrets);
                let request = self
                    .client()?
                    .post(url)
                    .header(CONTENT_TYPE, "application/json")
                    .header(SIGNATURE_HEADER, signature)
                    .body(body);
                match request.send().await {
                    Ok(answer) => {
                        let status = answer.status().as_u16();
                        (Some(status), (!rules::is_taken(status)).then(|| format!("the endpoint answered {status}")))
                    }
                    Err(error) => (None, Some(told(&error))),
                }
            }
        };
        Ok(Attempt { at, took: began.elapsed(), status, error })
    }
}

/// An error in words: its innermost cause, since those around it say no more than that something failed.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} seconds", TIMEOUT.as_secs());
    }
    let mut cause = error.source();
    let mut words = "the request failed".to_owned();
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    words.chars().take(MAX_ERROR).collect()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_name_is_refused_for_where_it_leads() {
        assert_eq!(resolve("localhost", Reach::Public).await, Err(Unreachable));
        assert!(resolve("localhost", Reach::Anywhere).await.is_ok());
        assert_eq!(resolve("nowhere.invalid", Reach::Anywhere).await, Err(Unreachable));
    }

    /// The text of an address was checked long ago, and its name leads inside now: no connection is made.
    #[tokio::test]
    async fn a_name_that_has_come_to_lead_inside_is_not_connected_to() {
        let inside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://localhost:{}/", inside.local_addr().expect("an address").port());
        let client = Sender::new(Reach::Public).client().expect("a client");
        let error = client.post(&url).send().await.expect_err("refused");
        assert!(told(&error).contains("does not lead to a public address"), "{}", told(&error));
        let connected = tokio::time::timeout(Duration::from_millis(100), inside.accept()).await;
        assert!(connected.is_err(), "somebody connected");
    }
}
