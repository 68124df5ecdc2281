//! Where events are published, and how long they stay there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ConnectionUrl, Error, Secret, invalid, optional, within};

/// An existing NATS, or none: then Berth runs a private one.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Nats {
    /// Servers with JetStream, separated by commas. Absent: a private one under `data_dir`.
    #[serde(with = "optional")]
    pub url: Option<ConnectionUrl>,
    /// Who publishes the events, on an existing server.
    #[serde(with = "optional")]
    pub relay_user: Option<String>,
    /// The password of `relay_user`.
    #[serde(with = "optional")]
    pub relay_password: Option<Secret>,
    /// Who reads the events for the worker. Absent: the same as the relay.
    #[serde(with = "optional")]
    pub worker_user: Option<String>,
    /// The password of `worker_user`.
    #[serde(with = "optional")]
    pub worker_password: Option<Secret>,
    /// How long an event stays in the stream: 1 hour to 10 years.
    pub stream_max_age_hours: u64,
    /// How many bytes the stream keeps: 1 MiB to 1 TiB.
    pub stream_max_bytes: u64,
    /// What goes when the stream is full.
    pub stream_discard: Discard,
}

/// What goes when the stream is full.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Discard {
    /// The oldest events; they stay in the log.
    Old,
    /// Nothing: new events wait in the log until there is room.
    New,
}

impl Nats {
    /// User and password of the relay on an existing server.
    pub fn relay_login(&self) -> Option<(&str, &Secret)> {
        self.relay_user.as_deref().zip(self.relay_password.as_ref())
    }

    /// User and password of the worker on an existing server: its own, else the relay's.
    pub fn worker_login(&self) -> Option<(&str, &Secret)> {
        let own = self.worker_user.as_deref().zip(self.worker_password.as_ref());
        own.or_else(|| self.relay_login())
    }

    /// How long an event stays in the stream.
    pub fn stream_max_age(&self) -> Duration {
        Duration::from_secs(self.stream_max_age_hours * 3_600)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        if self.url.as_ref().is_some_and(|url| !url.has_scheme(&["nats", "tls"])) {
            return Err(invalid("nats.url", "addresses that begin with nats:// or tls://"));
        }
        if self.relay_user.is_some() != self.relay_password.is_some() {
            return Err(invalid("nats.relay_password", "set where `nats.relay_user` is"));
        }
        if self.worker_user.is_some() != self.worker_password.is_some() {
            return Err(invalid("nats.worker_password", "set where `nats.worker_user` is"));
        }
        if self.url.is_none() && (self.relay_user.is_some() || self.worker_user.is_some()) {
            return Err(invalid("nats.url", "set where a user of an existing server is"));
        }
        within("nats.stream_max_age_hours", self.stream_max_age_hours, 1..=87_600)?;
        within("nats.stream_max_bytes", self.stream_max_bytes, 1_048_576..=1_099_511_627_776)
    }
}
