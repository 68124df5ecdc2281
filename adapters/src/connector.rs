//! How HTTP reaches a cluster: admitted addresses only, over TLS where the address says so, with
//! the server name that is registered.

use crate::{
    api_version::Minimums,
    credentials::Credentials,
    outbound,
    tls::{self, Fault},
};
use commands::ports::cluster::{Endpoint, Error};
use domain::{cluster_url::ClusterUrl, outbound::Rules};
use http::{Uri, uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls_pki_types::ServerName;
use std::{error::Error as StdError, sync::Arc, time::Duration};

/// Opens connections to one cluster.
pub type Connector = HttpsConnector<HttpConnector<outbound::Resolver>>;

/// A link that was cut is noticed after about this and three times the interval.
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
/// The longest that TCP may take to connect.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// Connections kept open to one address while nothing is asked.
const IDLE_MAX: usize = 8;
/// The longest answer that is read.
pub const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What all connections of this process have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long one call to one address may take.
    pub call_timeout: Duration,
    /// Which addresses are admitted.
    pub rules: Arc<Rules>,
    /// The oldest APIs that a test passes.
    pub minimums: Minimums,
}

impl Settings {
    /// How long TCP may take to connect, of the time that a whole call may take.
    pub(crate) fn connect_timeout(&self) -> Duration {
        (self.call_timeout / 2).min(CONNECT_MAX)
    }
}

/// A connector for a cluster with these credentials. It asks nothing yet.
///
/// # Errors
/// `Error::Refused` for an address that the rules do not admit, `Error::ApiUnsupported` for a
/// server name that is none, and what `Credentials::tls` says.
pub fn connector(
    endpoint: &Endpoint,
    credentials: &Credentials,
    settings: &Settings,
) -> Result<Connector, Error> {
    for url in endpoint.cluster.addresses() {
        outbound::check(&settings.rules, url)
            .map_err(|error| Error::Refused { tried: "be reached", words: error.to_string() })?;
    }
    let resolver = outbound::Resolver::new(Arc::clone(&settings.rules));
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.set_connect_timeout(Some(settings.connect_timeout()));
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
    tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    tcp.enforce_http(false);

    let tls = HttpsConnectorBuilder::new().with_tls_config((*credentials.tls()?).clone());
    let is_plain = endpoint.cluster.addresses().any(ClusterUrl::is_plain);
    let tls = if is_plain { tls.https_or_http() } else { tls.https_only() };
    let tls = match &endpoint.cluster.server_name {
        Some(name) => tls.with_server_name_resolver(FixedServerNameResolver::new(named(name)?)),
        None => tls,
    };
    Ok(tls.enable_http1().wrap_connector(tcp))
}

/// A name, or an address, that TLS asks for and verifies.
///
/// # Errors
/// `Error::ApiUnsupported`.
pub fn named(name: &str) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(name.to_owned())
        .map_err(|_| Error::ApiUnsupported(format!("`{name}` is no name that TLS can ask for")))
}

/// HTTP over a connector. It follows no redirect and reads no proxy variable: who was registered is
/// the one that is asked.
#[must_use]
pub fn http<B>(connector: Connector) -> Client<Connector, B>
where
    B: hyper::body::Body + Send,
    B::Data: Send,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE_MAX)
        .build(connector)
}

/// An address as HTTP writes it.
///
/// # Errors
/// `Error::ApiUnsupported`.
pub fn base(url: &ClusterUrl) -> Result<Uri, Error> {
    let bad = |error: uri::InvalidUri| Error::ApiUnsupported(format!("`{url}`: {error}"));
    url.as_str().parse().map_err(bad)
}

/// What is asked, at the registered address, below its path where it has one.
///
/// # Errors
/// For what is no address any more.
pub fn below(base: &Uri, asked: &Uri) -> Result<Uri, http::Error> {
    let path = asked.path_and_query().map_or("/", uri::PathAndQuery::as_str);
    let mut parts = base.clone().into_parts();
    let path = format!("{}{path}", base.path().trim_end_matches('/'));
    parts.path_and_query = Some(path.parse()?);
    Ok(Uri::from_parts(parts)?)
}

/// Whether a failed connection says nothing about who is there.
#[must_use]
pub fn is_silence(error: &(dyn StdError + 'static)) -> bool {
    matches!(tls::fault(error), None | Some(Fault::Other(_)))
}

/// Whether the connection was closed before anything was asked on it.
#[must_use]
pub fn is_unasked(error: &(dyn StdError + 'static)) -> bool {
    tls::find::<hyper::Error>(error).is_some_and(hyper::Error::is_canceled)
}

/// What a failed connection means.
#[must_use]
pub fn failed(tried: &'static str, error: impl StdError + Send + Sync + 'static) -> Error {
    match tls::fault(&error) {
        Some(Fault::Theirs(words)) => Error::NotTrusted { tried, words },
        Some(Fault::Ours(words)) => Error::CredentialsRejected { tried, words },
        Some(Fault::Other(_)) | None => match tls::find::<outbound::Refused>(&error) {
            Some(refused) => Error::Refused { tried, words: refused.to_string() },
            None => Error::Unreachable { tried, source: Box::new(error) },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_at(base: &str) -> String {
        let asked = "http://cluster.invalid/nodes?filters=x".parse().unwrap();
        below(&base.parse().unwrap(), &asked).unwrap().to_string()
    }

    #[test]
    fn a_path_of_the_address_is_kept() {
        assert_eq!(asked_at("http://10.9.0.1:2375"), "http://10.9.0.1:2375/nodes?filters=x");
        assert_eq!(
            asked_at("http://gate:80/swarm/paris"),
            "http://gate:80/swarm/paris/nodes?filters=x"
        );
    }
}
