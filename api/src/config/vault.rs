//! Where the master keys of the vault are.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::optional;

/// What the file is called where Berth keeps it itself.
const DEFAULT_NAME: &str = "vault-key";

/// The keys that open everything secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// A file with master keys, the newest last. Absent: one in `data_dir`, made at first start.
    #[serde(with = "optional")]
    pub key_file: Option<PathBuf>,
}

impl Vault {
    /// The key file; below `data_dir` where none is named.
    pub fn file(&self, data_dir: &Path) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| data_dir.join(DEFAULT_NAME))
    }
}
