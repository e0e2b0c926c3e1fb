//! The heads of tokens: what may stand before the claims (RFC 8725; docs/security.md has the table).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Header;
use serde::Deserialize;

use super::TokenRefused;

/// The type that our tokens say they are of (RFC 9068), so that nothing else that we or others sign passes for one.
pub(super) const TYPE: &str = "at+jwt";
/// Types of tokens from outside; those without a type are older than types.
const OUTSIDE_TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];
/// Bytes of a token. Ours have some hundreds; those of others tell of groups and names.
const MAX_TOKEN: usize = 8 * 1024;

/// All that ours may have: nothing that names keys, compression or conditions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    alg: String,
    kid: String,
    typ: String,
}

fn head_of(token: &str) -> Result<Vec<u8>, TokenRefused> {
    let mut parts = token.split('.');
    let (Some(head), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenRefused);
    };
    if token.len() > MAX_TOKEN {
        return Err(TokenRefused);
    }
    URL_SAFE_NO_PAD.decode(head).map_err(|_| TokenRefused)
}

/// Which of our keys a token of ours names.
pub(super) fn kid_of_ours(token: &str) -> Result<String, TokenRefused> {
    let own: Own = serde_json::from_slice(&head_of(token)?).map_err(|_| TokenRefused)?;
    if own.typ == TYPE && own.alg == "EdDSA" { Ok(own.kid) } else { Err(TokenRefused) }
}

/// The head of a token from outside. Keys and addresses in it are not looked at; conditions that we do not know, as all
/// are, refuse the token.
pub(in crate::accounts) fn outside(token: &str) -> Result<Header, TokenRefused> {
    let head: Header = serde_json::from_slice(&head_of(token)?).map_err(|_| TokenRefused)?;
    let typ = head.typ.as_deref().map(str::to_ascii_lowercase);
    let fits = typ.is_none_or(|typ| OUTSIDE_TYPES.contains(&typ.as_str()));
    let is_plain = head.crit.is_none() && head.zip.is_none() && head.enc.is_none();
    if fits && is_plain { Ok(head) } else { Err(TokenRefused) }
}
