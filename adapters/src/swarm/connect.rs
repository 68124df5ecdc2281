//! One HTTP client for one manager's address.
//!
//! bollard speaks over a transport of ours, because its own takes no fixed server name and trusts
//! the system's roots. Redirects are not followed and proxy variables are not read: the address
//! that was registered is the one that is asked.

use crate::connector::Connector;
use bollard::{BollardRequest, Docker, errors::Error as DockerError};
use commands::ports::cluster::Error;
use domain::cluster_url::ClusterUrl;
use futures::FutureExt;
use http::{Uri, header::CONTENT_LENGTH, uri};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use std::{io, time::Duration};

/// The longest answer that is read, where the engine says how long it is.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// Connections kept open to one manager while nothing is asked.
const IDLE_MAX: usize = 8;

/// A client for one manager.
pub(super) fn docker(
    url: &ClusterUrl,
    connector: Connector,
    timeout: Duration,
) -> Result<Docker, Error> {
    let bad = |error: http::Error| Error::ApiUnsupported(format!("`{url}`: {error}"));
    let base: Uri = url.as_str().parse().map_err(|error: uri::InvalidUri| bad(error.into()))?;
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE_MAX)
        .build(connector);

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
    .map_err(|error| Error::ApiUnsupported(format!("`{url}`: {error}")))
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
}
