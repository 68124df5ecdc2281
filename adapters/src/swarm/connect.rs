//! One HTTP client for one manager's address.
//!
//! bollard speaks over a transport of ours, because its own takes no fixed server name and trusts
//! the system's roots. Redirects are not followed and proxy variables are not read: the address
//! that was registered is the one that is asked.

use crate::outbound;
use bollard::{BollardRequest, Docker, errors::Error as DockerError};
use commands::ports::cluster::Error;
use domain::{cluster_url::ClusterUrl, outbound::Rules};
use futures::FutureExt;
use http::{Uri, header::CONTENT_LENGTH, uri};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::{io, sync::Arc, time::Duration};

/// The longest answer that is read, where the engine says how long it is.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// Connections kept open to one manager while nothing is asked.
const IDLE_MAX: usize = 8;
/// A link that was cut is noticed after about this and three times the interval.
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// How long a connection may take, of the time that a whole call may take.
fn connect_timeout(call: Duration) -> Duration {
    (call / 2).min(Duration::from_secs(3))
}

/// A client for one manager.
pub(super) fn docker(
    url: &ClusterUrl,
    timeout: Duration,
    rules: &Arc<Rules>,
) -> Result<Docker, Error> {
    outbound::check(rules, url)
        .map_err(|error| Error::Refused { tried: "be reached", words: error.to_string() })?;
    if !url.is_plain() {
        return Err(Error::Unsupported("it reaches clusters over plain `http://` only".to_owned()));
    }
    let bad = |error: http::Error| Error::Unsupported(format!("`{url}`: {error}"));
    let base: Uri = url.as_str().parse().map_err(|error: uri::InvalidUri| bad(error.into()))?;

    let mut tcp = HttpConnector::new_with_resolver(outbound::Resolver::new(Arc::clone(rules)));
    tcp.set_connect_timeout(Some(connect_timeout(timeout)));
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
    tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE_MAX)
        .build(tcp);

    let send = move |request: BollardRequest| {
        let (client, base) = (client.clone(), base.clone());
        async move {
            let (mut head, body) = request.into_parts();
            head.uri = below(&base, &head.uri)?;
            let response = client.request(BollardRequest::from_parts(head, body)).await?;
            let length = response.headers().get(CONTENT_LENGTH);
            let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
            if length.is_some_and(|length| length > ANSWER_BYTES_MAX) {
                return Err(io::Error::other("the answer is longer than any real one").into());
            }
            Ok(response)
        }
        .boxed()
    };
    // bollard counts whole seconds and stops at the head of an answer; the exact limit of a call,
    // body included, is set around it.
    let seconds = timeout.as_secs().saturating_add(1);
    Docker::connect_with_custom_transport(
        send,
        Some("http://cluster.invalid"),
        seconds,
        bollard::API_DEFAULT_VERSION,
    )
    .map_err(|error| Error::Unsupported(format!("`{url}`: {error}")))
}

/// The same request at the registered address, below its path where it has one.
fn below(base: &Uri, asked: &Uri) -> Result<Uri, DockerError> {
    let path = asked.path_and_query().map_or("/", uri::PathAndQuery::as_str);
    let mut parts = base.clone().into_parts();
    let path = format!("{}{path}", base.path().trim_end_matches('/'));
    parts.path_and_query = Some(path.parse().map_err(http::Error::from)?);
    Uri::from_parts(parts).map_err(|error| http::Error::from(error).into())
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

    #[test]
    fn what_is_not_plain_is_not_driven_yet() {
        let url = ClusterUrl::parse("https://10.9.0.1:2376").unwrap();
        let refused = docker(&url, Duration::from_secs(1), &Arc::default()).map(drop);
        assert!(matches!(refused, Err(Error::Unsupported(_))));
    }
}
