//! What the program tells of itself.

use serde::Deserialize;

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// A tracing filter, such as `info` or `partner_center=debug`. What libraries say below INFO is never written: it
    /// holds what clients send.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

/// Traces, in the words of OpenTelemetry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceSettings {
    /// A collector's address for OTLP over HTTP with protobuf, such as `http://collector:4318/v1/traces`.
    pub endpoint: String,
    /// The share of requests that are traced; of those too whose caller traces its own.
    #[serde(default = "all")]
    pub percent: u8,
}

fn all() -> u8 {
    100
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { filter: "info,sqlx=warn,sea_orm_migration=warn".to_owned(), json: false }
    }
}
