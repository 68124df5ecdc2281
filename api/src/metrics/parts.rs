//! Numbers of the parts of this process, read when Prometheus asks.

use adapters::nats::health::Report;
use projections::{Model, progress::Progress};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};
use std::{fmt, sync::Arc};
use tokio::sync::watch;

/// How far the read models are that this process keeps.
#[derive(Debug)]
pub(super) struct ReadModels(pub(super) Arc<Progress>);

impl Collector for ReadModels {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let here = Model::ALL.map(|model| (model, self.0.here(model)));
        let mut gauge = |name, help, value: &dyn Fn(usize) -> i64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (index, (model, _)) in here.iter().enumerate() {
                let labels = [("read_model", model.name())];
                ConstGauge::new(value(index)).encode(family.encode_family(&labels)?)?;
            }
            Ok(())
        };
        gauge("read_model_position", "Last event applied by this process", &|index| {
            here[index].1.position.0
        })?;
        gauge("read_model_active", "1 where this process keeps the read model", &|index| {
            i64::from(here[index].1.active)
        })?;
        gauge("read_model_alarm", "1 where the read model stopped for good", &|index| {
            i64::from(here[index].1.alarm.is_some())
        })
    }
}

/// How far the relay of this process is.
#[derive(Debug)]
pub(super) struct Relay(pub(super) watch::Receiver<Report>);

impl Collector for Relay {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Report { health, published } = self.0.borrow().clone();
        let help = "Last event known to be in the stream";
        let position =
            encoder.encode_descriptor("relay_position", help, None, MetricType::Gauge)?;
        ConstGauge::new(published.0).encode(position)?;
        let help = "How the relay is: 1 at the word that holds";
        let mut state = encoder.encode_descriptor("relay_health", help, None, MetricType::Gauge)?;
        ConstGauge::new(1_i64).encode(state.encode_family(&[("health", health.word())])?)
    }
}
