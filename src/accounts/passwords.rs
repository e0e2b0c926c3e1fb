//! Passwords: argon2id, a bounded number at a time, the same work whether the account exists or not.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::outcome::Fault;

/// Hashes computed at once: each takes 19 MiB and a core for tens of milliseconds.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What a password is compared with where there is no such member.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let hashed = Argon2::default().hash_password(b"nobody has this password");
    hashed.map(|hash| hash.to_string()).unwrap_or_default()
});

/// Hashes a new password.
pub fn hash(password: &str) -> Result<String, Fault> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| Fault::because(format!("hashing failed: {error}")))
}

/// Hashes the password that somebody chose, as few at a time as are compared.
pub async fn hash_new(password: String) -> Result<String, Fault> {
    let permit = AT_ONCE.acquire().await.map_err(|error| Fault(Box::new(error)))?;
    let hashed = tokio::task::spawn_blocking(move || hash(&password)).await.map_err(|error| Fault(Box::new(error)))?;
    drop(permit);
    hashed
}

/// Whether `password` is the one behind `stored`; without a stored one the same work is done, and the answer is no.
pub async fn matches(stored: Option<String>, password: String) -> Result<bool, Fault> {
    let permit = AT_ONCE.acquire().await.map_err(|error| Fault(Box::new(error)))?;
    let matched = tokio::task::spawn_blocking(move || {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.clone());
        let Ok(stored) = PasswordHash::new(&stored) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &stored).is_ok() && exists
    });
    let matched = matched.await.map_err(|error| Fault(Box::new(error)))?;
    drop(permit);
    Ok(matched)
}
