//! By what Berth and a cluster know each other, read from the vault for one connection.
//!
//! **Invariants**
//! - Exactly the versions that the endpoint names are read. So a connection never has half of the
//!   old credentials and half of the new ones.
//! - Neither key nor token is shown, and both are wiped from memory when dropped. What TLS itself
//!   keeps of a key goes with the last connection that uses it.

use crate::tls;
use commands::ports::{
    Vault,
    cluster::{Endpoint, Error},
    vault::Secret,
};
use domain::kept::Kept;
use std::{fmt, sync::Arc};
use tokio_rustls::rustls::RootCertStore;

/// What is tried with all of them.
const TRIED: &str = "prepare for TLS";

/// What one connection is made with.
pub struct Credentials {
    /// PEM of the authorities by which the cluster is verified; none: those everybody trusts.
    pub authorities: Option<String>,
    /// What Berth shows in TLS.
    pub identity: Option<Identity>,
    /// What Berth shows in each request.
    pub token: Option<Secret>,
}

/// A chain with its key.
pub struct Identity {
    /// PEM of the chain, its own certificate first.
    pub chain: String,
    /// PEM of its private key.
    pub key: Secret,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([hidden])")
    }
}

impl Credentials {
    /// What an endpoint names, out of the vault.
    ///
    /// # Errors
    /// `Error::NoCredentials` where the vault does not give it.
    pub async fn read(vault: &dyn Vault, endpoint: &Endpoint) -> Result<Self, Error> {
        let identity = match (&endpoint.certificate, endpoint.cluster.certificate_id) {
            (Some(material), _) => {
                let key = get(vault, &material.key).await?;
                Some(Identity { chain: material.certificate.clone(), key })
            }
            // Without it Berth would come as nobody, and be refused for another reason.
            (None, Some(id)) => {
                return Err(Error::NoCredentials(format!("no certificate has the id {id}").into()));
            }
            (None, None) => None,
        };
        let token = match &endpoint.cluster.token {
            Some(kept) => Some(get(vault, kept).await?),
            None => None,
        };
        let authorities = endpoint.authorities().map(str::to_owned);
        Ok(Self { authorities, identity, token })
    }

    /// How TLS is spoken with them.
    ///
    /// # Errors
    /// `Error::NotTrusted` for authorities and `Error::CredentialsRejected` for a certificate that
    /// are of no use.
    pub fn tls(&self) -> Result<tls::Config, Error> {
        let identity = self.identity();
        tls::config(self.roots()?, identity).map_err(rejected)
    }

    /// The same, and a witness of what the cluster shows.
    ///
    /// # Errors
    /// The same.
    pub(crate) fn tls_with_witness(&self) -> Result<(tls::Config, Arc<tls::Witness>), Error> {
        let identity = self.identity();
        tls::config_with_witness(self.roots()?, identity).map_err(rejected)
    }

    fn roots(&self) -> Result<RootCertStore, Error> {
        let roots = match &self.authorities {
            Some(pem) => tls::only(pem.as_bytes()),
            None => Ok(tls::everybodys()),
        };
        roots.map_err(|error| Error::NotTrusted { tried: TRIED, words: error.to_string() })
    }

    fn identity(&self) -> Option<(&[u8], &[u8])> {
        let identity = self.identity.as_ref();
        identity.map(|own| (own.chain.as_bytes(), own.key.expose()))
    }
}

fn rejected(error: tls::Error) -> Error {
    Error::CredentialsRejected { tried: TRIED, words: error.to_string() }
}

async fn get(vault: &dyn Vault, kept: &Kept) -> Result<Secret, Error> {
    let value = vault.get(kept.record_id, kept.version).await;
    value.map_err(|error| Error::NoCredentials(error.into()))
}
