//! Links to files: short-lived and signed, so that a browser fetches a file without a session. Who is given one had the
//! right to the file then; who holds one may fetch it until it ends.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entities::types::Timestamp;

use crate::secret;

/// The key that links are signed with. Nodes that share their signing key share it.
#[derive(Clone)]
pub struct LinkKey(Arc<hmac::Key>);

/// Why a link leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// It was not made here, or was changed.
    #[error("there is no such file: the link is not one that was given out here")]
    Forged,
    /// Its time is over.
    #[error("the link has expired: ask for a new one")]
    Expired,
}

const MICROS: i64 = 1_000_000;

impl LinkKey {
    /// Derives it from the program's secret.
    pub fn derive(secret: &[u8]) -> Self {
        Self(secret::key_for(secret, "partner-center links"))
    }

    /// The link to a path of this server, good from `now` on for so long.
    pub fn link(&self, path: &str, now: Timestamp, lasts: Duration) -> String {
        let expires = now.plus(lasts).micros() / MICROS;
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, signed(path, expires).as_bytes()));
        format!("{path}?expires={expires}&signature={signature}")
    }

    /// Checks a link. The signature first, and in the same time whatever it is: of a forged one nothing is told.
    pub fn check(&self, path: &str, expires: &str, signature: &str, now: Timestamp) -> Result<(), LinkRefused> {
        let expires: i64 = expires.parse().map_err(|_| LinkRefused::Forged)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| LinkRefused::Forged)?;
        hmac::verify(&self.0, signed(path, expires).as_bytes(), &signature).map_err(|_| LinkRefused::Forged)?;
        if now.micros() / MICROS < expires { Ok(()) } else { Err(LinkRefused::Expired) }
    }
}

fn signed(path: &str, expires: i64) -> String {
    format!("GET {path} {expires}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(link: &str) -> (String, String, String) {
        let (path, query) = link.split_once("?expires=").expect("a query");
        let (expires, signature) = query.split_once("&signature=").expect("a signature");
        (path.to_owned(), expires.to_owned(), signature.to_owned())
    }

    proptest! {
        /// A link is good for exactly its path and its time.
        #[test]
        fn a_link_is_good_for_its_own_path_and_until_it_ends(id in 0_u32..5, other in 0_u32..5, secs in 1_u64..500, at in 0_u64..600) {
            let key = LinkKey::derive(b"secret");
            let (path, expires, signature) = parts(&key.link(&format!("/attachments/{id}"), Timestamp::default(), Duration::from_secs(secs)));
            let now = Timestamp::default().plus(Duration::from_secs(at));
            let expected = if at < secs { Ok(()) } else { Err(LinkRefused::Expired) };
            prop_assert_eq!(key.check(&path, &expires, &signature, now), expected);
            if other != id {
                let elsewhere = format!("/attachments/{other}");
                prop_assert_eq!(key.check(&elsewhere, &expires, &signature, now), Err(LinkRefused::Forged));
            }
            let later = (secs + 1).to_string();
            prop_assert_eq!(key.check(&path, &later, &signature, now), Err(LinkRefused::Forged));
            let others = LinkKey::derive(b"other");
            prop_assert_eq!(others.check(&path, &expires, &signature, now), Err(LinkRefused::Forged));
        }

        /// Whatever somebody makes up is refused, and breaks nothing.
        #[test]
        fn what_is_made_up_is_refused(expires in "\\PC{0,20}", signature in "\\PC{0,60}") {
            let key = LinkKey::derive(b"secret");
            prop_assert_eq!(key.check("/exports/x", &expires, &signature, Timestamp::default()), Err(LinkRefused::Forged));
        }
    }
}
