//! How requests come in.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Error, invalid, within};

/// The listener, and what one client may ask of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address and port, as `127.0.0.1:8080`. Port 0 takes any free one.
    pub listen: String,
    /// The longest request body, in bytes: 1 KiB to 64 MiB.
    pub body_bytes_max: u64,
    /// Connections open at once: 1 to 100,000.
    pub connections_max: u64,
    /// Requests of one principal a second: 1 to 1,000,000.
    pub principal_requests_per_second_max: u64,
    /// Tokens from one address a second that are not valid: 1 to 100,000.
    pub failed_authentications_per_second_max: u64,
    /// How long a request may take: 100 ms to 10 minutes.
    pub request_timeout_ms: u64,
    /// How long requests under way may go on after a stop: up to 10 minutes.
    pub shutdown_timeout_ms: u64,
    /// How long a reader of a stream may leave events lying: 100 ms to 10 minutes.
    pub stream_stall_timeout_ms: u64,
    /// Streams of events open at once: 0 to 100,000.
    pub streams_max: u64,
}

impl Http {
    /// Where to listen.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.listen.parse().map_err(|_| {
            invalid("http.listen", "an IP address and a port, such as 127.0.0.1:8080 or [::1]:0")
        })
    }

    /// How long a request may take.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How long requests under way may go on after a stop.
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_millis(self.shutdown_timeout_ms)
    }

    /// How long a reader of a stream may leave events lying.
    pub fn stream_stall_timeout(&self) -> Duration {
        Duration::from_millis(self.stream_stall_timeout_ms)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        self.address()?;
        within("http.body_bytes_max", self.body_bytes_max, 1_024..=67_108_864)?;
        within("http.connections_max", self.connections_max, 1..=100_000)?;
        let requests = self.principal_requests_per_second_max;
        within("http.principal_requests_per_second_max", requests, 1..=1_000_000)?;
        let failures = self.failed_authentications_per_second_max;
        within("http.failed_authentications_per_second_max", failures, 1..=100_000)?;
        within("http.request_timeout_ms", self.request_timeout_ms, 100..=600_000)?;
        within("http.shutdown_timeout_ms", self.shutdown_timeout_ms, 0..=600_000)?;
        within("http.stream_stall_timeout_ms", self.stream_stall_timeout_ms, 100..=600_000)?;
        within("http.streams_max", self.streams_max, 0..=100_000)
    }
}
