//! Where PostgreSQL and NATS are: the private ones, or those that the configuration names.

use crate::{
    config::{Config, ConnectionUrl},
    embedded::{Embedded, nats::Name},
};
use adapters::nats::connect::Server;
use anyhow::Context;
use sqlx::postgres::PgConnectOptions;
use std::{path::PathBuf, str::FromStr};

/// Where PostgreSQL is.
#[derive(Clone)]
pub(super) struct Database {
    /// As the owner of its tables.
    pub(super) owner: PgConnectOptions,
    /// As the service.
    pub(super) service: PgConnectOptions,
    /// Whether one role is both.
    pub(super) one_role: bool,
}

/// Where PostgreSQL and NATS are.
#[derive(Clone)]
pub(super) struct Servers {
    /// The database.
    pub(super) database: Database,
    /// NATS, as the relay.
    pub(super) relay: Server,
    /// NATS, as the worker.
    pub(super) worker: Server,
    /// Where those who want to subscribe find how.
    pub(super) subscribers: Option<PathBuf>,
}

impl Database {
    /// The one that the configuration names, if it names one.
    pub(super) fn named(config: &Config) -> anyhow::Result<Option<Self>> {
        let url = |url: &ConnectionUrl| url.expose().to_owned();
        let Some(service) = config.postgres.url.as_ref().map(url) else { return Ok(None) };
        Self::at(&service, config.postgres.owner_url.as_ref().map(url)).map(Some)
    }

    fn new(config: &Config, embedded: &Embedded) -> anyhow::Result<Self> {
        match embedded.postgres_url() {
            Some(service) => Self::at(&service, embedded.postgres_owner_url()),
            None => Self::named(config)?.context("no PostgreSQL"),
        }
    }

    fn at(service: &str, owner: Option<String>) -> anyhow::Result<Self> {
        Ok(Self {
            owner: options(owner.as_deref().unwrap_or(service))?,
            one_role: owner.is_none(),
            service: options(service)?,
        })
    }
}

impl Servers {
    pub(super) fn new(config: &Config, embedded: &Embedded) -> anyhow::Result<Self> {
        Ok(Self {
            database: Database::new(config, embedded)?,
            relay: server(config, embedded, Name::Relay)?,
            worker: server(config, embedded, Name::Worker)?,
            subscribers: embedded.nats_subscriber_file(),
        })
    }
}

/// What sqlx says of a wrong URL may repeat it, and a password with it.
pub(super) fn options(url: &str) -> anyhow::Result<PgConnectOptions> {
    PgConnectOptions::from_str(url)
        .map_err(|_| anyhow::anyhow!("`postgres.url` or `postgres.owner_url` is no URL"))
}

fn server(config: &Config, embedded: &Embedded, name: Name) -> anyhow::Result<Server> {
    let named = config.nats.url.as_ref().map(|url| url.expose().to_owned());
    let url = embedded.nats_address().or(named).context("no NATS")?;
    let configured = match name {
        Name::Worker => config.nats.worker_login(),
        Name::Relay | Name::Subscriber => config.nats.relay_login(),
    };
    let login = embedded.nats_login(name).or(configured);
    let login = login.map(|(user, password)| (user.to_owned(), password.expose().to_owned()));
    Ok(Server { url, login })
}
