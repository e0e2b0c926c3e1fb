//! Tokens of trusted outside issuers: verified by the issuer's key set, from a file or an address of the settings —
//! never from an address that a token names.

use std::{sync::Arc, time::Duration};

use entities::types::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard, RwLock};

use super::tokens::{TokenRefused, check_times, head, validation};
use crate::{
    config::{AuthSettings, TrustedIssuer},
    outcome::Fault,
    store::uncut,
};

/// How long a fetched key set is used, and how soon after a try, also one that failed, it may be fetched again.
const KEEP: Duration = Duration::from_secs(600);
const REFETCH: Duration = Duration::from_secs(30);
/// How long a fetch may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Signatures that an issuer may use; symmetric ones cannot be, since the keys are public.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES384, Algorithm::RS256];

/// What a token of an outside issuer says of the person.
#[derive(Debug, Clone, Deserialize)]
pub struct OutsideClaims {
    /// The account's login name.
    pub account_name: String,
    /// The member's login name; the holder without one.
    pub member_name: Option<String>,
    /// Good until, in seconds since the epoch.
    pub exp: i64,
    /// Good from.
    #[serde(default)]
    pub nbf: i64,
    /// Issued.
    #[serde(default)]
    pub iat: i64,
}

/// The outside issuers.
pub struct Issuers(Vec<Arc<Issuer>>);

struct Issuer {
    settings: TrustedIssuer,
    kept: RwLock<Kept>,
    /// One fetch at a time.
    turn: Arc<Mutex<()>>,
}

/// What is known of an issuer's keys.
#[derive(Default)]
struct Kept {
    keys: Option<JwkSet>,
    /// When they were fetched.
    fetched: Timestamp,
    /// When somebody tried to fetch them last.
    tried: Option<Timestamp>,
}

impl Issuers {
    /// From the settings. Key files are read now, addresses when the first token comes.
    pub fn load(settings: &AuthSettings) -> Result<Self, Fault> {
        let mut issuers: Vec<Arc<Issuer>> = Vec::new();
        let own = settings.issuer.as_str();
        for settings in &settings.trusted_issuers {
            let is_known = |issuer: &Arc<Issuer>| issuer.settings.issuer == settings.issuer;
            if settings.issuer == own || issuers.iter().any(is_known) {
                return Err(Fault::because(format!("two issuers of tokens are named {}", settings.issuer)));
            }
            if let Some(url) = &settings.jwks_url {
                check_address(url)?;
            }
            let from_file = match &settings.jwks_file {
                None => None,
                Some(file) => {
                    let told = |error: String| Fault::because(format!("{}: {error}", file.display()));
                    let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
                    Some(serde_json::from_str(&text).map_err(|error| told(error.to_string()))?)
                }
            };
            issuers.push(Arc::new(Issuer::new(settings.clone(), from_file)));
        }
        Ok(Self(issuers))
    }

    /// Verifies a token of one of them; returns what it says and when it ends.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<(OutsideClaims, Timestamp), TokenRefused> {
        let header = head::outside(token)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(TokenRefused);
        }
        let issuer = self.issuer_of(token)?;
        let jwk = issuer.key(header.kid.as_deref(), now).await.ok_or(TokenRefused)?;
        if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return Err(TokenRefused);
        }
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| TokenRefused)?;
        let algorithm = match jwk.common.key_algorithm {
            None => header.alg,
            // One that signs nothing, such as a key for encryption, has no such name.
            Some(named) => named.to_string().parse::<Algorithm>().map_err(|_| TokenRefused)?,
        };
        if algorithm != header.alg {
            return Err(TokenRefused);
        }
        let validation = validation(&[algorithm], &issuer.settings.issuer, &issuer.settings.audience);
        let claims: OutsideClaims = jsonwebtoken::decode(token, &key, &validation).map_err(|_| TokenRefused)?.claims;
        check_times(claims.nbf.max(claims.iat), claims.exp, now)?;
        let expires_at = Timestamp::from_micros(claims.exp.saturating_mul(1_000_000));
        Ok((claims, expires_at))
    }

    /// The issuer that a token names. The name is not trusted: it only picks the keys that the token must verify with.
    fn issuer_of(&self, token: &str) -> Result<&Arc<Issuer>, TokenRefused> {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        let named = jsonwebtoken::dangerous::insecure_decode::<Named>(token).map_err(|_| TokenRefused)?.claims;
        self.0.iter().find(|issuer| issuer.settings.issuer == named.iss).ok_or(TokenRefused)
    }
}

impl Issuer {
    fn new(settings: TrustedIssuer, keys: Option<JwkSet>) -> Self {
        Self { settings, kept: RwLock::new(Kept { keys, ..Kept::default() }), turn: Arc::default() }
    }

    /// The key of a token. However many ask, one fetches at a time, and not again soon after, whatever came of it; whoever
    /// has a key that was fetched before does not wait for another one's fetch.
    async fn key(self: &Arc<Self>, kid: Option<&str>, now: Timestamp) -> Option<Jwk> {
        let (found, is_due) = self.look(kid, now).await;
        let url = self.settings.jwks_url.clone().filter(|_| is_due);
        let Some(url) = url else { return found };
        let turn = match found {
            None => self.turn.clone().lock_owned().await,
            Some(found) => match self.turn.clone().try_lock_owned() {
                Ok(turn) => turn,
                Err(_) => return Some(found),
            },
        };
        // Whoever had the turn before may have fetched them.
        let (found, is_due) = self.look(kid, now).await;
        if !is_due {
            return found;
        }
        let issuer = self.clone();
        // To its end, though the caller goes away: else whoever asks and leaves would use up the tries.
        let fetched = uncut(async move {
            issuer.fetch(turn, &url, now).await;
            Ok(())
        });
        fetched.await.ok()?;
        self.look(kid, now).await.0
    }

    /// The key as far as it is known, and whether it is time to fetch the set.
    async fn look(&self, kid: Option<&str>, now: Timestamp) -> (Option<Jwk>, bool) {
        let kept = self.kept.read().await;
        let found = kept.keys.as_ref().and_then(|keys| match kid {
            Some(kid) => keys.find(kid).cloned(),
            None if keys.keys.len() == 1 => keys.keys.first().cloned(),
            None => None,
        });
        let rests = kept.tried.is_some_and(|tried| now < tried.plus(REFETCH));
        let is_fresh = found.is_some() && now < kept.fetched.plus(KEEP);
        (found, !rests && !is_fresh)
    }

    async fn fetch(&self, _turn: OwnedMutexGuard<()>, url: &str, now: Timestamp) {
        let fetched = fetch(url).await;
        let mut kept = self.kept.write().await;
        kept.tried = Some(now);
        match fetched {
            Ok(keys) => {
                kept.keys = Some(keys);
                kept.fetched = now;
            }
            Err(error) => {
                tracing::warn!(issuer = self.settings.issuer, %error, "the key set could not be fetched");
            }
        }
    }
}

fn check_address(url: &str) -> Result<(), Fault> {
    let parsed = reqwest::Url::parse(url).map_err(|error| Fault::because(format!("jwks_url {url}: {error}")))?;
    let here = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err(Fault::because(format!("jwks_url {url}: https is needed beyond this machine"))),
    }
}

async fn fetch(url: &str) -> Result<JwkSet, reqwest::Error> {
    let client =
        reqwest::Client::builder().timeout(FETCH_TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()?;
    client.get(url).send().await?.error_for_status()?.json().await
}

#[cfg(test)]
mod tests;
