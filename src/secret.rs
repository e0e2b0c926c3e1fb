//! Keys that are derived from the program's secret, one for each purpose, and hashes with them.

use std::sync::Arc;

use aws_lc_rs::hmac;

/// The key for a purpose. Nodes that share their secret share it.
pub fn key_for(secret: &[u8], purpose: &str) -> Arc<hmac::Key> {
    let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let derived = hmac::sign(&root, purpose.as_bytes());
    Arc::new(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
}

/// The hash of some parts. Lengths tell the parts apart, whatever is in them.
pub fn hash_of<'p>(key: &hmac::Key, parts: impl IntoIterator<Item = &'p [u8]>) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}
