//! Bounds on what a client may send, how fast, and how long it may take.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

/// Bounds on what a client may send. Each is answered with a code when crossed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request body and of a WebSocket message: 1,000 charges fit four times.
    pub body_bytes: usize,
    /// Bytes of the bodies that one address (IPv6: a /64) may have on their way at once, on a node.
    pub bodies_bytes_per_address: usize,
    /// Bytes of a document. Arguments with bulk belong in variables.
    pub document_bytes: usize,
    /// Words, numbers, texts and marks of a document.
    pub tokens: usize,
    /// Levels of a document after its fragments are expanded.
    pub depth: u32,
    /// Selections of a document after its fragments are expanded.
    pub selections: u64,
    /// Fields under another name, after fragments are expanded.
    pub aliases: u64,
    /// Directives in one place of a document.
    pub directives: usize,
    /// Root fields of an operation.
    pub root_fields: usize,
    /// Estimated fields of the answer: selections times the sizes of the pages around them.
    pub cost: u64,
    /// Seconds for one operation over HTTP.
    pub request_timeout_secs: u64,
    /// Seconds for the head of a request, and for the next one on a connection that is kept.
    pub header_timeout_secs: u64,
    /// Seconds for the body of an operation.
    pub body_timeout_secs: u64,
    /// Seconds in which a client takes nothing of what waits for it before it is cut off.
    pub write_timeout_secs: u64,
    /// Connections at once.
    pub connections: usize,
    /// Queries and mutations of one account that are executed at once, on a node; more wait.
    pub operations_per_account: usize,
    /// Sockets and event streams of one account at once, on a node.
    pub sockets_per_account: usize,
    /// Running operations on one socket.
    pub operations_per_socket: usize,
    /// Bytes that a client may send on one socket within a minute; what is shorter than 64 counts as 64.
    pub socket_bytes_per_minute: usize,
    /// Seconds in which a socket must introduce itself.
    pub init_timeout_secs: u64,
    /// Seconds between two pings; who was silent from one to the next is gone.
    pub ping_secs: u64,
    /// Seconds that a socket may be open while nothing runs on it.
    pub idle_timeout_secs: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            bodies_bytes_per_address: 64 * 1024 * 1024,
            document_bytes: 64 * 1024,
            tokens: 5_000,
            depth: 20,
            selections: 4_000,
            aliases: 200,
            directives: 10,
            root_fields: 20,
            cost: 50_000,
            request_timeout_secs: 30,
            header_timeout_secs: 10,
            body_timeout_secs: 20,
            write_timeout_secs: 10,
            connections: 20_000,
            operations_per_account: 12,
            sockets_per_account: 500,
            operations_per_socket: 20,
            socket_bytes_per_minute: 8 * 1024 * 1024,
            init_timeout_secs: 5,
            ping_secs: 25,
            idle_timeout_secs: 300,
        }
    }
}

impl Limits {
    /// What of it cannot be.
    pub fn fault(&self) -> Option<&'static str> {
        let sizes = [
            self.body_bytes,
            self.bodies_bytes_per_address,
            self.document_bytes,
            self.tokens,
            self.root_fields,
            self.connections,
            self.operations_per_account,
            self.sockets_per_account,
            self.operations_per_socket,
            self.socket_bytes_per_minute,
        ];
        let times = [
            self.request_timeout_secs,
            self.header_timeout_secs,
            self.body_timeout_secs,
            self.write_timeout_secs,
            self.init_timeout_secs,
            self.ping_secs,
            self.idle_timeout_secs,
        ];
        let counts = [u64::from(self.depth), self.selections, self.cost];
        if sizes.contains(&0) || times.contains(&0) || counts.contains(&0) {
            return Some("limits must be 1 or more; only aliases and directives may be 0");
        }
        None
    }

    /// For one operation over HTTP.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_secs)
    }

    /// For the head of a request.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_secs)
    }

    /// For the body of an operation.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_secs)
    }

    /// For what waits to leave.
    pub fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.write_timeout_secs)
    }

    /// For a socket's introduction.
    pub fn init_timeout(&self) -> Duration {
        Duration::from_secs(self.init_timeout_secs)
    }

    /// Between two pings.
    pub fn ping_every(&self) -> Duration {
        Duration::from_secs(self.ping_secs)
    }

    /// For a socket on which nothing runs.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.idle_timeout_secs)
    }
}

/// How much a client may ask for within a minute, on each node. All of it may be used at once; it comes back evenly.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Cost of the operations of an account; 0 for no bound.
    pub account_cost: u32,
    /// Requests of an address (IPv6: a /64) from clients that are not signed in; 0 for no bound.
    pub address_requests: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { account_cost: 2_000_000, address_requests: 1_200 }
    }
}

/// Which documents are executed, and how they may be named.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DocumentSettings {
    /// Whether clients may name a document that they sent before by its hash.
    pub automatic: bool,
    /// A JSON object of SHA-256 hashes and documents: with it, nothing else is executed.
    pub trusted_file: Option<PathBuf>,
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self { automatic: true, trusted_file: None }
    }
}
