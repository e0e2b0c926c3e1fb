//! Tokens of trusted outside issuers: verified by the issuer's key set, from a file or an address of the settings —
//! never from an address that a token names.

use std::time::Duration;

use entities::types::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use tokio::sync::RwLock;

use super::tokens::{TokenRefused, check_times, head, validation};
use crate::{
    config::{AuthSettings, TrustedIssuer},
    outcome::Fault,
};

/// How long a fetched key set is used, and how soon an unknown key makes it be fetched again.
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
pub struct Issuers(Vec<Issuer>);

struct Issuer {
    settings: TrustedIssuer,
    keys: RwLock<Option<(JwkSet, Timestamp)>>,
}

impl Issuers {
    /// From the settings. Key files are read now, addresses when the first token comes.
    pub fn load(settings: &AuthSettings) -> Result<Self, Fault> {
        let mut issuers: Vec<Issuer> = Vec::new();
        let own = settings.issuer.as_str();
        for settings in &settings.trusted_issuers {
            let is_known = |issuer: &Issuer| issuer.settings.issuer == settings.issuer;
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
                    let keys = serde_json::from_str(&text).map_err(|error| told(error.to_string()))?;
                    Some((keys, Timestamp::from_micros(i64::MAX)))
                }
            };
            issuers.push(Issuer { settings: settings.clone(), keys: RwLock::new(from_file) });
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
    fn issuer_of(&self, token: &str) -> Result<&Issuer, TokenRefused> {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        let named = jsonwebtoken::dangerous::insecure_decode::<Named>(token).map_err(|_| TokenRefused)?.claims;
        self.0.iter().find(|issuer| issuer.settings.issuer == named.iss).ok_or(TokenRefused)
    }
}

impl Issuer {
    async fn key(&self, kid: Option<&str>, now: Timestamp) -> Option<Jwk> {
        let find = |keys: &JwkSet| match kid {
            Some(kid) => keys.find(kid).cloned(),
            None if keys.keys.len() == 1 => keys.keys.first().cloned(),
            None => None,
        };
        if let Some((keys, fetched)) = &*self.keys.read().await {
            let found = find(keys);
            let good_for = if found.is_some() { KEEP } else { REFETCH };
            if now < fetched.plus(good_for) {
                return found;
            }
        }
        let url = self.settings.jwks_url.as_deref()?;
        let mut kept = self.keys.write().await;
        match fetch(url).await {
            Ok(keys) => {
                let found = find(&keys);
                *kept = Some((keys, now));
                found
            }
            Err(error) => {
                tracing::warn!(issuer = self.settings.issuer, %error, "the key set could not be fetched");
                kept.as_ref().and_then(|(keys, _)| find(keys))
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
