//! Where PostgreSQL and NATS are: the private ones, or those that the configuration names.

use crate::{
    config::Config,
    embedded::{Embedded, nats::Name},
};
use adapters::nats::connect::Server;
use anyhow::Context;
use sqlx::postgres::PgConnectOptions;
use std::{path::PathBuf, str::FromStr};

/// Where PostgreSQL and NATS are.
#[derive(Clone)]
pub(super) struct Servers {
    /// The database, as the owner of its tables.
    pub(super) owner: PgConnectOptions,
    /// The database, as the service.
    pub(super) service: PgConnectOptions,
    /// Whether one role is both.
    pub(super) one_role: bool,
    /// NATS, as the relay.
    pub(super) relay: Server,
    /// NATS, as the worker.
    pub(super) worker: Server,
    /// Where those who want to subscribe find how.
    pub(super) subscribers: Option<PathBuf>,
}

impl Servers {
    pub(super) fn new(config: &Config, embedded: &Embedded) -> anyhow::Result<Self> {
        let named = config.postgres.url.as_ref().map(|url| url.expose().to_owned());
        let service = embedded.postgres_url().or(named).context("no PostgreSQL")?;
        let named = config.postgres.owner_url.as_ref().map(|url| url.expose().to_owned());
        let owner = embedded.postgres_owner_url().or(named);
        Ok(Self {
            owner: options(owner.as_deref().unwrap_or(&service))?,
            one_role: owner.is_none(),
            service: options(&service)?,
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
