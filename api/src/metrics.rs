//! Numbers for Prometheus.
//!
//! Labels are routes as the table has them, never paths as they were sent: a stranger must not be
//! able to make new time series.

mod parts;

use crate::streams::Numbers;
use adapters::nats::health::Report;
use projections::progress::Progress;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// Upper bounds of the classes of durations, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted, and what other parts have registered.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    streams: Numbers,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("berth");
        let requests = Family::default();
        let durations: Family<Route, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BOUNDS));
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from the request to its answer",
            durations.clone(),
        );
        let streams = Numbers::default();
        registry.register("event_streams", "Streams of events open now", streams.open.clone());
        registry.register(
            "event_streams_cut",
            "Streams cut off because their reader left events lying",
            streams.cut.clone(),
        );
        Self { registry: Mutex::new(registry), requests, durations, streams }
    }
}

impl Metrics {
    /// Shows how far the read models are that this process keeps.
    #[must_use]
    pub fn with_read_models(self, progress: Arc<Progress>) -> Self {
        self.registry().register_collector(Box::new(parts::ReadModels(progress)));
        self
    }

    /// Shows how far the relay of this process is.
    #[must_use]
    pub fn with_relay(self, reports: watch::Receiver<Report>) -> Self {
        self.registry().register_collector(Box::new(parts::Relay(reports)));
        self
    }

    /// What is shown of streams, for who keeps them.
    pub(crate) fn streams(&self) -> Numbers {
        self.streams.clone()
    }

    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        let labels = Route { method: method.clone(), route: route.clone() };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// All numbers in the text format of `OpenMetrics`.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry())?;
        Ok(text)
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
