//! Access tokens: JSON Web Tokens signed with Ed25519, and the keys behind them.
//!
//! The algorithm is the key's, never the token's; `kid` only picks a key out of ours; issuer, audience, subject, expiry
//! are required; the head says that it is an access token and nothing more (RFC 8725, RFC 9068). Refresh tokens are random
//! and known to the database by their hash only.

pub(super) mod head;

use std::{collections::HashMap, path::Path, sync::Arc};

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entities::types::{MemberId, SessionId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{config::AuthSettings, outcome::Fault, random};

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom: us.
    pub aud: String,
    /// The member's global id.
    pub sub: String,
    /// The session's global id.
    pub sid: String,
    /// Issued, in seconds since the epoch.
    pub iat: i64,
    /// Good from, in seconds since the epoch.
    pub nbf: i64,
    /// Good until, in seconds since the epoch.
    pub exp: i64,
}

/// A token that is not accepted. Says nothing about why: that would help only a forger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid or has expired: sign in or refresh the session")]
pub struct TokenRefused;

/// The keys that sign and verify our tokens.
#[derive(Clone)]
pub struct Keys {
    signing: Arc<(String, EncodingKey)>,
    verifying: Arc<HashMap<String, DecodingKey>>,
    secret: Arc<[u8]>,
    issuer: String,
    audience: String,
    lifetime_secs: i64,
}

/// The name of the key that is made where none is set.
const DEFAULT_KID: &str = "default";
/// How far another machine's clock may differ.
const LEEWAY_SECS: i64 = 5;

impl Keys {
    /// Reads the key files of the settings; without any, reads or makes the default one.
    pub fn load(settings: &AuthSettings) -> Result<Self, Fault> {
        let mut pairs = Vec::new();
        for key in &settings.signing_keys {
            pairs.push((key.kid.clone(), read_key(&key.file)?));
        }
        if pairs.is_empty() {
            let file = &settings.default_key_file;
            if !file.exists() {
                make_key(file)?;
            }
            pairs.push((DEFAULT_KID.to_owned(), read_key(file)?));
        }
        Self::from_pairs(settings, pairs)
    }

    /// Keys that live as long as the program: for tests.
    pub fn ephemeral(settings: &AuthSettings) -> Result<Self, Fault> {
        let der = fresh_key()?;
        Self::from_pairs(settings, vec![(DEFAULT_KID.to_owned(), der)])
    }

    /// Keys from PKCS#8 documents: the first signs, all verify.
    pub fn from_pairs(settings: &AuthSettings, pairs: Vec<(String, Vec<u8>)>) -> Result<Self, Fault> {
        let mut verifying = HashMap::new();
        for (kid, der) in &pairs {
            let pair = Ed25519KeyPair::from_pkcs8(der)
                .map_err(|_| Fault::because(format!("signing key {kid} is no Ed25519 key in PKCS#8")))?;
            if verifying.insert(kid.clone(), DecodingKey::from_ed_der(pair.public_key().as_ref())).is_some() {
                return Err(Fault::because(format!("two signing keys are named {kid}")));
            }
        }
        let (kid, der) = pairs.into_iter().next().ok_or_else(|| Fault::because("no signing key"))?;
        Ok(Self {
            signing: Arc::new((kid, EncodingKey::from_ed_der(&der))),
            verifying: Arc::new(verifying),
            secret: der.into(),
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            lifetime_secs: i64::try_from(settings.access_token_secs).unwrap_or(i64::MAX),
        })
    }

    /// The secret that other keys are derived from.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// The name that our own tokens bear as issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs a token; returns it with its expiry.
    pub fn mint(&self, member: MemberId, session: SessionId, now: Timestamp) -> Result<(String, Timestamp), Fault> {
        let iat = now.micros() / 1_000_000;
        let exp = iat + self.lifetime_secs;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: member.to_string(),
            sid: session.to_string(),
            iat,
            nbf: iat,
            exp,
        };
        let (kid, key) = &*self.signing;
        let typ = Some(head::TYPE.to_owned());
        let header = Header { kid: Some(kid.clone()), typ, ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, key).map_err(|error| Fault(Box::new(error)))?;
        Ok((token, Timestamp::from_micros(exp * 1_000_000)))
    }

    /// Verifies a token of ours.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenRefused> {
        let key = self.verifying.get(&head::kid_of_ours(token)?).ok_or(TokenRefused)?;
        let validation = validation(&[Algorithm::EdDSA], &self.issuer, &self.audience);
        let claims: Claims = jsonwebtoken::decode(token, key, &validation).map_err(|_| TokenRefused)?.claims;
        check_times(claims.nbf.max(claims.iat), claims.exp, now)?;
        Ok(claims)
    }
}

/// What every token must satisfy. Times are checked against the program's clock by [`check_times`].
pub(super) fn validation(algorithms: &[Algorithm], issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(algorithms[0]);
    validation.algorithms = algorithms.to_vec();
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.validate_exp = false;
    validation
}

pub(super) fn check_times(not_before: i64, expiry: i64, now: Timestamp) -> Result<(), TokenRefused> {
    let now = now.micros() / 1_000_000;
    if now >= expiry || now < not_before.saturating_sub(LEEWAY_SECS) { Err(TokenRefused) } else { Ok(()) }
}

/// A fresh refresh token and the hash that is stored of it.
pub fn fresh_refresh_token() -> Result<(String, Vec<u8>), Fault> {
    let token = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
    let hash = hash_refresh_token(&token);
    Ok((token, hash))
}

/// The hash that is stored of a refresh token. It has 256 random bits, so it needs no salt and no key.
pub fn hash_refresh_token(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

fn fresh_key() -> Result<Vec<u8>, Fault> {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
    Ok(document.map_err(|_| Fault::because("the machine gave no randomness"))?.as_ref().to_vec())
}

fn make_key(file: &Path) -> Result<(), Fault> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let told = |error: std::io::Error| Fault::because(format!("{}: {error}", file.display()));
    let key = fresh_key()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    // Written aside and then linked, so that nodes that start at once find a whole key and all the same one.
    let draft = file.with_extension(format!("{}.new", uuid::Uuid::new_v4()));
    let written = options.open(&draft).and_then(|mut opened| opened.write_all(&key).and_then(|()| opened.sync_all()));
    let linked = match written.and_then(|()| std::fs::hard_link(&draft, file)) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.map_err(told),
    };
    let _ = std::fs::remove_file(&draft);
    linked
}

fn read_key(file: &Path) -> Result<Vec<u8>, Fault> {
    let bytes = std::fs::read(file).map_err(|error| Fault::because(format!("{}: {error}", file.display())))?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(bytes) };
    if !text.starts_with("-----BEGIN") {
        return Ok(bytes);
    }
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD
        .decode(body.trim())
        .map_err(|error| Fault::because(format!("{}: {error}", file.display())))
}

#[cfg(test)]
mod tests;
