//! What an operator may set, parsed once and checked before anything is started.
//!
//! Three layers, each over the one before: the defaults of `config.default.toml`, which names and
//! explains every key; a file; the environment. No other part reads a setting from there, so
//! `berth check-config` shows all that decides how a process runs.
//!
//! **Invariants**
//! - A key that nobody reads is refused, since a misspelt limit is no limit.
//! - A value that was accepted needs no second look: [`Config::validate`] checks every bound.
//! - No secret leaves through `Debug`, `Display`, [`Config::shown`] or an error.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ::config::{ConfigError, Environment, File, FileFormat};
use serde::{Deserialize, Serialize};

pub mod http;
mod known_key;
pub mod log;
pub mod nats;
pub mod oidc;
mod optional;
pub mod outbound;
pub mod postgres;
pub mod secret;
pub mod telemetry;
pub mod vault;
pub mod worker;

#[cfg(test)]
mod tests;

pub use secret::{ConnectionUrl, Secret};

/// Every key, its built-in value and what it means.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Names the configuration file where the command line does not.
const FILE_VARIABLE: &str = "BERTH_CONFIG";

/// What every environment variable of Berth begins with.
const PREFIX: &str = "BERTH_";

/// What the tests of Berth are told, which a Berth that they start inherits.
const TEST_PREFIX: &str = "BERTH_TEST_";

/// Stands between a section and its key in the name of an environment variable.
const SEPARATOR: &str = "__";

/// All that decides how a process of Berth runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where this machine's own files are: tokens, and the private servers where Berth runs them.
    pub data_dir: PathBuf,
    /// The first administrator token, 16 to 256 visible ASCII characters; absent, one is generated.
    #[serde(with = "optional")]
    pub bootstrap_token: Option<Secret>,
    /// How requests come in.
    pub http: http::Http,
    /// Where the log is.
    pub postgres: postgres::Postgres,
    /// Where events are published.
    pub nats: nats::Nats,
    /// Whose tokens are accepted beside those of Berth.
    pub oidc: oidc::Oidc,
    /// How much the writer of the log takes on at once.
    pub log: log::Log,
    /// Where clusters may be.
    pub outbound: outbound::Outbound,
    /// How clusters are followed.
    pub worker: worker::Worker,
    /// What a process says about itself.
    pub telemetry: telemetry::Telemetry,
    /// Where the master keys of the vault are.
    pub vault: vault::Vault,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The named file could not be read.
    #[error("could not read configuration file {}", path.display())]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not TOML. Its text is left out, since it may hold a password.
    #[error("configuration file {}, line {line}: {message}", path.display())]
    Parse {
        /// The file as it was named.
        path: PathBuf,
        /// Where reading stopped.
        line: usize,
        /// What was wrong there.
        message: String,
    },
    /// Nobody reads such a key.
    #[error("unknown key `{key}` in {place}{}", known_key::hint(nearest.as_deref()))]
    UnknownKey {
        /// The key as it was given.
        key: String,
        /// A file or an environment variable.
        place: String,
        /// A known key that looks like it.
        nearest: Option<String>,
    },
    /// A value has the wrong type.
    #[error("could not read the configuration: {0}")]
    Load(ConfigError),
    /// A value breaks a rule.
    #[error("`{key}` must be {rule}")]
    Invalid {
        /// Section and key.
        key: &'static str,
        /// What the value must be.
        rule: String,
    },
    /// The configuration could not be printed.
    #[error("could not print the configuration")]
    Show(#[source] toml::ser::Error),
}

impl Config {
    /// Reads `file` (or the one that `BERTH_CONFIG` names) and the environment of this process.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_layers(file, environment)
    }

    /// As [`Config::load`], with an environment of the caller's choice.
    pub fn from_layers(
        file: Option<&Path>,
        mut environment: HashMap<String, String>,
    ) -> Result<Self, Error> {
        environment.retain(|name, value| {
            let ours = name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX);
            ours && !value.is_empty()
        });
        let named = environment.remove(FILE_VARIABLE).map(PathBuf::from);
        let file = file.map(Path::to_path_buf).or(named);

        let mut layers =
            ::config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            layers = layers.add_source(File::from_str(&read(&path)?, FileFormat::Toml));
        }
        known_key::check_environment(environment.keys())?;
        // Without `try_parsing`, so that a token of digits stays the text it is.
        let variables = Environment::with_prefix(PREFIX.trim_end_matches('_'))
            .prefix_separator("_")
            .separator(SEPARATOR)
            .source(Some(environment));
        let config: Self = layers
            .add_source(variables)
            .build()
            .and_then(::config::Config::try_deserialize)
            .map_err(Error::Load)?;
        config.validate()?;
        Ok(config)
    }

    /// What holds, as TOML that can be read again, with every secret hidden.
    pub fn shown(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(Error::Show)
    }

    /// Checks every bound, and what must hold between two keys.
    pub fn validate(&self) -> Result<(), Error> {
        if self.data_dir.as_os_str().is_empty() {
            return Err(invalid("data_dir", "a path"));
        }
        if let Some(token) = &self.bootstrap_token {
            let text = token.expose();
            if !(16..=256).contains(&text.len())
                || !text.bytes().all(|byte| byte.is_ascii_graphic())
            {
                return Err(invalid("bootstrap_token", "16 to 256 visible ASCII characters"));
            }
        }
        self.http.validate()?;
        self.postgres.validate()?;
        self.nats.validate()?;
        self.oidc.validate()?;
        self.log.validate()?;
        self.outbound.validate()?;
        self.worker.validate()?;
        self.telemetry.validate()
    }
}

/// Reads and checks a file before it is laid over the defaults, so that what is wrong is told with
/// its place in this very file, and without the text around it.
fn read(path: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1;
        Error::Parse { path: path.to_path_buf(), line, message: error.message().to_owned() }
    })?;
    known_key::check_file(path, &table)?;
    Ok(text)
}

/// A value that breaks a rule: "`key` must be `rule`".
fn invalid(key: &'static str, rule: impl Into<String>) -> Error {
    Error::Invalid { key, rule: rule.into() }
}

/// Refuses a number outside of its bounds.
fn within(
    key: &'static str,
    value: u64,
    bounds: std::ops::RangeInclusive<u64>,
) -> Result<(), Error> {
    if bounds.contains(&value) {
        return Ok(());
    }
    Err(invalid(key, format!("{} to {}, not {value}", bounds.start(), bounds.end())))
}
