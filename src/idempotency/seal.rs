//! What the database sees of keys and answers: hashes and sealed bytes.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use entities::types::{AccountId, CustomerId};

use super::Key;
use crate::{outcome::Fault, random, secret};

/// Hashes keys and seals answers. Nodes that share their signing key can read each other's.
#[derive(Clone)]
pub struct Sealer(Arc<hmac::Key>);

/// Whose key it is, and the key.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// The account.
    pub account: AccountId,
    /// The customer whose role the session was switched to.
    pub acting_for: Option<CustomerId>,
    /// The key.
    pub key: &'a Key,
}

impl Sealer {
    /// Derives its key from the program's secret.
    pub fn derive(secret: &[u8]) -> Self {
        Self(secret::key_for(secret, "partner-center idempotency keys"))
    }

    /// All parts but the last have a fixed length, so that no two say the same.
    fn derived(&self, purpose: u8, whose: &Whose<'_>) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&[purpose]);
        context.update(whose.account.uuid().as_bytes());
        context.update(&[u8::from(whose.acting_for.is_some())]);
        context.update(whose.acting_for.map(entities::types::Id::uuid).unwrap_or_default().as_bytes());
        context.update(whose.key.text().as_bytes());
        context.sign()
    }

    /// What is stored of a key.
    pub fn hash(&self, whose: &Whose<'_>) -> Vec<u8> {
        self.derived(0, whose).as_ref().to_vec()
    }

    fn sealing_key(&self, whose: &Whose<'_>) -> Result<LessSafeKey, Fault> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, self.derived(1, whose).as_ref());
        Ok(LessSafeKey::new(key.map_err(|_| Fault::because("a key for answers could not be made"))?))
    }

    /// What is stored of the answer, bound to its request and to whatever else must be the same. It can be opened with the
    /// key only.
    pub fn seal(&self, whose: &Whose<'_>, bound_to: &[u8], answer: &[u8]) -> Result<Vec<u8>, Fault> {
        let nonce: [u8; NONCE_LEN] = random::bytes()?;
        let mut sealed = answer.to_vec();
        self.sealing_key(whose)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut sealed)
            .map_err(|_| Fault::because("an answer could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The answer; none where it is bound to something else, was sealed under another secret, or changed.
    pub fn open(&self, whose: &Whose<'_>, bound_to: &[u8], stored: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = stored.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.sealing_key(whose).ok()?.open_in_place(nonce, Aad::from(bound_to), &mut sealed).ok()?;
        Some(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use entities::types::Timestamp;

    use super::*;

    /// An answer is read with its key, account, role and request only, and its stored form shows nothing of it.
    #[test]
    fn an_answer_opens_only_for_the_request_that_it_answers() {
        let sealer = Sealer::derive(b"secret");
        let (key, other) = (Key::parse("one").expect("a key"), Key::parse("two").expect("a key"));
        let now = Timestamp::from_micros(0);
        let whose = Whose { account: AccountId::new(now), acting_for: None, key: &key };
        let stored = sealer.seal(&whose, &[1; 32], b"whsec_hidden").expect("sealed");
        assert!(!stored.windows(5).any(|part| part == b"whsec"));
        assert_eq!(sealer.open(&whose, &[1; 32], &stored).as_deref(), Some(&b"whsec_hidden"[..]));
        let strangers = [
            Whose { key: &other, ..whose },
            Whose { account: AccountId::new(now), ..whose },
            Whose { acting_for: Some(CustomerId::new(now)), ..whose },
        ];
        for stranger in strangers {
            assert_eq!(sealer.open(&stranger, &[1; 32], &stored), None);
            assert_ne!(sealer.hash(&stranger), sealer.hash(&whose));
        }
        assert_eq!(sealer.open(&whose, &[2; 32], &stored), None);
        assert_eq!(Sealer::derive(b"other").open(&whose, &[1; 32], &stored), None);
        for cut in 0..stored.len() {
            assert_eq!(sealer.open(&whose, &[1; 32], &stored[..cut]), None);
        }
    }
}
