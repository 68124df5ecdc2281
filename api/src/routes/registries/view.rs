//! The credential of a registry as clients see it: everything but the password.

use crate::{problem::Problem, state::State};
use commands::{
    ports::{Vault, vault},
    provider::login::Login,
};
use projections::provider_profile::row;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// That a provider has a credential for a registry, as its profile shows it.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct RegistryCredential {
    /// A host, with a port if needed, as references name it.
    #[schema(example = "registry.example:5000")]
    pub(super) registry: String,
    /// The version of the provider that it came with; another one is another credential.
    version: i64,
    /// Changes with each credential that is set, and says nothing of it.
    fingerprint: String,
    #[schema(format = DateTime)]
    set_at: String,
}

/// The credential of a registry, without its password.
#[derive(Serialize, ToSchema)]
pub(super) struct NamedCredential {
    #[schema(inline)]
    #[serde(flatten)]
    pub(super) credential: RegistryCredential,
    /// Who pulls; null where the credential was replaced or removed since, and forgotten.
    username: Option<String>,
}

impl From<row::Credential> for RegistryCredential {
    fn from(row: row::Credential) -> Self {
        Self {
            registry: row.registry.to_string(),
            version: row.version.0,
            fingerprint: row.kept.fingerprint.to_string(),
            set_at: row.set_at.to_string(),
        }
    }
}

/// Credentials with those who pull, whom the vault alone knows.
pub(super) async fn named(
    state: &State,
    rows: Vec<row::Credential>,
) -> Result<Vec<NamedCredential>, Problem> {
    let vault = Arc::clone(&state.vault);
    let each = state.apart(async move {
        let mut named = Vec::with_capacity(rows.len());
        for row in rows {
            let username = username(&*vault, &row).await?;
            named.push(NamedCredential { credential: row.into(), username });
        }
        Ok(named)
    });
    each.await?
}

async fn username(
    vault: &dyn Vault,
    row: &row::Credential,
) -> Result<Option<String>, vault::Error> {
    match vault.get(row.kept.record_id, row.kept.version).await {
        Ok(value) => Ok(Login::of(value).and_then(|login| login.username())),
        Err(vault::Error::Gone { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
