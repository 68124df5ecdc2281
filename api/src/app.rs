//! The composition root: where ports and their adapters meet, and nowhere else.
//!
//! Children (a private PostgreSQL, a private NATS) are started before the runtime and stopped after
//! it, so that nothing runs on a server that has gone.

mod parts;
mod roles;
mod servers;
mod tasks;
mod token;
mod vault;
mod welcome;

use crate::{
    config::Config,
    embedded::{self, Embedded},
};
use anyhow::Context;
use servers::{Database, Servers};
use sqlx::postgres::PgConnectOptions;
use std::io::Write;
use tokio::runtime::Runtime;

/// Runs everything in one process until it is told to stop.
///
/// # Errors
/// What kept it from starting, with the cure.
pub fn serve(config: &Config) -> anyhow::Result<()> {
    with_servers(config, |servers| roles::serve(config, servers))
}

/// Runs a worker alone.
///
/// # Errors
/// What kept it from starting.
pub fn work(config: &Config) -> anyhow::Result<()> {
    let missing = "a worker needs the PostgreSQL and the NATS that others serve with";
    anyhow::ensure!(
        config.postgres.url.is_some() && config.nats.url.is_some(),
        "{missing}: set postgres.url and nats.url"
    );
    with_servers(config, |servers| roles::work(config, servers))
}

/// Brings the database to the form that this program expects.
///
/// # Errors
/// No connection, or a migration that failed.
pub fn migrate(config: &Config) -> anyhow::Result<()> {
    match Database::named(config)? {
        Some(database) => run(|| async move { roles::migrate(&database).await }, ()),
        None => {
            with_servers(config, |servers| async move { roles::migrate(&servers.database).await })
        }
    }
}

/// Rebuilds one read model while the service runs, also beside one that runs private servers.
///
/// # Errors
/// An unknown read model, or a database that does not answer.
pub fn rebuild(config: &Config, model: &str) -> anyhow::Result<()> {
    with_database(config, |service| roles::rebuild(config, service, model))
}

/// Puts the newest master key of the vault to use while the service runs; a key file that Berth
/// made gets a new one first.
///
/// # Errors
/// A key file that cannot be used, or a database that does not answer.
pub fn rotate_vault(config: &Config) -> anyhow::Result<()> {
    with_database(config, |service| roles::rotate_vault(config, service))
}

/// Prints a new master key as a line of a key file.
///
/// # Errors
/// When the operating system gives no random bytes, or nobody reads what is printed.
pub fn new_vault_key() -> anyhow::Result<()> {
    print(&adapters::vault::keyring::new_line()?)
}

/// Prints to standard output.
///
/// # Errors
/// When nobody reads it any more.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).context("print")
}

/// Works on the database alone, also beside a process that runs the private one.
fn with_database<F: Future<Output = anyhow::Result<()>>>(
    config: &Config,
    role: impl FnOnce(PgConnectOptions) -> F,
) -> anyhow::Result<()> {
    if let Some(database) = Database::named(config)? {
        return run(|| role(database.service), ());
    }
    match Embedded::start(config) {
        Ok(embedded) => {
            let servers = Servers::new(config, &embedded)?;
            run(|| role(servers.database.service), embedded)
        }
        Err(embedded::Error::InUse { .. }) => {
            let service = servers::options(&Embedded::beside(config)?)?;
            run(|| role(service), ())
        }
        Err(error) => Err(error.into()),
    }
}

fn with_servers<F: Future<Output = anyhow::Result<()>>>(
    config: &Config,
    role: impl FnOnce(Servers) -> F,
) -> anyhow::Result<()> {
    if config.postgres.url.is_none() || config.nats.url.is_none() {
        print(&format!("Starting private servers under {} …\n", config.data_dir.display()))?;
    }
    let embedded = Embedded::start(config)?;
    let servers = Servers::new(config, &embedded)?;
    run(|| role(servers), embedded)
}

/// Runs a role to its end, and drops the servers it stood on after it.
fn run<F: Future<Output = anyhow::Result<()>>, S>(
    role: impl FnOnce() -> F,
    servers: S,
) -> anyhow::Result<()> {
    let runtime = Runtime::new().context("start the async runtime")?;
    let outcome = runtime.block_on(async { role().await });
    runtime.shutdown_timeout(tasks::STOP_TIMEOUT);
    drop(servers);
    outcome
}
