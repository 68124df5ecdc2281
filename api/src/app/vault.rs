//! The vault with its key file: one that the configuration names, or one that `berth serve` makes
//! where it keeps what belongs to this machine.

use super::print;
use crate::{config::Config, problem::Chain};
use adapters::vault::{Keyring, Vault};
use anyhow::{Context, ensure};
use sqlx::PgPool;
use std::{sync::Arc, time::Duration};
use tracing::{info, warn};

/// How often what crashed commands left is looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// What becomes of a database without a vault that nobody gave a key for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmade {
    /// Berth makes a key, and keeps it with what else it keeps for the service.
    Made,
    /// Nothing: a key that a worker made where it happened to run would be lost with its machine.
    Refused,
}

/// Opens the vault of a database.
pub(super) async fn open(config: &Config, pool: PgPool, unmade: Unmade) -> anyhow::Result<Vault> {
    let file = config.vault.file(&config.data_dir);
    let keyring = if config.vault.key_file.is_some() {
        Keyring::load(&file)?
    } else {
        // A key of its own would not open what another process has made already.
        let is_made = Vault::is_made(&pool)
            .await
            .context("look for a vault; has the database been migrated? (`berth migrate`)")?;
        ensure!(
            is_made || unmade == Unmade::Made,
            "the database has no vault yet: start `berth serve` first, which makes one with its \
             key, or name a key file in vault.key_file (`berth vault new-key` prints a key)"
        );
        ensure!(
            !is_made || file.exists(),
            "the vault of this database was made with a key file that is not here: put it back as \
             {}, or name it in vault.key_file; every process over one database uses the same keys",
            file.display()
        );
        if is_made { Keyring::load(&file)? } else { Keyring::load_or_make(&file)? }
    };
    Ok(Vault::open(pool, keyring).await?)
}

/// Puts the newest master key to use; a file of Berth's own gets a new one first.
pub(super) async fn rotate(config: &Config, pool: PgPool) -> anyhow::Result<()> {
    let vault = open(config, pool, Unmade::Refused).await?;
    if config.vault.key_file.is_none() {
        vault.add_master_key()?;
    }
    let done = vault.rotate().await?;
    let file = config.vault.file(&config.data_dir);
    let mut said = format!(
        "{} wraps every data key now; {} were wrapped anew\n",
        done.current, done.rewrapped
    );
    for key in done.unused {
        said.push_str(&format!(
            "{key} wraps nothing any more; take its line from {} once no backup needs it\n",
            file.display()
        ));
    }
    print(&said)
}

/// Forgets, again and again, what commands left that were never recorded.
pub(super) async fn sweep(vault: Arc<Vault>) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        match vault.sweep().await {
            Ok(0) => {}
            Ok(gone) => info!("{gone} values of commands that were never recorded left the vault"),
            Err(error) => {
                warn!(error = %Chain(&error), "could not sweep the vault; it is tried again")
            }
        }
    }
}
