//! TLS as a client: whom Berth trusts, who it is, and what a failure says about whom.
//!
//! Versions 1.2 and 1.3, by rustls on ring; nothing can turn the verification of a name or a chain
//! off.

mod witness;

use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use std::{
    error::Error as StdError,
    io,
    sync::{Arc, LazyLock},
};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        self, AlertDescription, ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
        client::WantsClientCert,
        crypto::{CryptoProvider, ring},
    },
};
pub(crate) use witness::Witness;

/// How TLS is spoken on a connection.
pub type Config = Arc<ClientConfig>;

/// The authorities of this machine, read once.
static EVERYBODYS: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
});

/// One for all, so that connections can share what it remembers.
static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(ring::default_provider()));

/// Why certificates or a key are of no use.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Text that is no PEM of it.
    #[error("what should be {0} in PEM is none")]
    Pem(&'static str),
    /// Read, and unfit.
    #[error("{0} cannot be used: {1}")]
    Unfit(&'static str, #[source] rustls::Error),
}

/// The authorities that everybody on this machine trusts.
#[must_use]
pub fn everybodys() -> RootCertStore {
    EVERYBODYS.clone()
}

/// These authorities and no others.
///
/// # Errors
/// See `Error`.
pub fn only(pem: &[u8]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    add(&mut roots, pem)?;
    Ok(roots)
}

/// These authorities, too.
///
/// # Errors
/// See `Error`.
pub fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), Error> {
    const WHAT: &str = "the authority";
    for certificate in chain(pem, WHAT)? {
        roots.add(certificate).map_err(|error| Error::Unfit(WHAT, error))?;
    }
    Ok(())
}

/// Trusts `roots`, and shows `identity`, a chain with its key in PEM.
///
/// # Errors
/// See `Error`.
pub fn config(roots: RootCertStore, identity: Option<(&[u8], &[u8])>) -> Result<Config, Error> {
    showing(builder()?.with_root_certificates(roots), identity)
}

/// The same, and a witness of what the other side shows.
///
/// # Errors
/// See `Error`.
pub(crate) fn config_with_witness(
    roots: RootCertStore,
    identity: Option<(&[u8], &[u8])>,
) -> Result<(Config, Arc<Witness>), Error> {
    let witness = Arc::new(Witness::new(roots, Arc::clone(&PROVIDER))?);
    let verifier = Arc::clone(&witness) as _;
    let builder = builder()?.dangerous().with_custom_certificate_verifier(verifier);
    Ok((showing(builder, identity)?, witness))
}

/// Shakes hands over a connection, with whoever should have this name.
///
/// # Errors
/// When it fails, with what TLS says about it inside (`fault`).
pub async fn connect(
    config: Config,
    name: ServerName<'static>,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    TlsConnector::from(config).connect(name, stream).await
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Unfit("TLS", error))
}

fn showing(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    identity: Option<(&[u8], &[u8])>,
) -> Result<Config, Error> {
    const WHAT: &str = "the certificate with its key";
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((pem, key)) => {
            let chain = chain(pem, "the certificate")?;
            let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| Error::Pem("the key"))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| Error::Unfit(WHAT, error))?
        }
    };
    Ok(Arc::new(config))
}

fn chain(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    // Text without any certificate is an empty list, and no error.
    chain.ok().filter(|chain| !chain.is_empty()).ok_or(Error::Pem(what))
}

/// Which side a failed connection says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The other side is not who it should be, by its certificate.
    Theirs(String),
    /// The other side does not accept who we are.
    Ours(String),
    /// Something else of TLS, such as no TLS at all.
    Other(String),
}

/// What TLS says about a failure; nothing where it came from elsewhere.
#[must_use]
pub fn fault(error: &(dyn StdError + 'static)) -> Option<Fault> {
    let cause = find::<rustls::Error>(error)?;
    let words = cause.to_string();
    Some(match cause {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => Fault::Theirs(words),
        rustls::Error::AlertReceived(
            AlertDescription::AccessDenied
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::DecryptError
            | AlertDescription::NoCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::UnsupportedCertificate,
        ) => Fault::Ours(words),
        _ => Fault::Other(words),
    })
}

/// The first error of a kind among those that an error came from. The source of an I/O error skips
/// the error that it wraps, so that one is looked into as well.
pub fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.and_then(|inner| find(inner)).or_else(|| error.source().and_then(find))
}

#[cfg(test)]
mod tests;
