//! Bounds on what a client may send.

use serde::Deserialize;

/// Bounds on what a client may send. Each is answered with a code when crossed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request body and of a WebSocket message: 1,000 charges fit four times.
    pub body_bytes: usize,
    /// Bytes of a document. Arguments with bulk belong in variables.
    pub document_bytes: usize,
    /// Levels of a document after its fragments are expanded.
    pub depth: u32,
    /// Selections of a document after its fragments are expanded.
    pub selections: u64,
    /// Directives on one selection.
    pub directives: usize,
    /// Root fields of an operation.
    pub root_fields: usize,
    /// Estimated fields of the answer: selections times the sizes of the pages around them.
    pub cost: u64,
    /// Seconds for one HTTP operation.
    pub request_timeout_secs: u64,
    /// Connections at once.
    pub connections: usize,
    /// Running operations on one socket.
    pub operations_per_socket: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            document_bytes: 64 * 1024,
            depth: 20,
            selections: 4_000,
            directives: 10,
            root_fields: 20,
            cost: 50_000,
            request_timeout_secs: 30,
            connections: 20_000,
            operations_per_socket: 20,
        }
    }
}
