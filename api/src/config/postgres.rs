//! Where the log is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ConnectionUrl, Error, invalid, optional, within};

/// An existing PostgreSQL, or none: then Berth runs a private one.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    /// The database as the service uses it. Absent: a private server under `data_dir`.
    #[serde(with = "optional")]
    pub url: Option<ConnectionUrl>,
    /// The same database as the role that owns the tables. Absent: `url` serves for both.
    #[serde(with = "optional")]
    pub owner_url: Option<ConnectionUrl>,
    /// Connections that one process keeps: 2 to 1000.
    pub pool_max: u64,
    /// How long to wait for a free connection: 10 ms to 1 minute.
    pub acquire_timeout_ms: u64,
}

impl Postgres {
    /// How long to wait for a free connection.
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        for (key, url) in [("postgres.url", &self.url), ("postgres.owner_url", &self.owner_url)] {
            if url.as_ref().is_some_and(|url| !url.has_scheme(&["postgres", "postgresql"])) {
                return Err(invalid(key, "an address that begins with postgres://"));
            }
        }
        if self.url.is_none() && self.owner_url.is_some() {
            return Err(invalid("postgres.url", "set where `postgres.owner_url` is"));
        }
        within("postgres.pool_max", self.pool_max, 2..=1_000)?;
        within("postgres.acquire_timeout_ms", self.acquire_timeout_ms, 10..=60_000)
    }
}
