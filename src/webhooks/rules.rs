//! Where deliveries may go, how they are signed, and when one that failed is tried again.

use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entities::{
    types::{EventType, Timestamp},
    webhook_endpoint,
};
use reqwest::Url;

use crate::{
    backoff::Backoff,
    outcome::{Refuse, UserErrorCode},
    tallies::Bound,
};

/// Most endpoints of an account.
pub const MAX_ENDPOINTS: u64 = 5;
/// Most characters of an address.
pub const MAX_URL: usize = 2_048;
/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// How long a replaced secret signs too.
pub const OLD_SECRET_LASTS: Duration = Duration::from_secs(24 * 3_600);
/// How long an endpoint may take to answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// When a delivery that failed is tried again.
pub const RETRY: Backoff = Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(3_600) };
/// For how long; after that the endpoint is switched off.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// Pings of an endpoint within a minute.
pub const MAX_PINGS_A_MINUTE: u64 = 10;
/// New secrets of an endpoint: each makes the one before last void, and none is needed often.
pub const ROTATIONS: Bound = Bound { rest: Duration::ZERO, most: 5, within: Duration::from_secs(3_600) };
/// The header that carries the signatures.
pub const SIGNATURE_HEADER: &str = "x-partnercenter-signature";

/// Which addresses may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, over https.
    Public,
    /// All, over http too: for demonstration mode, which has no network of its own to protect.
    Anywhere,
}

/// Why an endpoint cannot be as asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The address is none that can be posted to.
    #[error("give an https address of at most {MAX_URL} characters, without user name, password or fragment")]
    Url,
    /// It leads nowhere, or somewhere that is not public. Which of them is not said: names of the inside are nobody's
    /// business.
    #[error("{0} does not lead to a public address")]
    NotPublic(String),
    /// There is no such event.
    #[error("this type of event cannot be delivered")]
    Type,
    /// There are enough.
    #[error("an account has at most {MAX_ENDPOINTS} endpoints: delete one first")]
    TooMany,
    /// Enough pings.
    #[error("at most {MAX_PINGS_A_MINUTE} pings of an endpoint within a minute: try again later")]
    TooManyPings,
    /// Enough secrets.
    #[error(
        "an endpoint gets at most {} new secrets within an hour: try again in {} s", ROTATIONS.most, .0.as_secs() + 1
    )]
    TooManySecrets(Duration),
}

impl Refuse for Refusal {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Url | Self::NotPublic(_) | Self::Type => UserErrorCode::InvalidInput,
            Self::TooMany => UserErrorCode::Conflict,
            Self::TooManyPings | Self::TooManySecrets(_) => UserErrorCode::TooManyRequests,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Url | Self::NotPublic(_) => Some("url"),
            Self::Type => Some("types"),
            Self::TooMany | Self::TooManyPings | Self::TooManySecrets(_) => None,
        }
    }
}

/// Checks an address as far as its text goes; where its name leads is seen when it is resolved.
pub fn check_url(text: &str, reach: Reach) -> Result<Url, Refusal> {
    if text.len() > MAX_URL {
        return Err(Refusal::Url);
    }
    let url = Url::parse(text.trim()).map_err(|_| Refusal::Url)?;
    let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && reach == Reach::Anywhere);
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let host = url.host_str().unwrap_or_default();
    if !scheme_fits || !bare || host.is_empty() {
        return Err(Refusal::Url);
    }
    if reach == Reach::Public && !may_be_public(host) {
        return Err(Refusal::NotPublic(host.to_owned()));
    }
    Ok(url)
}

/// What of an address may be told by e-mail: its path and query may hold what only its owner knows.
pub fn told(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Whether a host may be public: an address that is, or a name that is not reserved for somewhere else. The address is
/// read as the parser of the web writes it, which knows `0x7f.1` and `2130706433` for what they are.
pub fn may_be_public(host: &str) -> bool {
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(address) => is_public(address),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            let reserved = ["localhost", "local", "internal", "intranet", "home.arpa"];
            let inside = |zone: &&str| name == *zone || name.ends_with(&format!(".{zone}"));
            name.contains('.') && !reserved.iter().any(inside)
        }
    }
}

/// Networks that are not the public internet, as address and length of prefix: this one, private ones, shared ones of
/// carriers (100.64/10), loopback, link-local ones with the metadata of clouds, protocol assignments, documentation,
/// relays of 6to4, benchmarks, multicast, reserved ones and broadcast; and the one address of a cloud's own services that
/// lies among the public ones.
const CLOSED_V4: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Parts of 2000::/3 that are not, or that carry an IPv4 address within: protocol assignments with Teredo,
/// documentation, 6to4, documentation again. Everything outside of 2000::/3 is closed: loopback, mapped and translated
/// IPv4, private, link-local and multicast ones.
const CLOSED_V6: [([u16; 2], u32); 4] =
    [([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|(network, length)| {
            let mask = u32::MAX << (32 - length);
            address.to_bits() & mask == Ipv4Addr::from(*network).to_bits()
        }),
        IpAddr::V6(address) => {
            let head = (address.to_bits() >> 96) as u64;
            let head = u32::try_from(head).unwrap_or(u32::MAX);
            let closed = CLOSED_V6.iter().any(|([first, second], length)| {
                let network = (u32::from(*first) << 16) | u32::from(*second);
                head & (u32::MAX << (32 - length)) == network
            });
            is_global_unicast(address) && !closed
        }
    }
}

fn is_global_unicast(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xe000 == 0x2000
}

/// Checks which events are wanted: each once, none of the program's own.
pub fn check_types(types: &[EventType]) -> Result<Vec<EventType>, Refusal> {
    let mut checked = Vec::with_capacity(types.len());
    for wanted in types {
        if *wanted == EventType::AccessChanged {
            return Err(Refusal::Type);
        }
        if !checked.contains(wanted) {
            checked.push(*wanted);
        }
    }
    Ok(checked)
}

/// A secret as its owner gets it, which is also the key of the signatures: `whsec_` and 43 characters.
pub fn secret_text(secret: &[u8]) -> String {
    format!("whsec_{}", URL_SAFE_NO_PAD.encode(secret))
}

/// The secrets of an endpoint that sign now: its own, and the one before while that is good.
pub fn signing_secrets(endpoint: &webhook_endpoint::Model, now: Timestamp) -> Vec<String> {
    let old = endpoint.old_secret.as_ref().filter(|_| endpoint.old_secret_until.is_some_and(|until| now < until));
    [Some(&endpoint.secret), old].into_iter().flatten().map(|secret| secret_text(secret)).collect()
}

/// The value of the header: `t=<seconds>,v1=<hex>`, one `v1` for each secret. What is signed is the instant, a point and
/// the body, so that neither can be exchanged.
pub fn signature(seconds: i64, body: &[u8], secrets: &[String]) -> String {
    let mut header = format!("t={seconds}");
    for secret in secrets {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        context.update(format!("{seconds}.").as_bytes());
        context.update(body);
        header.push_str(",v1=");
        for byte in context.sign().as_ref() {
            // Writing to a text cannot fail.
            let _ = write!(header, "{byte:02x}");
        }
    }
    header
}

/// What becomes of an endpoint whose delivery failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again.
    RetryAt(Timestamp),
    /// It has failed for too long.
    GiveUp,
}

/// Decides on the `failures`-th failure in a row, the first of which was at `since`.
pub fn after_failure(failures: u32, since: Timestamp, now: Timestamp, draw: u16) -> AfterFailure {
    if now.since(since) >= GIVE_UP_AFTER {
        AfterFailure::GiveUp
    } else {
        AfterFailure::RetryAt(now.plus(RETRY.delay(failures, draw)))
    }
}

/// Whether an answer says that the event was taken.
pub fn is_taken(status: u16) -> bool {
    (200..300).contains(&status)
}

#[cfg(test)]
mod tests;
