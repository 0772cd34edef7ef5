//! Structured logs always; OpenTelemetry traces over OTLP when `OTEL_EXPORTER_OTLP_ENDPOINT` is
//! set.

use std::collections::HashMap;

use opentelemetry::{
    propagation::TextMapPropagator as _,
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Ends telemetry: what is waiting is still sent.
#[derive(Debug)]
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

/// Starts logs to standard error and, where configured, traces.
pub(crate) fn start() -> Telemetry {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,amtstermin=info,gateway=info,scheduling=info,notification=info,tenant=info,catalog=info"));
    let logs =
        tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr).with_filter(filter);
    let provider = std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").and_then(|_| provider());
    let traces = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("amtstermin"))
            .with_filter(EnvFilter::new("info,sea_orm=debug,sqlx=warn,hyper=warn,h2=warn"))
    });
    tracing_subscriber::registry().with(logs).with(traces).init();
    Telemetry(provider)
}

fn provider() -> Option<SdkTracerProvider> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build();
    match exporter {
        Ok(exporter) => Some(
            SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                .with_resource(
                    opentelemetry_sdk::Resource::builder().with_service_name("amtstermin").build(),
                )
                .build(),
        ),
        Err(error) => {
            // Logs are not up yet, and a server without traces is better than none.
            eprintln!("traces are off: {error}");
            None
        }
    }
}

impl Telemetry {
    /// Sends what is waiting. Blocks, so it runs off the asynchronous threads.
    pub(crate) async fn stop(self) {
        if let Some(provider) = self.0 {
            let stopped = tokio::task::spawn_blocking(move || provider.shutdown()).await;
            if !matches!(stopped, Ok(Ok(()))) {
                tracing::warn!("some traces were not sent");
            }
        }
    }
}

/// The W3C trace context of the present span, kept beside a mail so that its sending joins the
/// trace of the request.
pub(crate) fn traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove("traceparent")
}

/// Makes `span` a child of the span in `traceparent`.
pub(crate) fn join(span: &Span, traceparent: &str) {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    // Fails only without a tracing layer, where there is nothing to join.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}

/// The id under which a fault is found in logs and traces.
pub(crate) fn trace_id() -> String {
    let context = Span::current().context();
    let span = context.span();
    if span.span_context().is_valid() {
        span.span_context().trace_id().to_string()
    } else {
        uuid::Uuid::now_v7().simple().to_string()
    }
}
