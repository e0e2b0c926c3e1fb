//! Which document a request means, and those that were parsed lately.
//!
//! A request brings its text, or the hash of one that was sent before (automatic persisted queries, as Apollo's clients
//! do it). Where documents are registered, only those are executed, whichever way they are named.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::parser::{
    parse_query,
    types::{DocumentOperations, ExecutableDocument},
};
use quick_cache::{Weighter, sync::Cache};
use serde::Deserialize;

use crate::{
    config::Limits,
    graphql::{
        check::Refused,
        errors::code,
        plain::AsText,
        text::check_text,
        trusted::{DocumentHash, TrustedDocuments},
    },
};

/// Bytes of memory of the documents that are kept parsed, about.
const PARSED: u64 = 32 << 20;
/// Bytes of memory of the documents that are kept by their hash, about.
const PERSISTED: u64 = 4 << 20;
/// What an entry takes besides its text.
pub(super) const OVERHEAD: usize = 256;
/// What a parsed document takes at least, and for each byte of its text.
const PARSED_LEAST: usize = 2_048;
const PARSED_PER_BYTE: usize = 16;
/// How many there may be of each, roughly.
const EXPECTED: usize = 2_000;

/// Long ones take the room of many: clients decide how long they are.
#[derive(Clone)]
pub(super) struct Length;

impl Weighter<String, Arc<Document>> for Length {
    fn weight(&self, text: &String, _: &Arc<Document>) -> u64 {
        (PARSED_LEAST + PARSED_PER_BYTE * text.len()) as u64
    }
}

impl Weighter<DocumentHash, Arc<str>> for Length {
    fn weight(&self, _: &DocumentHash, text: &Arc<str>) -> u64 {
        (OVERHEAD + text.len()) as u64
    }
}

/// The parameters of a request, as the GraphQL-over-HTTP draft names them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    /// The document; may be left out where its hash is known here.
    #[serde(default)]
    pub query: Option<String>,
    /// Its hash, in place of the document.
    #[serde(default)]
    pub document_id: Option<String>,
    /// The operation of it.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// The values of its variables.
    #[serde(default)]
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
    /// What else is asked; must be an object where given.
    #[serde(default)]
    pub extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Version of the protocol of persisted queries.
const PERSISTED_VERSION: u64 = 1;

impl Params {
    /// Whether they name a document at all.
    pub fn has_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.extension("persistedQuery").is_some()
    }

    /// Whether the answer should tell the cost: `{"cost": true}`.
    pub fn asks_for_cost(&self) -> bool {
        self.extension("cost").and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    fn extension(&self, name: &str) -> Option<&serde_json::Value> {
        self.extensions.as_ref()?.get(name).filter(|value| !value.is_null())
    }

    /// The hash of `documentId` or of `{"persistedQuery": {"version": 1, "sha256Hash": …}}`.
    fn hash(&self) -> Result<Option<DocumentHash>, Refused> {
        let wrong = |message: &str| Refused::new(code::BAD_REQUEST, message);
        let text = match (&self.document_id, self.extension("persistedQuery")) {
            (None, None) => return Ok(None),
            (Some(id), _) => Some(id.as_str()),
            (None, Some(named)) => {
                if named.get("version").and_then(serde_json::Value::as_u64) != Some(PERSISTED_VERSION) {
                    return Err(wrong("this version of persisted queries is not known; 1 is"));
                }
                named.get("sha256Hash").and_then(serde_json::Value::as_str)
            }
        };
        let hash = text.and_then(DocumentHash::parse);
        hash.map(Some).ok_or_else(|| wrong("the hash of a document is a SHA-256 in 64 hexadecimal digits"))
    }
}

/// The text that a request means.
pub struct Meant {
    /// The text.
    pub text: String,
    /// The hash by which it should be remembered once it is known to be good.
    pub remember: Option<DocumentHash>,
}

/// The documents of a server.
pub struct Documents {
    parsed: Cache<String, Arc<Document>, Length>,
    persisted: Option<Cache<DocumentHash, Arc<str>, Length>>,
    trusted: Option<Arc<TrustedDocuments>>,
}

impl Documents {
    /// None yet; `automatic` where clients may name those that they sent, `trusted` where only these are executed.
    pub fn new(automatic: bool, trusted: Option<Arc<TrustedDocuments>>) -> Self {
        Self {
            parsed: Cache::with_weighter(EXPECTED, PARSED, Length),
            persisted: automatic.then(|| Cache::with_weighter(EXPECTED, PERSISTED, Length)),
            trusted,
        }
    }

    /// The text that a request means.
    pub fn meant(&self, params: &mut Params, limits: &Limits) -> Result<Meant, Refused> {
        let (query, hash) = (params.query.take(), params.hash()?);
        if let (Some(query), Some(hash)) = (&query, hash)
            && query.len() <= limits.document_bytes
            && DocumentHash::of(query) != hash
        {
            return Err(Refused::new(code::BAD_REQUEST, "the hash is not that of the document"));
        }
        if query.is_none() && hash.is_none() {
            return Err(Refused::new(code::BAD_REQUEST, "the parameter query is missing"));
        }
        if let Some(trusted) = &self.trusted {
            let hash = hash.or_else(|| query.as_deref().map(DocumentHash::of));
            let text = hash.and_then(|hash| trusted.get(&hash)).ok_or_else(|| {
                Refused::new(code::DOCUMENT_NOT_TRUSTED, "only registered documents are executed here")
            })?;
            return Ok(Meant { text: text.to_string(), remember: None });
        }
        match (query, hash, &self.persisted) {
            (Some(text), hash, persisted) => Ok(Meant { text, remember: hash.filter(|_| persisted.is_some()) }),
            (None, Some(hash), Some(persisted)) => match persisted.get(&hash) {
                Some(text) => Ok(Meant { text: text.to_string(), remember: None }),
                None => Err(Refused::new(code::PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")),
            },
            _ => Err(Refused::new(code::PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")),
        }
    }

    /// Keeps a text that passed all checks by its hash.
    pub fn remember(&self, hash: DocumentHash, text: &str) {
        if let Some(persisted) = &self.persisted
            && persisted.get(&hash).is_none()
        {
            persisted.insert(hash, text.into());
        }
    }

    /// A text, parsed.
    pub fn parsed(&self, text: &str, limits: &Limits) -> Result<Arc<Document>, Refused> {
        self.parsed.get_or_insert_with(text, || Document::parse(text, limits))
    }
}

/// A document, and what is known of it.
pub struct Document {
    /// As the engine reads it.
    pub parsed: ExecutableDocument,
    /// Whether rows may answer it as text.
    pub as_text: AsText,
    valid: AtomicBool,
}

impl Document {
    fn parse(text: &str, limits: &Limits) -> Result<Arc<Self>, Refused> {
        check_text(text, limits)?;
        let parsed = parse_query(text).map_err(|error| Refused::new(code::PARSE_FAILED, error.to_string()))?;
        Ok(Arc::new(Self { as_text: AsText::of(&parsed), parsed, valid: AtomicBool::new(false) }))
    }

    /// Whether it was executed without an error.
    pub fn is_known_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    /// Remembers that it was executed without an error, where that says something of the next time: whether it is valid
    /// may depend on the values of variables.
    pub fn note_valid(&self) {
        if let DocumentOperations::Single(operation) = &self.parsed.operations
            && operation.node.variable_definitions.is_empty()
        {
            self.valid.store(true, Ordering::Relaxed);
        }
    }
}
