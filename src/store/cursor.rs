//! Cursors of lists: sealed, because the place of a row in a list by name holds the name, which is personal data
//! (R-CORE-42), and because a place that somebody made up could be compared with rows out of their scope.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::keyset::{ListOrder, NotACursor, Place, SortValue};
use crate::outcome::Fault;

/// The key that cursors are sealed with. Nodes that share their signing key share it.
#[derive(Clone)]
pub struct CursorKey(Arc<LessSafeKey>);

impl CursorKey {
    /// Derives it from the program's secret.
    pub fn derive(secret: &[u8]) -> Result<Self, Fault> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"partner-center cursors");
        context.update(secret);
        let key = UnboundKey::new(&AES_256_GCM_SIV, context.finish().as_ref());
        let key = key.map_err(|_| Fault::because("a key for cursors could not be made"))?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// One nonce for all: the same place gets the same cursor, so that clients can compare and cache them. This mode of
    /// encryption is made for that; it shows that two places are the same and nothing else.
    fn nonce() -> Nonce {
        Nonce::assume_unique_for_key([0; NONCE_LEN])
    }

    /// The opaque text for clients.
    pub fn seal(&self, order: ListOrder, place: &Place) -> String {
        let mut sealed = serde_json::to_vec(&(order.tag(), place)).unwrap_or_default();
        match self.0.seal_in_place_append_tag(Self::nonce(), Aad::empty(), &mut sealed) {
            Ok(()) => URL_SAFE_NO_PAD.encode(sealed),
            // Sealing fails for texts beyond 64 GB only.
            Err(_) => String::new(),
        }
    }

    /// Reads a client's cursor for a list in `order`.
    pub fn open(&self, cursor: &str, order: ListOrder) -> Result<Place, NotACursor> {
        let mut sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| NotACursor)?;
        let opened = self.0.open_in_place(Self::nonce(), Aad::empty(), &mut sealed).map_err(|_| NotACursor)?;
        let (tag, place): (String, Place) = serde_json::from_slice(opened).map_err(|_| NotACursor)?;
        let fits = tag == order.tag() && matches!(place.value, SortValue::Text(_)) == order.by_text;
        if fits { Ok(place) } else { Err(NotACursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_NAME: ListOrder = ListOrder { name: "name", by_text: true, descending: false };

    /// R-CORE-42: a cursor shows nothing of the name that it is made of, and cannot be made up.
    #[test]
    fn a_cursor_hides_its_place_and_opens_only_in_its_own_list() {
        let key = CursorKey::derive(b"secret").expect("a key");
        let place = Place { value: SortValue::Text("acme incorporated".to_owned()), id: uuid::Uuid::nil() };
        let cursor = key.seal(BY_NAME, &place);
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).expect("base64");
        assert!(!bytes.windows(4).any(|part| part == b"acme"));
        assert_eq!(key.open(&cursor, BY_NAME), Ok(place.clone()));
        assert_eq!(key.seal(BY_NAME, &place), cursor, "the same place, the same cursor");
        let descending = ListOrder { descending: true, ..BY_NAME };
        assert_eq!(key.open(&cursor, descending), Err(NotACursor));
        assert_eq!(CursorKey::derive(b"other").expect("a key").open(&cursor, BY_NAME), Err(NotACursor));
        let made_up = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(BY_NAME.tag(), &place)).expect("JSON"));
        assert_eq!(key.open(&made_up, BY_NAME), Err(NotACursor));
    }
}
