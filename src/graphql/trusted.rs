//! Documents by their hash, and those that were registered before: with such a list, nothing else is executed.

use std::{collections::HashMap, fmt, path::Path, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};

use crate::outcome::Fault;

/// The SHA-256 of a document's text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentHash([u8; 32]);

impl DocumentHash {
    /// That of a text.
    pub fn of(text: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(hash)
    }

    /// As clients write it: 64 hexadecimal digits, with or without `sha256:` before them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text).as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (char::from(pair[0]).to_digit(16)?, char::from(pair[1]).to_digit(16)?);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The registered documents.
pub struct TrustedDocuments(HashMap<DocumentHash, Arc<str>>);

impl TrustedDocuments {
    /// Reads them from a file: a JSON object of SHA-256 hashes and documents.
    /// Faults name the file.
    pub fn load(file: &Path) -> Result<Self, Fault> {
        let told = |error: &dyn fmt::Display| Fault::because(format!("{}: {error}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| told(&error))?;
        Self::read(&text).map_err(|error| told(&error))
    }

    fn read(text: &str) -> Result<Self, String> {
        let listed: HashMap<String, String> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut documents = HashMap::with_capacity(listed.len());
        for (name, document) in listed {
            let hash = DocumentHash::of(&document);
            if DocumentHash::parse(&name) != Some(hash) {
                return Err(format!("the SHA-256 of the document under {name} is {hash}"));
            }
            documents.insert(hash, document.into());
        }
        Ok(Self(documents))
    }

    /// One of them.
    pub fn get(&self, hash: &DocumentHash) -> Option<&Arc<str>> {
        self.0.get(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = DocumentHash::of("{ __typename }");
        assert_eq!(hash.to_string(), "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b");
        assert!(DocumentHash::parse(&hash.to_string()) == Some(hash));
        assert!(DocumentHash::parse(&format!("sha256:{}", hash.to_string().to_uppercase())) == Some(hash));
        for wrong in ["", "7f56", &"g".repeat(64), &"é".repeat(32)] {
            assert!(DocumentHash::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_list_whose_hashes_are_not_those_of_its_documents_is_refused() {
        let hash = DocumentHash::of("{ __typename }");
        let good = TrustedDocuments::read(&format!("{{\"{hash}\": \"{{ __typename }}\"}}"));
        let good = good.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(good.get(&hash).map(AsRef::as_ref), Some("{ __typename }"));
        let wrong = TrustedDocuments::read(&format!("{{\"{hash}\": \"{{ viewer }}\"}}"));
        assert!(wrong.err().expect("refused").contains(&DocumentHash::of("{ viewer }").to_string()));
        assert!(TrustedDocuments::read("[]").is_err());
    }
}
