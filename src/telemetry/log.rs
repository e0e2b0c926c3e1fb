//! Logs, to standard error, and traces, to a collector where one is set.

use opentelemetry::{
    Context, KeyValue,
    propagation::TextMapPropagator,
    trace::{Link, SpanKind, TraceContextExt, TraceId, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample},
};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    config::{LogSettings, TraceSettings},
    random,
};

/// What targets of our own begin with.
const OURS: &str = "partner_center";
/// What the collector calls this program.
const SERVICE: &str = "partner-center";

/// Logs and traces, running.
pub struct Log(Option<SdkTracerProvider>);

impl Log {
    /// Starts both, once for the process. Fails with one line where a setting cannot be used.
    pub fn start(log: &LogSettings, traces: Option<&TraceSettings>) -> Result<Self, String> {
        let filter = EnvFilter::try_new(&log.filter).map_err(|error| format!("log.filter: {error}"))?;
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = if log.json { lines.json().with_current_span(false).boxed() } else { lines.boxed() };
        let provider = traces.map(provider).transpose()?;
        let spans = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE)).with_filter(LevelFilter::INFO)
        });
        let filter = filter.and(filter_fn(may_be_written));
        tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans).init();
        Ok(Self(provider))
    }

    /// Sends what is not sent yet.
    pub fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// What other crates say below INFO is what passes through them, messages of sockets with their tokens among it: it is
/// never written, whatever the filter says.
fn may_be_written(line: &Metadata<'_>) -> bool {
    *line.level() <= Level::INFO || line.target().starts_with(OURS)
}

fn provider(settings: &TraceSettings) -> Result<SdkTracerProvider, String> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(&settings.endpoint)
        .build()
        .map_err(|error| format!("traces.endpoint: {error}"))?;
    let share = Share(settings.percent);
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::parent_based(share).with_remote_parent_sampled(share))
        .with_resource(Resource::builder().with_service_name(SERVICE).build())
        .build())
}

/// So many of a hundred requests, drawn by ourselves: a caller that traces its own chooses the trace's id and says that it is
/// sampled, and neither decides for us. One that does not trace its own is followed in that.
#[derive(Debug, Clone, Copy)]
struct Share(u8);

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let drawn = random::bytes().map(u32::from_le_bytes).ok();
        let is_sampled = drawn.is_some_and(|drawn| drawn % 100 < u32::from(self.0));
        SamplingResult {
            decision: if is_sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: parent.map(|parent| parent.span().span_context().trace_state().clone()).unwrap_or_default(),
        }
    }
}

/// The caller's trace, where its headers name one.
pub fn parent(headers: &axum::http::HeaderMap) -> opentelemetry::Context {
    struct Headers<'h>(&'h axum::http::HeaderMap);
    impl opentelemetry::propagation::Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key).and_then(|value| value.to_str().ok())
        }
        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(axum::http::HeaderName::as_str).collect()
        }
    }
    TraceContextPropagator::new().extract(&Headers(headers))
}
