//! Connects to admitted addresses only: the address that was checked is the one connected to.
//!
//! A name is resolved once, by the connector itself, and what it resolved to is checked before any
//! of it is tried. So a name cannot answer with one address for the check and with another for the
//! connection. An address in a URL is not resolved, so it is checked when the client is made.

use domain::{cluster_url::ClusterUrl, outbound::Rules};
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    vec::IntoIter,
};
use tower_service::Service;

/// An address that no cluster may have.
#[derive(Debug, thiserror::Error)]
#[error("the address of `{host}` is in a network that is refused (outbound.refused)")]
pub struct Refused {
    /// The name, or the address itself.
    pub host: String,
}

/// Checks an address that stands in a URL; a name is checked once it is resolved.
///
/// # Errors
/// `Refused`.
pub fn check(rules: &Rules, url: &ClusterUrl) -> Result<(), Refused> {
    let host = url.host();
    if rules.admits_host(host) { Ok(()) } else { Err(Refused { host: host.to_owned() }) }
}

/// Resolves names to admitted addresses.
#[derive(Clone, Debug)]
pub struct Resolver {
    rules: Arc<Rules>,
    system: GaiResolver,
}

impl Resolver {
    /// Resolves as the system does, and leaves out what the rules refuse.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules, system: GaiResolver::new() }
    }
}

impl Service<Name> for Resolver {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (rules, host) = (Arc::clone(&self.rules), name.as_str().to_owned());
        let resolving = self.system.call(name);
        Box::pin(async move { admitted(&rules, host, resolving.await?.collect()) })
    }
}

/// What is left of the addresses of a host.
fn admitted(rules: &Rules, host: String, all: Vec<SocketAddr>) -> io::Result<IntoIter<SocketAddr>> {
    let is_known = !all.is_empty();
    let left: Vec<_> = all.into_iter().filter(|address| rules.admits(address.ip())).collect();
    if is_known && left.is_empty() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, Refused { host }));
    }
    Ok(left.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_resolves_to_is_checked() {
        let rules = Rules::default();
        let at = |address: &str| SocketAddr::new(address.parse().unwrap(), 2376);
        let resolved = |all: &[&str]| {
            admitted(&rules, "swarm.internal".to_owned(), all.iter().map(|one| at(one)).collect())
        };
        let left: Vec<_> = resolved(&["169.254.169.254", "10.9.0.1"]).unwrap().collect();
        assert_eq!(left, [at("10.9.0.1")]);
        let refused = resolved(&["169.254.169.254", "::ffff:169.254.169.254"]).unwrap_err();
        assert!(refused.to_string().contains("swarm.internal"), "{refused}");
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(resolved(&[]).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn the_resolver_of_a_connection_is_the_one_that_checks() {
        let resolve = async |rules: Rules| {
            Resolver::new(Arc::new(rules)).call("localhost".parse().unwrap()).await.map(drop)
        };
        resolve(Rules::default()).await.unwrap();
        let strict = Rules::parse("127.0.0.0/8, ::1", "").unwrap();
        assert_eq!(resolve(strict).await.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn an_address_in_a_url_is_checked_before_anything_is_asked() {
        let check = |url: &str| check(&Rules::default(), &ClusterUrl::parse(url).unwrap());
        assert!(check("http://169.254.169.254/latest").is_err());
        assert!(check("https://[fe80::1]:2376").is_err());
        assert!(check("https://[::ffff:169.254.169.254]").is_err());
        assert!(check("http://127.0.0.1:2375").is_ok() && check("https://a.internal").is_ok());
    }
}
