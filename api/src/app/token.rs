//! The first administrator token: from the configuration, or made once and kept where only the
//! user who runs Berth can read it. It is shown by the start that made it, and by no other.

use crate::config::Config;
use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Random bytes of a generated token.
const BYTES: usize = 32;

pub(super) struct Bootstrap {
    pub(super) token: String,
    pub(super) source: Source,
}

/// Where the token comes from.
pub(super) enum Source {
    Configured,
    /// An earlier start made it.
    Kept(PathBuf),
    /// This start made it.
    Made(PathBuf),
}

impl Bootstrap {
    /// The file that the token is in, where it is in one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.source {
            Source::Configured => None,
            Source::Kept(file) | Source::Made(file) => Some(file),
        }
    }
}

/// The configured token, else the one in `data_dir`, made if there is none.
pub(super) fn bootstrap(config: &Config) -> anyhow::Result<Bootstrap> {
    if let Some(token) = &config.bootstrap_token {
        return Ok(Bootstrap { token: token.expose().to_owned(), source: Source::Configured });
    }
    let file = config.data_dir.join("admin-token");
    match fs::read_to_string(&file) {
        Ok(text) if !text.trim().is_empty() => {
            return Ok(Bootstrap { token: text.trim().to_owned(), source: Source::Kept(file) });
        }
        Ok(_) => fs::remove_file(&file).context("remove an empty token file")?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
    }
    fs::create_dir_all(&config.data_dir).context("make the data folder")?;
    let token = format!("berth_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>()));
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .with_context(|| format!("make {}", file.display()))?;
    writeln!(new, "{token}").with_context(|| format!("write {}", file.display()))?;
    Ok(Bootstrap { token, source: Source::Made(file) })
}
