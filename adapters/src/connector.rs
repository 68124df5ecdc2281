//! How HTTP reaches a cluster: admitted addresses only, over TLS where the address says so, with
//! the server name that is registered.

use crate::{credentials::Credentials, outbound};
use commands::ports::cluster::{Endpoint, Error};
use domain::{cluster_url::ClusterUrl, outbound::Rules};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls_pki_types::ServerName;
use std::{sync::Arc, time::Duration};

/// Opens connections to one cluster.
pub type Connector = HttpsConnector<HttpConnector<outbound::Resolver>>;

/// A link that was cut is noticed after about this and three times the interval.
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
/// The longest that TCP may take to connect.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// What all connections of this process have in common.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long one call to one address may take.
    pub call_timeout: Duration,
    /// Which addresses are admitted.
    pub rules: Arc<Rules>,
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
    // Of the time that a whole call may take.
    tcp.set_connect_timeout(Some((settings.call_timeout / 2).min(CONNECT_MAX)));
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
